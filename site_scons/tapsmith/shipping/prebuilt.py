"""A package with a module that is built: one kernel's, below the `updates` of its modules."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tapsmith.shipping.debian_package import DebianPackage
from tapsmith.shipping.naming import Identity

_DIRECTORY = "lib/modules/{release}/updates/tapsmith"
_DEPMOD = """\
#!/bin/sh
set -e
if [ "$1" = {when} ] && [ -e /lib/modules/{release}/modules.builtin ]; then
	depmod {release}
fi
"""


def prebuilt_package(
    identity: Identity, release: str, architecture: str, module: bytes, copyright_text: str
) -> DebianPackage:
    """Return the package of a module for the kernel `release`."""
    suffix = re.sub(r"[^a-z0-9+.-]", "-", release.lower())
    name = f"{identity.debian_name}-modules-{suffix}"
    image = f"linux-image-{suffix}"
    return DebianPackage(
        name=name,
        version=identity.debian_version,
        architecture=architecture,
        maintainer=identity.maintainer,
        summary=identity.summary,
        description=f"The module {identity.name}, built for the kernel {release}.",
        files={
            f"{_DIRECTORY.format(release=release)}/{identity.name}.ko": module,
            f"usr/share/doc/{name}/copyright": copyright_text.encode(),
        },
        scripts=_scripts(release),
        relations={
            # The image without a signature has another name, and is the same kernel.
            "Depends": f"{image} | {image}-unsigned, kmod",
            # depmod would choose one of the two modules.
            "Conflicts": f"{identity.debian_name}-dkms",
        },
    )


def _scripts(release: str) -> Mapping[str, str]:
    return {
        "postinst": _DEPMOD.format(when="configure", release=release),
        "postrm": _DEPMOD.format(when="remove", release=release),
    }
