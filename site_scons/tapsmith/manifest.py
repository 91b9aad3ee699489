"""A fragment's manifest, `manifests/<name>.yaml`, read into a `Fragment`.

The reading is strict: every mistake of the file is reported, with its place,
in one `TapsmithError`.  A fragment's C lies in `fragments/<name>/`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tapsmith.diagnostics import Place, did_you_mean
from tapsmith.document import Node, Report, Scalar, Table
from tapsmith.macro import Constraint, Macro, Setting, read_constraints, read_macros, read_settings
from tapsmith.reader import Reader, as_scalar, matcher, open_reader
from tapsmith.versions import ANY, MalformedError, Range, Version

CONTEXTS = ("any", "handler", "process")

fragment_name = matcher(r"[a-z][a-z0-9_]*", "fragment's name", "use small letters, digits and `_`")
c_identifier = matcher(r"[A-Za-z_][A-Za-z0-9_]*", "identifier of C", "use letters, digits and `_`")
_type_name = matcher(
    r"(?:(?:struct|union|enum) )?[A-Za-z_][A-Za-z0-9_]*", "type of C", "write a name, or `struct` and a name"
)
_license = matcher(r"[A-Za-z0-9.+() -]+", "SPDX license", "write for instance GPL-2.0")
_option = matcher(r"(?!CONFIG_)[A-Z0-9][A-Za-z0-9_]*", "kernel option", "write KPROBES, without CONFIG_")
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
    reader = open_reader(path)
    name = reader.parsed("name", fragment_name, "bad-name", required=True) or ""
    if name and name != path.stem:
        message = f"the fragment calls itself `{name}`, its file {path.name}"
        reader.report.add("bad-name", message, reader.place_of("name"), f"write `name: {path.stem}`")
    label = f"fragments/{path.stem}"
    directory = Path(os.path.abspath(path)).parent.parent / label
    provides, default_of = read_provides(reader)
    fragment = Fragment(
        name=name,
        version=reader.parsed("version", Version.parse, "bad-version", required=True) or _NO_VERSION,
        summary=reader.line("summary", required=True) or "",
        license=reader.parsed("license", _license, "bad-name", required=True) or "",
        requires=read_requirements(reader.entries("requires"), reader.report, conditional=True),
        provides=provides,
        default_of=default_of,
        conflicts=read_requirements(reader.entries("conflicts"), reader.report),
        kernel=reader.parsed("kernel", Range.parse, "bad-range"),
        kconfig=_names(reader, "kconfig", _option),
        config=read_macros(reader.entries("config"), reader.report),
        constraints=read_constraints(reader.entries("constraints"), reader.report),
        sources=read_sources(reader.scalars("sources", True), directory, label, reader.report),
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


def read_requirements(
    entries: tuple[tuple[Scalar, Node], ...], report: Report, conditional: bool = False, origins: bool = False
) -> tuple[Requirement, ...]:
    """Read a table of fragments and ranges.

    `conditional` ones may be {version: RANGE, when: {...}}; with `origins` they may be
    {version: RANGE, path: DIRECTORY} or {version: RANGE, git: URL, tag: NAME}.
    """
    found = []
    for key, node in entries:
        name = report.convert(key, fragment_name, "bad-name")
        when: tuple[Setting, ...] = ()
        origin: Origin | None = None
        wanted: Range | None = ANY
        if (conditional or origins) and isinstance(node, Table):
            reader = Reader(node, report)
            wanted = reader.parsed("version", Range.parse, "bad-range", required=not origins) or ANY
            when = read_settings(reader.entries("when"), report) if conditional else ()
            origin = _read_origin(reader) if origins else None
            reader.finish()
        elif scalar := as_scalar(node, f"the range of `{key.text}`", report):
            wanted = report.convert(scalar, Range.parse, "bad-range")
        if name and wanted:
            found.append(Requirement(name, wanted, when, key.place, origin))
    return tuple(found)


def _read_origin(reader: Reader) -> Origin | None:
    """Read `path`, or `git` with one of `tag`, `branch`, `commit`."""
    path, url = reader.line("path"), reader.line("git")
    revs = [(kind, rev) for kind in ("tag", "branch", "commit") if (rev := reader.line(kind))]
    if path and not url and not revs:
        return Origin("path", path)
    if url and not path and len(revs) == 1:
        return Origin("git", url, *revs[0])
    if path or url or revs:
        message = "a fragment comes from `path`, or from `git` with one of `tag`, `branch`, `commit`"
        reader.report.add("bad-origin", message, reader.place, "write for instance {git: URL, tag: v1.0}")
    return None


def read_sources(names: Iterable[Scalar], directory: Path, label: str, report: Report) -> tuple[Source, ...]:
    """Return the files `names` tell inside `directory`; what is outside or missing is a problem."""
    found = []
    for scalar in names:
        path = directory / scalar.text
        relative = PurePosixPath(scalar.text)
        if relative.is_absolute() or ".." in relative.parts or not scalar.text.isprintable():
            message = f"`{scalar.text}` must be a plain path inside {label}/"
            report.add("source-outside", message, scalar.place, "move the file there")
        elif not path.is_file():
            siblings = [str(p.relative_to(directory)) for p in directory.rglob("*") if p.is_file()]
            mend = did_you_mean(scalar.text, siblings) or f"create {label}/{scalar.text}"
            report.add("missing-source", f"{label}/{scalar.text} does not exist", scalar.place, mend)
        elif not path.resolve().is_relative_to(directory.resolve()):
            message = f"`{scalar.text}` is a link that leads out of {label}/"
            report.add("source-outside", message, scalar.place, "move the file there")
        else:
            found.append(Source(path, f"{label}/{relative}"))
    return tuple(found)


def _names(reader: Reader, key: str, parse: Callable[[str], str]) -> tuple[str, ...]:
    """Read a list of names that `parse` accepts."""
    found = [reader.report.convert(scalar, parse, "bad-name") for scalar in reader.scalars(key)]
    return tuple(name for name in found if name)


def read_provides(reader: Reader) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read `provides`, a list or {NAME: default}: the virtual names, and those it is the default of."""
    if not isinstance(reader.node("provides"), Table):
        return _names(reader, "provides", fragment_name), ()
    names, defaults = [], []
    for key, node in reader.entries("provides"):
        name = reader.report.convert(key, fragment_name, "bad-name")
        scalar = as_scalar(node, f"`{key.text}`", reader.report)
        if name and scalar and scalar.text not in ("default", "choice"):
            message = f"`{scalar.text}` is neither default nor choice"
            reader.report.add("bad-provides", message, scalar.place, "write default, or choice")
        elif name and scalar:
            names.append(name)
            defaults += [name] if scalar.text == "default" else []
    return tuple(names), tuple(defaults)


