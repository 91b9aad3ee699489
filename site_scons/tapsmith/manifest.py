"""A fragment's manifest, `manifests/<name>.yaml`, read into a `Fragment`.

The reading is strict: every mistake of the file is reported, with its place,
in one `TapsmithError`.  A fragment's C lies in `fragments/<name>/`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tapsmith import schemas, words
from tapsmith.capability import Capability, read_capabilities
from tapsmith.diagnostics import Place, did_you_mean
from tapsmith.document import Report, Scalar, Table
from tapsmith.macro import Constraint, Macro, Setting, read_constraints, read_macros, read_settings
from tapsmith.reader import Reader, open_reader
from tapsmith.schema import Text
from tapsmith.versions import ANY, Range, Version
from tapsmith.words import C_IDENTIFIER, FRAGMENT_NAME, LINE, PATH, PLACE, RANGE, VERSION

_NO_VERSION = Version(0, 0, 0)


@dataclass(frozen=True)
class Source:
    """A file of a fragment or probe: `path` is absolute, `label` is what people and the module see."""

    path: Path
    label: str


@dataclass(frozen=True)
class Origin:
    """Where a probe says a fragment comes from: `kind` is path or git, `at` the directory or URL.

    Of git, `rev` is a tag, branch or commit, as `rev_kind` tells.
    """

    kind: str
    at: str
    rev_kind: str = ""
    rev: str = ""


@dataclass(frozen=True)
class Requirement:
    """A fragment or virtual name, the range wanted, and the values that must hold for it to count.

    `origin` is where a probe has it come from; None leaves that to the tree and the registries.
    """

    name: str
    range: Range
    when: tuple[Setting, ...]
    place: Place
    origin: Origin | None = None


@dataclass(frozen=True)
class Export:
    """A name a fragment offers: `kind` is function, type or macro; only functions have a context."""

    name: str
    kind: str
    context: str | None
    place: Place


@dataclass(frozen=True)
class Hooks:
    """The fragment's functions that the module's life calls, where it has them."""

    init: str | None = None
    begun: str | None = None
    stop: str | None = None
    report: str | None = None
    exit: str | None = None


@dataclass(frozen=True)
class Fragment:
    """One fragment of the runtime, as its manifest describes it.

    `provides` are its virtual names, `default_of` those of them for which it is the one to take.
    """

    name: str
    version: Version
    summary: str
    license: str
    requires: tuple[Requirement, ...]
    provides: tuple[str, ...]
    default_of: tuple[str, ...]
    conflicts: tuple[Requirement, ...]
    kernel: Range | None
    kconfig: tuple[str, ...]
    capabilities: tuple[Capability, ...]
    config: tuple[Macro, ...]
    constraints: tuple[Constraint, ...]
    sources: tuple[Source, ...]
    exports: tuple[Export, ...]
    hooks: Hooks
    handlers: tuple[tuple[str, str], ...]
    directory: Path
    place: Place
    places: Mapping[str, Place] = field(repr=False, compare=False)

    def at(self, key: str) -> Place:
        """Return where the manifest has `key`, or its name if it has not."""
        return self.places.get(key, self.place)

    @property
    def label(self) -> str:
        """The manifest's name below its root."""
        return f"manifests/{self.name}.yaml"


def load_fragment(path: Path) -> Fragment:
    """Read `<root>/manifests/<name>.yaml`; TapsmithError with every problem it has."""
    reader = open_reader(path, schemas.MANIFEST)
    name = reader.read("name", FRAGMENT_NAME) or ""
    if name and name != path.stem:
        message = f"the fragment calls itself `{name}`, its file {path.name}"
        reader.report.add("bad-name", message, reader.place_of("name"), f"write `name: {path.stem}`")
    label = f"fragments/{path.stem}"
    directory = Path(os.path.abspath(path)).parent.parent / label
    provides, default_of = read_provides(reader)
    fragment = Fragment(
        name=name,
        version=reader.read("version", VERSION) or _NO_VERSION,
        summary=reader.read("summary", LINE) or "",
        license=reader.read("license", words.SPDX) or "",
        requires=read_requirements(reader, "requires"),
        provides=provides,
        default_of=default_of,
        conflicts=read_requirements(reader, "conflicts"),
        kernel=reader.read("kernel", RANGE),
        capabilities=read_capabilities(reader, "capabilities"),
        kconfig=tuple(option for _, option in reader.items("kconfig", words.OPTION)),
        config=read_macros(reader, "config"),
        constraints=read_constraints(reader, "constraints"),
        sources=read_sources(reader.scalars("sources"), directory, label, reader.report),
        exports=_read_exports(reader),
        hooks=_read_hooks(reader),
        handlers=_read_handlers(reader),
        directory=directory,
        place=reader.place_of("name"),
        places=reader.places(),
    )
    reader.finish()
    reader.report.check()
    return fragment


