from __future__ import annotations

import pytest

from medtune.dicom import decoders
from medtune.workflow import doctor as room
from medtune.workflow.doctor import doctor, lines


def test_it_says_what_is_there():
    facts = {fact.name: fact for fact in doctor()}
    assert facts["torch"].value[0].isdigit()
    assert facts["memory"].value.endswith(("GiB", "side"))
    assert "arithmetic" in facts["'fastest' takes"].value
    assert facts["albumentations' call for updates"].fine


def test_every_part_has_one_heading_and_every_fact_a_line():
    facts = doctor()
    said = lines(facts)
    headings = [line for line in said if not line.startswith("  ")]
    assert headings == ["Software", "Machine", "Learning", "X-rays", "Network"]
    assert len(said) == len(facts) + len(headings)


def test_a_package_that_is_missing_is_marked(monkeypatch):
    monkeypatch.setattr(room, "PACKAGES", ("torch", "no-such-package"))
    facts = {fact.name: fact for fact in doctor()}
    assert facts["torch"].fine
    assert not facts["no-such-package"].fine
    assert any(line.startswith("  !!  no-such-package") for line in lines(list(facts.values())))


def test_calls_to_the_network_are_told(monkeypatch):
    monkeypatch.delenv("NO_ALBUMENTATIONS_UPDATE")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    facts = {fact.name: fact for fact in doctor()}
    assert not facts["albumentations' call for updates"].fine
    assert "never asked" in facts["the hub of weights"].value


def test_films_that_nothing_reads_are_told(monkeypatch):
    monkeypatch.setattr(decoders, "available", lambda: [("1.2", "A syntax", None)])
    (film,) = (fact for fact in doctor() if fact.part == "X-rays")
    assert not film.fine
    assert "cannot be read" in film.value


@pytest.mark.parametrize("uid", decoders.SYNTAXES)
def test_this_installation_reads_every_syntax_of_radiographs(uid):
    (row,) = (row for row in decoders.available() if row[0] == uid)
    assert row[1] != uid, "the syntax has a name in the standard"
    assert row[2] in ("imagecodecs", "pydicom")
