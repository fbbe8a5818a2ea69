"""What came out at the simulated hospitals of ``scripts/shifts``, a row each, held to its goals."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks.shift_sites import Site, Size

LOST, CUT, RECOVERED, STAYS = 0.05, 0.15, 0.80, 11  # the goals


def table(records: Path, size: Size, hospitals: list[Site]) -> str:
    """All hospitals that are done, with the goals that they meet and miss.

    Args:
        records: what came out at each, NAME.json; of those without one nothing is known.
        size: that all of them had.
        hospitals: in the order of the rows.

    Raises:
        SystemExit: one had another size.
    """
    lines = [
        "| hospital | generic | reference | lost | chosen | net benefit gained | AUROC chosen "
        "| (1 - AUROC) falls by | recovered | goals |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    stays, quiet = 0, 0
    models = set()
    for site in hospitals:
        record = records / f"{site.name}.json"
        found = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
        if "reference_auroc" not in found:
            continue
        if found["size"] != asdict(size):
            raise SystemExit(f"{record} is of hospitals of another size.")
        models.add(found["generic_sha256"])
        test = found["test"]
        if test["reason"]:
            lines.append(f"| {site.name} | | | | {found['chosen']} | | | | | {test['reason']} |")
            continue
        generic, own = test["first_auroc"]["value"], test["auroc"]["value"]
        cut, gain = test["error_cut"], test["gain"]
        won = "" if gain["reason"] else _signed(gain)
        told = "" if cut["reason"] else _percent(cut)
        reference = found["reference_auroc"]["value"]
        lost = reference - generic
        if not site.shifted:
            quiet += 1
            stays += not found["fine_tune"]
            goals = "kept" if not found["fine_tune"] else "**missed**: fine-tuned"
            lines.append(
                f"| {site.name} | {generic:.3f} | {reference:.3f} | {lost:+.3f} "
                f"| {found['chosen']} | {won} | {own:.3f} | {told} | | {goals} |"
            )
            continue
        share = (own - generic) / lost if lost > 0 else float("nan")
        back = f"{100 * share:.0f} %" if lost > 0 else ""
        goals = "little was lost"
        if lost >= LOST:
            fine = share >= RECOVERED, not cut["reason"] and cut["value"] >= CUT and cut["low"] > 0
            names = ("recovered", "error")
            missed = [name for name, met in zip(names, fine, strict=True) if not met]
            goals = f"**missed**: {', '.join(missed)}" if missed else "kept"
        lines.append(
            f"| {site.name} | {generic:.3f} | {reference:.3f} | {lost:+.3f} | {found['chosen']} "
            f"| {won} | {own:.3f} | {told} | {back} | {goals} |"
        )
    below = []
    if number := sum(not site.shifted for site in hospitals):
        goal = f"the goal is {STAYS} of 12" if quiet == number else f"not all {number} are done"
        said = f"{stays} of {quiet} unshifted hospitals are advised not to fine-tune"
        below.append(f"{said}; {goal}.")
    if len(models) > 1:
        said = f"The model from home was trained anew in between: {len(models)} of them are here."
        below.append(said)
    return "\n".join(lines) + (f"\n\n{' '.join(below)}\n" if below else "\n")


def _signed(gain: dict[str, float]) -> str:
    value, low, high = (gain[end] for end in ("value", "low", "high"))
    return f"{value:+.3f} ({low:+.3f} to {high:+.3f})"


def _percent(cut: dict[str, float]) -> str:
    value, low, high = (100 * cut[end] for end in ("value", "low", "high"))
    return f"{value:.0f} % ({low:.0f} to {high:.0f})"
