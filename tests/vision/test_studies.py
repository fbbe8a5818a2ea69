"""Studies as batches: their films from the store, each changed by a seed of its own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from medtune.films.store import Decoded
from medtune.learning.sampling import draw_of
from medtune.learning.task import Draw
from medtune.vision.controls import thumbnails
from medtune.vision.samples import Films
from medtune.vision.studies import Studies

SIZE = 16
FILMS = pd.DataFrame(
    {"study_id": ["s1", "s2", "s2", "s3", "s3", "s3"], "case_id": [f"c{i}" for i in range(6)]}
)
CASES = pd.DataFrame({"case_id": ["s3", "s1", "s2"]})


@pytest.fixture(scope="module")
def decoded() -> Decoded:
    pixels = np.random.default_rng(0).integers(0, 65535, (7, SIZE, SIZE)).astype(np.uint16)
    rows = pd.DataFrame({"row": [6, 2, 4, 0, 1, 5]}, index=FILMS["case_id"].tolist())
    return Decoded(pixels, rows)


def noisy(film: np.ndarray, seed: int, to: np.ndarray | None = None) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 1, film.shape).astype(np.float32)
    return np.add(film, noise, out=to)


def studies(decoded: Decoded, cases: pd.DataFrame = CASES, change=None) -> Studies:
    targets = np.arange(len(cases), dtype=np.float32)[:, None]
    return Studies(decoded, cases, FILMS, targets, targets >= 0, change)


def film(decoded: Decoded, case_id: str) -> np.ndarray:
    return (decoded.pixels[decoded.rows.loc[case_id, "row"]] / np.float32(65535)).astype(np.float32)


def test_a_study_has_its_films_in_their_order_and_black_beside_them(decoded: Decoded):
    samples = studies(decoded)
    assert len(samples) == 3
    for _ in range(3):  # memory is used again: what was there is gone
        batch = samples.__getitems__([2, 0, 1])
        assert batch.case_id == ["s2", "s3", "s1"]
        assert batch.inputs.shape == (3, 3, 1, SIZE, SIZE)
        assert batch.there.tolist() == [[True, True, False], [True] * 3, [True, False, False]]
        assert batch.targets[:, 0].tolist() == [2, 0, 1]
        for at, case_ids in enumerate((["c1", "c2"], ["c3", "c4", "c5"], ["c0"])):
            for view, case_id in enumerate(case_ids):
                np.testing.assert_array_equal(batch.inputs[at, view, 0], film(decoded, case_id))
        assert batch.inputs[~batch.there].abs().sum() == 0
        batch.inputs[:] = 9
        del batch


def test_a_batch_is_as_wide_as_its_study_with_most_films(decoded: Decoded):
    samples = studies(decoded)
    assert samples.__getitems__([1]).inputs.shape[1] == 1
    assert samples.__getitems__([1, 2]).inputs.shape[1] == 2


def test_each_film_is_changed_by_a_seed_of_its_own_and_the_first_as_it_would_be_alone(
    decoded: Decoded,
):
    samples = studies(decoded, change=noisy)
    draw = draw_of(7, "full", 3, 0)
    batch, again = samples.__getitems__([draw]), samples.__getitems__([Draw(1, 5), draw])
    assert torch.equal(batch.inputs[0], again.inputs[1])
    added = [batch.inputs[0, v, 0].numpy() - film(decoded, c) for v, c in enumerate(("c3", "c4"))]
    assert not np.allclose(added[0], added[1])
    np.testing.assert_allclose(batch.inputs[0, 0, 0], noisy(film(decoded, "c3"), draw.seed))
    other = samples.__getitems__([draw_of(7, "full", 4, 0)])
    assert not torch.equal(batch.inputs, other.inputs)
    plain = samples.__getitems__([0])
    np.testing.assert_array_equal(plain.inputs[0, 1, 0], film(decoded, "c4"))


def test_studies_of_one_film_are_what_films_are(decoded: Decoded):
    one = FILMS.drop_duplicates("study_id")
    cases = pd.DataFrame({"case_id": one["study_id"].tolist()})
    targets = np.ones((3, 1), np.float32)
    pooled = Studies(decoded, cases, one, targets, targets > 0, noisy)
    alone = Films(decoded, one, targets, targets > 0, noisy)
    draws = [draw_of(0, "full", 0, i) for i in (2, 0, 1)]
    assert torch.equal(pooled.__getitems__(draws).inputs, alone.__getitems__(draws).inputs)


def test_a_thumbnail_of_a_study_is_the_mean_of_its_films_and_their_number(decoded: Decoded):
    small = thumbnails(studies(decoded))
    each = thumbnails(Films(decoded, FILMS, np.zeros((6, 1), np.float32), np.zeros((6, 1), bool)))
    assert small.shape == (3, 65)
    assert each.shape == (6, 64)
    np.testing.assert_allclose(small[0, :64], each[3:].mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(small[1, :64], each[0], rtol=1e-6)
    assert small[:, 64].tolist() == [3, 1, 2]
