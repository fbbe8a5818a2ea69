"""Names in prose are found by Presidio with a local pipeline, typed and counted like the others."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

pytest.importorskip("presidio_analyzer", reason="the extra [presidio] is not installed")

from typing import get_args

from medtune.config.text_data import Entity
from medtune.errors import InputError
from medtune.text.presidio import PLACEHOLDER_OF, Finder
from medtune.text.redact import Redactor
from tests.text.pipelines import write_pipeline

ALL = list(PLACEHOLDER_OF)


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pipeline(tmp_path_factory.mktemp("spacy") / "names")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something wanted the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ask Zebulon Quist of Novosibirsk.", "Ask [NAME] of [LOCATION]."),
        ("Quibble & Sons wrote last Tuesday", "[ORGANIZATION] wrote [DATE]"),
        ("zq@example.org is Zebulon's, Zebulon Quist's", "[EMAIL] is [NAME]'s, [NAME]'s"),
        ("Ada Lovelace is here", "[NAME] [NAME] is here"),  # an entity over a placeholder
        ("nobody is named here, 17 times", "nobody is named here, 17 times"),
        ("", ""),
    ],
)
def test_names_in_prose_are_replaced_beside_what_has_a_form(pipeline: Path, text: str, said: str):
    redact = Redactor(["Lovelace"], finder=Finder(pipeline, "en", ALL, 0.5))
    assert redact(text) == said
    assert redact(said) == said
    assert redact.counts.total() == said.count("[")


def test_only_what_is_asked_for_is_found(pipeline: Path):
    redact = Redactor(finder=Finder(pipeline, "en", ["LOCATION"], 0.5))
    assert redact("Zebulon is in Novosibirsk") == "Zebulon is in [LOCATION]"
    assert redact.counts == {"LOCATION": 1}
    unsure = Redactor(finder=Finder(pipeline, "en", ALL, 0.99))
    assert unsure("Zebulon is in Novosibirsk") == "Zebulon is in Novosibirsk"


def test_every_entity_that_may_be_asked_for_has_a_placeholder():
    assert set(get_args(Entity)) == set(PLACEHOLDER_OF)


def test_a_folder_that_is_no_pipeline_is_told_and_nothing_is_fetched(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"points to empty, which is no folder of a spaCy.*spacy "):
        Finder(tmp_path / "empty", "en", ALL, 0.5)
    with pytest.raises(InputError, match=r"Nothing is fetched here.*en_core_web_lg"):
        Finder(tmp_path / "en_core_web_lg", "en", ALL, 0.5)


def test_without_presidio_the_pip_line_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    with pytest.raises(InputError, match=r"pip install 'medtune\[presidio\]'"):
        Finder(tmp_path, "en", ALL, 0.5)
