"""What a probe uses of the runtime, against what its `needs` say.

    needs: {maps: ^1.0, log: ^1.0}     probe.c: _stp_map_new(...)      log is unused, dlog() undeclared

A fragment is used where the probe's C names an export of it; where its config
sets a macro of it; where an initialiser has a member that its `handlers` name;
where it decides a virtual name that a chosen fragment requires; or where it
*extends* another fragment that the probe uses: it defines a name that this one
mentions without requiring it (`map_strings` defines anew what `_stp_map_key()`
of `maps` asks for a string).  One without exports that extends nothing is
there for its hooks.

Not seen: whether an extension is needed for what the probe does (strings as
keys), only that it may be.  The bytes it has in the module tell (`costs`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tapsmith.analysis.ctokens import Unit
from tapsmith.analysis.extensions import find_extensions, names_calls_plainly
from tapsmith.analysis.names import Use, members, uses
from tapsmith.diagnostics import Problem
from tapsmith.inlining import NONE
from tapsmith.library import Library
from tapsmith.manifest import Fragment, Requirement
from tapsmith.resolution import Resolution
from tapsmith.symbols import NAMES

_SHOWN = 4


@dataclass(frozen=True)
class Usage:
    """What the probe's C uses: each fragment's exports in the order of first use, and what is only extended.

    `fragments` maps a name to its uses; `maybe` are the fragments that only
    extend what the probe uses, so that it cannot be seen whether it needs them;
    `idle` are those that extend only what it does not use.
    """

    fragments: Mapping[str, tuple[Use, ...]]
    maybe: frozenset[str]
    idle: frozenset[str]
    names: frozenset[str] = field(repr=False)
    members: frozenset[str] = field(repr=False)


def exporters(library: Library) -> Mapping[str, tuple[Fragment, ...]]:
    """Return the fragments that export each name."""
    found: dict[str, tuple[Fragment, ...]] = {}
    for fragment in library.fragments.values():
        for export in fragment.exports:
            found[export.name] = (*found.get(export.name, ()), fragment)
    return found


def need_for(fragment: Fragment) -> str:
    """Return what to write into `needs` for a fragment: its name, and versions that are compatible."""
    return f"{fragment.name}: {range_for(fragment)}"


def range_for(fragment: Fragment) -> str:
    """Return the range of compatible versions, from this minor one on."""
    version = fragment.version
    return f"^{version}" if version.prerelease else f"^{version.major}.{version.minor}"


def find_usage(resolution: Resolution, library: Library, files: Sequence[Unit]) -> Usage:
    """Return what the probe's files use of each fragment of the library."""
    chosen = {fragment.name for fragment in resolution.fragments}
    known = exporters(library)
    found: dict[str, list[Use]] = {}
    everything = uses(files)
    for use in everything:
        owners = known.get(use.name, ())
        # Where a chosen fragment has the name, it is the one that is meant.
        here = [owner for owner in owners if owner.name in chosen] or list(owners[:1])
        for owner in here:
            found.setdefault(owner.name, []).append(use)
    names = frozenset(use.name for use in everything)
    extensions = find_extensions(resolution, library, names)
    if extensions.get(NAMES):
        extensions[NAMES] = names_calls_plainly(files)
    return Usage(
        fragments={name: tuple(used) for name, used in found.items()},
        maybe=frozenset(name for name, is_reached in extensions.items() if is_reached) - found.keys(),
        idle=frozenset(name for name, is_reached in extensions.items() if not is_reached) - found.keys(),
        names=names,
        members=members(files),
    )


def missing_mends(resolution: Resolution, library: Library) -> Mapping[str, str]:
    """Return what mends that a name is unknown to the compiler, for each name of a fragment not chosen."""
    chosen = {export.name for fragment in resolution.fragments for export in fragment.exports}
    return {
        name.split()[
            -1
        ]: f"add {' or '.join(f'`{need_for(owner)}`' for owner in owners)} to needs in probe.yaml"
        for name, owners in exporters(library).items()
        if name not in chosen
    }


def check_needs(resolution: Resolution, library: Library, usage: Usage) -> list[Problem]:
    """Return the findings: needs that nothing uses, and uses that no need stands for."""
    probe = resolution.probe
    declared = {fragment.name for need in probe.needs for fragment in _meant(need, resolution)}
    problems = [_unused(need, resolution) for need in unused_needs(resolution, usage)]
    for name, used in usage.fragments.items():
        if name not in declared:
            problems.append(_undeclared(resolution, library, library.fragments[name], used))
    return problems


