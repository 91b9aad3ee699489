"""Whether connections may be opened: by commands that ask for something new, never by a build.

The environment variable TAPSMITH_OFFLINE (and `--offline`, which sets it) closes the network for all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

OFFLINE_VARIABLE = "TAPSMITH_OFFLINE"


class Network(Enum):
    """What a command may ask of others; the value says why not.

    OPEN: all, and what is known is asked for anew.  LACKING: what the cache lacks.
    CLOSED: nothing.  OFFLINE: nothing, because the user said so.
    """

    OPEN = "it is asked for"
    LACKING = "it is asked for where it is not known"
    CLOSED = "a build opens no connection"
    OFFLINE = "--offline opens no connection"

    def unless_offline(self) -> Network:
        """Return what holds for who wants this."""
        return Network.OFFLINE if is_offline() else self

    @property
    def is_closed(self) -> bool:
        """Tell whether nothing may be asked."""
        return self in (Network.CLOSED, Network.OFFLINE)

    @property
    def mend(self) -> str:
        """What to do for what the cache lacks."""
        if self is Network.OFFLINE:
            return f"do it once without --offline and {OFFLINE_VARIABLE}"
        return "run `tapsmith fetch`, or `tapsmith lock` where there is no lock, which may"


def is_offline() -> bool:
    """Tell whether the user has closed the network."""
    return os.environ.get(OFFLINE_VARIABLE, "").lower() not in ("", "0", "false")


@contextmanager
def offline(asked: bool) -> Iterator[None]:
    """Close the network meanwhile, if that is asked for; also for the programs that are started."""
    before = os.environ.get(OFFLINE_VARIABLE)
    if asked:
        os.environ[OFFLINE_VARIABLE] = "1"
    try:
        yield
    finally:
        if asked and before is None:
            del os.environ[OFFLINE_VARIABLE]
        elif asked and before is not None:
            os.environ[OFFLINE_VARIABLE] = before
