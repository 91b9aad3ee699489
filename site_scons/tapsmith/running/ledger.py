"""The ledger: what a run lost, for people, one line where that is nothing."""

from __future__ import annotations

from collections.abc import Container, Sequence

from tapsmith.running.losses import Loss


def ledger(losses: Sequence[Loss], parameters: Container[str] = ()) -> list[str]:
    """Return the lines of the ledger; macros that are `parameters` of the module can be given at load."""
    if not losses:
        return ["nothing was lost"]
    width = max(len(str(loss.count)) for loss in losses)
    kinds = max(len(loss.kind) for loss in losses)
    lines = ["lost:"]
    for loss in losses:
        lines.append(f"  {loss.count:>{width}} {loss.kind:<{kinds}}  {_told(loss)}")
        advice = _advice(loss, parameters)
        lines += [f"  {'':{width + kinds + 3}}{advice}"] if advice else []
    return lines


def _told(loss: Loss) -> str:
    where = "" if loss.cpu is None else f" on CPU {loss.cpu}"
    why = f": {loss.why}" if loss.why else ""
    handled = "" if loss.handled is None else f" ({loss.handled} were handled)"
    return f"{loss.what}{where}{why}{handled}"


def _advice(loss: Loss, parameters: Container[str]) -> str:
    """Return what would have helped."""
    if loss.macro is None:
        return ""
    if loss.macro in parameters:
        return f"--param {loss.macro}={loss.enough} would have sufficed" if loss.enough else (
            f"raise it by --param {loss.macro}= (now {loss.now})"
        )  # fmt: skip
    enough = f", {loss.enough} would have sufficed" if loss.enough else ""
    where = "in the probe's C" if loss.macro == "max_entries" else "in probe.yaml"
    return f"raise {loss.macro} {where} (now {loss.now}{enough})"
