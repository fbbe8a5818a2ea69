"""Labelled documents: what their file has to say, and what is told of one that does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from medtune.errors import DataError
from medtune.text.legal.labelled import Labelled, read_labelled

LAW = "This Agreement is governed by the laws of Oz."


def test_documents_are_read_with_their_clauses_and_whose_they_are(tmp_path: Path):
    lines = [
        {"matter": "M-1", "text": f"1. Law. {LAW}", "clauses": {"Law": [LAW], "Audit": []}},
        {"matter": 7, "text": "1. Nothing.", "clauses": {}},
    ]
    path = tmp_path / "labelled.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert read_labelled(path, "matter") == [
        Labelled(f"1. Law. {LAW}", {"Law": [LAW]}, "M-1"), Labelled("1. Nothing.", {}, "7"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "labelled.jsonl has no labelled document"),
        ("{", "labelled.jsonl, row 1: not_json"),
        ('{"matter": "M", "clauses": {}}', "row 1: there is no field 'text'"),
        ('{"matter": "M", "text": " ", "clauses": {}}', "row 1: there is no field 'text'"),
        ('{"text": "a", "clauses": {}}', "row 1: there is no field 'matter', which says whose"),
        ('{"matter": [], "text": "a", "clauses": {}}', "row 1: there is no field 'matter'"),
        ('{"matter": "M", "text": "a"}', "row 1: 'clauses' has to give a list of pieces"),
        ('{"matter": "M", "text": "a", "clauses": {"Law": "b"}}', "'clauses' has to give a list"),
        ('{"matter": "M", "text": "a", "clauses": {"Law": [1]}}', "'clauses' has to give a list"),
    ],
)
def test_what_is_no_labelled_document_is_told_by_row(tmp_path: Path, line: str, message: str):
    path = tmp_path / "labelled.jsonl"
    path.write_text(line)
    with pytest.raises(DataError, match=message):
        read_labelled(path, "matter")
