"""The model card (Mitchell et al. 2019), in Markdown, by the six principles of FUTURE-AI (2025)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from medtune.config.site import site_name
from medtune.report.cells import Cell
from medtune.report.front import Number
from medtune.report.languages import words_for
from medtune.report.printed import printed_in
from medtune.report.sections import Sections, sections
from medtune.report.tables import Shown, Table
from medtune.report.words import Words
from medtune.tables.results import Result

# What the card asks for, and the statement that answers it.
USE = {"for_what": "intended_use", "users": "users", "not_for": "not_for"}
CONTACT = {"who": "contact", "licence": "licence"}
TOLD_BEFORE = {*USE.values(), *CONTACT.values(), "explanation"}


def model_card(
    result: Result,
    *,
    title: str,
    run: Mapping[str, Any],
    environment: Mapping[str, Any],
    words: Words,
) -> str:
    """The card as Markdown; what only a person knows is asked for, and never made up.

    Args:
        result: what was found.
        title: name of the run.
        run: the resolved run, as for the report.
        environment: versions and digests.
        words: of the language.
    """
    words = words_for(result, words)
    with printed_in(words.printing):
        report = sections(result, run=run, environment=environment, words=words)
        return _card(report, title, run, words)


def _card(report: Sections, title: str, run: Mapping[str, Any], words: Words) -> str:
    front, said = report.front, words.card
    record = {key: entries for key, _, entries in report.record}
    by_key = {each.key: each.text for each in report.stated}
    answer = "".join(text for text, _ in front.answer)
    parts: list[str] = [
        f"# {said['title'].format(title=title)}",
        f"> {words.not_a_device}" + (f" {words.simulated}" if run.get("simulated") else ""),
        f"{front.question} **{answer}** ({front.control}.)",
        _numbers(front.numbers, report, words),
        f"## {said['use']}",
        *(_asked(said[name], by_key.get(key), words) for name, key in USE.items()),
        f"## {said['fairness']}",
        *(_table(group, words) for full in report.full for group in full.groups),
        *([] if any(full.groups for full in report.full) else [said["no_groups"]]),
        f"## {said['universality']}",
        _entries(
            [
                (words.judged_on, f"{front.judged_on}; {front.present}"),
                *([(words.taught_by, front.taught_by)] if front.taught_by else []),
                *([(said["site"], site_name(str(run["site"])))] if "site" in run else []),
            ]
        ),
        *([_table(report.baseline, words)] if report.baseline else []),
        *([_table(report.prevalence, words)] if report.prevalence else []),
        f"## {said['traceability']}",
        *([report.sealed.used] if report.sealed else []),
        *(
            f"### {words.record_groups[key]}\n\n{_entries(record[key])}"
            for key in ("data", "model", "training", "reference", "digests", "versions")
            if key in record
        ),
        f"## {said['usability']}",
        *(_table(full.counts, words) for full in report.full if full.counts),
        *(_table(each.cuts, words) for each in report.referred),
        f"## {said['robustness']}",
        *(_table(table, words) for table in report.otherwise),
        *([_table(report.by_seed, words)] if report.by_seed else []),
        *([report.unusual.says] if report.unusual else []),
        *(report.unlike.says if report.unlike else []),
        *([" ".join(report.again.says)] if report.again else []),
        f"## {said['explainability']}",
        _asked(said["explained"], by_key.get("explanation"), words),
        f"## {words.limits}",
        "\n".join(f"- {_plain(limit)}" for limit in front.limits),
        *([f"## {words.warnings}", "\n".join(f"- {_plain(w)}" for w in report.warnings)]
          if report.warnings else []),
        *(
            f"## {each.title}\n\n{_plain(each.text)}"
            for each in report.stated
            if each.key not in TOLD_BEFORE
        ),
        f"## {said['contact']}",
        *(_asked(said[name], by_key.get(key), words) for name, key in CONTACT.items()),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _numbers(numbers: Iterable[Number], report: Sections, words: Words) -> str:
    lines = []
    for number in numbers:
        beside = "; ".join(f"{name} {_cell(cell, words)}" for name, cell in number.beside)
        own = _cell(number.cell, words)
        lines.append(f"- {number.label}: {own}" + (f" ({beside})" if beside else ""))
    interval = words.interval.format(level=report.level)
    return "\n".join(lines) + f"\n\n{words.card['intervals'].format(interval=interval)}"


def _asked(what: str, stated: str | None, words: Words) -> str:
    return f"- {what}: " + (f"*{words.not_reported}*" if stated is None else _plain(stated))


def _entries(entries: Iterable[tuple[str, str]]) -> str:
    return "\n".join(f"- {_plain(name)}: {_plain(value)}" for name, value in entries)


def _table(table: Table, words: Words) -> str:
    lines = [
        _plain(table.caption),
        "",
        _row(table.columns),
        "|" + " --- |" * len(table.columns),
    ]
    for row in table.rows:
        if row.kind == "group":
            lines.append(_row([f"**{row.label}**"] + [""] * (len(table.columns) - 1)))
            continue
        cells = [_cell(cell, words) for cell in row.cells]
        if row.reason:
            cells.append(words.no_number(row.reason))
        cells += [""] * (len(table.columns) - 1 - len(cells))
        lines.append(_row([row.label, *cells]))
    return "\n".join(lines)


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_plain(cell) for cell in cells) + " |"


def _cell(cell: Shown, words: Words) -> str:
    if cell is None:
        return words.absent
    if not isinstance(cell, Cell):
        return cell
    if cell.reason:
        return words.no_number(cell.reason)
    return f"{cell.text} ({cell.interval})" if cell.interval else cell.text


def _plain(text: str) -> str:
    """A text that cannot end a cell, or begin a heading or an element."""
    return text.replace("\n", " ").replace("|", "\\|").replace("<", "&lt;")
