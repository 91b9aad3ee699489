"""What is put before the compiler's command: ccache, sccache, distcc or icecc.

A launcher gets the compile from C to object alone; objtool, modpost and the
linker run here.  The module is the same with it and without.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Sequence

from tapsmith.diagnostics import fail


def launcher(given: str | Sequence[str] | None) -> str:
    """Return a launcher, given as a text or as its words, in the shell's spelling; empty if there is none.

    Raises `launcher-missing` where its program is not found.
    """
    try:
        words = shlex.split(given) if isinstance(given, str) else list(given or ())
    except ValueError:
        words = [str(given)]
    if not words:
        return ""
    words[0] = os.path.expanduser(words[0])
    if not shutil.which(words[0]):
        raise fail(
            "launcher-missing",
            f"the launcher of the compiler, {words[0]}, is not a program that can be run",
            mend="install it, or say CC_LAUNCHER= to compile without",
        )
    return shlex.join(words)
