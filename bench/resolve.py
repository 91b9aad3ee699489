"""Measure how long it takes to resolve a probe, as the registry and the graph grow.

python bench/resolve.py [--registries 100,1000,10000] [--graphs 10,100,300] [--versions 20] [--json FILE]

The registry is a directory in a temporary place; its index is read from the
kernel's cache of files ("warm").  Fragments come in families: one need
reaches its whole family, of as many as the graph is to have.  Newer
versions require newer ones, with all kinds of ranges; every seventh
fragment has a newest version that does not go with the others.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "site_scons")]

from tapsmith.diagnostics import Place  # noqa: E402
from tapsmith.manifest import Requirement  # noqa: E402
from tapsmith.packages.index import RegistryRelease  # noqa: E402
from tapsmith.packages.registry import Registry, index_path  # noqa: E402
from tapsmith.packages.registry_write import make_registry  # noqa: E402
from tapsmith.resolver.encoding import Wish  # noqa: E402
from tapsmith.resolver.search import solve  # noqa: E402
from tapsmith.versions import ANY  # noqa: E402

_RUNS = 5
_FAN = 4
_HASH = "0" * 64


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    options = _parser().parse_args(arguments)
    rows = []
    print(f"{'fragments':>9}  {'versions':>8}  {'graph':>5}  {'index read':>10}  {'seconds':>7}")
    for fragments in options.registries:
        for graph in options.graphs:
            if graph <= fragments:
                rows.append(_measure(fragments, options.versions, graph))
                cells = (
                    f"{value:>{width}}"
                    for value, width in zip(rows[-1].values(), (9, 8, 5, 10, 7), strict=True)
                )
                print("  ".join(cells), flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure how long resolving takes.")
    parser.add_argument("--registries", type=_numbers, default=[100, 1000, 10_000], metavar="N,N")
    parser.add_argument("--graphs", type=_numbers, default=[10, 100, 300], metavar="N,N")
    parser.add_argument("--versions", type=int, default=20, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _measure(fragments: int, versions: int, graph: int) -> dict[str, float]:
    """Return the figures of one registry and graph; the time is the median of some runs."""
    seconds = []
    with tempfile.TemporaryDirectory(prefix="tapsmith-") as scratch:
        directory = Path(scratch)
        write_registry(directory, fragments, versions, graph)
        need = Requirement(fragment_at(0), ANY, (), Place(Path("probe.yaml"), 1))
        for _ in range(_RUNS):
            registry = CountedRegistry("bench", directory)
            start = time.perf_counter()
            answer = solve(Wish("bench", (need,)), registry)
            seconds.append(time.perf_counter() - start)
    return {
        "fragments": fragments,
        "versions": versions,
        "graph": len(answer.picks),
        "read": len(registry.read),
        "seconds": round(statistics.median(seconds), 3),
    }


class CountedRegistry(Registry):
    """A registry that knows which fragments have been asked for."""

    def __init__(self, name: str, directory: Path) -> None:
        super().__init__(name, directory)
        self.read: set[str] = set()

    def releases(self, name: str) -> Sequence[RegistryRelease]:
        self.read.add(name)
        return super().releases(name)


def write_registry(directory: Path, fragments: int, versions: int, graph: int) -> None:
    """Write the index of a registry whose fragments come in families of `graph`."""
    make_registry(directory, "bench")
    for number in range(fragments):
        path = directory / "index" / index_path(fragment_at(number))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(_lines(number, fragments, versions, graph)), encoding="utf-8")


def _lines(number: int, fragments: int, versions: int, graph: int) -> Iterator[str]:
    """Yield the lines of one fragment.  Each requires the next one of its family, and some further on."""
    chance = random.Random(number)
    last = min(number - number % graph + graph, fragments) - 1
    others = [number + 1] if number < last else []
    others += chance.sample(range(number + 2, last + 1), min(_FAN - 1, max(0, last - number - 1)))
    for version in range(versions):
        requires = [[fragment_at(other), _range(chance, version)] for other in others]
        if number % 7 == 3 and version == versions - 1:
            requires = [[name, "^9"] for name, _ in requires]
        line = {
            "version": f"1.{version}.0",
            "requires": requires,
            "archive": _HASH,
            "size": 1,
            "sha256": _HASH,
        }
        yield json.dumps(line | {"yanked": None}, separators=(",", ":")) + "\n"


def _range(chance: random.Random, version: int) -> str:
    low = chance.randint(0, version)
    return chance.choice(["*", "^1.0", f"^1.{low}", f">=1.{low}", f">=1.{low}, <2"])


def fragment_at(number: int) -> str:
    return f"f{number:05}"


if __name__ == "__main__":
    sys.exit(main())
