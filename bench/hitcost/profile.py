"""Which functions the instructions of one hit are in."""

from __future__ import annotations

import bisect
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hitcost.measure import TARGET, WARM_UP
from hitcost.stepping import Stub
from tapsmith.diagnostics import fail
from tapsmith.guest import GuestResult, run_guest
from tapsmith.initramfs import GuestFile
from tapsmith.kernel import Target
from tapsmith.qemu import Machine

_SCRIPT = f"""\
insmod /bench/{TARGET}.ko && insmod /bench/{{name}}.ko || exit 1
cat /proc/kallsyms >/out/symbols
echo {2 * WARM_UP} >/sys/module/{TARGET}/parameters/hits
"""


def profile(target: Target, function: Path, module: Path) -> Counter[str]:
    """Return how many instructions of one hit of `module` are in each function, in the order of their first.

    `function` is the module that holds the probed function.

    Without KASLR and with icount a guest repeats itself: the first one tells the addresses for the second.
    """
    symbols = _symbols(_run(target, function, module, Machine(icount=True)))
    addresses = [address for address, _ in symbols]
    (begin,) = (address for address, name in symbols if name == TARGET)
    with tempfile.TemporaryDirectory(prefix="tapsmith-") as scratch, ThreadPoolExecutor(1) as pool:
        gdb = Path(scratch) / "gdb"
        guest = pool.submit(_run, target, function, module, Machine(icount=True, gdb=gdb))
        with Stub(gdb) as stub:
            steps = stub.instructions_between(begin, skip=WARM_UP)
            stub.let_go()
        guest.result()
    return Counter(symbols[bisect.bisect(addresses, step) - 1][1] for step in steps)


def _run(target: Target, function: Path, module: Path, machine: Machine) -> GuestResult:
    files = {f"/bench/{path.name}": GuestFile(path) for path in (function, module)}
    script = _SCRIPT.format(name=module.stem)
    result = run_guest(target.require_image(), script, files, machine=machine, timeout_s=300)
    if result.status:
        raise fail("bench-failed", "the guest's script failed", detail=result.output)
    return result


def _symbols(result: GuestResult) -> Sequence[tuple[int, str]]:
    """Return the kernel's functions and those of modules, by address."""
    lines = (line.split() for line in result.files["symbols"].decode().splitlines())
    return sorted((int(address, 16), name) for address, kind, name, *_ in lines if kind in "tTwW")
