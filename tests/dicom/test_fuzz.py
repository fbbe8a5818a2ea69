"""Damaged files are read or refused: nothing else comes out, and it takes neither time nor memory.

What fails says its seed: ``damaged(seed, files)`` gives the same file again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread

from medtune.dicom import REASONS
from tests.dicom.fuzz import damaged
from tests.dicom.twins import picture, write_twins
from tests.dicom.watched import Watched

MOST_SECONDS = 20  # for one file, on a machine that does other things as well
MOST_MEGABYTES = 300
CHUNK = 1000
IDENTIFYING = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientAddress", "OtherPatientIDs"),
    *("AccessionNumber", "InstitutionName", "ReferringPhysicianName", "OperatorsName", "StudyID"),
)


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory) -> list[bytes]:
    paths = write_twins(tmp_path_factory.mktemp("twins"), picture())
    return [path.read_bytes() for path in paths.values()]


@pytest.fixture(scope="module")
def real(real_data) -> list[bytes]:
    zoo = sorted((real_data / "dicom_zoo" / "files").iterdir())
    return [path.read_bytes() for path in [*zoo, *sorted(real_data.glob("dicom_vectors/*.dcm"))]]


@pytest.fixture(scope="module")
def reader() -> Iterator[Watched]:
    with Watched() as watched:
        yield watched


def names_in(path: Path) -> set[str]:
    """What a damaged file still holds of its patient, as far as anyone can read it."""
    try:
        dataset = dcmread(path, force=True, stop_before_pixels=True)
        values = {str(dataset.get(keyword, "")) for keyword in IDENTIFYING}
    except Exception:  # the damage went too far
        return set()
    return {value for value in values if len(value) > 3}


def run(reader: Watched, files: list[bytes], seeds: range, folder: Path) -> None:
    path = folder / "film.dcm"
    outcomes: Counter[str] = Counter()
    slowest, largest = (0.0, -1), (0.0, -1)
    for seed in seeds:
        path.write_bytes(damaged(seed, files))
        try:
            reading = reader.read(path, MOST_SECONDS)
        except AssertionError as error:
            pytest.fail(f"seed {seed} of {seeds}: {error}")
        said = f"seed {seed}: {reading}"
        assert set(reading.outcomes) <= {"read", *REASONS}, said
        assert reading.said == [], said
        assert reading.megabytes < MOST_MEGABYTES, said
        assert not any(str(folder) in message for message in reading.messages), said
        assert not any(
            name in message for name in names_in(path) for message in reading.messages
        ), said
        outcomes[reading.outcomes[1]] += 1
        slowest = max(slowest, (reading.seconds, seed))
        largest = max(largest, (reading.megabytes, seed))
    print(f"\nseeds {seeds.start} to {seeds.stop - 1}: {dict(outcomes.most_common())}")
    print(f"slowest {slowest[0]:.2f} s (seed {slowest[1]}), {largest[0]:.0f} MB ({largest[1]})")
    assert reader.printed() == ""
    assert len(outcomes) > 5


def test_damage_is_a_function_of_the_seed(synthetic):
    first = [damaged(seed, synthetic) for seed in range(40)]
    assert first == [damaged(seed, synthetic) for seed in range(40)]
    assert len(set(first)) == 40
    assert len(set(first) & set(synthetic)) < 8  # now and then the damage hits nothing


def test_damaged_films_are_read_or_refused(reader, synthetic, tmp_path):
    run(reader, synthetic, range(600), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(10))
def test_ten_thousand_damaged_films_are_read_or_refused(reader, synthetic, tmp_path, chunk):
    first = 10_000 + chunk * CHUNK
    run(reader, synthetic, range(first, first + CHUNK), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(15))
def test_fifteen_thousand_damaged_genuine_files_are_read_or_refused(reader, real, tmp_path, chunk):
    first = 20_000 + chunk * CHUNK
    run(reader, real, range(first, first + CHUNK), tmp_path)
