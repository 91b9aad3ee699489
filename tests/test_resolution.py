"""Resolution: which fragments, in which order, with which values."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import Project
from tapsmith.emission import emit
from tapsmith.library import Library
from tapsmith.probe import load_probe
from tapsmith.resolution import Resolution, check_target, resolve
from tapsmith.shipped import shipped_root


def _fragment(name: str, extra: str = "") -> dict[str, str]:
    head = f"name: {name}\nversion: 1.0.0\nsummary: Fragment {name}\nlicense: GPL-2.0\nsources: [{name}.c]\n"
    return {f"manifests/{name}.yaml": head + extra, f"fragments/{name}/{name}.c": ""}


def _requires(*names: str) -> str:
    return "requires: {" + ", ".join(f"{name}: ^1.0" for name in names) + "}\n"


def _resolve(root: Path, probe: str) -> Resolution:
    directory = root / "probes" / "p"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "p.c").touch()
    (directory / "probe.yaml").write_text(f"name: p\nsummary: S\n{probe}", encoding="utf-8")
    return resolve(load_probe(directory), Library.load([root]))


def _names(resolution: Resolution) -> list[str]:
    return [fragment.name for fragment in resolution.fragments]


def test_a_fragment_stands_after_all_it_requires(project: Project) -> None:
    """The order is depth first, as needs and requirements are written; what nobody asks for stays out."""
    root = project(
        _fragment("top", _requires("left", "right"))
        | _fragment("left", _requires("base"))
        | _fragment("right", _requires("base"))
        | _fragment("base")
        | _fragment("idle")
    )
    assert _names(_resolve(root, 'needs: {top: "*"}\n')) == ["base", "left", "right", "top"]
    assert _names(_resolve(root, 'needs: {right: "*", top: "*"}\n')) == ["base", "right", "left", "top"]
    assert _names(_resolve(root, "")) == []


def test_a_resolution_tells_who_asked(project: Project) -> None:
    """Every request is kept, and `why` gives the shortest path."""
    root = project(
        _fragment("top", _requires("left", "base")) | _fragment("left", _requires("base")) | _fragment("base")
    )
    resolution = _resolve(root, 'needs: {top: ">=1"}\n')
    assert [(request.by, str(request.range)) for request in resolution.reached["base"]] == [
        ("left", "^1.0"),
        ("top", "^1.0"),
    ]
    assert resolution.why("base") == ("p", "top", "base")
    assert resolution.why("top") == ("p", "top")
    assert resolution.why("idle") == ()


def test_a_probe_may_be_named_like_a_fragment(project: Project) -> None:
    """The two are told apart when it is asked who asked."""
    root = project(_fragment("p", _requires("base")) | _fragment("base"))
    assert _resolve(root, "needs: {p: ^1.0}\n").why("base") == ("p", "p", "base")


@pytest.mark.parametrize(
    ("config", "names"),
    [
        ("", ["maps"]),
        ("config: {MAP_STATS: true}\n", ["stats", "maps"]),
        ("config: {MAP_STATS: false}\n", ["maps"]),
    ],
)
def test_a_condition_is_decided_by_the_probe_or_the_default(
    project: Project, config: str, names: list[str]
) -> None:
    """`when` holds if the macro has the value, set by the probe or else by default."""
    condition = "requires:\n  stats: {version: ^1.0, when: {MAP_STATS: true}}\n"
    macro = "config:\n  MAP_STATS: {type: bool, default: false}\n"
    root = project(_fragment("maps", condition + macro) | _fragment("stats"))
    assert _names(_resolve(root, "needs: {maps: ^1.0}\n" + config)) == names


def test_a_condition_may_ask_a_required_fragment(project: Project) -> None:
    """A macro of what is required in any case can decide, too; all values of a `when` must hold."""
    condition = "  extra: {version: ^1.0, when: {MODE: big, SIZE: 0x10}}\n"
    mode = "  MODE: {type: enum, default: big, choices: [big, small]}\n"
    root = project(
        _fragment("maps", "requires:\n  base: ^1.0\n" + condition)
        | _fragment("base", "config:\n" + mode + "  SIZE: {type: int, default: 16}\n")
        | _fragment("extra")
    )
    assert _names(_resolve(root, "needs: {maps: ^1.0}\n")) == ["base", "extra", "maps"]
    assert _names(_resolve(root, "needs: {maps: ^1.0}\nconfig: {SIZE: 15}\n")) == ["base", "maps"]


def test_a_virtual_name_is_its_only_provider_or_the_one_the_probe_needs(project: Project) -> None:
    """One provider is taken; among several, the probe decides by naming one."""
    wants = _fragment("maps", 'requires:\n  transport: "*"\n')
    one = wants | _fragment("relay", "provides: [transport]\n")
    assert _names(_resolve(project(one), "needs: {maps: ^1.0}\n")) == ["relay", "maps"]
    two = one | _fragment("klog", "provides: [transport]\n")
    assert _names(_resolve(project(two), "needs: {maps: ^1.0, klog: ^1.0}\n")) == ["klog", "maps"]


def test_a_virtual_name_has_a_default_where_one_provider_is_it(project: Project) -> None:
    """The default is taken unless the probe names another provider."""
    files = _fragment("maps", 'requires:\n  transport: "*"\n') | _fragment("relay", "provides: [transport]\n")
    files |= _fragment("klog", "provides: {transport: default}\n")
    assert _names(_resolve(project(files), "needs: {maps: ^1.0}\n")) == ["klog", "maps"]
    assert _names(_resolve(project(files), "needs: {maps: ^1.0, relay: ^1.0}\n")) == ["relay", "maps"]


def test_values_tell_their_origin(project: Project) -> None:
    """A value comes from the probe's line or the manifest's; no origin names a place of this machine."""
    macros = "config:\n  BITS: {type: int, default: 8}\n  WRAP: {type: bool, default: true}\n"
    idle = _fragment("idle", "config:\n  OTHER: {type: int, default: 1}\n")
    root = project(_fragment("maps", macros) | idle)
    resolution = _resolve(root, "needs: {maps: ^1.0}\nconfig:\n  BITS: 0x0a\n")
    assert [(v.macro, v.value, v.owner, v.origin) for v in resolution.values] == [
        ("BITS", 10, "maps", "probes/p/probe.yaml:5"),
        ("WRAP", True, "maps", "default, manifests/maps.yaml:8"),
    ]
    assert str(root) not in repr(resolution.values)
    assert dict(resolution.owners) == {"BITS": "maps", "WRAP": "maps", "OTHER": "idle"}


def test_constraints_that_leave_a_value_are_met(project: Project) -> None:
    """Two constraints that overlap hold both; a fragment that stays out holds nothing."""
    constraint = "constraints:\n  BITS: {{range: [{}, {}]}}\n"
    root = project(
        _fragment("maps", "config:\n  BITS: {type: int, default: 8}\n")
        | _fragment("a", _requires("maps") + constraint.format(6, 6))
        | _fragment("b", _requires("maps") + constraint.format(6, 9))
        | _fragment("idle", _requires("maps") + constraint.format(20, 30))
    )
    resolution = _resolve(root, "needs: {a: ^1.0, b: ^1.0}\nconfig: {BITS: 6}\n")
    assert [value.value for value in resolution.values] == [6]


def test_a_target_that_has_everything_is_taken(project: Project) -> None:
    """An option may be built in or a module, and be named with or without CONFIG_."""
    root = project(_fragment("kprobes", 'kconfig: [KPROBES, RELAY]\nkernel: ">=6.1"\n'))
    resolution = _resolve(root, 'needs: {kprobes: ^1.0}\nkernel: "<7"\n')
    check_target(resolution, "6.1.0-56-rt-amd64", {"KPROBES": "y", "CONFIG_RELAY": "m"})


def test_a_deep_chain_is_resolved(project: Project) -> None:
    """Two hundred fragments in a row are no problem."""
    files: dict[str, str] = {}
    for number in range(200):
        files |= _fragment(f"f{number}", _requires(f"f{number + 1}") if number < 199 else "")
    names = _names(_resolve(project(files), "needs: {f0: ^1.0}\n"))
    assert names == [f"f{number}" for number in range(199, -1, -1)]


@pytest.mark.parametrize("name", sorted(Library.load([shipped_root()]).fragments))
def test_a_shipped_fragment_can_be_needed_alone(project: Project, name: str) -> None:
    """Whatever is shipped requires only what is shipped, and its sources keep the rules."""
    need = f'name: p\nsummary: S\nneeds: {{{name}: "*"}}\n'
    entries = "static int probe_begin(void) { return 0; }\nstatic void probe_end(void) { }\n"
    root = project({"probes/p/probe.yaml": need, "probes/p/p.c": entries})
    resolution = resolve(load_probe(root / "probes/p"), Library.load([shipped_root()]))
    assert resolution.fragments[-1].name == name
    assert entries in emit(resolution)