def unused_needs(resolution: Resolution, usage: Usage) -> tuple[Requirement, ...]:
    """Return the needs of the probe that it has no use for."""
    return tuple(
        need
        for need in resolution.probe.needs
        if not any(_is_used(fragment, need, resolution, usage) for fragment in _meant(need, resolution))
    )


def undeclared(resolution: Resolution, library: Library, usage: Usage) -> tuple[Fragment, ...]:
    """Return the fragments that the probe uses and does not declare, if there is no choice among some."""
    declared = {fragment.name for need in resolution.probe.needs for fragment in _meant(need, resolution)}
    return tuple(
        library.fragments[name]
        for name, used in usage.fragments.items()
        if name not in declared and len(_choice(resolution, library, library.fragments[name], used)) == 1
    )


def empty_needs(resolution: Resolution, usage: Usage, present: frozenset[str]) -> list[Problem]:
    """Return findings for needs that may be used by what they extend, but of which the module holds nothing.

    `present` are the fragments that have code or data in the built module.
    """
    return [
        replace(
            _unused(need, resolution),
            message=f"nothing of `{need.name}` got into the module, and the probe's C names nothing of it",
        )
        for need in resolution.probe.needs
        if need.name in usage.maybe and need.name not in present and not _is_set(need.name, resolution)
    ]


def _meant(need: Requirement, resolution: Resolution) -> tuple[Fragment, ...]:
    """Return the fragment that a need names, or those chosen that provide the virtual name."""
    exact = [fragment for fragment in resolution.fragments if fragment.name == need.name]
    return tuple(exact or (f for f in resolution.fragments if need.name in f.provides))


def _is_used(fragment: Fragment, need: Requirement, resolution: Resolution, usage: Usage) -> bool:
    if fragment.name in usage.fragments or fragment.name in usage.maybe:
        return True
    if _is_set(fragment.name, resolution) or _has_its_words(fragment, usage):
        return True
    others = [other for other in resolution.fragments if other.name != fragment.name]
    required = {requirement.name for other in others for requirement in other.requires}
    offered = required.union(*(other.provides for other in others))
    # The probe's word decides who provides a virtual name, or where a fragment comes from.
    if offered & set(fragment.provides) or (need.origin and fragment.name in required):
        return True
    return not fragment.exports and fragment.name not in usage.idle


def _is_set(name: str, resolution: Resolution) -> bool:
    """Tell whether probe.yaml sets a macro of the fragment."""
    return any(resolution.owners.get(setting.macro) == name for setting in resolution.probe.config)


def _has_its_words(fragment: Fragment, usage: Usage) -> bool:
    """Tell whether the C names a config macro or one of its constants, or a member that holds a handler."""
    words = {name for macro in fragment.config for name in (macro.name, *macro.constants)}
    members = {member for member, macro in fragment.handlers if macro != NONE}
    return bool(words & usage.names or members & usage.members)


def _unused(need: Requirement, resolution: Resolution) -> Problem:
    others = [r.by for r in resolution.reached.get(need.name, ()) if r.by != resolution.probe.label]
    stays = f" (it stays in the module: `{others[0]}` requires it)" if others else ""
    message = f"the probe uses nothing of `{need.name}`"
    mend = f"remove `{need.name}` from needs{stays}"
    return Problem("unused-need", message, need.place, mend, severity="warning")


def _choice(
    resolution: Resolution, library: Library, fragment: Fragment, used: Sequence[Use]
) -> tuple[Fragment, ...]:
    """Return the fragments that have what is used: just this one, if it is chosen."""
    if fragment in resolution.fragments:
        return (fragment,)
    known = exporters(library)
    others = [other for use in used for other in known[use.name] if other not in resolution.fragments]
    return tuple(dict.fromkeys(others))


def _undeclared(resolution: Resolution, library: Library, fragment: Fragment, used: Sequence[Use]) -> Problem:
    names = list(dict.fromkeys(use.name for use in used))
    told = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    choice = [f"`{need_for(other)}`" for other in _choice(resolution, library, fragment, used)]
    mend = f"add {' or '.join(choice)} to needs"
    path = resolution.why(fragment.name)
    message = f"the probe uses {told} of `{fragment.name}`, which is "
    if path:
        message += f"there only because `{path[-2]}` requires it"
        return Problem("undeclared-need", message, used[0].place, mend, severity="warning")
    return Problem("missing-need", message + "not among the probe's fragments", used[0].place, mend)
