"""How a run ended: reasons, and the exit statuses that tell them."""

from __future__ import annotations

TIME, SIGNAL, COMMAND, MODULE = "time", "signal", "command", "module"
OUTPUT, GONE, STOPPED = "output", "gone", "stopped"
"""Why a run ended: its time was over, a signal came, the command ended, the module asked for it; nobody reads
the output any more, somebody else unloaded the module, `tapsmith stop` did after its runner was killed."""

ENDED, REFUSED = 0, 2
LOAD_FAILED, LOST, ASKED, UNLOAD_FAILED = 120, 121, 122, 123
"""Exit statuses of the runner's own; docs/running.md tells what each means."""

READER_GONE = 141
"""As a program that SIGPIPE ends."""


def exit_status(reason: str, command: int | None, lost: int) -> int:
    """Return the exit status of a run that loaded and unloaded its module.

    A command that failed comes first, then that the module asked for the end, then what was lost.
    """
    if command:
        return command
    if reason == OUTPUT:
        return READER_GONE
    if reason == MODULE:
        return ASKED
    return LOST if lost else ENDED
