"""Who and what a package of a probe is: version, maintainer, names as Debian has them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tapsmith.diagnostics import Problem, TapsmithError
from tapsmith.probe import Probe
from tapsmith.versions import Version

_MAINTAINER = re.compile(r"[^<>]*[^<>\s]\s*<[^<>\s@]+@[^<>\s@]+>")


@dataclass(frozen=True)
class Identity:
    """What every package of a probe has to say of it."""

    name: str
    version: Version
    maintainer: str
    summary: str

    @property
    def debian_name(self) -> str:
        """The probe's name, as names of packages have it: without `_`."""
        return self.name.replace("_", "-")

    @property
    def debian_version(self) -> str:
        """The version so that Debian orders it alike: 1.0.0-rc.1 comes before 1.0.0."""
        numbers = ".".join(map(str, self.version.release))
        before = "~" + ".".join(self.version.prerelease).replace("-", ".") if self.version.prerelease else ""
        build = f"+{self.version.build.replace('-', '.')}" if self.version.build else ""
        return f"{numbers}{before}{build}"


def identity_of(probe: Probe) -> Identity:
    """Return the identity of a probe.  Raises TapsmithError: no-version, no-maintainer, or both."""
    problems = []
    if not probe.version:
        message = f"`{probe.name}` has no version, by which a package is told from the next"
        problems.append(Problem("no-version", message, probe.place, "add `version: 1.0.0` to probe.yaml"))
    if not probe.author or not _MAINTAINER.fullmatch(probe.author):
        message = f"`{probe.name}` names no author with an address, whom a package has to name"
        mend = "add `author: Name <mail@host.example>` to probe.yaml"
        problems.append(Problem("no-maintainer", message, probe.at("author"), mend))
    if problems or not probe.version or not probe.author:
        raise TapsmithError(problems)
    return Identity(probe.name, probe.version, probe.author, probe.summary)
