"""Whose a module is and under which licence, in Debian's form for machines."""

from __future__ import annotations

from tapsmith.resolution import Resolution

_HEAD = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: {name}
Comment: The module {name} is one program of these parts:
 {parts}

Files: *
Copyright: {author}
License: GPL-2
 This program is free software; you can redistribute it and/or modify it
 under the terms of the GNU General Public License, version 2.
 .
 On Debian systems its text is in /usr/share/common-licenses/GPL-2.
"""


def copyright_of(resolution: Resolution) -> str:
    """Return the file `copyright` of a probe's packages; as a whole a module is under the GPL."""
    probe = resolution.probe
    parts = [f"the probe {probe.name}: {probe.license}"]
    parts += [f"the fragment {f.name} {f.version}: {f.license}" for f in resolution.fragments]
    lines = "\n ".join(f"- {part}" for part in parts)
    return _HEAD.format(name=probe.name, parts=lines, author=probe.author or "its authors")
