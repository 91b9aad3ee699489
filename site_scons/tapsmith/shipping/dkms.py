"""What DKMS builds on a target: one self-contained C file, its headers, Kbuild and dkms.conf.

What the fragments ask of a kernel is asked there, since every kernel is another:

    asked/X.c        compiles where a kernel has X
    capabilities.h   made at build: a macro for each that does; the module's C is compiled with it
    kernels.h        refuses kernels that the probe or a fragment is not for
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from tapsmith import checks, emission
from tapsmith.capabilities import FLAGS
from tapsmith.capability import Capability, asked_by
from tapsmith.manifest import Fragment
from tapsmith.probe import Probe
from tapsmith.resolution import Resolution
from tapsmith.shipping.debian_package import DebianPackage
from tapsmith.shipping.naming import Identity

_KBUILD = """\
# SPDX-License-Identifier: GPL-2.0
obj-m := {name}.o
ccflags-y += -ffile-prefix-map=$(abspath $(src))=.{include}
CFLAGS_{name}.o := -include $(src)/kernels.h
"""
_ASKING = """
# What the kernel has: a macro in capabilities.h for each file of asked/ that compiles as a module's do.
CFLAGS_{name}.o += -include $(obj)/capabilities.h
$(obj)/{name}.o: $(obj)/capabilities.h

tapsmith-answers := $(addprefix $(obj)/answer_,$(addsuffix .h,{capabilities}))
$(tapsmith-answers): part-of-module := y
$(tapsmith-answers): $(obj)/answer_%.h: $(src)/asked/%.c $(src)/ask.sh
	$(Q)sh $(src)/ask.sh {prefix}$* $< $@ $(objtree)/Module.symvers $(NM) \\
		$(CC) $(filter-out -Wp%,$(c_flags)) {flags}

$(obj)/capabilities.h: $(tapsmith-answers)
	$(Q)cat $^ >$@

clean-files := capabilities.h answer_*
"""
_ASK = """\
#!/bin/sh
# ask.sh MACRO SOURCE ANSWER SYMVERS NM COMPILER...: write to ANSWER whether SOURCE compiles, and uses
# nothing that the kernel does not export.  Fails where the compiler failed for another reason.
set -e
macro=$1 source=$2 answer=$3 symvers=$4 nm=$5
shift 5
if ! LC_ALL=C "$@" -c -o "$answer.o" "$source" 2>"$answer.log"; then
	if grep -Eq 'No space left|Cannot allocate|error writing|internal compiler error' "$answer.log" ||
		! grep -Eq ':[0-9]+:[0-9]+: (fatal )?error: ' "$answer.log"; then
		cat "$answer.log" >&2
		exit 1
	fi
	why="it does not compile"
else
	"$nm" -u "$answer.o" >"$answer.names"
	why=$(awk 'FILENAME == ARGV[1] { exported[$2]; next }
		!($NF in exported) { print $NF " is not exported"; exit }' "$symvers" "$answer.names")
fi
if [ "$why" ]; then
	echo "/* no $macro: $why */" >"$answer"
else
	echo "#define $macro 1" >"$answer"
fi
"""
_MAKEFILE = """\
# SPDX-License-Identifier: GPL-2.0
KERNEL ?= $(shell uname -r)

modules clean:
	$(MAKE) -C /lib/modules/$(KERNEL)/build M=$(CURDIR) $@

.PHONY: modules clean
"""
_CONF = """\
PACKAGE_NAME="{name}"
PACKAGE_VERSION="{version}"
BUILT_MODULE_NAME[0]="{name}"
DEST_MODULE_LOCATION[0]="/updates/dkms"
AUTOINSTALL="yes"
"""
_POSTINST = """\
#!/bin/sh
set -e
if [ "$1" = configure ]; then
	/usr/lib/dkms/common.postinst {name} {version} /usr/share/{package} "" "$2"
fi
"""
_PRERM = """\
#!/bin/sh
set -e
case "$1" in
remove | upgrade | deconfigure)
	if [ -n "$(dkms status -m {name} -v {version})" ]; then
		dkms remove -m {name} -v {version} --all
	fi
	;;
