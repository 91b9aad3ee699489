"""Probed symbols, looked up at build where the kernel's tree tells its functions.

A tree with BTF names nearly all functions; an exported symbol is in
`Module.symvers`.  What is in neither is refused with a suggestion, unless
`unchecked:` in probe.yaml lists it (assembly, functions of other modules).
"""

from __future__ import annotations

from tapsmith import csource
from tapsmith.diagnostics import Place, Problem, TapsmithError, did_you_mean
from tapsmith.facts import Facts
from tapsmith.probe import Probe


def check_symbols(probe: Probe, facts: Facts) -> None:
    """Raise `unknown-symbol` for each function that `probe` probes and the kernel does not have.

    Where the tree has no BTF nothing is known, and the load tells.
    """
    known = facts.functions()
    if known is None:
        return
    known |= exported(facts)
    problems = []
    for source in probe.sources:
        for found in csource.probed_symbols(source.path.read_text(encoding="utf-8", errors="replace")):
            name = found.symbol(facts.config)
            if name not in known and name not in probe.unchecked:
                problems.append(_unknown(name, Place(source.path, found.line, found.column), known, facts))
    if problems:
        raise TapsmithError(problems)


def exported(facts: Facts) -> frozenset[str]:
    """Return the names that the kernel exports to modules."""
    lines = (facts.target.tree / "Module.symvers").read_text(encoding="ascii").splitlines()
    return frozenset(line.split("\t")[1] for line in lines if line.count("\t") > 1)


def _unknown(name: str, place: Place, known: frozenset[str], facts: Facts) -> Problem:
    mend = did_you_mean(name, known) or "look it up in /proc/kallsyms of that kernel"
    return Problem(
        "unknown-symbol",
        f"kernel {facts.target.release} has no function `{name}` to probe",
        place,
        mend=f"{mend} (if it is in assembly or in another module, list it in probe.yaml under `unchecked`)",
    )
