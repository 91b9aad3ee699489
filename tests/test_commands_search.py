"""`tapsmith search` and `tapsmith info`: what is known of fragments, for people and for programs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from conftest import Project
from scons_project import ROOT, files, scons
from tapsmith.analysis.ctokens import read_unit
from tapsmith.analysis.signatures import offers, signatures
from tapsmith.cli import main
from tapsmith.library import Library

MANIFEST = """\
name: tock
version: 1.3.0
summary: A counter for tests of what is told about fragments
license: GPL-2.0
requires:
  tick: {version: ^1.0, when: {TOCK_MODE: slow}}
provides: [clock]
conflicts: {timers: "*"}
kernel: ">=6.1"
kconfig: [KPROBES]
config:
  TOCK_MODE: {type: enum, default: fast, choices: [fast, slow], help: "How it counts"}
  TOCK_LIMIT: {type: int, default: 5, range: [1, 9], load: true, help: "The most that it counts"}
  TOCK_LOUD: {type: bool, default: false}
  TOCK_BIAS: {type: int, default: -3}
sources: [tock.c]
exports:
  functions: {tock_hit: any, tock_of: process}
  types: [struct tock]
  macros: [tock_all, TOCKS]
hooks: {init: _tock_init, exit: _tock_exit}
"""
SOURCE = """\
#include <linux/types.h>

/**
 * struct tock - what is counted, and how
 * of it was done
 * @count: how often
 */
struct tock {
	long count;
};

/**
 * tock_hit() - count a hit
 *
 * Context: any.
 */
static __always_inline __printf(2, 3) int tock_hit(struct tock *tock /* not NULL */,
	const char *format, ...)
{
	return tock ? 1 : 0;
}

#define TOCKS 3
#define tock_all(tock, limit) \\
	tock_of(tock, limit)

/**
 * tock_of() - the number of hits
 * @limit: called for more
 *
 * Context: process, may sleep.
 */
static const char __user *tock_of(struct tock *tock, void (*limit)(long most))
{
	return NULL;
}
"""
INFO = """\
tock 1.3.0 (tree): A counter for tests of what is told about fragments
  license     GPL-2.0
  manifest    manifests/tock.yaml
  requires    tick ^1.0 when TOCK_MODE: slow
  provides    clock
  conflicts   timers *
  kernel      >=6.1
  kconfig     KPROBES
  hooks       init _tock_init, exit _tock_exit
  size        not measured: build a probe that needs it

functions:
  int tock_hit(struct tock *tock, const char *format, ...)  [any]
      count a hit
  const char __user *tock_of(struct tock *tock, void (*limit)(long most))  [process]
      the number of hits

macros:
  tock_all(tock, limit)
  TOCKS

types:
  struct tock
      what is counted, and how of it was done

set by a probe, under config:
  TOCK_MODE: enum, default fast, one of fast, slow
      How it counts
  TOCK_LIMIT: int, default 5, from 1 to 9, set at load
      The most that it counts
  TOCK_LOUD: bool, default false
  TOCK_BIAS: int, default -3
"""


@pytest.fixture
def here(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with fragments of its own, which is the current directory."""
    made = {name: text for name, text in files().items() if "/three/" not in name}
    directory = project({**made, "manifests/tock.yaml": MANIFEST, "fragments/tock/tock.c": SOURCE})
    monkeypatch.chdir(directory)
    return directory


