"""Greys on one scale: what a rule does to a film, and that it is fitted and kept as it says."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from medtune.errors import DataError
from medtune.films.harmonise import SHARES, Harmonisation, films_have, fitted
from medtune.films.matching import BLACK, quantiles
from medtune.films.physics import Response
from medtune.films.preprocessing import Preprocessing, prepare
from tests.films.copies import phantoms
from tests.films.test_preprocessing import film


def films(seed: int, number: int = 60) -> list[np.ndarray]:
    """Smooth shapes on black, each film a little brighter or darker than the others."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(number):
        field = gaussian_filter(rng.normal(size=(48, 48)), 4)
        one = 0.5 + 0.15 * field / field.std() + rng.normal(0, 0.03)
        one = np.clip(one, 2 * BLACK, 1)
        one[:, :8] = 0
        found.append(one.astype(np.float32))
    return found


def shown_elsewhere(one: np.ndarray) -> np.ndarray:
    return np.asarray(Response(gamma=1.8).shown(one), np.float32)


OWN = films(1)
HERE = [shown_elsewhere(one) for one in OWN]  # as another console shows them
HOME = films(2)  # of other patients


def test_a_response_curve_is_learnt_without_pairs_and_undone():
    rule = fitted("response", films_have(HERE), films_have(HOME))
    before = np.mean([np.abs(a - b).mean() for a, b in zip(HERE, OWN, strict=True)])
    after = np.mean([np.abs(rule.applied(a) - b).mean() for a, b in zip(HERE, OWN, strict=True)])
    assert before > 0.08
    assert after < 0.15 * before


@pytest.mark.parametrize("method", ["percentile", "histogram"])
def test_a_rule_by_films_leaves_all_films_with_the_wanted_greys(method):
    wanted = films_have(HOME)
    rule = fitted(method, films_have(HERE), wanted)
    ends = [quantiles(rule.applied(one), SHARES) for one in HERE]
    places = [0, -1] if method == "percentile" else range(33)
    for found in ends:
        np.testing.assert_allclose(found[places], np.asarray(wanted)[places], atol=0.02)


def test_what_differs_from_film_to_film_stays_with_one_curve_only():
    darker = np.float32(0.7) * HERE[0]
    seen = films_have(HERE)
    one_curve = fitted("response", seen, seen)
    assert one_curve.applied(darker).mean() < 0.85 * one_curve.applied(HERE[0]).mean()
    each = fitted("histogram", seen)
    assert each.applied(darker).mean() == pytest.approx(each.applied(HERE[0]).mean(), rel=0.03)


@pytest.mark.parametrize("method", ["percentile", "histogram", "response"])
def test_black_stays_black_greys_stay_in_order_and_nothing_else_becomes_black(method):
    ramp = np.linspace(0, 1, 1024, dtype=np.float32)[None]
    greys = tuple(np.linspace(0.2, 0.7, 33))
    rule = fitted(method, tuple(np.linspace(0.3, 0.6, 33)), greys)
    found = rule.applied(ramp)
    assert found.dtype == np.float32
    air = ramp <= BLACK
    assert (found[air] == ramp[air]).all()
    assert (found[~air] > BLACK).all()
    assert (np.diff(found[0][~air[0]]) >= 0).all()
    assert found.max() <= 1


def test_a_film_of_one_grey_and_a_black_film_are_no_error():
    rule = fitted("histogram", tuple(np.linspace(0.3, 0.6, 33)))
    for grey in (0.0, 0.5):
        flat = np.full((8, 8), grey, np.float32)
        found = rule.applied(flat)
        assert np.isfinite(found).all()
        assert found.min() >= 0


def test_what_cannot_be_fitted_is_told():
    with pytest.raises(DataError, match="10 training films or more, and there are 3"):
        films_have(HOME[:3])
    with pytest.raises(DataError, match="take percentile or histogram"):
        fitted("response", tuple(np.linspace(0, 1, 33)))


def test_the_rule_is_part_of_the_specification_and_applied_where_films_are_prepared(tmp_path):
    pixels = (4095 * phantoms(1)[0]).astype(np.uint16)
    place = film(tmp_path, pixels, BitsStored=12)
    plain = Preprocessing(32)
    rule = Harmonisation("percentile", tuple(np.linspace(0.3, 0.5, 33)))
    spec = Preprocessing(32, harmonise=rule)
    assert Preprocessing(**json.loads(json.dumps(asdict(spec)))) == spec
    assert spec.digest != plain.digest
    before, after = prepare(place, plain), prepare(place, spec)
    expected = rule.applied((before.pixels / 65535).astype(np.float32))
    np.testing.assert_allclose(after.pixels / 65535, expected, atol=2e-4)
    np.testing.assert_array_equal(before.fingerprint, after.fingerprint)  # still the same film


def test_stores_of_before_there_was_such_a_rule_keep_their_names():
    assert Preprocessing(32).digest == "3dcc5c133ca9a1e9"
