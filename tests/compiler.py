"""The compiler that the tests use: a machine set up by sconsw may have the kernel's alone."""

from __future__ import annotations

import shutil

COMPILER = shutil.which("gcc") or "gcc-12"
