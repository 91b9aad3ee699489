"""What scons' own options do elsewhere they do here: -n, -q, -s, -j, -c, --help, --debug=explain."""

from __future__ import annotations

import ast
import hashlib
import re
import shutil
from pathlib import Path

import pytest

from conftest import Project
from scons_project import PROBES_OF_TREE, ROOT, files, module, scons
from tapsmith.kernelcache import cache_dir
from tapsmith.scons.leavings import made_by_build
from test_scons import ALL, KERNEL, edit


@pytest.fixture
def fresh(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that has never been built, with a cache that knows nothing but kernels."""
    cache = tmp_path.with_name(f"{tmp_path.name}-cache")
    cache.mkdir()
    (cache / "kernels").symlink_to(cache_dir() / "kernels")
    monkeypatch.setenv("TAPSMITH_CACHE", str(cache))
    return project(files())


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has been built."""
    directory = tmp_path_factory.mktemp("template")
    for name, text in files().items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text, encoding="utf-8")
    run = scons(directory, KERNEL)
    assert run.status == 0, run.output
    return directory


@pytest.fixture
def built(template: Path, tmp_path: Path) -> Path:
    """A copy of it, which is up to date as well."""
    shutil.copytree(template, tmp_path / "project")
    return tmp_path / "project"


def content(directory: Path) -> dict[str, str]:
    """Return the files below a directory, but for Python's and scons' own, with their hashes."""
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.suffix not in (".pyc", ".dblite")
    }


@pytest.mark.parametrize(
    "arguments", [("-n",), ("-q",), ("-c",), ("-n", "--kbuild"), ("-n", "compile_commands.json")]
)
def test_a_run_that_makes_nothing_writes_nothing(fresh: Path, arguments: tuple[str, ...]) -> None:
    """With -n, -q and -c neither the project nor the cache has a file more, nor is kbuild asked."""
    before = content(fresh)
    run = scons(fresh, KERNEL, *arguments)
    assert run.status == (1 if "-q" in arguments else 0), run.output
    assert content(fresh) == before
    assert [path.name for path in cache_dir().iterdir()] == ["kernels"]
    assert "kbuild" not in run.output


def test_n_tells_what_would_run(built: Path) -> None:
    """With -n just the steps that are due are told, and nothing changes."""
    edit(built / "probes/one/one.c", "> 9", "> 8")
    before = content(built)
    run = scons(built, KERNEL, "-n")
    assert run.rebuilt == {"one"}
    assert content(built) == before
    assert scons(built, KERNEL).rebuilt == {"one"}


def test_n_says_what_a_clean_would_remove(built: Path) -> None:
    """With -n, -c names the files, and they stay."""
    before = content(built)
    run = scons(built, KERNEL, "-c", "-n")
    assert f"Removed {module(built, 'one').relative_to(built)}" in run.output  # type: ignore[union-attr]
    assert content(built) == before