def test_search_ranks_and_tells_where_from(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name goes before a sentence; the project's own fragments are told from the shipped."""
    assert main(["search", "counter"]) == 0
    assert capsys.readouterr().out == (
        "tick 1.0.0 (tree): A counter for tests\n"
        "tock 1.3.0 (tree): A counter for tests of what is told about fragments\n"
    )
    assert main(["search", "Timer", "start"]) == 0
    assert capsys.readouterr().out == (
        "timers 1.0.0 (shipped): Handlers called once a period in a hard interrupt, "
        "by one timer or by one on each CPU\n"
        "    _stp_timer_start, _stp_timer_start_on_each_cpu, _stp_timer_stop, struct _stp_timer, and 2 more\n"
    )
    assert main(["search", "maps", "--json"]) == 0
    names = [found["name"] for found in json.loads(capsys.readouterr().out)["fragments"]]
    assert names[:2] == ["maps", "percpu_maps"]
    assert {"map_sort", "map_strings"} <= set(names)


def test_search_for_programs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The keys are stable; nothing found is an empty list."""
    assert main(["search", "--json", "tock_of"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "fragments": [
            {
                "name": "tock",
                "version": "1.3.0",
                "summary": "A counter for tests of what is told about fragments",
                "origin": "tree",
                "names": ["tock_of"],
            }
        ]
    }
    assert main(["search", "--json", "nowhere"]) == 0
    assert json.loads(capsys.readouterr().out) == {"fragments": []}


def test_search_for_nothing_there_suggests(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every word must be found; a near one is named."""
    assert main(["search", "tock", "mapz"]) == 2
    assert capsys.readouterr().err == (
        "error: no fragment here has `tock mapz` [nothing-found]\n  mend: did you mean `map`?\n"
    )


def test_info_for_people(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Manifest and C are told together."""
    assert main(["info", "tock"]) == 0
    assert capsys.readouterr().out == INFO


def test_info_for_programs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same, with stable keys."""
    assert main(["info", "tick", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "name": "tick",
        "version": "1.0.0",
        "versions": ["1.0.0"],
        "yanked": {},
        "summary": "A counter for tests",
        "license": "GPL-2.0",
        "origin": "tree",
        "manifest": "manifests/tick.yaml",
        "sources": ["fragments/tick/tick.c"],
        "requires": [],
        "required_by": ["tock"],
        "provides": [],
        "conflicts": [],
        "kernel": None,
        "kconfig": [],
        "hooks": {},
        "exports": [
            {"name": "tick_hit", "kind": "function", "context": "any", "signature": "int tick_hit(void)",
             "summary": None},
        ],
        "macros": [
            {"name": "TICK_STEP", "type": "int", "default": 1, "range": [1, 9], "choices": None,
             "load": False, "help": "what one hit counts"},
        ],
        "sizes": [],
    }  # fmt: skip


def test_info_measures_what_was_built(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The bytes are those of the modules here that hold it."""
    code = (here / "probes/one/one.c").read_text(encoding="utf-8").replace("{\n}", '{\n\tdlog("%d", 1);\n}')
    (here / "probes/one/one.c").write_text(code, encoding="utf-8")
    assert main(["add", "log", "one"]) == 0
    assert scons(here, "KERNEL=6.1-cloud", "one").status == 0
    capsys.readouterr()
    assert main(["info", "log", "--json"]) == 0
    (size,) = json.loads(capsys.readouterr().out)["sizes"]
    assert size["module"].endswith("/one/one.ko")
    assert size["code"] > 10
    assert main(["info", "log"]) == 0
    assert (
        f"  size        {size['code']} bytes of code, {size['data']} of data in " in capsys.readouterr().out
    )
    shutil.rmtree(here / "probes/one")
    assert main(["info", "log", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sizes"] == []


@pytest.mark.parametrize(
    ("name", "code", "mend"),
    [("clock", "virtual-name", "tapsmith info tock"), ("tok", "unknown-fragment", "did you mean `tock`?")],
)
def test_info_refuses(
    here: Path, capsys: pytest.CaptureFixture[str], name: str, code: str, mend: str
) -> None:
    """What is no fragment is told, with what to ask instead."""
    assert main(["info", name, "--json"]) == 2
    (problem,) = json.loads(capsys.readouterr().out)["errors"]
    assert (problem["code"], problem["mend"]) == (code, mend)


def test_every_shipped_export_has_its_signature() -> None:
    """No function is without return type and parameters, and none shows what the runtime passes to itself."""
    told = [offer for fragment in Library.load([ROOT]).fragments.values() for offer in offers(fragment)]
    functions = [offer for offer in told if offer.export.kind == "function"]
    assert len(functions) > 80
    for offer in functions:
        before, name, after = offer.signature.partition(offer.export.name)
        assert before.strip(), offer
        assert name
        assert after.startswith("("), offer
        assert after.endswith(")"), offer
        assert offer.summary, offer
        assert " here" not in after, offer


def test_signatures_of_c_that_is_laid_out_otherwise() -> None:
    """Line breaks, attributes, directives and comments are no part of a head."""
    code = (
        "static int a;\n#define LATER(x) \\\n\t(x)\n__attribute__((noinline)) static\nstruct s *f(int *a,"
        " // one\n\tint b[2])\n{\n}\nstatic void g(void) __acquires(l)\n{\n}\n"
    )
    assert signatures([read_unit(Path("x.c"), code)]) == {
        "LATER": "LATER(x)",
        "f": "struct s *f(int *a, int b[2])",
        "g": "void g(void)",
    }
