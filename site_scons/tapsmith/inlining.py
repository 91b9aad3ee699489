"""Inlining: a probe's handlers become part of the functions that the kernel calls.

A fragment that attaches says in its manifest, for instance,

    handlers: {pre_handler: _STP_KPROBE_HANDLER}

and then `.pre_handler = on_read` in a probe's source has the emitter write, before that source,

    _STP_KPROBE_HANDLER(on_read)
    #define on_read(...) _stp_body_on_read(const struct _stp_here _stp_here, __VA_ARGS__)

The macro defines `on_read` as what the kernel calls: it enters the runtime,
has the body inlined, and leaves.  The user's definition, `static int
on_read(...) {`, becomes that body.  So a hit costs no call through a pointer,
and the body knows its context without asking.  A handler that is used in any
other way stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tapsmith import csource
from tapsmith.manifest import Fragment

NONE = "none"
_CONTEXT = "const struct _stp_here _stp_here"

# The kernel's own functions: what is given to them must be what it looks like.
_KERNELS = frozenset({"register_kprobe", "register_kprobes"})


def inlined(fragments: Sequence[Fragment], texts: Sequence[str]) -> Mapping[str, str]:
    """Return the handlers in a probe's sources and headers that can be inlined, each with its macro."""
    macros = _macros(fragments)
    code = [csource.strip_literals(text) for text in texts]
    if not macros or any(_KERNELS & csource.words(text) for text in code):
        return {}
    found = {}
    for member, macro in macros.items():
        for text in code:
            for match in re.finditer(rf"\.{member}\s*=\s*([A-Za-z_]\w*)\s*[,}}]", text, re.ASCII):
                if _is_plain(match[1], code):
                    found[match[1]] = macro
    return found


def prelude(found: Mapping[str, str]) -> str:
    """Return the lines that stand before a probe's sources."""
    defined = [f"{macro}({name})\n" for name, macro in found.items()]
    renamed = [f"#define {name}(...) _stp_body_{name}({_CONTEXT}, __VA_ARGS__)\n" for name in found]
    return "".join([*defined, *renamed])


def question(found: Mapping[str, str]) -> str:
    """Return the function by which the fragments know such a handler."""
    test = " || ".join(f"handler == {name}" for name in found) or "false"
    return f"\nstatic bool _stp_handler_is_inlined(const void *handler)\n{{\n\treturn {test};\n}}\n"


def _is_plain(name: str, code: Sequence[str]) -> bool:
    """Tell whether the one place with `name(` is a definition that begins with `static int`."""
    uses = sum(len(re.findall(rf"\b{name}\s*\(", text, re.ASCII)) for text in code)
    head = re.compile(rf"(?:^|[;}}])\s*static\s+int\s+{name}\s*\(", re.ASCII | re.MULTILINE)
    return uses == 1 and any(head.search(text) and csource.defines_function(text, name) for text in code)


def _macros(fragments: Sequence[Fragment]) -> Mapping[str, str]:
    """Return the macro for each member that names a handler; the last fragment's word counts."""
    found = {member: macro for fragment in fragments for member, macro in fragment.handlers}
    return {member: macro for member, macro in found.items() if macro != NONE}
