"""The simulated hospitals of ``scripts/shifts`` are those that were written down."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import yaml

from medtune.phantom import SiteShift

FILE = Path(__file__).parent / "shifts.yaml"
WRITTEN = "9326db5fb26c7084256977a4bcc80365862364316246dfe58d6b0e6aeef7ef6a"


def test_there_are_as_many_as_were_asked_for_and_each_is_a_shift():
    said = yaml.safe_load(FILE.read_text())
    assert list(said["kinds"]) == ["response", "blur", "noise", "markers"]
    for strengths in said["kinds"].values():
        assert len(strengths) == 3
        assert [SiteShift(**each) for each in strengths].count(SiteShift()) == 0
    assert len(said["seeds"]) == 3
    assert len(said["unshifted_seeds"]) == 12
    assert not set(said["seeds"]) & set(said["unshifted_seeds"])


def test_what_was_written_down_before_the_ladder_first_ran_has_not_changed():
    if hashlib.sha256(FILE.read_bytes()).hexdigest() != WRITTEN:
        pytest.fail("tests/benchmarks/shifts.yaml was changed: restore it, or say why in a new one")
