"""The shortcut probe sends each film through the network once, and once more where covered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medtune.config.load import load_run
from medtune.evaluation.estimate import Estimate
from medtune.evaluation.shortcuts import Covered, Told
from medtune.films import cover
from medtune.films.store import Decoded
from medtune.report.german import GERMAN
from medtune.run_folder import RunFolder
from medtune.vision.trained import TrainedModel
from medtune.workflow.judging import cases_to_judge
from medtune.workflow.models import Judged, scores_of_films
from medtune.workflow.own_model import own_model
from medtune.workflow.shortcuts import MARKER, Shortcuts, look_for_shortcuts


@pytest.mark.parametrize("nth", [2, 0])
def test_no_film_is_looked_at_more_often_than_it_must(
    blobs: Path, monkeypatch: pytest.MonkeyPatch, nth: int
):
    run = load_run(blobs / "north.yaml")
    folder = RunFolder(run.runs / run.name)
    model = own_model(run, folder)
    judged = cases_to_judge(run, folder, model.card.task, ("calibration",), show=False)
    films = judged.cases
    nothing = pd.Series([None] * len(films), dtype=object)
    alone, _ = scores_of_films(model, judged.decoded, films, nothing, judged.hardware)
    asked: list[int] = []

    def covered(film: np.ndarray) -> tuple[np.ndarray, bool]:
        """Every second film is black but for a strip, or none is changed."""
        asked.append(1)
        if nth == 0 or len(asked) % nth:
            return film, False
        return np.where(np.arange(len(film))[:, None] < 2, film, 0).astype(np.float32), True

    seen: list[int] = []
    plain = model.network.features

    def counted(*inputs):
        seen.append(len(inputs[0]))
        return plain(*inputs)

    monkeypatch.setattr(cover, "covered", covered)
    monkeypatch.setattr(model.network, "features", counted)
    found = look_for_shortcuts(judged, model)
    assert found is not None
    changed = len(films) // nth if nth else 0
    assert sum(seen) == len(films) + changed
    effect = found.covered["effusion"]
    assert effect.films == changed
    told = {each.attribute: each for each in found.told}
    if not changed:
        assert (effect.moved, effect.turned.value) == (0, 0)
        assert MARKER not in told
        return
    assert effect.moved > 0
    assert told[MARKER].by_features.estimable
    # scores of films that were not covered are those of the evaluation, to the last bit
    told_apart = found.as_dict()["covered"]["effusion"]
    threshold = model.card.thresholds["effusion"]
    again = alone[:, 0].copy()
    again[1::2] = darkened(judged, model, films.iloc[1::2].reset_index(drop=True))
    assert told_apart["moved"] == np.median(np.abs(again - alone[:, 0])[1::2])
    turned = (again >= threshold) != (alone[:, 0] >= threshold)
    assert told_apart["turned"]["value"] == pytest.approx(turned.mean())


def test_its_warnings_are_said_in_german_too():
    told = Told("scanner=S1", Estimate(0.9), {"effusion": Estimate(0.8, 0.7, 0.9)})
    marks = Covered(Estimate(0.2, 0.1, 0.3), Estimate(0.0), 0.1, 50)
    site, borders = map(GERMAN.of_judge, Shortcuts([told], {"effusion": marks}).warnings())
    assert site.startswith("Das Modell liest den Standort")
    assert "scanner=S1 in 80 % (70 bis 90 %)" in site
    assert borders.startswith("Das Modell liest Ränder")
    assert "20 % (10 bis 30 %) der Entscheidungen zu effusion" in borders


def darkened(judged: Judged, model: TrainedModel, films: pd.DataFrame) -> np.ndarray:
    """Scores of films that are black but for a strip."""
    rows = judged.decoded.rows.loc[films["case_id"]]
    pixels = judged.decoded.pixels[rows["row"].to_numpy(np.int64)].copy()
    pixels[:, 2:] = 0
    dark = Decoded(pixels, rows.assign(row=np.arange(len(films))))
    nothing = pd.Series([None] * len(films), dtype=object)
    return scores_of_films(model, dark, films, nothing, judged.hardware)[0][:, 0]
