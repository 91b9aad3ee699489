"""The system calls by which modules come and go."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Mapping
from pathlib import Path

# finit_module and delete_module; all newer architectures have the numbers of arm64.
_NUMBERS = {"x86_64": (313, 176)}
_NEWER = (273, 106)


class KernelCalls:
    """Loads and unloads modules; a stand-in for tests has the same two functions."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._load, self._unload = _NUMBERS.get(os.uname().machine, _NEWER)

    def load(self, path: Path, parameters: Mapping[str, str]) -> None:
        """Load a module's file.  OSError with the kernel's reason."""
        # The double quotes are for the kernel, which splits parameters at spaces.
        words = " ".join(f'{name}="{value}"' for name, value in parameters.items())
        with path.open("rb") as file:
            self._call(self._load, file.fileno(), words.encode(), 0)

    def unload(self, name: str) -> None:
        """Unload a module; BlockingIOError while somebody holds it, OSError with another reason."""
        self._call(self._unload, name.encode(), os.O_NONBLOCK)

    def _call(self, number: int, *arguments: int | bytes) -> None:
        # A plain integer would be passed as an int, whose upper half is nobody's.
        words = [ctypes.c_long(one) if isinstance(one, int) else one for one in (number, *arguments)]
        if self._libc.syscall(*words) < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
