"""The report as one HTML file that needs nothing else: no network, no font, no script outside."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from medtune.config.site import site_name
from medtune.report.checklists import Answered, where
from medtune.report.languages import words_for
from medtune.report.page import template
from medtune.report.printed import printed_in
from medtune.report.sections import sections
from medtune.report.slider import script
from medtune.report.words import ENGLISH, Words
from medtune.tables.nouns import RETOLD
from medtune.tables.results import Result

NO_PICTURES: Mapping[str, bytes] = MappingProxyType({})


def report_html(
    result: Result,
    *,
    title: str,
    run: Mapping[str, Any],
    environment: Mapping[str, Any],
    pictures: Mapping[str, bytes] = NO_PICTURES,
    words: Words = ENGLISH,
) -> str:
    """The report as text; the same for the same input, byte for byte.

    Args:
        result: what was found.
        title: name of the run.
        run: the resolved run as plain values, with 'simulated' besides: whether the films are. No
            path in it is printed. Of a table from elsewhere: its name under 'table'.
        environment: versions, hardware and digests.
        pictures: PNG of a case by case_id, for the worst errors.
        words: of the language.

    Raises:
        DataError: a row of the result has neither a value nor a reason.
    """
    words = words_for(result, words)
    with printed_in(words.printing):
        report = sections(result, run=run, environment=environment, words=words)
    code = f"\n{script()}"
    page = template("report.html", sentence=_sentence, answered=_answered)
    return page.render(
        report=report,
        words=words,
        clinical=result.settings.get("about") not in RETOLD,  # the checklists are of patients
        policy=_policy(code if report.slider else ""),
        slider_script=Markup(code),
        slider_data=Markup(report.slider.data if report.slider else ""),
        title=title,
        site=site_name(str(run.get("site", ""))),
        simulated=bool(run.get("simulated", False)),
        referral={each.finding: Markup(each.figure) for each in report.referred},
        svg={name: Markup(figure.svg) for name, figure in report.figures.items()},
        images={name: base64.b64encode(png).decode() for name, png in pictures.items()},
    )


def _policy(code: str) -> str:
    """What the page may do: its own styles and pictures, its one script, and no network."""
    allowed = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    if not code:
        return allowed
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    return f"{allowed}; script-src 'sha256-{digest}'"


def _answered(body: str, words: Words) -> dict[str, list[Answered]]:
    """The checklists, by the headings that the page has."""
    titles = dict(re.findall(r'<h[123] id="([\w-]+)">(.*?)</h[123]>', body, re.DOTALL))
    titles = {name: str(Markup(title).unescape()) for name, title in titles.items()}
    return where({name: words.question if name == "question" else t for name, t in titles.items()})


def _sentence(words: str) -> str:
    """Words as a sentence; names within keep their capitals."""
    return words[:1].upper() + words[1:] + ("" if words.endswith(".") or not words else ".")
