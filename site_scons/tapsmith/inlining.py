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
other way stays as it is, and is called through a pointer: for each member
`_STP_INDIRECT_<member>`, 1 or 0, says before all sources whether that can
happen, so that a module holds nothing for what its probe does not do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import chain

from tapsmith import csource
from tapsmith.manifest import Fragment

NONE = "none"
_CONTEXT = "const struct _stp_here _stp_here"

# The kernel's own functions: what is given to them must be what it looks like.
_KERNELS = frozenset({"register_kprobe", "register_kprobes"})


def inlined(fragments: Sequence[Fragment], texts: Sequence[str]) -> Mapping[str, str]:
    """Return the handlers in a probe's sources and headers that can be inlined, each with its macro."""
    code = [csource.strip_literals(text) for text in texts]
    if any(_KERNELS & csource.words(text) for text in code):
        return {}
    return {
        name: macro
        for member, macro in _macros(fragments).items()
        for name in _named(member, code)
        if macro != NONE and _is_plain(name, code)
    }


def indirect(
    fragments: Sequence[Fragment],
    found: Mapping[str, str],
    texts: Sequence[str],
    others: Mapping[str, Sequence[str]],
) -> str:
    """Return the definitions of _STP_INDIRECT_<member>.

    `found` is what `inlined` gave for the probe's `texts`; `others` are the texts of each fragment.
    """
    code = [csource.strip_literals(text) for text in texts]
    lines = []
    for member in _macros(fragments):
        mentions = sum(len(re.findall(rf"\b{member}\b", text, re.ASCII)) for text in code)
        direct = sum(name in found for name in _named(member, code))
        # The fragment that knows the member first is the one that asks.
        asking = next(fragment.name for fragment in fragments if member in dict(fragment.handlers))
        rest = chain.from_iterable(those for name, those in others.items() if name != asking)
        elsewhere = any(member in csource.words(text) for text in rest)
        lines.append(f"#define _STP_INDIRECT_{member} {int(mentions > direct or elsewhere)}\n")
    return "".join(lines)


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
    return {member: macro for fragment in fragments for member, macro in fragment.handlers}


def _named(member: str, code: Sequence[str]) -> list[str]:
    """Return the functions that initialisers name, one for each place."""
    pattern = re.compile(rf"\.{member}\s*=\s*([A-Za-z_]\w*)\s*[,}}]", re.ASCII)
    return [match[1] for text in code for match in pattern.finditer(text)]
