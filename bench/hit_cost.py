"""Measure what a probe hit costs, in guest instructions: tapsmith, by hand, bpftrace.

python bench/hit_cost.py [--kernel 6.1-cloud] [--json FILE] [--only CASE] [--no-bpftrace] [--keep DIR]
python bench/hit_cost.py --profile MODULE
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "site_scons")]

from hitcost import bpftrace, build, report  # noqa: E402
from hitcost.cases import CASES  # noqa: E402
from hitcost.goals import goals  # noqa: E402
from hitcost.measure import NO_BPFTRACE, measure  # noqa: E402
from hitcost.profile import profile  # noqa: E402
from tapsmith.diagnostics import TapsmithError, did_you_mean, fail  # noqa: E402
from tapsmith.facts import load_facts  # noqa: E402
from tapsmith.kernel import FALLBACK, Target, find_target  # noqa: E402
from tapsmith.kernelcache import cache_dir  # noqa: E402


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status: 1 if a goal is missed, 2 for a mistake."""
    options = _parser().parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="tapsmith-") as scratch:
            return _run(options, options.keep or Path(scratch))
    except TapsmithError as error:
        print(error, file=sys.stderr)
        return 2


def _run(options: argparse.Namespace, out: Path) -> int:
    cases = [case for case in CASES if options.only in (None, case.name)]
    target = find_target(options.kernel, progress=_say, image=True)
    facts = load_facts(target, cache_dir(), progress=_say)
    _say(f"kernel {target.release}: building")
    modules = build.modules(facts, cases, out)
    if options.profile:
        return _profile(options.profile, target, modules)
    actions = {name: action for case in cases for name, action in case.actions().items()}
    peer = NO_BPFTRACE if options.no_bpftrace else bpftrace.load(cache_dir(), actions, _say)
    _say("measuring")
    cycles = measure(target, modules, peer)
    print(report.table(cases, cycles))
    print(f"kernel {target.release}" + (f", bpftrace {peer.version}" if peer.version else ""))
    if options.json:
        text = json.dumps(report.as_json(target.release, peer.version, cases, cycles), indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")
    missed = [goal for case in cases for goal in goals(case.name, report.nets(case, cycles)) if not goal.met]
    for goal in missed:
        print(f"missed: {goal}")
    return 1 if missed else 0


def _profile(name: str, target: Target, modules: Sequence[Path]) -> int:
    """Print how many instructions of one hit are in each function."""
    module = next((path for path in modules[1:] if path.stem == name), None)
    if not module:
        known = [path.stem for path in modules[1:]]
        mend = did_you_mean(name, known) or f"there are {', '.join(known)}"
        raise fail("unknown-module", f"no module `{name}` is measured here", mend=mend)
    _say(f"stepping through one hit of {name}")
    counts = profile(target, modules[0], module)
    for function, count in {**counts, "in all": counts.total()}.items():
        print(f"{count:6} {function}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure what a probe hit costs, in guest instructions.")
    parser.add_argument("--kernel", default=FALLBACK, help="a kernel's short name (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--only", choices=[case.name for case in CASES], help="measure this case alone")
    parser.add_argument("--no-bpftrace", action="store_true", help="leave bpftrace out")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="build the modules there, and leave them")
    parser.add_argument(
        "--profile",
        metavar="MODULE",
        help="tell which functions one hit's instructions are in, of `empty`, "
        "long_count, long_count_per_cpu, hand_long_count, ...; nothing is measured then",
    )
    return parser


def _say(message: str) -> None:
    print(f"hit_cost: {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
