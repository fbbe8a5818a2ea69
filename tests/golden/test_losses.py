"""A change to learning shows here, whether it was meant or not."""

from __future__ import annotations

import json

import pytest

from medtune.config.model import FAST_PROBE
from medtune.learning.adapt import METHODS
from tests.golden.losses import GOLDEN, STEPS, loss_of_the_fast_probe, losses_of


@pytest.mark.parametrize("method", METHODS)
def test_twenty_steps_have_the_losses_that_they_had(method: str) -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))[method]
    assert len(golden) == STEPS
    assert losses_of(method) == pytest.approx(golden, rel=1e-3)


def test_the_fast_probe_loses_what_it_did() -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))[FAST_PROBE]
    found = loss_of_the_fast_probe()
    assert found == pytest.approx(golden, rel=1e-3)
    assert loss_of_the_fast_probe() == found


@pytest.mark.parametrize("method", ["lp_ft", pytest.param("dora", marks=pytest.mark.slow)])
def test_two_runs_on_one_machine_are_bit_equal(method: str) -> None:
    assert losses_of(method) == losses_of(method)
