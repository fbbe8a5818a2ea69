"""Some test films read again from their files and scored again, one by one: do the scores stay?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from medtune.evaluation.repeatability import Counted, Repeated, same_again
from medtune.films.anew import decoded_anew
from medtune.films.store import AWAY
from medtune.tables.splits import stable_order
from medtune.vision.trained import TrainedModel
from medtune.workflow.cases import private
from medtune.workflow.decoding import places_of
from medtune.workflow.models import Judged, fine_tuned


def read_again(
    judged: Judged,
    model: TrainedModel,
    first: pd.DataFrame,
    points: Sequence[Mapping[str, Any]],
) -> Repeated | None:
    """Whether the test can be scored again with the same outcome; None where nobody asks.

    The first ``evaluation.read_again`` cases that were scored, in an order that hangs on their
    pseudonyms alone, are decoded from their files as the run prepares its films, not taken from
    the store, and go through the network one by one.

    Args:
        judged: of the run, its test cases among them.
        model: the run's own.
        first: its predictions of them.
        points: every threshold, as ``evaluation.thresholds`` has them.
    """
    cases = chosen(judged, first)
    if cases.empty:
        return None
    counted, again = _again(judged, model, cases)
    own = str(first["model"].iloc[0])
    thresholds = {
        str(point["target"]): float(point["threshold"])
        for point in points
        if (point["model"], point["rule"]) == (own, "site") and not point["reason"]
    }
    targets = judged.run.data.targets
    return Repeated(counted, same_again(first, again, judged.learned, targets, thresholds))


def chosen(judged: Judged, first: pd.DataFrame) -> pd.DataFrame:
    """The test cases that are read again: the first of the scored ones, in a stable order."""
    scored = first[(first["split"] == "test") & first["score"].notna()]
    cases = judged.cases[judged.cases["case_id"].isin(scored["case_id"])]
    order = stable_order(cases["case_id"], judged.run.evaluation.seed)
    places = np.sort(order.argsort(kind="stable")[: judged.run.evaluation.read_again])
    return cases.iloc[places].reset_index(drop=True)


def _again(
    judged: Judged, model: TrainedModel, cases: pd.DataFrame
) -> tuple[Counted, pd.DataFrame]:
    """What became of the cases, and the predictions of those that could be scored again."""
    case_of = "case_id" if judged.grouping is None else "study_id"
    films = judged.films[judged.films[case_of].isin(cases["case_id"])]
    places = places_of(films, private(judged.run))
    stored = judged.decoded.rows["digest"]
    counts, scored = Counter[str](), []
    for place in range(len(cases)):
        case = cases.iloc[[place]].reset_index(drop=True)
        own = films[films[case_of] == case["case_id"].iloc[0]].reset_index(drop=True)
        decoded = decoded_anew(places[places["case_id"].isin(own["case_id"])], judged.spec)
        before, now = stored.loc[own["case_id"]], decoded.rows.loc[own["case_id"]]
        lost = now.loc[before.notna() & now["digest"].isna(), "reason"]
        if len(lost):
            counts["gone" if (lost == AWAY).any() else "refused"] += 1
            continue
        counts["cases"] += 1
        counts["films"] += int(now["digest"].notna().sum())
        counts["pictures"] += int((before.fillna("") != now["digest"].fillna("")).sum())
        alone = replace(judged, cases=case, films=own, decoded=decoded)
        scored.append(fine_tuned(alone, model).predictions)
    counted = Counted(
        **{name: counts[name] for name in ("cases", "films", "gone", "refused", "pictures")}
    )
    empty = pd.DataFrame(columns=["case_id", "target", "class", "score"])
    return counted, pd.concat(scored, ignore_index=True) if scored else empty
