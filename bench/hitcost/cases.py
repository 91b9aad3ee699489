"""What is measured, and against what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One operation: a probe of tapsmith, modules written by hand, a program of bpftrace.

    `name` is the probe's in probes/ and, with `hand_` before it, the module's
    in modules/.  `per_cpu` and `guarded` say whether there is a probe with
    maps of each CPU, and a hand-written module with tapsmith's guards.
    `bpftrace` is the action that does the same, None where it cannot.
    """

    name: str
    title: str
    per_cpu: bool = True
    guarded: bool = False
    bpftrace: str | None = None

    def hand_written(self) -> tuple[str, ...]:
        """Return the names of the hand-written modules."""
        bare = f"hand_{self.name}"
        return (bare, f"{bare}_guarded") if self.guarded else (bare,)

    def actions(self) -> dict[str, str]:
        """Return bpftrace's action by the name that its figures get; none where it cannot do the same."""
        return {f"bpftrace_{self.name}": self.bpftrace} if self.bpftrace else {}


_PRINTF = 'printf("%s %d\\n", comm, pid);'

CASES = (
    Case("long_count", "count by process", guarded=True, bpftrace="@[pid] = count();"),
    Case("comm_stat", "statistic by name", bpftrace="@[comm] = stats(arg0);"),
    Case("two_longs", "count by two keys", bpftrace="@[pid, arg0] = count();"),
    Case("histogram", "histogram by process", bpftrace="@[pid] = hist(arg0);"),
    Case("list_add", "list add", per_cpu=False),
    Case("output", "line of output", per_cpu=False, bpftrace=_PRINTF),
    Case("text", "line in a buffer", per_cpu=False, bpftrace=_PRINTF),
    Case("record", "record in a buffer", per_cpu=False, bpftrace=_PRINTF),
)
