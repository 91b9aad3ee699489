"""What tapsmith asks of the C of probes and fragments, before any compiler sees it.

- Only probe.yaml sets a config macro: no source #defines or #undefs one.
- A probe has probe_begin and probe_end; the module's frame (module_init,
  MODULE_LICENSE and the like) is generated.
- A jprobe's handler takes what a handler is given (`jprobes`).
- Quoted headers of a fragment lie in its directory, and one name means one file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from tapsmith import csource
from tapsmith.capability import PREFIX
from tapsmith.csource import Mention
from tapsmith.diagnostics import Place, TapsmithError, did_you_mean
from tapsmith.document import Report
from tapsmith.jprobes import check_jprobes
from tapsmith.manifest import Fragment
from tapsmith.probe import PROBE_FILE, Probe
from tapsmith.resolution import Resolution

_SURROGATE = re.compile("[\\udc80-\\udcff]")
_FRAME = {
    "module_init": "do it in probe_begin",
    "module_exit": "do it in probe_end",
    "MODULE_LICENSE": f"set `license` in {PROBE_FILE}",
    "MODULE_AUTHOR": f"set `author` in {PROBE_FILE}",
    "MODULE_DESCRIPTION": f"set `summary` in {PROBE_FILE}",
}
_ENTRIES = {
    "probe_begin": "static int probe_begin(void)",
    "probe_end": "static void probe_end(void)",
}


def read_source(path: Path) -> str:
    """Return a C file's text; bytes that are no UTF-8 become lone surrogates, which are refused later."""
    return path.read_text(encoding="utf-8", errors="surrogateescape")


def headers(owner: Probe | Fragment) -> tuple[Path, ...]:
    """Return the files that the sources of `owner` include in quotes, directly or not, where they exist.

    As the compiler does, a name is looked for beside the file that includes
    it, then beside the sources.  TapsmithError if a fragment's leaves its directory.
    """
    report = Report()
    found: dict[Path, None] = {}
    todo = [source.path for source in owner.sources]
    for path in todo:
        for mention in csource.quoted_includes(read_source(path)):
            for directory in dict.fromkeys((path.parent, *include_directories(owner))):
                header = directory / mention.name
                if header.is_file():
                    _check_inside(owner, header, path, mention, report)
                    if header.resolve() not in found:
                        found[header.resolve()] = None
                        todo.append(header.resolve())
                    break
    report.check()
    return tuple(found)


def include_directories(owner: Probe | Fragment) -> tuple[Path, ...]:
    """Return the directories for `-iquote`: those of the sources."""
    return tuple(dict.fromkeys(source.path.parent for source in owner.sources))


def check_sources(resolution: Resolution) -> None:
    """Raise TapsmithError with everything the sources and own headers of the resolution break."""
    report = Report()
    probe = resolution.probe
    owners: list[Probe | Fragment] = [probe, *resolution.fragments]
    for owner in owners:
        try:
            files = [*(source.path for source in owner.sources), *headers(owner)]
        except TapsmithError as error:
            report.absorb(error)
            continue
        texts = {path: read_source(path) for path in files}
        for path, text in texts.items():
            _check_encoding(path, text, report)
            _check_macros(resolution, owner, path, text, report)
            _check_capabilities(resolution, path, text, report)
            _check_frame(owner, path, text, report)
        _check_functions(owner, list(texts.values()), report)
        if owner is probe and any(fragment.name == "jprobes" for fragment in resolution.fragments):
            check_jprobes(texts, report)
        _check_header_names(owner, owners, report)
    report.check()


def _check_inside(
    owner: Probe | Fragment, header: Path, path: Path, mention: Mention, report: Report
) -> None:
    """Report a fragment's header outside of its directory; probes may share headers with others."""
    if isinstance(owner, Fragment) and not header.resolve().is_relative_to(owner.directory.resolve()):
        message = f"`{mention.name}` is outside of fragments/{owner.name}/"
        place = Place(path, mention.line, mention.column)
        report.add("header-outside", message, place, "move it there, or require the fragment that has it")


def _check_encoding(path: Path, text: str, report: Report) -> None:
    """Report the first byte that is no UTF-8."""
    if found := _SURROGATE.search(text):
        strange = found.start()
        place = Place(path, text.count("\n", 0, strange) + 1, strange - text.rfind("\n", 0, strange))
        report.add("bad-encoding", "the file is not UTF-8 text", place, "save it as UTF-8")


