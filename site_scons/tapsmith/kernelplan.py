"""Of which packages a kernel of Debian is made: its headers, the tools that build with them, its image.

What is compiled against belongs to the kernel's architecture; what runs
while building belongs to this machine's, and of a foreign kernel the
compiler is one of these tools.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tapsmith.aptroot import AptRoot, Package
from tapsmith.diagnostics import TapsmithError, did_you_mean, fail
from tapsmith.kernelcache import newest, release_key, short_name

PREFIX = "linux-headers-"
_COMPILERS = {"arm64": ("gcc-12-aarch64-linux-gnu", "cpp-12-aarch64-linux-gnu", "binutils-aarch64-linux-gnu")}


@dataclass(frozen=True)
class Plan:
    """The packages of one kernel: its tree, the tools that run beside it, and its image.

    `own` and `host` are where those of the kernel's architecture and those
    of this machine's come from; they may be the same.
    """

    release: str
    headers: Package
    tree: tuple[Package, ...]
    tools: tuple[Package, ...]
    image: Package | None
    own: AptRoot
    host: AptRoot

    def root_of(self, package: Package) -> AptRoot:
        """Return where a package of this plan comes from."""
        return self.own if package.name.startswith((PREFIX, "linux-image-")) else self.host


def plan(root: AptRoot, name: str, image: bool, host: AptRoot | None = None) -> Plan:
    """Return the packages of the kernel called `name`; raise `unknown-kernel`.

    `host` is where this machine's packages come from, if not from `root` as well.
    """
    host = host or root
    names = root.names("linux-")
    releases = [n.removeprefix(PREFIX) for n in names if n.startswith(PREFIX)]
    release = newest(releases, name, root.arch)
    if release is None:
        raise unknown_kernel(name, releases, root.arch)
    headers = root.show([PREFIX + release])[0]
    tree = [headers]
    for dependency in headers.depends:
        if dependency.startswith(("linux-headers-", "linux-kbuild-")):
            where = root if dependency.startswith(PREFIX) else host
            tree.append(matching(where.show([dependency]), headers.version))
    wants_pahole = any("pahole" in package.depends for package in tree)
    tools = ["libelf1", *(["pahole", "libdw1", "libbpf1"] if wants_pahole else [])]
    if root.arch != host.arch:
        tools += _COMPILERS[root.arch]
    found = [host.show([tool])[0] for tool in tools]
    boot = _image(root, names, release, headers.version) if image else None
    return Plan(release, headers, tuple(tree), tuple(found), boot, root, host)


def matching(candidates: Sequence[Package], version: str) -> Package:
    """Return the candidate of just this version, else the one apt prefers."""
    return next((p for p in candidates if p.version == version), candidates[0])


def unknown_kernel(name: str, releases: Sequence[str], arch: str) -> TapsmithError:
    """Return the error for a name that no kernel package has, with what there is."""
    shorts = {short for release in releases if (short := short_name(release, arch))}
    known = sorted(shorts, key=release_key)
    near = did_you_mean(name, [*shorts, *releases])
    example = newest(releases, known[-1], arch) if known else None
    listing = f"there are {', '.join(known)}, and full releases such as {example}" if known else None
    return fail(
        "unknown-kernel",
        f"no kernel `{name}` is among Debian 12's packages for {arch}",
        mend="; ".join(part for part in (near, listing) if part) or None,
    )


def _image(root: AptRoot, names: Sequence[str], release: str, version: str) -> Package:
    """Return the image package of just the headers' version; the signed one comes later than the unsigned."""
    for name in (f"linux-image-{release}", f"linux-image-{release}-unsigned"):
        if name in names:
            for package in root.show([name]):
                if package.version == version:
                    return package
    raise fail(
        "kernel-fetch-failed",
        f"Debian has no image of {release} in the headers' version {version}",
        mend="Debian publishes the two hours apart: try again later, or name an older release",
    )
