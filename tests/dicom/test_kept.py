from __future__ import annotations

import pytest
from pydicom.datadict import dictionary_VR

from medtune.dicom.kept import is_plain, known_code, rules

NUMBERS = {"DS", "IS", "US", "SS", "UL", "SL", "FL", "FD", "US or SS", "US or OW"}


def test_every_line_of_the_list_fits_its_attribute():
    assert len(rules()) > 250
    fitting = {
        "number": NUMBERS,
        "counter": {"IS", "US"},
        "words": {"CS", "LO", "SH", "LT"},
        "device": {"LO", "SH", "UT"},
        "date": {"DA"},
        "time": {"TM"},
        "datetime": {"DT"},
        "codes": {"SQ"},
        "items": {"SQ"},
        "uid": {"UI"},
        "class": {"UI"},
        "age": {"AS"},
    }
    for tag, rule in rules().items():
        assert rule.tag == tag
        assert not (tag >> 16) % 2, "private"
        assert rule.vr == dictionary_VR(tag)
        assert rule.kind not in fitting or rule.vr in fitting[rule.kind], rule
        assert rule.required <= {"all", "CR", "DX", "MG"}
        assert not rule.otherwise or is_plain(rule.otherwise)


@pytest.mark.parametrize(
    "text",
    ["CHEST", "Chest PA/LAT", "XR CHEST 1 VIEW (PORTABLE)", "NON-PORTABLE", "ISO_10918_1", "L", ""],
)
def test_words_of_radiography_may_stay(text):
    assert is_plain(text)


@pytest.mark.parametrize(
    "text",
    [
        "CHEST SMITH",
        "CHEST 4711",
        "CHEST 12/05/19",
        "1 2 3 4",
        "CHEST Müller",
        "CHEST\n",
        "CHEST 🩻",
        "CHESTSMITH",
        "CHEST pneumonia",
    ],
)
def test_any_other_word_or_number_takes_the_whole_text_away(text):
    assert not is_plain(text)


def test_codes_of_the_standard_s_groups_keep_their_own_meaning_only():
    for value, scheme in (("399348003", "SCT"), ("R-10206", "SRT"), ("R-10206", "SNM3")):
        code = known_code(value, scheme)
        assert (code.value, code.scheme_designator) == (value, scheme)
        assert code.meaning == "antero-posterior"
    assert known_code("T-D3000", "SNM3").meaning == "Chest"
    assert known_code("399348003", "99LOCAL") is None
    assert known_code("4711", "SCT") is None
    assert known_code("", "") is None
