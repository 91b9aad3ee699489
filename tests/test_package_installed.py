"""Packages of probes, installed in a Debian of their own; the modules count in guests.

For `scons matrix`: the Debian takes minutes to make.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import debian_root
from packaged import FILES, NAME, SAID
from scons_project import ROOT
from tapsmith.cli import main
from tapsmith.kernel import Target, find_target
from tapsmith.kernelcache import cache_dir
from tapsmith.probe import load_probe
from tapsmith.trial import try_module

pytestmark = pytest.mark.matrix

KERNELS = ("6.1-cloud", "6.12-cloud")
_BUILT = """\
dpkg --install ./shipped-reads-modules-*.deb
for release in {releases}; do
	[ "$(modinfo -k $release -F version shipped_reads)" = 1.2.0-rc.1 ]
	cp "$(modinfo -k $release -n shipped_reads)" /root/$release.ko
done
dpkg --remove {packages}
! grep shipped_reads /lib/modules/*/modules.dep
! ls /lib/modules/*/updates
"""
_DKMS = """\
dpkg --install ./shipped-reads-dkms_*.deb
for release in {releases}; do
	dkms status -m shipped_reads -v 1.2.0-rc.1 -k $release | grep ': installed'
	cp "$(modinfo -k $release -n shipped_reads)" /root/$release.ko
done
! dpkg --install ./shipped-reads-modules-*.deb
dpkg --remove shipped-reads-dkms
[ -z "$(dkms status)" ]
! ls /lib/modules/*/updates /usr/src/shipped_reads*
"""


@pytest.fixture(scope="module")
def targets() -> tuple[Target, ...]:
    """The kernels."""
    return tuple(find_target(name, progress=print, image=True) for name in KERNELS)


@pytest.fixture(scope="module")
def debian(targets: tuple[Target, ...]) -> Path:
    """A Debian with them."""
    return debian_root.directory(cache_dir(), [target.release for target in targets])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with packages of its probe, of both kinds."""
    made: Path = tmp_path_factory.mktemp("packages")
    for name, text in FILES.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        patch.setenv("PYTHONPATH", str(ROOT / "site_scons"))
        assert main(["package", NAME, "--deb", "--kernel", ",".join(KERNELS)]) == 0
        assert main(["package", NAME, "--dkms"]) == 0
    return made


@pytest.mark.parametrize("script", [_BUILT, _DKMS], ids=["built", "dkms"])
def test_installed_it_counts(
    home: Path, debian: Path, targets: tuple[Target, ...], tmp_path: Path, script: str
) -> None:
    """The package goes in, its module counts in a guest of each kernel, and it goes without a trace."""
    built = sorted(home.glob("*-modules-*.deb"))
    names = [
        subprocess.check_output(["dpkg-deb", "-f", path, "Package"], text=True).strip() for path in built
    ]
    releases = " ".join(target.release for target in targets)
    text = script.format(releases=releases, packages=" ".join(names))
    changed = debian_root.run(debian, sorted(home.glob("*.deb")), text, tmp_path)
    workload = load_probe(home / "probes" / NAME).workload
    for target in targets:
        module = tmp_path / target.release / f"{NAME}.ko"
        module.parent.mkdir()
        (changed / "root" / f"{target.release}.ko").rename(module)
        assert try_module(module, target, workload).messages == SAID
