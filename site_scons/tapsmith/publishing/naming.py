"""The C of a probe that names all that a fragment exports, and does nothing with it."""

from __future__ import annotations

from tapsmith.manifest import Fragment

_CALLABLE = "(const void *){0}"
_TYPED = "(const void *)sizeof(&{0})"
_TYPE = "(const void *)sizeof({0} *)"

_C = """\
static int probe_begin(void)
{{
{macros}	return 0;
}}

static void probe_end(void)
{{
}}
"""


def naming_code(fragment: Fragment, compiled: bool) -> str:
    """Return the C; `compiled` are the functions in the end, else the compiler just reads them."""
    forms = {"function": _CALLABLE if compiled else _TYPED, "type": _TYPE}
    named = "".join(f"\t{forms[e.kind].format(e.name)},\n" for e in fragment.exports if e.kind in forms)
    table = f"static const void *const named[] __used = {{\n{named}}};\n\n" if named else ""
    return table + _C.format(macros="".join(_macro(e.name) for e in fragment.exports if e.kind == "macro"))


def _macro(name: str) -> str:
    """Return what uses a macro as far as one can without its arguments; one not #defined is a constant."""
    return f"#ifndef {name}\n\t(void){name};\n#endif\n"
