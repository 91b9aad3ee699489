"""The precompiled header, and the `.mod.c` that is not compiled: used where they give the same, else not."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from tapsmith import description, precompiled
from tapsmith.diagnostics import TapsmithError
from tapsmith.elf import loaded
from tapsmith.facts import Facts, load_facts
from tapsmith.kernel import Target
from tapsmith.module import compile_object, link_module
from tapsmith.precompiled import PROOF, Precompiled

NONE = Precompiled.refused("for a test")


@pytest.fixture(scope="module")
def any_facts(any_kernel: Target, tmp_path_factory: pytest.TempPathFactory) -> Facts:
    """Facts found just now, in a cache of their own whose name a shell would split."""
    return load_facts(any_kernel, tmp_path_factory.mktemp("the cache"), progress=lambda _: None)


def compiled(facts: Facts, directory: Path, text: str = PROOF, launcher: str = "") -> Path:
    """Return the object of a source, compiled in `directory`."""
    directory.mkdir()
    (directory / "proof.c").write_text(text, encoding="utf-8")
    compile_object(facts, directory / "proof.c", include=[], labels={}, launcher=launcher)
    return directory / "proof.o"


def test_both_are_used_on_debian_s_kernels(facts: Facts) -> None:
    """Each kernel under test takes both, and no reason speaks against them."""
    assert (facts.precompiled.refusal, facts.description.refusal) == ("", "")
    assert facts.precompiled.is_whole(facts.directory)


def test_the_cache_s_place_shows_nowhere(any_facts: Facts, any_kernel: Target, tmp_path: Path) -> None:
    """Two caches give the same object, to the byte."""
    other = load_facts(any_kernel, tmp_path / "b", progress=lambda _: None)
    assert other.directory != any_facts.directory
    one, two = compiled(any_facts, tmp_path / "one"), compiled(other, tmp_path / "two")
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize("harm", ["gone", "cut", "garbled"])
def test_a_damaged_header_is_not_used(any_facts: Facts, tmp_path: Path, harm: str) -> None:
    """The module is then compiled as kbuild does, and the user sees nothing of it."""
    kept = tmp_path / "kept"
    shutil.copytree(any_facts.directory, kept)
    header = kept / "headers.h.gch"
    if harm == "gone":
        header.unlink()
    else:
        data = header.read_bytes()
        header.write_bytes(data[:-9] if harm == "cut" else b"gpch" + bytes(len(data) - 4))
    facts = dataclasses.replace(any_facts, directory=kept)
    expected = compiled(dataclasses.replace(any_facts, precompiled=NONE), tmp_path / "plain")
    assert loaded(compiled(facts, tmp_path / "harmed")) == loaded(expected)


def test_a_launcher_gets_headers_as_text(any_facts: Facts, tmp_path: Path) -> None:
    """What is put before the compiler sees no precompiled header: no cache or other machine has it."""
    log = tmp_path / "log"
    (tmp_path / "launch").write_text(f'#!/bin/sh\necho "$@" >> {log}\nexec "$@"\n', encoding="ascii")
    (tmp_path / "launch").chmod(0o755)
    made = compiled(any_facts, tmp_path / "launched", launcher=str(tmp_path / "launch"))
    text = f"{any_facts.directory}/{precompiled.TEXT}/headers.h"
    assert f"-include {text} " in log.read_text(encoding="utf-8")
    assert not list(Path(text).parent.glob("*.gch"))
    assert loaded(made) == loaded(compiled(any_facts, tmp_path / "plain"))


def test_a_compile_that_fails_says_what_it_says_without(any_facts: Facts, tmp_path: Path) -> None:
    """The messages are those of the compile of kbuild."""
    said = []
    for facts in (any_facts, dataclasses.replace(any_facts, precompiled=NONE)):
        with pytest.raises(TapsmithError) as caught:
            compiled(facts, tmp_path / "same", PROOF + "int x = y;\n")
        said.append(str(caught.value))
        (tmp_path / "same").rename(tmp_path / str(len(said)))
    assert said[0] == said[1]


def test_headers_that_ask_for_the_module_s_name_are_compiled_each_time(
    any_facts: Facts, any_kernel: Target, tmp_path: Path
) -> None:
    """A header may do what it does only where the module has a name; the proof shows that."""
    asking = "#ifdef KBUILD_MODNAME\nstatic int asked __attribute__((used)) = 1;\n#endif\n"
    (tmp_path / "asking.h").write_text(asking, encoding="ascii")
    command = any_facts.recipe.compile.replace(" {flags}", f" -include {tmp_path}/asking.h {{flags}}", 1)
    recipe = dataclasses.replace(any_facts.recipe, compile=command)
    assert precompiled.find(any_kernel, recipe, tmp_path).refusal == "sections differ: .data"
    assert not (tmp_path / "headers.h.gch").exists()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (" {flags}", " -DKBUILD_MODFILE='\"{name}\"' {flags}", ""),
        (" -c -o {out}/{name}.o", " -S -o {out}/{name}.o", "the compile has an unknown form"),
        ("gcc-12 ", "false ", "gcc compiles no header"),
    ],
)
def test_the_reason_is_told(
    any_facts: Facts, any_kernel: Target, tmp_path: Path, old: str, new: str, reason: str
) -> None:
    """Where no precompiled header can be had, the facts tell why; where it can, they are proven."""
    assert old in any_facts.recipe.compile
    recipe = dataclasses.replace(any_facts.recipe, compile=any_facts.recipe.compile.replace(old, new, 1))
    found = precompiled.find(any_kernel, recipe, tmp_path)
    assert found.refusal.startswith(reason)
    assert bool(found.compile) == (not reason)


def test_clang_gets_the_compile_of_kbuild(any_facts: Facts, tmp_path: Path) -> None:
    """A precompiled header of clang is bound to its place and to the times of all headers."""
    (tmp_path / ".config").write_text("CONFIG_CC_IS_CLANG=y\n", encoding="ascii")
    found = precompiled.find(Target("6.1", tmp_path), any_facts.recipe, tmp_path)
    assert (found.compile, found.refusal) == ("", "the kernel's compiler is not gcc")


def test_a_description_with_more_than_versions_is_compiled(any_facts: Facts, tmp_path: Path) -> None:
    """Whatever modpost writes that it did not write for the reference is for the compiler."""
    text = PROOF.replace("module_init(", "EXPORT_SYMBOL_GPL(proof_lock);\nmodule_init(").replace(
        "static DEFINE_MUTEX", "DEFINE_MUTEX"
    )
    made = compiled(any_facts, tmp_path / "one", text + 'MODULE_VERSION("1.0");\n')
    link_module(any_facts, made)
    source = (tmp_path / "one/proof.mod.c").read_text(encoding="utf-8")
    assert any_facts.description.text("proof", source) is None
    assert any_facts.description.text("proof", source.replace("srcversion", "")) is None
    assert b"srcversion=" in loaded(made.with_suffix(".ko"))[".modinfo"].data


def test_each_way_makes_the_same_module(any_facts: Facts, tmp_path: Path) -> None:
    """Compiled or not, the module has the same sections, and its own name."""
    slow = dataclasses.replace(any_facts, description=description.Description.refused("for a test"))
    made = []
    for number, facts in enumerate((any_facts, slow)):
        object_file = compiled(facts, tmp_path / str(number))
        link_module(facts, object_file)
        made.append(dict(loaded(object_file.with_suffix(".ko"))))
        del made[-1][".note.gnu.build-id"]
    assert made[0] == made[1]
    assert b"\0name=proof\0" in made[0][".modinfo"].data


def test_a_layout_that_is_not_understood_is_compiled(any_facts: Facts, any_kernel: Target) -> None:
    """A reference whose description defines more than the module is no reference."""
    step = " -c -o {out}/{name}.mod.o"
    more = "printf 'int more;' >> {out}/{name}.mod.c\n" + any_facts.recipe.describe
    assert step in more
    found = description.find(any_kernel, dataclasses.replace(any_facts.recipe, describe=more))
    assert found.refusal == "the reference's .mod.o has an unknown form"
