"""Expected output: a text file of lines, beside a probe.

Each line must occur just as often as it stands there.  `*` is any run of
characters without a space; lines that begin with `#` are comments.  A line that
begins with `? ` may occur any number of times, and never.  Other lines are a
difference, unless the file has the line `...`; a loss always is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

OTHERS = "..."
PERHAPS = "? "


def differences(expected: str, found: Sequence[str]) -> list[str]:
    """Return what is missing from, or too much in, the lines `found`; nothing if all is as expected."""
    lines = [line for line in expected.splitlines() if line and not line.startswith("#")]
    wanted = Counter(line for line in lines if line != OTHERS and not line.startswith(PERHAPS))
    counts = Counter({line: sum(bool(_pattern(line).fullmatch(other)) for other in found) for line in wanted})
    wrong = [
        f"expected {wanted[line]} of `{line}`, found {counts[line]}"
        for line in wanted
        if counts[line] != wanted[line]
    ]
    patterns = [_pattern(line.removeprefix(PERHAPS)) for line in lines]
    others = [line for line in found if not any(pattern.fullmatch(line) for pattern in patterns)]
    wrong += [f"not expected: `{line}`" for line in others if OTHERS not in lines or ": lost " in line]
    return wrong


def _pattern(line: str) -> re.Pattern[str]:
    return re.compile(r"\S*".join(re.escape(part) for part in line.split("*")))
