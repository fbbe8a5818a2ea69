from __future__ import annotations

import multiprocessing
import re
from dataclasses import replace

import numpy as np
import pytest

from medtune.dicom import Pseudonyms
from medtune.dicom.film import film_of
from medtune.dicom.header import header_of
from medtune.dicom.privacy import KEY_FILE, burned_in_suspect
from medtune.errors import DataError
from tests.dicom.conftest import make


@pytest.fixture
def pseudonyms() -> Pseudonyms:
    return Pseudonyms(bytes(range(32)))


def test_the_key_is_drawn_once_and_is_private(tmp_path):
    folder = tmp_path / "work" / "private"
    first = Pseudonyms.load_or_create(folder)
    assert Pseudonyms.load_or_create(folder) == first
    assert len(first.key) == 32
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert first.key.hex() not in repr(first)
    assert repr(first) == "Pseudonyms()"
    assert Pseudonyms.load_or_create(tmp_path / "other").key != first.key


def _draw(folder):
    return Pseudonyms.load_or_create(folder).key


def test_processes_that_start_together_draw_one_key(tmp_path):
    with multiprocessing.get_context("fork").Pool(4) as pool:
        keys = pool.map(_draw, [tmp_path / "private"] * 16)
    assert len(set(keys)) == 1


def test_a_damaged_key_is_an_error_and_not_replaced(tmp_path):
    Pseudonyms.load_or_create(tmp_path)
    (tmp_path / KEY_FILE).write_bytes(b"short")
    with pytest.raises(DataError, match="5 bytes"):
        Pseudonyms.load_or_create(tmp_path)
    assert (tmp_path / KEY_FILE).read_bytes() == b"short"


def test_names(pseudonyms):
    assert re.fullmatch("c[0-9a-f]{16}", pseudonyms.case("2.25.1"))
    assert re.fullmatch("p[0-9a-f]{16}", pseudonyms.group("A", "1"))
    assert re.fullmatch("s[0-9a-f]{16}", pseudonyms.study("2.25.1"))
    assert pseudonyms.case("2.25.1") != pseudonyms.case("2.25.1", frame=1)
    assert pseudonyms.case("2.25.1")[1:] != pseudonyms.study("2.25.1")[1:]
    assert Pseudonyms(bytes(32)).case("2.25.1") != pseudonyms.case("2.25.1")


def test_a_name_is_an_hmac_of_its_parts(pseudonyms):
    """HMAC-SHA256 (RFC 2104) of length-prefixed parts, so that runs years apart agree."""
    import hashlib
    import hmac

    told = b"\0\0\0\4case" + b"\0\0\0\0062.25.1" + b"\0\0\0\0010"
    digest = hmac.new(bytes(range(32)), told, hashlib.sha256).hexdigest()
    assert pseudonyms.case("2.25.1") == "c" + digest[:16]


def test_one_patient_in_several_writings(pseudonyms):
    name = pseudonyms.group("St Anna", "ab 12")
    assert pseudonyms.group("ST  ANNA ", " AB\t12 ") == name
    assert pseudonyms.group("St Anna", "ab12") != name
    assert pseudonyms.group("St Anna", "0ab 12") != name
    assert pseudonyms.group("St Ann", "aab 12") != name
    assert pseudonyms.group("Other", "ab 12") != name


def test_dates_shift_by_up_to_a_year_and_never_by_nothing(pseudonyms):
    days = [pseudonyms.shift_days("A", str(patient)) for patient in range(5000)]
    assert min(days) == -365
    assert max(days) == 365
    assert 0 not in days
    assert abs(np.mean(days)) < 15  # standard error 3
    assert pseudonyms.shift_days("a", " 7 ") == days[7]


def test_headers_that_suggest_text_in_the_picture():
    facts = header_of(film_of(make(np.zeros((4, 4), np.uint16)))).facts
    assert burned_in_suspect(facts) is None
    for change in (
        {"burned_in": "YES"},
        {"modality": "SC"},
        {"sop_class": "1.2.840.10008.5.1.4.1.1.7.2", "burned_in": "NO"},
        {"conversion_type": "WSD"},
        {"image_type": ("DERIVED", "PRIMARY", "SCREEN SAVE")},
        {"samples_per_pixel": 3},
        {"photometric": "PALETTE COLOR"},
    ):
        assert burned_in_suspect(replace(facts, **change)), change
