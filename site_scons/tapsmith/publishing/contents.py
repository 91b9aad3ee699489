"""A fragment's files, as strangers will get them."""

from __future__ import annotations

from tapsmith.analysis.sources import read_units
from tapsmith.diagnostics import Place, TapsmithError
from tapsmith.document import Report
from tapsmith.filereads import file_reads
from tapsmith.manifest import Fragment
from tapsmith.packages.additions import license_of, pack_fragment
from tapsmith.packages.archive import unpack
from tapsmith.packages.content import fragment_paths

LARGEST = 1 << 20
"""No file of a fragment is larger, in bytes."""


def check_license(fragment: Fragment, report: Report) -> None:
    """Report that no text of the license goes with a fragment."""
    if license_of(fragment) is None:
        message = f"there is no text of the license of `{fragment.name}`, {fragment.license}"
        mend = f"put it into fragments/{fragment.name}/LICENSE, or into LICENSE beside manifests/"
        report.add("no-license-text", message, fragment.at("license"), mend)


def check_contents(fragment: Fragment, report: Report) -> None:
    """Report what of a fragment's files keeps it from being published; TapsmithError as `checks.headers`."""
    if not fragment.summary.isprintable():
        message = f"the summary of `{fragment.name}` has characters that cannot be printed"
        report.add("bad-summary", message, fragment.at("summary"), "write one line of plain text")
    for label, path in fragment_paths(fragment).items():
        if path.stat().st_size > LARGEST:
            message = f"{label} has {path.stat().st_size} bytes, of which {LARGEST} are allowed"
            report.add("too-large", message, Place(path), "split it, or leave out what nobody needs")
    for unit in read_units(fragment):
        for read in file_reads(unit.text):
            message = f"`{read.what}` reads a file that is not the fragment's"
            report.add("file-read", message, Place(unit.path, read.line, read.column), read.mend)
    for capability in fragment.capabilities:
        for read in file_reads(capability.text):
            message = f"`{read.what}` reads a file that is not the fragment's"
            report.add("file-read", message, capability.place, read.mend)
    _check_archive(fragment, report)


def _check_archive(fragment: Fragment, report: Report) -> None:
    """Report what would keep others from unpacking the archive."""
    try:
        unpack(pack_fragment(fragment), fragment.place)
    except TapsmithError as error:
        why = error.problems[0].message.partition("is refused: ")[2]
        message = f"an archive of `{fragment.name}` would be refused: {why}"
        report.add("too-large", message, fragment.place, "leave out or rename what the message names")
