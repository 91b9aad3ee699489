"""Measure what a large registry costs those who search it and those who publish into it.

python bench/registry.py [--fragments 100,1000,10000] [--versions 20] [--json FILE]

The registry is a directory in a temporary place, read from the kernel's cache
of files ("warm").  Times are the medians of some runs.  `search`, `many` and
`info` are the whole command, as a shell sees it: `search` finds one fragment,
`many` every one with two words that are common.  `start` is a command that
reads no registry.  `publish` and `yank` are the writing alone, on to the
disk, without checks.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "site_scons")]

from tapsmith.catalogue import listing_of_release  # noqa: E402
from tapsmith.diagnostics import Place  # noqa: E402
from tapsmith.manifest import load_fragment  # noqa: E402
from tapsmith.packages.index import decode  # noqa: E402
from tapsmith.packages.listings import listing_line  # noqa: E402
from tapsmith.packages.registry import CATALOGUE, index_path  # noqa: E402
from tapsmith.packages.registry_write import add_to_registry, make_registry, yank  # noqa: E402
from tapsmith.scaffold import fragment_files  # noqa: E402

_RUNS = 5
_WORDS = ("alloc", "bytes", "call", "count", "disk", "frame", "idle", "lock", "map", "ring", "task", "wait")
_HASH = "0" * 64
_COLUMNS = ("fragments", "versions", "catalogue", "start", "search", "many", "info", "publish", "yank")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(description="Measure what a large registry costs.")
    parser.add_argument("--fragments", default="100,1000,10000", metavar="N,N")
    parser.add_argument("--versions", type=int, default=20, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    rows = []
    print("  ".join(f"{name:>9}" for name in _COLUMNS))
    for fragments in map(int, options.fragments.split(",")):
        rows.append(measure(fragments, options.versions))
        print("  ".join(f"{rows[-1][name]:>9}" for name in _COLUMNS), flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def measure(fragments: int, versions: int) -> dict[str, float]:
    """Return the figures of one registry: seconds, and the bytes of its catalogue."""
    with tempfile.TemporaryDirectory(prefix="tapsmith-") as scratch:
        registry, home = Path(scratch) / "registry", Path(scratch) / "home"
        write_registry(registry, fragments, versions)
        write_project(home, registry)
        size = (registry / CATALOGUE).stat().st_size
        times = {
            "start": _median(lambda: command(home, "schema", "probe")),
            "search": _median(lambda: command(home, "search", "spikes", "noted")),
            "many": _median(lambda: command(home, "search", "ring", "lock")),
            "info": _median(lambda: command(home, "info", "spikes")),
        }
        publish, take_back = _write(registry, home)
    figures = {"fragments": fragments, "versions": versions, "catalogue": size}
    return figures | times | {"publish": publish, "yank": take_back}


def write_registry(directory: Path, fragments: int, versions: int) -> None:
    """Write the index and the catalogue of a registry."""
    make_registry(directory, "bench")
    told = []
    for number in range(fragments):
        name = f"f{number:05}"
        path = directory / "index" / index_path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = list(_lines(number, versions))
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        told.append(listing_line(listing_of_release(decode(lines[-1], name, "bench", Place(path)))))
    (directory / CATALOGUE).write_text("".join(f"{line}\n" for line in told), encoding="utf-8")


def write_project(home: Path, registry: Path) -> None:
    """Write a project that has the registry, and a fragment, which goes into it."""
    files = fragment_files("spikes") | {"SConstruct": "", "LICENSE": "GPL-2.0\n"}
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    place = json.dumps(str(registry))
    (home / "tapsmith.yaml").write_text(f"registries: {{bench: {{path: {place}}}}}\n", encoding="utf-8")
    add_to_registry(registry, load_fragment(home / "manifests/spikes.yaml"))


def command(home: Path, *words: str) -> str:
    """Run tapsmith in a project; return what it prints."""
    # As a shell has it by itself: with modules that are compiled once, and buffered output.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["PYTHONPATH"] = str(HERE.parent / "site_scons")
    environment["PYTHONPYCACHEPREFIX"] = str(home.parent / "compiled")
    environment["TAPSMITH_CACHE"] = str(home.parent / "cache")
    return subprocess.run(
        [sys.executable, "-P", "-m", "tapsmith.cli", *words],
        cwd=home,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def _lines(number: int, versions: int) -> Iterator[str]:
    """Yield the lines of one fragment's versions, the oldest first."""
    chance = random.Random(number)
    words = chance.sample(_WORDS, 4)
    line = {
        "summary": f"{' '.join(words).capitalize()} by process",
        "requires": [[f"f{chance.randrange(number + 1):05}", "^1.0"]],
        "exports": [f"_{'_'.join(chance.sample(_WORDS, 2))}_{number}_{export}" for export in range(6)],
        "config": {f"F{number:05}_SIZE": {"type": "int", "default": 1}},
        "archive": _HASH,
        "size": 1,
        "sha256": _HASH,
        "yanked": None,
    }
    for version in range(versions):
        yield json.dumps({"version": f"1.{version}.0"} | line, separators=(",", ":"))


def _write(registry: Path, home: Path) -> tuple[float, float]:
    """Return how long it takes to write one more version, and to take one back."""
    manifest = home / "manifests/spikes.yaml"
    text = manifest.read_text(encoding="utf-8")
    published, yanked = [], []
    for number in range(_RUNS):
        version = f"1.{number}.0"
        manifest.write_text(text.replace("version: 0.1.0", f"version: {version}"), encoding="utf-8")
        published.append(_seconds(partial(add_to_registry, registry, load_fragment(manifest))))
        yanked.append(_seconds(partial(yank, registry, "spikes", version, "it crashes")))
    return round(statistics.median(published), 3), round(statistics.median(yanked), 3)


def _median(act: Callable[[], object]) -> float:
    act()
    return round(statistics.median(_seconds(act) for _ in range(_RUNS)), 3)


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