esac
"""


def source_files(resolution: Resolution, identity: Identity, copyright_text: str) -> Mapping[str, str]:
    """Return the files of the source directory.  Raises what `emission.emit` raises."""
    headers, include = _headers(resolution)
    asked = asked_by(resolution.fragments)
    files = {
        f"{identity.name}.c": emission.emit(resolution),
        "Kbuild": _kbuild(identity.name, include, asked),
        "Makefile": _MAKEFILE,
        "dkms.conf": _conf(resolution, identity),
        "kernels.h": _kernels(resolution),
        "copyright": copyright_text,
        **headers,
    }
    if asked:
        files["ask.sh"] = _ASK
        files |= {f"asked/{capability.name}.c": capability.text for capability in asked}
    return files


def dkms_package(identity: Identity, files: Mapping[str, str]) -> DebianPackage:
    """Return the package that has DKMS build the source directory on a target."""
    name = f"{identity.debian_name}-dkms"
    home = f"usr/src/{identity.name}-{identity.version}"
    words = {"name": identity.name, "version": identity.version, "package": name}
    return DebianPackage(
        name=name,
        version=identity.debian_version,
        architecture="all",
        maintainer=identity.maintainer,
        summary=identity.summary,
        description=f"The module {identity.name}, as source that DKMS builds for each kernel.",
        files={
            **{f"{home}/{file}": text.encode() for file, text in files.items() if file != "copyright"},
            f"usr/share/doc/{name}/copyright": files["copyright"].encode(),
        },
        scripts={"postinst": _POSTINST.format(**words), "prerm": _PRERM.format(**words)},
        relations={"Depends": "dkms"},
    )


def _kbuild(name: str, include: list[str], asked: tuple[Capability, ...]) -> str:
    flags = "".join(f" -iquote $(src)/{shlex.quote(directory)}" for directory in include)
    text = _KBUILD.format(name=name, include=flags)
    if asked:
        names = " ".join(capability.name for capability in asked)
        prefix = asked[0].macro.removesuffix(asked[0].name)
        text += _ASKING.format(name=name, capabilities=names, prefix=prefix, flags=FLAGS)
    return text


def _conf(resolution: Resolution, identity: Identity) -> str:
    text = _CONF.format(name=identity.name, version=identity.version)
    options = sorted({option for fragment in resolution.fragments for option in fragment.kconfig})
    if options:
        wanted = " ".join(f"CONFIG_{option}" for option in options)
        text += f'BUILD_EXCLUSIVE_CONFIG="{wanted}"\n'
    return text


def _kernels(resolution: Resolution) -> str:
    """Return the header by which a compile for a kernel out of the ranges fails, and says why."""
    lines = ["/* SPDX-License-Identifier: GPL-2.0 */", "#include <linux/version.h>"]
    owners: list[Probe | Fragment] = [resolution.probe, *resolution.fragments]
    for owner in owners:
        bounds = owner.kernel.bounds if owner.kernel else ()
        for operator, numbers in bounds:
            lines.append(f"#if !(LINUX_VERSION_CODE {operator} KERNEL_VERSION{numbers})")
            lines.append(f'#error "{owner.name} is for kernels {owner.kernel}"')
            lines.append("#endif")
    return "\n".join(lines) + "\n"


def _headers(resolution: Resolution) -> tuple[dict[str, str], list[str]]:
    """Return the files that sources include in quotes, and the directories to look for them in.

    Below `headers/NAME` they lie as they do around that probe or fragment, so `../x.h` finds them.
    """
    files: dict[str, str] = {}
    include: list[str] = []
    owners: list[Probe | Fragment] = [resolution.probe, *resolution.fragments]
    for owner in owners:
        found = checks.headers(owner)
        if not found:
            continue
        directories = [directory.resolve() for directory in checks.include_directories(owner)]
        top = Path(os.path.commonpath([*directories, *(header.parent for header in found)]))
        kind = "probe" if isinstance(owner, Probe) else "fragment"
        home = Path("headers") / f"{kind}-{owner.name}"
        files |= {str(home / header.relative_to(top)): checks.read_source(header) for header in found}
        for directory in directories:
            place = str(home / directory.relative_to(top))
            # A way such as `../x.h` leads through the directory: it must be there, also without a header.
            files[f"{place}/.here"] = ""
            include.append(place)
    return files, include
