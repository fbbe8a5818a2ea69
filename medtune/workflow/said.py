"""What a model says of new films, as the table that ``medtune predict`` writes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.vision.card import Card
from medtune.vision.tasks import XrayTargets

UNUSUAL = "unusual: unlike the films that the model learnt from; a radiologist should look"
UNUSUAL_HERE = "unusual: {what}; a radiologist should look"
NO_THRESHOLD = "no decision: the run had no calibration cases to set a threshold with"
COLUMNS = ["case_id", "target", "score", "threshold", "decision", "refused", "reason"]
OF_TARGETS = ["case_id", "target", "class", "score", "unit", *COLUMNS[3:]]


def of_findings(
    case_id: pd.Series,
    card: Card,
    scores: NDArray[np.float64],
    reason: pd.Series,
    unusual: pd.Series,
) -> pd.DataFrame:
    """A row a case and finding: present where the score reaches the card's threshold.

    Where the card has bounds for a finding, what lies between its cuts is referred, and so is an
    unusual film: the bounds are a promise about films such as those of calibration.

    Args:
        case_id: (N,).
        card: of the model.
        scores: (N, F); NaN where it was not asked.
        reason: (N,) why it was not; empty where it was.
        unusual: (N,) why the film is unlike those that taught, or the site's; empty where not.
    """
    odd = unusual.notna().to_numpy()
    parts = []
    for f, finding in enumerate(card.findings):
        threshold, score = card.thresholds.get(finding), scores[:, f]
        table = pd.DataFrame({"case_id": case_id.to_numpy(), "target": finding, "score": score})
        table["threshold"] = threshold if threshold is not None else np.nan
        decision = np.where(score >= table["threshold"], "present", "absent")
        decided = np.isfinite(score) & table["threshold"].notna()
        table["decision"] = pd.Series(decision, dtype=object).where(decided, None)
        table["refused"] = reason.notna().to_numpy()
        table["reason"] = reason.to_numpy()
        if threshold is None:
            table["reason"] = table["reason"].where(table["refused"], NO_THRESHOLD)
        elif finding in card.referral:
            cuts = card.referral[finding]
            absent, present = cuts["absent_below"], cuts["present_from"]
            sure = score < (-np.inf if absent is None else absent)
            sure |= score >= (np.inf if present is None else present)
            refer = np.asarray(decided) & ~sure
            table["decision"] = table["decision"].mask(refer | odd, "refer")
            table["reason"] = table["reason"].mask(refer, _not_sure(absent, present))
        table["reason"] = table["reason"].mask(odd, unusual.to_numpy())
        parts.append(table[COLUMNS])
    return pd.concat(parts, ignore_index=True)


def _not_sure(absent: float | None, present: float | None) -> str:
    """Why a score is referred: where the cuts lie."""
    cuts = [
        "no score is called absent" if absent is None else f"absent is below {absent:.4g}",
        "none is called present" if present is None else f"present is from {present:.4g} on",
    ]
    return f"not sure enough, a radiologist should decide: {', '.join(cuts)}"


def of_targets(
    case_id: pd.Series,
    card: Card,
    scores: NDArray[np.float64],
    reason: pd.Series,
    unusual: pd.Series,
) -> pd.DataFrame:
    """A row a case and class, or a case and amount; arguments as above, scores (N, C)."""
    task = card.task
    assert isinstance(task, XrayTargets)
    asked, parts, start = reason.isna().to_numpy(), [], 0
    for name, target in task.targets.items():
        classes = target.classes or [""]
        here = scores[:, start : start + len(classes)]
        start += len(classes)
        decision = np.full(len(case_id), None, dtype=object)
        if target.classes is not None:
            decision[asked] = np.array(classes, dtype=object)[said(target.kind, here[asked])]
        for k, each in enumerate(classes):
            table = pd.DataFrame({"case_id": case_id.to_numpy(), "target": name, "class": each})
            table["score"], table["threshold"] = here[:, k], np.nan
            table["unit"] = target.unit or ""
            table["decision"], table["refused"] = decision, ~asked
            table["reason"] = pd.Series(reason.to_numpy()).mask(
                unusual.notna().to_numpy(), unusual.to_numpy()
            )
            parts.append(table[OF_TARGETS])
    return pd.concat(parts, ignore_index=True)


def said(kind: str, probabilities: NDArray[np.float64]) -> NDArray[np.intp]:
    """The class that is meant, (N,): the most probable one, of grades the median one.

    Args:
        kind: multiclass or ordinal.
        probabilities: (N, K).
    """
    if kind == "multiclass":
        return probabilities.argmax(axis=1)
    above = 1 - np.cumsum(probabilities, axis=1)[:, :-1]
    return np.asarray((above > 0.5).sum(axis=1), np.intp)
