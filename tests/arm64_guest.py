"""A guest of arm64, where modules are loaded and unloaded one after the other; what they logged comes back.

tapsmith's own guests are of this machine's architecture.  This one is as
small as it can be: no workload but a probe's own, one console.  Image,
busybox and QEMU come from Debian's packages into the cache, without root.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tapsmith.aptroot import AptRoot, Package
from tapsmith.debian import LISTS_GOOD_FOR
from tapsmith.debs import unpack, unpack_image
from tapsmith.initramfs import GuestFile, pack
from tapsmith.kernelcache import cache_dir

_MACHINE = "-machine virt -cpu cortex-a57 -accel tcg,thread=multi -smp 2 -m 1024"
QEMU = "usr/bin/qemu-system-aarch64"
_INIT = """\
#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
echo 8 >/proc/sys/kernel/printk
for module in {modules}; do
	/bin/busybox insmod /$module.ko && /bin/busybox rmmod $module
done
/bin/busybox poweroff -f
"""
_STAMP = re.compile(r"^\[ *\d+\.\d+\] ")


def fetch(release: str) -> Path:
    """Return a directory with the image, busybox and QEMU, from the cache or else from Debian (31 MB)."""
    cache = cache_dir()
    directory = cache / "arm64-guest" / release
    if not (directory / "complete").is_file():
        directory.mkdir(parents=True, exist_ok=True)
        own, host = (AptRoot(cache / "apt" / arch, arch) for arch in ("arm64", "amd64"))
        for root in (own, host):
            root.prepare()
            if root.age() > LISTS_GOOD_FOR:
                root.update()
        image = f"linux-image-{release}"
        for root, name in ((own, image), (own, "busybox-static"), (host, "qemu-system-arm")):
            package = root.show([name])[0]
            root.download([package], directory)
            _unpack(directory, package, release if name == image else None)
        (directory / "complete").touch()
    return directory


def run(release: str, modules: Sequence[Path], timeout_s: float = 120) -> tuple[str, ...]:
    """Load and unload each module in a guest with two CPUs; return the kernel's log without its stamps."""
    guest = fetch(release)
    files = {f"/{module.name}": GuestFile(module) for module in modules}
    files["/bin/busybox"] = GuestFile(guest / "bin/busybox", 0o755)
    init = _INIT.format(modules=" ".join(module.stem for module in modules))
    files["/init"] = GuestFile(init.encode(), 0o755)
    archive, console = modules[0].parents[1] / "initramfs", modules[0].parents[1] / "console"
    archive.write_bytes(pack(files, {}))
    machine = f"{_MACHINE} -nodefaults -display none -no-reboot"
    words = [str(guest / QEMU), *machine.split()]
    words += ["-serial", f"file:{console}", "-kernel", str(guest / f"boot/vmlinuz-{release}")]
    words += ["-initrd", str(archive), "-append", "console=ttyAMA0 panic=-1 oops=panic log_buf_len=4M"]
    subprocess.run(words, check=True, timeout=timeout_s, stdin=subprocess.DEVNULL, capture_output=True)
    lines = console.read_text(encoding="utf-8", errors="replace").splitlines()
    return tuple(_STAMP.sub("", line) for line in lines)


def _unpack(directory: Path, package: Package, release: str | None) -> None:
    if release:
        unpack_image(directory, package, release)
    else:
        unpack(directory, package, directory)
