"""Makes .venv for `sconsw` and sees to what comes from the system: `python3 bootstrap.py build|test`.

Standard library only; nothing imports it.  Works with or without `ensurepip`:
pip comes from there, else from the system's pip, else as the one wheel that
requirements.txt pins, fetched with urllib and run as it is.

A finished install is marked last, by a copy of requirements.txt in .venv; so
one that was killed is begun again.  Two starts at once wait for each other.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bootstrap_pip import pip
from bootstrap_system import StopError, ensure, say, this_system

MARK = "made-by-sconsw"
"""A file in .venv from the first moment on: a directory that has it may be made anew."""

ASTRAY = frozenset(("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_TARGET", "PIP_PREFIX", "PIP_USER"))
"""Variables that would lead Python or pip away from the environment that is being made."""

COMMAND = """#!/bin/sh
# tapsmith for the checkout that this .venv lies in.
here=$(dirname -- "$(readlink -f -- "$0")")
exec "$here/python" -c 'import sys; from tapsmith.cli import main; sys.exit(main())' "$@"
"""


def main(arguments: Sequence[str]) -> int:
    """Prepare everything for `build` or `test`; return the exit code."""
    purpose = arguments[0] if arguments else "build"
    checkout = Path(__file__).resolve().parent.parent
    try:
        with alone(checkout):
            if not is_complete(checkout):
                make_venv(checkout)
            ensure(this_system(), purpose)
            for met in ("build", purpose):
                (checkout / ".venv" / f"checked-{met}").touch()
    except StopError as stop:
        print(f"sconsw: error: {stop}\n  mend: {stop.mend}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


@contextmanager
def alone(checkout: Path) -> Iterator[None]:
    """Hold this checkout's lock, which ends with the process; the directory itself is what is locked."""
    handle = os.open(checkout, os.O_RDONLY)
    # Steps inherit the lock: where only this process is killed, it is held until the step ends, too.
    os.set_inheritable(handle, True)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another sconsw to end its set-up")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def is_complete(checkout: Path) -> bool:
    """Tell whether .venv holds just what requirements.txt pins."""
    venv = checkout / ".venv"
    try:
        same = (venv / "requirements.txt").read_bytes() == (checkout / "requirements.txt").read_bytes()
    except OSError:
        return False
    return same and os.access(venv / "bin/python", os.X_OK)


def make_venv(checkout: Path) -> None:
    """Make or renew .venv; its copy of requirements.txt is written last."""
    venv, requirements = checkout / ".venv", checkout / "requirements.txt"
    stamp = venv / "requirements.txt"
    was_whole = stamp.exists() and os.access(venv / "bin/python", os.X_OK)
    stamp.unlink(missing_ok=True)
    if not was_whole:
        _make_empty_venv(venv)
    say("installing what requirements.txt pins")
    options = ("--require-hashes", "--no-input", "-qq", "--disable-pip-version-check", "--progress-bar=off")
    command = [*pip(venv / "bin/python", requirements), "install", *options, "-r", str(requirements)]
    _run(command, "pip could not install what requirements.txt pins")
    _link_package(venv)
    shutil.copyfile(requirements, venv / "requirements.new")
    (venv / "requirements.new").replace(stamp)


def _make_empty_venv(venv: Path) -> None:
    """Make a virtual environment without anything in it, in the place of one that was never finished."""
    if venv.exists() and not (venv / MARK).exists():
        raise StopError(f"{venv} was not made by sconsw", "move it away, then run it again")
    say("making .venv")
    shutil.rmtree(venv, ignore_errors=True)
    venv.mkdir()
    (venv / MARK).touch()
    # python3.11, say: a link to plain python3 would outlive the system's upgrade, and find nothing.
    interpreter = os.path.realpath(sys.executable)
    _run([interpreter, "-m", "venv", "--without-pip", str(venv)], "the virtual environment could not be made")


def _link_package(venv: Path) -> None:
    """Make the checkout's package importable in .venv, by a relative path, and add the `tapsmith` command."""
    for site in venv.glob("lib/python3*/site-packages"):
        (site / "tapsmith-checkout.pth").write_text("../../../../site_scons\n", encoding="utf-8")
    command = venv / "bin/tapsmith"
    command.write_text(COMMAND, encoding="utf-8")
    command.chmod(0o755)


def _run(command: Sequence[str], failure: str) -> None:
    """Run a step with its output on standard error; raise `StopError` if it fails."""
    environment = {name: value for name, value in os.environ.items() if name not in ASTRAY}
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=environment, close_fds=False
    )
    if done.returncode:
        raise StopError(failure, "see the messages above, mend that, then run it again")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
