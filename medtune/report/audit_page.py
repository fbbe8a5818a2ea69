"""The page of the label audit: every suspect with its picture, for a person to go through."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from medtune.report.audit_words import AUDIT_ENGLISH, AuditWords
from medtune.report.page import template
from medtune.report.printed import marked, printed_in
from medtune.report.words import ENGLISH, Words


def audit_html(
    findings: Sequence[Mapping[str, Any]],
    suspects: pd.DataFrame,
    pictures: Mapping[str, bytes],
    *,
    title: str,
    simulated: bool,
    sheet: str,
    notes: Sequence[str] = (),
    words: Words = ENGLISH,
    said: AuditWords = AUDIT_ENGLISH,
) -> str:
    """The audit as one HTML file that needs nothing else.

    Args:
        findings: each finding's audit as plain values: finding, studies, patients, auroc, and
            labels with given, labels, wrong, low, high, reason, suspected, suspects.
        suspects: columns finding, rank, case_id, given, score, how_sure.
        pictures: PNG of a film by case_id; a suspect without one is named only.
        title: name of the run.
        simulated: whether the films are.
        sheet: name of the table to fill in.
        notes: what the reader must know besides.
        words: of the language.
        said: what this page says besides, in the same language.
    """
    rows = suspects.to_dict("records")
    values = [value for finding in findings for value in finding["labels"]]
    with printed_in(words.printing):
        return template("audit.html", marked=marked).render(
            words=words,
            said=said,
            told=any(not value["reason"] for value in values),
            suspected=any(value["suspected"] for value in values),
            title=title,
            simulated=simulated,
            sheet=sheet,
            notes=notes,
            findings=[
                {**finding, "rows": [row for row in rows if row["finding"] == finding["finding"]]}
                for finding in findings
            ],
            images={name: base64.b64encode(png).decode() for name, png in pictures.items()},
        )