@pytest.mark.parametrize("arguments", [("-n",), ("-q",), ("-n", "one")])
def test_a_kernel_that_is_not_here_is_not_fetched(
    fresh: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """It is refused with what brings it."""
    monkeypatch.setenv("TAPSMITH_CACHE", str(tmp_path / "empty"))
    run = scons(fresh, "KERNEL=6.12-rt", *arguments)
    assert run.status == 2
    assert "kernel 6.12-rt is not in the cache" in run.output
    assert "tapsmith fetch-kernel 6.12-rt" in run.output
    assert not (tmp_path / "empty").exists()


def test_cleaning_a_fresh_clone_is_no_mistake(
    fresh: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """There is nothing to remove, and nothing is fetched for it."""
    monkeypatch.setenv("TAPSMITH_CACHE", str(tmp_path / "empty"))
    assert scons(fresh, "KERNEL=6.12-rt", "-c").status == 0
    assert not (tmp_path / "empty").exists()


def test_q_tells_by_its_status_whether_all_is_up_to_date(built: Path) -> None:
    """0 where it is, 1 where it is not."""
    assert scons(built, KERNEL, "-q").status == 0
    edit(built / "fragments/tock/tock.c", "return", "return 1 +")
    assert scons(built, KERNEL, "-q").status == 1
    assert scons(built, KERNEL, "-q", "one").status == 0


def test_s_says_nothing(project: Project) -> None:
    """With -s -Q a build that goes well prints nothing."""
    directory = project(files())
    run = scons(directory, KERNEL, "-s", "-Q")
    assert run.output == ""
    assert module(directory, "three")


def test_j_makes_the_same_modules(built: Path) -> None:
    """How many steps run at a time shows in no module."""
    before = {name: module(built, name).read_bytes() for name in ALL}  # type: ignore[union-attr]
    assert scons(built, KERNEL, "-c").status == 0
    assert scons(built, KERNEL, "-j2").status == 0
    assert before == {name: module(built, name).read_bytes() for name in ALL}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("file", "old", "new", "because"),
    [
        ("probes/one/one.c", "> 9", "> 8", "`probes/one/one.c' changed"),
        ("fragments/tick/tick.c", "return", "return 1 +", "`fragments/tick/tick.c' changed"),
        ("probes/one/probe.yaml", "STEP: 2", "STEP: 3", "/one/probe.yaml, resolved' changed"),
    ],
)
def test_explain_says_in_words_why(built: Path, file: str, old: str, new: str, because: str) -> None:
    """The reason is a file, or what has changed by its name; no hash is told as one."""
    edit(built / file, old, new)
    run = scons(built, KERNEL, "-n", "--debug=explain", "one")
    assert because in run.output
    assert not re.search("[0-9a-f]{32}", run.output)
    assert "dependency" not in run.output


def test_explain_tells_of_another_tapsmith(built: Path, tmp_path: Path) -> None:
    """What another version makes is made anew, and that is the reason."""
    package = tmp_path / "site_scons"
    shutil.copytree(ROOT / "site_scons", package, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("fragments", "manifests"):
        (tmp_path / name).symlink_to(ROOT / name)
    with (package / "tapsmith/module.py").open("a", encoding="utf-8") as file:
        file.write("# another version\n")
    run = scons(built, KERNEL, "-n", "--debug=explain", "three", path=package)
    assert re.search(r"`tapsmith itself' changed", run.output)
    assert "dependency" not in run.output


def test_clean_leaves_what_a_user_put_there(built: Path) -> None:
    """What no build makes stays, also in a module's own directory."""
    home = module(built, "one").parent  # type: ignore[union-attr]
    mine = [home / "notes.txt", home / "one.ko.objdump", built / "build/mine.c"]
    for path in mine:
        path.write_text("mine\n", encoding="utf-8")
    assert scons(built, KERNEL, "-c").status == 0
    assert [path for path in sorted((built / "build").rglob("*")) if path.is_file()] == sorted(mine)


def test_clean_leaves_no_directory(built: Path) -> None:
    """Not even an empty one; with -n all stay."""
    (built / "build/empty/empty").mkdir(parents=True)
    assert scons(built, KERNEL, "-c", "-n").status == 0
    assert scons(built, KERNEL, "-c").status == 0
    assert [path.name for path in (built / "build").rglob("*")] == ["empty", "empty"]
    (built / "build/empty/empty").rmdir()
    (built / "build/empty").rmdir()
    assert scons(built, KERNEL, "-s").status == 0
    assert scons(built, KERNEL, "-c").status == 0
    assert not (built / "build").exists()


def test_clean_of_what_kbuild_built(project: Project) -> None:
    """The kernel's own build leaves more, which goes as well."""
    directory = project(files())
    assert scons(directory, KERNEL, "--kbuild", "one").status == 0
    assert scons(directory, KERNEL, "-c").status == 0
    assert not (directory / "build").exists()


def test_clean_of_one_probe_leaves_the_others(built: Path) -> None:
    """`-c NAME` is about that probe."""
    assert scons(built, KERNEL, "-c", "one").status == 0
    assert not list((built / "build").glob("*/one/*"))
    assert "up to date" in scons(built, KERNEL, "two", "three").output


def test_clean_of_a_probe_that_is_refused(built: Path) -> None:
    """What was built before the mistake goes as well."""
    edit(built / "probes/one/probe.yaml", "tick:", "tick1:")
    assert scons(built, KERNEL, "-c").status == 0
    assert not [path for path in (built / "build").rglob("*") if path.is_file()]


def test_what_a_build_makes_is_known_by_name() -> None:
    """kbuild's lists and what is called by the module are; names that only begin so are not."""
    made = [
        ".one.ko.part",
        ".one.mod.o.d",
        ".one.o.cmd",
        "Module.symvers",
        "modules.order",
        "one.c",
        "one.mod.c",
    ]
    mine = ["one.txt", "one.c.orig", "two.c", ".one", "onexc", ".git", "Module.symvers.old"]
    assert made_by_build("one", [*mine, *made]) == made


def test_help_names_all_that_may_be_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every option, variable and target; no kernel is needed for that, and none fetched."""
    monkeypatch.setenv("TAPSMITH_CACHE", str(tmp_path / "cache"))
    run = scons(ROOT, "--help")
    assert run.status == 0
    assert not (tmp_path / "cache").exists()
    sources = [ROOT / "SConstruct", *(ROOT / "site_scons/tapsmith/scons").glob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    options = re.findall(r'AddOption\(\s*"(--[\w-]+)"', code)
    variables = re.findall(r'ARGUMENTS(?:\.get\(|\[)\s*"(\w+)"', code)
    assert "--frozen" in options
    assert "KERNEL" in variables
    for word in [*options, *(f"{name}=VALUE" for name in variables), *targets()]:
        assert re.search(rf"^  {re.escape(word)}(?![\w-])", run.output, re.MULTILINE), word


def targets() -> list[str]:
    """Return the targets of this tree, but for the names of probes and their files."""
    tree = ast.parse((ROOT / "SConstruct").read_text(encoding="utf-8"))
    (commands,) = [
        node.value.keys
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
        if isinstance(node.targets[0], ast.Name) and node.targets[0].id == "python"
    ]
    return [*map(ast.literal_eval, commands), "NAME", "try-NAME", "compile_commands.json"]  # type: ignore[arg-type]


def test_help_of_a_project_that_says_nothing_itself(project: Project, tmp_path: Path) -> None:
    """The tool brings its own, without a probe or kernel being read."""
    directory = project({**files(), "probes/one/probe.yaml": "name: [\n"})
    run = scons(directory, "--help", "KERNEL=/nowhere")
    assert run.status == 0
    assert "  KERNEL=VALUE " in run.output
    assert "bad-yaml" not in run.output
    assert PROBES_OF_TREE
