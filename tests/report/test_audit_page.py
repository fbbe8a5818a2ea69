from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pandas as pd

from medtune.report import audit_page
from medtune.report.audit_page import audit_html
from medtune.report.audit_words import AuditWords

PNG = b"\x89PNG\r\n\x1a\n not really"


def value(given: str, *, suspected: bool = False, reason: str | None = None) -> dict:
    number = None if reason else 0.05
    return {
        "given": given,
        "labels": 120,
        "wrong": number,
        "low": number,
        "high": number,
        "p_value": number,
        "method": None,
        "reason": reason,
        "suspected": suspected,
        "suspects": 2 if suspected else 0,
    }


def finding(name: str, *values: dict) -> dict:
    return {"finding": name, "studies": 240, "patients": 200, "auroc": 0.9, "labels": list(values)}


SUSPECTS = pd.DataFrame(
    {
        "finding": ["<b>opacity</b>"] * 2,
        "rank": [1, 2],
        "case_id": ["c1", "c2"],
        "given": ["absent", "absent"],
        "score": [0.98, 0.91],
        "how_sure": [0.95, 0.6],
    }
)


def page(findings: list[dict], suspects: pd.DataFrame = SUSPECTS, **more: object) -> str:
    words = {"title": "run <1>", "simulated": False, "sheet": "suspects.csv", **more}
    return audit_html(findings, suspects, {"c1": PNG}, **words)  # type: ignore[arg-type]


def test_the_page_needs_nothing_else_and_runs_nothing():
    html = page([finding("<b>opacity</b>", value("present"), value("absent", suspected=True))])
    assert "default-src 'none'" in html
    assert not re.search(r"<script|https?://|<link|@import", html)
    assert html.count("data:image/png;base64,") == 1
    assert "Not pictured" in html
    assert "&lt;b&gt;opacity" in html
    assert "<b>opacity" not in html
    assert "run &lt;1&gt;" in html


def test_suspects_are_shown_with_what_the_film_says():
    html = page([finding("<b>opacity</b>", value("present"), value("absent", suspected=True))])
    assert "95 % likely wrong · by the film, 98 % likely present" in html
    assert html.index("c1") < html.index("c2")
    assert "5.0 %" in html
    assert "no suspicion beyond chance" in html
    assert "suspects.csv" in html


def test_no_suspicion_is_an_answer():
    html = page([finding("opacity", value("present"), value("absent"))], SUSPECTS.head(0))
    assert "No suspicion beyond chance" in html
    assert "That is not a proof that all labels are right." in html
    assert "<ol" not in html
    assert "suspects.csv" not in html


def test_a_reason_stands_where_there_is_no_number():
    reason = "it takes at least 20 patients"
    values = [value(given, reason=reason) for given in ("present", "absent")]
    html = page([finding("hernia", *values)], SUSPECTS.head(0), notes=["These weights <know>."])
    assert html.count(f"not estimable: {reason}") == 2
    assert "It cannot be told whether labels are wrong" in html
    assert "These weights &lt;know&gt;." in html
    assert "nan" not in html.lower().replace("tenant", "")


def test_every_word_of_the_page_is_used():
    room = Path(audit_page.__file__).parent
    text = (room / "templates/audit.html").read_text(encoding="utf-8")
    assert {field.name for field in fields(AuditWords)} == set(re.findall(r"\bsaid\.(\w+)", text))


def test_simulated_films_say_so():
    assert "Simulated data." in page([], SUSPECTS.head(0), simulated=True)
    assert "Simulated data." not in page([], SUSPECTS.head(0))
