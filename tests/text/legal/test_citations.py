"""Citations looked up in a firm's list."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medtune.errors import DataError, InputError
from medtune.text.legal.citations import allowed_of, citations, citations_of, read_allowed
from tests.text.legal.monotony import FEW, PIECES, within_seconds

pytest.importorskip("eyecite", reason="the extra [text] is not installed")

LIST = """\
# what we may cite
Roe v. Wade, 410 U.S. 113 (1973)
Marbury v. Madison, 5 U.S. (1 Cranch) 137 (1803)

42 U.S.C. § 1983; 15 U.S.C. § 78
"""
DRAFT = """\
Under Roe v. Wade, 410 U. S. 113, 120 (1973), and 42 U.S.C. § 1983, but Varghese v. China Southern
Airlines Co., 925 F.3d 1339 (11th Cir. 2019), and Miller v. Jones, 5 U.S. 137 (1803). Roe, 410
U.S., at 155; id. at 156. Again: 925 F.3d 1339.
"""


def allowed() -> dict:
    return allowed_of(LIST.splitlines(), "list.txt")


def test_a_draft_counted_by_hand():
    found = citations(DRAFT, allowed())
    assert [one.text for one in found.found] == [
        "410 U. S. 113", "42 U.S.C. § 1983", "925 F.3d 1339", "5 U.S. 137",
    ]  # fmt: skip
    assert [one.text for one in found.unknown] == ["925 F.3d 1339"]
    assert [one.text for one in found.misnamed] == ["5 U.S. 137"]
    assert found.unresolved.mark == (2, 4)


def test_a_name_that_is_not_given_is_not_another_name():
    assert citations("See 5 U.S. 137.", allowed()).unresolved.mark == (0, 1)
    assert citations("See Marbury, 5 U.S. 137 (1803).", allowed()).unresolved.mark == (0, 1)


@pytest.mark.parametrize("draft", ["", "See Section 5 of this Agreement.", "é 410 é", "id. at 4"])
def test_nothing_to_check_is_not_estimable(draft: str):
    share = citations(draft, allowed()).unresolved
    assert share.denominator == 0
    assert share.reason == "the draft cites no case, statute or article in full"


@settings(max_examples=30, deadline=None)
@given(st.sets(st.sampled_from(range(100, 130)), min_size=1), st.sets(st.integers(100, 129)))
def test_what_is_not_listed_is_unresolved(cited: set[int], listed: set[int]):
    known = allowed_of([f"410 U.S. {page}" for page in listed], "x") if listed else {}
    draft = " ".join(f"We rely on 410 U.S. {page}, of course." for page in sorted(cited))
    assert citations(draft, known).unresolved.mark == (len(cited - listed), len(cited))


def test_the_list_is_a_file(tmp_path: Path):
    path = tmp_path / "list.txt"
    path.write_text(LIST, encoding="utf-8")
    assert read_allowed(path) == allowed()
    assert len(allowed()) == 4


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"410 U.S. 113\nour own memo\n", "list.txt, line 2: this is no citation"),
        ("42 U.S.C. § 1983; 15 U.S.C. § 78j\n".encode(), "list.txt, line 1: this is no citation"),
        (b"# nothing\n\n", "list.txt lists no citation"),
        (b"\xff\xfe\xfa", "list.txt is not text in UTF-8"),
        (None, "There is no list of citations list.txt"),
    ],
)
def test_a_list_that_is_none(tmp_path: Path, content: bytes | None, message: str):
    path = tmp_path / "list.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_allowed(path)


def test_without_eyecite_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "eyecite", None)
    with pytest.raises(InputError, match=r"pip install 'medtune\[text\]'"):
        citations_of("410 U.S. 113")


def test_no_draft_is_in_the_log(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        citations_of(DRAFT)
    assert "Varghese" not in caplog.text
    assert "410" not in caplog.text


@pytest.mark.parametrize("piece", FEW)
def test_a_hundred_kilobytes_of_anything_take_seconds(piece: str):
    within_seconds(citations_of, piece, 100_000)


@pytest.mark.slow
@pytest.mark.parametrize("piece", ["1 U.S. ", "Aa v. Bb, ", "42 U.S.C. § 1983, ", "§ ", "id. "])
def test_nothing_but_citations_takes_seconds(piece: str):
    within_seconds(citations_of, piece, 100_000)


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES)
def test_a_megabyte_of_anything_takes_seconds(piece: str):
    within_seconds(citations_of, piece, 1_000_000)
