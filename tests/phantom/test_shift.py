"""One named change of a machine at a time."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from medtune.errors import DataError
from medtune.phantom import NORTH, shifted

MACHINE = NORTH.equipment


def changed(**shift) -> dict[str, object]:
    before, after = asdict(MACHINE), asdict(shifted(MACHINE, **shift))
    return {name: value for name, value in after.items() if value != before[name]}


def test_without_a_name_nothing_changes():
    assert shifted(MACHINE) == MACHINE


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        ({"gamma": 1.8}, {"gamma": 1.8}),
        ({"blur": 0.6}, {"focal_blur_mm": 1.0}),  # 0.8 and 0.6 at right angles
        ({"noise": 2.0}, {"quanta": 75.0}),
        ({"detail": 0.0}, {"detail": 0.0}),
        ({"grid": False}, {"grid": False}),
        ({"collimated": 1.0}, {"collimated": 1.0}),
        ({"polarity": "MONOCHROME1"}, {"polarity": "MONOCHROME1"}),
        ({"bits": 10}, {"bits": 10}),
    ],
)
def test_only_what_is_named_changes(shift, expected):
    assert changed(**shift) == pytest.approx(expected)


@pytest.mark.parametrize("wrong", [{"gamma": 0}, {"blur": -1}, {"noise": 0}, {"bits": 7}])
def test_values_that_no_machine_has_are_refused(wrong):
    with pytest.raises(DataError, match=next(iter(wrong))):
        shifted(MACHINE, **wrong)