def _check_macros(
    resolution: Resolution, owner: Probe | Fragment, path: Path, text: str, report: Report
) -> None:
    """Report each #define or #undef of a config macro, and each condition on one that is set at load."""
    probe = resolution.probe
    for mention in csource.macro_changes(text):
        definer = resolution.owners.get(mention.name)
        if definer:
            message = f"{mention.name} is a config macro of fragment `{definer}`, not to be set in C"
            mend = f"set it in {PROBE_FILE} under `config`"
            if isinstance(owner, Fragment):
                mend = f"set its default in manifests/{definer}.yaml; only a probe sets another value"
            if definer == probe.label:
                message = f"{mention.name} is a macro that {PROBE_FILE} defines, not to be set in C"
                mend = f"set its default in {PROBE_FILE} under `defines`"
            report.add("macro-in-source", message, Place(path, mention.line, mention.column), mend)
    for mention in csource.conditions(text, frozenset(v.macro for v in resolution.values if v.load)):
        message = f"{mention.name} is set at load, the compiler does not know it"
        report.add(
            "macro-not-loadable", message, Place(path, mention.line, mention.column), "write an `if` of C"
        )


def _check_capabilities(resolution: Resolution, path: Path, text: str, report: Report) -> None:
    """Report conditions on a capability that nobody asks for: they never hold."""
    known = {c.macro for fragment in resolution.fragments for c in fragment.capabilities}
    unknown = frozenset(name for name in csource.words(text) if name.startswith(PREFIX)) - known
    for mention in csource.conditions(text, unknown):
        message = f"no fragment of the module has the capability {mention.name.removeprefix(PREFIX)}"
        near = did_you_mean(mention.name.removeprefix(PREFIX), [name.removeprefix(PREFIX) for name in known])
        mend = near or "list it under `capabilities` in the fragment's manifest"
        report.add("unknown-capability", message, Place(path, mention.line, mention.column), mend)


def _check_frame(owner: Probe | Fragment, path: Path, text: str, report: Report) -> None:
    """Report what the generated frame of the module already has."""
    for mention in csource.calls(text, frozenset(_FRAME)):
        mend = _FRAME[mention.name]
        if isinstance(owner, Fragment):
            mend = f"use a hook in {owner.label}"
        message = f"{mention.name} is generated, and stands once in a module"
        report.add("frame-in-source", message, Place(path, mention.line, mention.column), mend)


def _check_functions(owner: Probe | Fragment, texts: Sequence[str], report: Report) -> None:
    """Report functions that the generated frame calls and nobody defines."""
    if isinstance(owner, Probe):
        for name, head in _ENTRIES.items():
            if not any(csource.defines_function(text, name) for text in texts):
                code = "no-probe-begin" if name == "probe_begin" else "no-probe-end"
                place = Place(owner.sources[0].path)
                report.add(code, f"the probe does not define {name}", place, f"write `{head}`")
        return
    hooks = owner.hooks
    for hook in (hooks.init, hooks.begun, hooks.stop, hooks.report, hooks.exit):
        if hook and not any(csource.defines_function(text, hook) for text in texts):
            message = f"fragment `{owner.name}` has the hook {hook}, which its sources do not define"
            report.add("missing-hook", message, owner.at("hooks"), f"define {hook} or drop the hook")


def _check_header_names(owner: Probe | Fragment, owners: Sequence[Probe | Fragment], report: Report) -> None:
    """Report a quoted name for which the compiler would take another owner's file.

    All sources are compiled as one text, so `-iquote` directories serve all of them, the probe's first.
    """
    searched = dict.fromkeys(directory for other in owners for directory in include_directories(other))
    for source in owner.sources:
        for mention in csource.quoted_includes(read_source(source.path)):
            own = _first(include_directories(owner), mention.name)
            taken = _first(searched, mention.name)
            if own and taken and own.resolve() != taken.resolve():
                message = f"`{mention.name}` exists twice: {taken} would be taken here"
                place = Place(source.path, mention.line, mention.column)
                report.add("ambiguous-header", message, place, "rename one of the two")


def _first(directories: Iterable[Path], name: str) -> Path | None:
    return next((directory / name for directory in directories if (directory / name).is_file()), None)
