"""What strangers' fragments may not do or be, looked at before any compiler sees them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tapsmith.checks import headers, read_source
from tapsmith.diagnostics import Place, fail
from tapsmith.document import Report
from tapsmith.filereads import file_reads
from tapsmith.manifest import Fragment
from tapsmith.packages.content import fragment_digest

STRANGERS = ("registry", "git")
"""The origins of what others have written; a `path` is a checkout of the user's own."""


def check_reads(fragments: Iterable[Fragment]) -> None:
    """Refuse fragments whose C would have the compiler read files that are not theirs.

    TapsmithError: `file-read`, with every place, and `header-outside`.
    """
    report = Report()
    for fragment in fragments:
        for what, place in _reads(fragment):
            message = f"`{what}` in fragment `{fragment.name}` {fragment.version} reads a file "
            message += "that is not the fragment's"
            mend = "ask who publishes it for a version without that, and do not take this one"
            report.add("file-read", message, place, mend)
    report.check()


def _reads(fragment: Fragment) -> Iterator[tuple[str, Place]]:
    """Give what reads files in the fragment's C, and in the C of its capabilities."""
    for path in (*(source.path for source in fragment.sources), *headers(fragment)):
        for read in file_reads(read_source(path)):
            yield read.what, Place(path, read.line, read.column)
    for capability in fragment.capabilities:
        for read in file_reads(capability.text):
            yield read.what, capability.place


def check_hashes(fragments: Iterable[Fragment], hashes: Mapping[str, str]) -> None:
    """Refuse fragments whose files are others by now than `hashes`, by name, tell.

    TapsmithError: `content-changed`.
    """
    for fragment in fragments:
        if fragment.name in hashes and fragment_digest(fragment) != hashes[fragment.name]:
            message = f"the files of `{fragment.name}` {fragment.version} changed while it was being built"
            raise fail("content-changed", message, fragment.place, "build again; ask who writes there")
