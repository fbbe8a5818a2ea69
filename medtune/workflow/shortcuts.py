"""The shortcut probe: what the model's features and scores tell of the site, and not of patients.

No film of the test is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.evaluation.resampling import patient_weights
from medtune.evaluation.shortcuts import Covered, Told, area, covered, read_by_score
from medtune.films import cover
from medtune.films.store import Decoded
from medtune.learning.predict import score, scores_and_features
from medtune.learning.probe import out_of_fold
from medtune.tables.splits import stable_order
from medtune.vision.tasks import XrayFindings
from medtune.vision.trained import TrainedModel
from medtune.workflow.decoding import readable
from medtune.workflow.harmonising import shown
from medtune.workflow.models import Judged
from medtune.workflow.scoring import unlabelled

MOST = 400  # films that are looked at: scores of calibration, features of these and of train
ATTRIBUTES = ("scanner", "view", "portable")
MARKER = "marker or border"
FEWEST = 10  # patients on either side


@dataclass(frozen=True)
class Shortcuts:
    """What was found.

    Attributes:
        told: of each attribute that has two sides here.
        covered: of each finding, what covering borders and markers does.
    """

    told: list[Told]
    covered: dict[str, Covered]

    def warnings(self) -> list[str]:
        """Where the model reads the site and not the patient, as sentences."""
        found = []
        for told in self.told:
            for finding, by_score in told.by_score.items():
                if told.reads(finding):
                    found.append(
                        f"The model reads the site: of two calibration films with the same label "
                        f"for {finding}, the one with {told.attribute} gets the higher score in "
                        f"{100 * by_score.value:.0f} % ({100 * by_score.low:.0f} to "
                        f"{100 * by_score.high:.0f} %), and 50 % would be fair, "
                        "unless these patients differ in what the label does not say."
                    )
        for finding, each in self.covered.items():
            if each.matters:
                found.append(
                    f"The model reads borders and markers: covering them turns "
                    f"{100 * each.turned.value:.0f} % ({100 * each.turned.low:.0f} to "
                    f"{100 * each.turned.high:.0f} %) of the decisions on {finding} in the "
                    "calibration split."
                )
        return found

    def as_dict(self) -> dict[str, object]:
        """For ``result.json``."""
        return {
            "told": [asdict(each) for each in self.told],
            "covered": {finding: asdict(each) for finding, each in self.covered.items()},
        }


def look_for_shortcuts(judged: Judged, model: TrainedModel) -> Shortcuts | None:
    """Probe a run's own model; None where it scores no findings, or pools views.

    Args:
        judged: of the run; its train and calibration cases are used.
        model: the run's own.
    """
    if not isinstance(judged.task, XrayFindings) or judged.grouping is not None:
        return None
    split_of = judged.cases[["case_id"]].merge(judged.splits, on="case_id", how="left")["split"]
    cases = judged.cases[(split_of == "calibration").to_numpy()]
    cases = _some(judged, cases[readable(judged.decoded, cases)])
    if cases["group_id"].nunique() < 2 * FEWEST:
        return None
    task, films = judged.task, unlabelled(judged.decoded, cases, judged.task.outputs)
    scores, features = scores_and_features(task, model.network, films, judged.hardware)
    without, changed = _without_markers(judged.decoded, cases)
    again = scores.copy()  # what nothing was covered on is not looked at again
    if changed.any():
        marked = unlabelled(without, cases[changed].reset_index(drop=True), task.outputs)
        again[changed] = score(task, model.network, marked, judged.hardware)
    told = list(_told(judged, model, cases, scores, features, changed))
    return Shortcuts(told, dict(_covered(judged, model, cases, scores, again, changed)))


def _some(judged: Judged, cases: pd.DataFrame) -> pd.DataFrame:
    order = stable_order(cases["case_id"], judged.run.training.seed)
    return cases.iloc[np.sort(order.argsort(kind="stable")[:MOST])].reset_index(drop=True)


def _without_markers(decoded: Decoded, cases: pd.DataFrame) -> tuple[Decoded, NDArray[np.bool_]]:
    """The films on which anything is covered, covered; and which of all these are."""
    rows = decoded.rows.loc[cases["case_id"]]
    white = np.iinfo(decoded.pixels.dtype).max
    changed = np.zeros(len(cases), bool)
    found = []
    for place, row in enumerate(rows["row"].to_numpy(np.int64)):
        film, changed[place] = cover.covered(shown(decoded, row))
        if changed[place]:
            found.append(np.rint(film * white).astype(decoded.pixels.dtype))
    pixels = np.array(found, decoded.pixels.dtype).reshape(-1, *decoded.pixels.shape[1:])
    return Decoded(pixels, rows[changed].assign(row=np.arange(len(found)))), changed


def _sides(cases: pd.DataFrame, marked: NDArray[np.bool_]) -> Iterator[tuple[str, pd.Series]]:
    """Each attribute that enough patients have and have not, as (N,) of nullable booleans."""
    for name in ATTRIBUTES:
        if name not in cases:
            continue
        values = cases[name].astype("string")
        kinds = values.dropna().unique()
        # of two kinds the one tells the same as the other
        for value in sorted(kinds)[: None if len(kinds) > 2 else 1]:
            yield f"{name}={value}", (values == value)
    yield MARKER, pd.Series(marked, index=cases.index).astype("boolean")


def _told(
    judged: Judged,
    model: TrainedModel,
    cases: pd.DataFrame,
    scores: NDArray[np.float64],
    features: NDArray[np.float64],
    marked: NDArray[np.bool_],
) -> Iterator[Told]:
    evaluation, findings = judged.run.evaluation, model.card.findings
    patients, group = np.unique(cases["group_id"].astype(str), return_inverse=True)
    weights = patient_weights(len(patients), evaluation.resamples, evaluation.seed)
    for name, has in _sides(cases, marked):
        known = has.notna().to_numpy(bool)
        side = has.fillna(False).to_numpy(bool)
        counts = [len(np.unique(group[known & (side == value)])) for value in (True, False)]
        if min(counts) < FEWEST:
            continue
        margins = out_of_fold(
            features,
            side[:, None].astype(np.float64),
            known[:, None],
            cases["group_id"].to_numpy(str),
            seed=judged.run.training.seed,
            repeats=1,
        )[:, 0]
        there = known & np.isfinite(margins)
        by_features = area(margins[there], side[there], group[there], weights, evaluation.level)
        by_score = {}
        for place, finding in enumerate(findings):
            reference = cases[finding].astype("Float64").to_numpy(float, na_value=np.nan)
            own = known & np.isfinite(reference) & np.isfinite(scores[:, place])
            by_score[finding] = read_by_score(
                scores[own, place],
                reference[own] == 1,
                side[own],
                group[own],
                weights,
                evaluation.level,
            )
        yield Told(name, by_features, by_score)


def _covered(
    judged: Judged,
    model: TrainedModel,
    cases: pd.DataFrame,
    before: NDArray[np.float64],
    after: NDArray[np.float64],
    changed: NDArray[np.bool_],
) -> Iterator[tuple[str, Covered]]:
    evaluation = judged.run.evaluation
    patients, group = np.unique(cases["group_id"].astype(str), return_inverse=True)
    weights = patient_weights(len(patients), evaluation.resamples, evaluation.seed)
    for place, finding in enumerate(model.card.findings):
        reference = cases[finding].astype("Float64").to_numpy(float, na_value=np.nan)
        own = np.isfinite(reference) & np.isfinite(before[:, place])
        if not own.any():
            continue
        found = covered(
            before[own, place],
            after[own, place],
            reference[own] == 1,
            changed[own],
            model.card.thresholds.get(finding),
            group[own],
            weights,
            evaluation.level,
        )
        yield finding, replace(found, films=int(changed.sum()))
