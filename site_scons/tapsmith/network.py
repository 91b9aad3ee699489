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
    """OPEN to a command; CLOSED to a build; OFFLINE because the user said so.  The value tells why."""

    OPEN = ""
    CLOSED = "a build opens no connection"
    OFFLINE = "--offline opens no connection"

    @property
    def mend(self) -> str:
        """What to do for what the cache lacks."""
        if self is Network.OFFLINE:
            return f"do it once without --offline and {OFFLINE_VARIABLE}"
        return "run `tapsmith fetch` first, which may"

    @classmethod
    def wanted(cls, wanted: bool) -> Network:
        """Return what holds for who wants connections, or wants none."""
        if is_offline():
            return cls.OFFLINE
        return cls.OPEN if wanted else cls.CLOSED


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
