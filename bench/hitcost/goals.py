"""What a hit may cost: limits on the figures, net of the empty probe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

GUARDED = 1.3
"""A count in a map of each CPU costs at most so many times what it costs by hand with the same guards."""
COUNT = 45
"""Instructions of a count in a map of each CPU."""
COMM_STAT = 120
"""Instructions of a statistic by name of process."""
SHARED = 2
"""A shared map costs at most so many times its twin of each CPU."""
BPFTRACE = 4
"""bpftrace costs at least so many times as much."""
RECORD = 220
"""Instructions of a record of two arguments."""
OUTPUT = {"record": 3, "text": 1}
"""bpftrace's printf, which leaves the formatting to a process, costs at least so many times as much."""

_OURS = ("shared", "per CPU")


@dataclass(frozen=True)
class Goal:
    """A figure and the most that it may be; `text` says which figure."""

    text: str
    figure: float
    most: float

    @property
    def met(self) -> bool:
        return self.figure <= self.most

    def __str__(self) -> str:
        return f"{self.text}: {self.figure:.1f}, at most {self.most:.1f}"


def goals(case: str, net: Mapping[str, float]) -> Iterator[Goal]:
    """Yield the goals of a case, by the figures of its columns (`report.nets`), as far as they are there."""
    ours = {column: net[column] for column in _OURS if column in net}
    if case == "long_count" and "per CPU" in ours:
        yield Goal(f"{case} per CPU", ours["per CPU"], COUNT)
        yield Goal(f"{case} per CPU, against by hand with guards", ours["per CPU"], GUARDED * net["guarded"])
    if case == "comm_stat":
        yield from (Goal(f"{case} {column}", figure, COMM_STAT) for column, figure in ours.items())
    if "per CPU" in ours:
        yield Goal(f"{case} shared, against per CPU", ours["shared"], SHARED * ours["per CPU"])
    if case == "record":
        yield Goal(case, net["shared"], RECORD)
    if "bpftrace" in net:
        for column, figure in ours.items():
            yield Goal(
                f"{case} {column}, against bpftrace", figure, net["bpftrace"] / OUTPUT.get(case, BPFTRACE)
            )
