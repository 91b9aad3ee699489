"""Frame: the functions of a module that the kernel calls, and what they call in which order.

    insmod  limits of parameters, init hooks in dependency order, probe_begin, begun hooks
    rmmod   stop hooks reversed, probe_end, report hooks, exit hooks reversed

If an init hook fails, the exit hooks of the fragments before it run.  If
probe_begin fails, all stop hooks run (reversed), then all exit hooks.  So
`stop` ends what a running probe has set going, and `exit` undoes `init`.
All stop hooks are `tapsmith_stop`, which a fragment may call as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tapsmith.manifest import Fragment
from tapsmith.spelling import range_check
from tapsmith.values import Value

STOP = "tapsmith_stop"
_CHECK = "tapsmith_check"


def frame(fragments: Sequence[Fragment], values: Sequence[Value], stops: bool) -> str:
    """Return the functions; `values` are the parameters, `stops` tells whether there is a tapsmith_stop."""
    checks = [line for value in values for line in range_check(value)]
    parts = [_check(checks)] if checks else []
    parts += [_stop(fragments)] if stops else []
    return "\n".join([*parts, _init(fragments, bool(checks), stops), _exit(fragments, stops)])


def has_stop_hooks(fragments: Iterable[Fragment]) -> bool:
    """Tell whether there is anything to stop."""
    return any(fragment.hooks.stop for fragment in fragments)


def _check(lines: Sequence[str]) -> str:
    """Return the function that refuses parameters out of their limits."""
    return _function(f"static int __init {_CHECK}(void)", [*lines, "\treturn 0;"])


def _stop(fragments: Sequence[Fragment]) -> str:
    """Return the function that ends all that a probe has set going."""
    stops = [fragment.hooks.stop for fragment in reversed(fragments)]
    return _function(f"static void {STOP}(void)", [f"\t{stop}();" for stop in stops if stop])


def _init(fragments: Sequence[Fragment], checked: bool, stops: bool) -> str:
    """Return the function that insmod calls."""
    lines = _attempt(_CHECK, "") if checked else []
    undo = ""
    targets = set()
    for fragment in fragments:
        if fragment.hooks.init:
            lines += _attempt(fragment.hooks.init, undo)
            targets.add(undo)
        if fragment.hooks.exit:
            undo = f"exit_{fragment.name}"
    last = "stop" if stops else undo
    targets.add(last)
    lines += _attempt("probe_begin", last)
    lines += [f"\t{fragment.hooks.begun}();" for fragment in fragments if fragment.hooks.begun]
    lines += ["\treturn 0;"]
    unwinding = ["stop:", f"\t{STOP}();"] if stops else []
    for fragment in reversed(fragments):
        if fragment.hooks.exit:
            label = f"exit_{fragment.name}"
            unwinding += [f"{label}:"] * (label in targets) + [f"\t{fragment.hooks.exit}();"]
    if unwinding:
        lines += ["", *unwinding, "\treturn err;"]
    return _function("static int __init tapsmith_init(void)", ["\tint err;", "", *lines])


def _attempt(function: str, undo: str) -> list[str]:
    """Return the call of a function that can fail, and where failure leads."""
    return [f"\terr = {function}();", "\tif (err)", f"\t\tgoto {undo};" if undo else "\t\treturn err;", ""]


def _exit(fragments: Sequence[Fragment], stops: bool) -> str:
    """Return the function that rmmod calls."""
    calls = [STOP if stops else None, "probe_end", *(fragment.hooks.report for fragment in fragments)]
    calls += [fragment.hooks.exit for fragment in reversed(fragments)]
    return _function("static void __exit tapsmith_exit(void)", [f"\t{call}();" for call in calls if call])


def _function(head: str, lines: Iterable[str]) -> str:
    return "\n".join([head, "{", *lines, "}", ""])
