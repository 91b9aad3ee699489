"""JUnit's XML, as CI systems read it: a suite for each kernel, a case for each probe."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from tapsmith.kernelcache import told_name
from tapsmith.testing.outcome import Outcome, State

# What XML 1.0 cannot have at all, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENTS: dict[State, str] = {
    "failed": "failure",
    "error": "error",
    "untested": "skipped",
    "unsupported": "skipped",
}


def junit_text(outcomes: Sequence[Outcome]) -> str:
    """Return the document."""
    root = ElementTree.Element("testsuites", {"name": "tapsmith", **_totals(outcomes)})
    for release in dict.fromkeys(outcome.release for outcome in outcomes):
        of_kernel = [outcome for outcome in outcomes if outcome.release == release]
        name = told_name(release)
        suite = ElementTree.SubElement(root, "testsuite", {"name": name, **_totals(of_kernel)})
        properties = ElementTree.SubElement(suite, "properties")
        ElementTree.SubElement(properties, "property", {"name": "kernel", "value": release})
        for outcome in of_kernel:
            _add_case(suite, outcome, name)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def _totals(outcomes: Sequence[Outcome]) -> dict[str, str]:
    counts = [_ELEMENTS.get(outcome.state) for outcome in outcomes]
    return {
        "tests": str(len(outcomes)),
        "failures": str(counts.count("failure")),
        "errors": str(counts.count("error")),
        "skipped": str(counts.count("skipped")),
        "time": f"{sum(outcome.seconds for outcome in outcomes):.3f}",
    }


def _add_case(suite: ElementTree.Element, outcome: Outcome, kernel: str) -> None:
    # CI systems tell cases apart by class and name, and there is one for each kernel.
    attributes = {"classname": f"tapsmith.{kernel}", "name": outcome.probe, "time": f"{outcome.seconds:.3f}"}
    case = ElementTree.SubElement(suite, "testcase", attributes)
    if element := _ELEMENTS.get(outcome.state):
        told = ElementTree.SubElement(case, element, {"message": _legal(outcome.message)})
        if element != "skipped":
            told.set("type", outcome.state)
            told.text = _legal(outcome.detail)
    for name, text in (("system-out", outcome.output), ("system-err", "\n".join(outcome.messages))):
        if text:
            ElementTree.SubElement(case, name).text = _legal(text)


def _legal(text: str) -> str:
    return _ILLEGAL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
