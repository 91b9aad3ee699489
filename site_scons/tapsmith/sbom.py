"""A bill of materials: what a probe's module is made of, in CycloneDX.

The same probe, lock, kernel and module give the same bytes: nothing in it is
random, no path of this machine, and no date but that of SOURCE_DATE_EPOCH.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import (
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    Property,
    XsUri,
)
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tapsmith import __version__
from tapsmith.dependencies import Dependencies
from tapsmith.manifest import Fragment, Source
from tapsmith.packages.content import fragment_digest, fragment_files

_NAMESPACE = uuid.UUID("6f1f6c0e-5d4c-5b0e-9a52-0c5f1a4f7f3d")


@dataclass(frozen=True)
class Package:
    """A package of the kernel's or a tool of the build: `purl` is its package URL, if it is known."""

    name: str
    version: str
    purl: str = ""
    identity: str = ""


@dataclass(frozen=True)
class Bill:
    """What is told: the resolution, where each fragment is from, the module, and what made it."""

    dependencies: Dependencies
    origins: Mapping[str, str]
    commits: Mapping[str, str]
    module: bytes | None
    release: str
    kernel: Package
    tools: tuple[Package, ...]
    epoch: int | None = None


def bill_text(bill: Bill) -> str:
    """Return the bill as JSON of CycloneDX 1.6."""
    probe = bill.dependencies.resolution.probe
    main = Component(
        name=probe.name,
        type=ComponentType.APPLICATION,
        bom_ref=f"probe:{probe.name}",
        description=probe.summary,
        licenses=[DisjunctiveLicense(name=probe.license)],
        hashes=[_sha256(bill.module)] if bill.module is not None else (),
        components=[_file(probe.name, source) for source in probe.sources],
        properties=[Property(name="tapsmith:kernel", value=bill.release)],
    )
    fragments = [_fragment(fragment, bill) for fragment in bill.dependencies.resolution.fragments]
    kernel = _package(bill.kernel, ComponentType.PLATFORM)
    tools = [_package(tool, ComponentType.APPLICATION) for tool in bill.tools]
    own = Component(name="tapsmith", version=__version__, type=ComponentType.APPLICATION, bom_ref="tapsmith")
    # The library puts the present into a bill without a date: that is taken out of its text.
    date = datetime.fromtimestamp(bill.epoch or 0, UTC)
    bom = Bom(
        components=[*fragments, kernel, *tools],
        metadata=BomMetaData(component=main, tools=ToolRepository(components=[own]), timestamp=date),
        dependencies=_graph(bill, main, fragments, [kernel, *tools]),
        serial_number=_NAMESPACE,
    )
    bom.serial_number = uuid.uuid5(_NAMESPACE, _text(bom, bill.epoch))
    return _text(bom, bill.epoch) + "\n"


def _text(bom: Bom, epoch: int | None) -> str:
    written = json.loads(JsonV1Dot6(bom).output_as_string())
    if epoch is None:
        del written["metadata"]["timestamp"]
    return json.dumps(written, indent=2, ensure_ascii=False)


def _fragment(fragment: Fragment, bill: Bill) -> Component:
    """Return the component of a fragment, with its files in it."""
    version, origin = str(fragment.version), bill.origins[fragment.name]
    kind, _, at = origin.partition(" ")
    said = {"tapsmith:origin": origin, "tapsmith:sha256": fragment_digest(fragment)}
    qualifiers = {}
    references = []
    if commit := bill.commits.get(fragment.name):
        said["tapsmith:commit"] = commit
    if kind == "git" and "://" in at:
        references.append(ExternalReference(type=ExternalReferenceType.VCS, url=XsUri(at)))
        qualifiers["vcs_url"] = f"git+{at}@{commit}"
    files = fragment_files(fragment).items()
    return Component(
        name=fragment.name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=f"fragment:{fragment.name}",
        description=fragment.summary,
        licenses=[LicenseFactory().make_from_string(fragment.license)],
        purl=PackageURL("generic", None, fragment.name, version, qualifiers or None),
        external_references=references,
        properties=[Property(name=name, value=value) for name, value in said.items()],
        components=[_content(fragment.name, label, data) for label, data in files],
    )


def _file(owner: str, source: Source) -> Component:
    return _content(owner, source.label, source.path.read_bytes())


def _content(owner: str, label: str, data: bytes) -> Component:
    ref = f"file:{owner}/{label}"
    return Component(name=label, type=ComponentType.FILE, bom_ref=ref, hashes=[_sha256(data)])


def _sha256(data: bytes) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(data).hexdigest())


def _package(package: Package, kind: ComponentType) -> Component:
    """Return the component of what a module is built with; it is not in the module."""
    return Component(
        name=package.name,
        version=package.version,
        type=kind,
        scope=ComponentScope.EXCLUDED,
        bom_ref=f"build:{package.name}",
        purl=PackageURL.from_string(package.purl) if package.purl else None,
        properties=[Property(name="tapsmith:identity", value=package.identity)] if package.identity else (),
    )


def _graph(
    bill: Bill, main: Component, fragments: Iterable[Component], others: Iterable[Component]
) -> list[Dependency]:
    """Return who requires whom: fragments each other, the module all it is made of and by."""
    by_name = {component.name: component for component in fragments}
    label = bill.dependencies.resolution.probe.label
    graph = []
    for part, component in ((label, main), *by_name.items()):
        needed = {edge.to for edge in bill.dependencies.of(part)}
        refs = [Dependency(by_name[name].bom_ref) for name in sorted(needed) if name in by_name]
        if component is main:
            refs += [Dependency(other.bom_ref) for other in others]
        graph.append(Dependency(component.bom_ref, dependencies=refs))
    return graph + [Dependency(other.bom_ref) for other in others]
