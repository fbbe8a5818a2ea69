"""Files that ask for much get a refusal: soon, in little memory, and in silence."""

from __future__ import annotations

import pytest

from tests.dicom.hostile import HOSTILE
from tests.dicom.watched import Watched

MOST_SECONDS = 20  # on a machine that does other things as well
MOST_MEGABYTES = 600


@pytest.fixture(scope="module")
def reader():
    with Watched() as watched:
        yield watched


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_costs_little(tmp_path, reader, name):
    make, expected = HOSTILE[name]
    path = tmp_path / "film.dcm"
    path.write_bytes(make())
    reading = reader.read(path, MOST_SECONDS)
    assert reading.outcomes[1] == expected
    assert not any(outcome.startswith("escaped") for outcome in reading.outcomes)
    assert reading.megabytes < MOST_MEGABYTES + path.stat().st_size / 1e6
    assert reading.said == []
    assert reader.printed() == ""