def _read_exports(reader: Reader) -> tuple[Export, ...]:
    """Read `exports`: functions with their contexts, types, macros."""
    inner = reader.reader("exports")
    if inner is None:
        return ()
    found = []
    for key, node in inner.entries("functions"):
        name = inner.report.convert(key, c_identifier, "bad-name")
        scalar = as_scalar(node, f"the context of `{key.text}`", inner.report)
        context = inner.report.convert(scalar, _context, "bad-context") if scalar else None
        if name and context:
            found.append(Export(name, "function", context, key.place))
    for kind, parse in (("type", _type_name), ("macro", c_identifier)):
        for scalar in inner.scalars(f"{kind}s"):
            name = inner.report.convert(scalar, parse, "bad-name")
            if name:
                found.append(Export(name, kind, None, scalar.place))
    inner.finish()
    return tuple(found)


def _context(text: str) -> str:
    if text not in CONTEXTS:
        raise MalformedError(f"`{text}` is no context", f"write one of {', '.join(CONTEXTS)}")
    return text


def _read_hooks(reader: Reader) -> Hooks:
    """Read `hooks`: the functions that the module's life calls."""
    inner = reader.reader("hooks")
    if inner is None:
        return Hooks()
    names = [
        inner.parsed(key, c_identifier, "bad-name") for key in ("init", "begun", "stop", "report", "exit")
    ]
    hooks = Hooks(*names)
    inner.finish()
    return hooks


def _read_handlers(reader: Reader) -> tuple[tuple[str, str], ...]:
    """Read which members of structures name handlers, and the macro that inlines each."""
    found = []
    for key, node in reader.entries("handlers"):
        member = reader.report.convert(key, c_identifier, "bad-name")
        scalar = as_scalar(node, f"`{key.text}`", reader.report)
        macro = reader.report.convert(scalar, c_identifier, "bad-name") if scalar else None
        if member and macro:
            found.append((member, macro))
    return tuple(found)