def read_requirements(reader: Reader, key: str) -> tuple[Requirement, ...]:
    """Read a table of fragments and ranges; where the record has them, also of conditions or origins."""
    found = []
    for entry in reader.entries(key):
        inner = entry.reader()
        when: tuple[Setting, ...] = ()
        origin: Origin | None = None
        wanted: Range | None
        if inner:
            wanted = inner.read("version", RANGE) or ANY
            when = read_settings(inner, "when") if inner.knows("when") else ()
            origin = _read_origin(inner) if inner.knows("git") else None
            inner.finish()
        else:
            wanted = entry.read(f"the range of `{entry.key.text}`", RANGE)
        if entry.name and wanted:
            found.append(Requirement(entry.name, wanted, when, entry.key.place, origin))
    return tuple(found)


def _read_origin(reader: Reader) -> Origin | None:
    """Read `path`, or `git` with one of `tag`, `branch`, `commit`."""
    path, url = reader.read("path", PLACE), reader.read("git", PLACE)
    revs = [(kind, rev) for kind in ("tag", "branch", "commit") if (rev := reader.read(kind, PLACE))]
    if not reader.fits():
        message = "a fragment comes from `path`, or from `git` with one of `tag`, `branch`, `commit`"
        reader.report.add("bad-origin", message, reader.place, "write for instance {git: URL, tag: v1.0}")
    elif path:
        return Origin("path", path)
    elif url and revs:
        return Origin("git", url, *revs[0])
    return None


def read_sources(names: Iterable[Scalar], directory: Path, label: str, report: Report) -> tuple[Source, ...]:
    """Return the files `names` tell inside `directory`; what is outside or missing is a problem."""
    found = []
    home = directory.resolve()
    for scalar in names:
        path = directory / scalar.text
        relative = PurePosixPath(scalar.text)
        if not PATH.matches(scalar.text) or not scalar.text.isprintable():
            message = f"`{scalar.text}` must be a plain path inside {label}/"
            report.add(PATH.code, message, scalar.place, PATH.mend)
        elif not path.is_file():
            siblings = [str(p.relative_to(directory)) for p in directory.rglob("*") if p.is_file()]
            mend = did_you_mean(scalar.text, siblings) or f"create {label}/{scalar.text}"
            report.add("missing-source", f"{label}/{scalar.text} does not exist", scalar.place, mend)
        elif not path.resolve().is_relative_to(home):
            message = f"`{scalar.text}` is a link that leads out of {label}/"
            report.add(PATH.code, message, scalar.place, PATH.mend)
        else:
            found.append(Source(path, f"{label}/{relative}"))
    return tuple(found)


def read_provides(reader: Reader, name: Text = FRAGMENT_NAME) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read `provides`, a list or {NAME: default}: the virtual names, and those it is the default of."""
    if not isinstance(reader.node("provides"), Table):
        return tuple(name for _, name in reader.items("provides", name)), ()
    names, defaults = [], []
    for entry in reader.entries("provides"):
        kind = entry.read(f"`{entry.key.text}`", words.PROVISION)
        if entry.name and kind:
            names.append(entry.name)
            defaults += [entry.name] if kind == "default" else []
    return tuple(names), tuple(defaults)


def _read_exports(reader: Reader) -> tuple[Export, ...]:
    """Read `exports`: functions with their contexts, types, macros."""
    inner = reader.reader("exports")
    if inner is None:
        return ()
    found = []
    for entry in inner.entries("functions"):
        context = entry.read(f"the context of `{entry.key.text}`", words.CONTEXT)
        if entry.name and context:
            found.append(Export(entry.name, "function", context, entry.key.place))
    for kind, word in (("type", words.C_TYPE), ("macro", C_IDENTIFIER)):
        found += [Export(name, kind, None, key.place) for key, name in inner.items(f"{kind}s", word)]
    inner.finish()
    return tuple(found)


def _read_hooks(reader: Reader) -> Hooks:
    """Read `hooks`: the functions that the module's life calls."""
    inner = reader.reader("hooks")
    if inner is None:
        return Hooks()
    hooks = Hooks(**{key: inner.read(key, C_IDENTIFIER) for key in inner.record.by_name})
    inner.finish()
    return hooks


def _read_handlers(reader: Reader) -> tuple[tuple[str, str], ...]:
    """Read which members of structures name handlers, and the macro that inlines each."""
    found = []
    for entry in reader.entries("handlers"):
        macro = entry.read(f"`{entry.key.text}`", C_IDENTIFIER)
        if entry.name and macro:
            found.append((entry.name, macro))
    return tuple(found)
