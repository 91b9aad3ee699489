"""The files of a probe or fragment, read into units."""

from __future__ import annotations

from tapsmith.analysis.ctokens import Unit, read_unit
from tapsmith.checks import headers, read_source
from tapsmith.manifest import Fragment
from tapsmith.probe import Probe


def read_units(owner: Probe | Fragment) -> tuple[Unit, ...]:
    """Return the sources of `owner`, and what of its own they include; TapsmithError as `checks.headers`."""
    files = dict.fromkeys((*(source.path for source in owner.sources), *headers(owner)))
    return tuple(read_unit(path, read_source(path)) for path in files)
