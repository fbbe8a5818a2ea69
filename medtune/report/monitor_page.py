"""The page of ``medtune monitor``: whether to look again, and what moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medtune.evaluation.drift import FEWEST, Shift
from medtune.evaluation.monitoring import Change, Monitored
from medtune.evaluation.unlike import UnlikeSite
from medtune.report.monitor_words import MONITOR_ENGLISH, MonitorWords
from medtune.report.page import template
from medtune.report.printed import (
    marked,
    printed,
    printed_in,
    printed_interval,
    printed_p,
)
from medtune.report.tables import Row, Table
from medtune.report.words import ENGLISH, Words

ORDER = ("look_again", "watch", "steady", "not_judged")


def monitor_html(
    monitored: Monitored,
    refused: Mapping[str, int],
    *,
    title: str,
    simulated: bool,
    words: Words = ENGLISH,
    said: MonitorWords = MONITOR_ENGLISH,
) -> str:
    """The comparison as one HTML file that needs nothing else.

    Args:
        monitored: what came of it.
        refused: films that were not scored, by reason.
        title: name of the run.
        simulated: whether films are.
        words: of the language.
        said: what this page says besides, in the same language.
    """
    with printed_in(words.printing):
        return template("monitor.html").render(
            words=words,
            said=said,
            title=title,
            simulated=simulated,
            verdict=monitored.verdict,
            sentences=sentences(monitored, refused, said),
            every=_every(monitored, words, said),
            labels=_labels(monitored.changes, words, said),
        )


def sentences(
    monitored: Monitored, refused: Mapping[str, int], said: MonitorWords = MONITOR_ENGLISH
) -> list[str]:
    """What came of it for a person: the verdict first, then what moved, then what is missing."""
    lines = [
        _verdict(monitored, said),
        said.patients.format(new=monitored.new_patients, old=monitored.old_patients),
    ]
    lines += [
        f"{_moved(shift, said)} ({said.levels[shift.level]}, PSI {marked(f'{shift.psi:.2f}')})"
        for shift in _ordered(monitored.shifts)
        if shift.level in ("look_again", "watch")
    ]
    lines += [
        said.measured.format(
            target=change.target,
            measure=change.measure.replace("_", " "),
            old=printed(change.measure, change.old),
            new=printed(change.measure, change.new),
        )
        for change in monitored.changes
        if change.level == "look_again"
    ]
    far = monitored.unfamiliar
    if far is not None:
        lines.append(
            said.unusual.format(
                flagged=far.flagged, patients=far.patients, declared=_share(far.declared)
            )
        )
    lines += _unlike(monitored.unlike, said)
    lines += [said.refused.format(films=films, reason=why) for why, films in refused.items()]
    if not monitored.changes:
        lines.append(said.no_labels)
    if monitored.not_compared:
        names = ", ".join(_name(name) for name in monitored.not_compared)
        lines.append(said.missing.format(names=names))
    return lines


def _verdict(monitored: Monitored, said: MonitorWords) -> str:
    """The verdict in a sentence; where nothing could be judged, on whose side patients lack."""
    if monitored.verdict == "not_judged" and monitored.old_patients < FEWEST:
        return said.few_judged.format(old=monitored.old_patients, fewest=FEWEST)
    return said.verdicts[monitored.verdict]


def _unlike(unlike: UnlikeSite | None, said: MonitorWords) -> list[str]:
    """How many new patients have a film unlike the site's, in what, and how many the report had."""
    if unlike is None:
        return []
    line = said.unlike.format(flagged=unlike.flagged, patients=unlike.patients, site=unlike.site)
    if unlike.old_patients is None:
        before = said.unlike_unknown
    else:
        before = said.unlike_before.format(flagged=unlike.old_flagged, patients=unlike.old_patients)
        if unlike.level != "not_judged":
            before += f" (p {printed_p(unlike.p_value)}, {said.levels[unlike.level]})"
    why = [
        f"{said.unlike_reasons[reason]} {said.few if patients is None else patients}"
        for reason, patients in unlike.reasons.items()
    ]
    return [f"{line} {before}", *([said.unlike_why.format(why=", ".join(why))] if why else [])]


def _ordered(shifts: list[Shift]) -> list[Shift]:
    return sorted(shifts, key=lambda s: (ORDER.index(s.level), -s.psi if s.psi == s.psi else 0))


def _moved(shift: Shift, said: MonitorWords) -> str:
    old, new = _ends(shift)
    form = said.number if shift.kind == "number" else said.category
    return form.format(quantity=_name(shift.quantity), most=shift.most, old=old, new=new)


def _ends(shift: Shift) -> tuple[str, str]:
    if shift.kind == "number":
        return marked(f"{shift.old:.3g}"), marked(f"{shift.new:.3g}")
    return _share(shift.old), _share(shift.new)


def _every(monitored: Monitored, words: Words, said: MonitorWords) -> Table:
    rows = []
    for shift in _ordered(monitored.shifts):
        name, level = _name(shift.quantity), said.levels[shift.level]
        if shift.reason:
            rows.append(Row(name, [level], shift.reason))
            continue
        ends = list(_ends(shift))
        if shift.kind == "category":
            ends = [said.of.format(most=shift.most, share=end) for end in ends]
        ks = words.absent if shift.ks != shift.ks else marked(f"{shift.ks:.2f}")
        kind = "strong" if shift.level in ("look_again", "watch") else ""
        cells = [level, marked(f"{shift.psi:.2f}"), ks, printed_p(shift.p_adjusted), *ends]
        rows.append(Row(name, list(cells), "", kind))
    return Table(said.every_caption, list(said.columns), rows)


def _labels(changes: list[Change], words: Words, said: MonitorWords) -> Table | None:
    rows = []
    for change in changes:
        label = words.finding_name(change.target)
        measure = words.measures[change.measure]
        level = said.levels[change.level]
        if change.reason:
            rows.append(Row(label, [measure, level], words.no_number(change.reason)))
            continue
        interval = printed_interval(change.measure, change.low, change.high)
        new = f"{printed(change.measure, change.new)} ({interval})"
        kind = "strong" if change.level == "look_again" else ""
        old, p_value = printed(change.measure, change.old), printed_p(change.p_adjusted)
        rows.append(Row(label, [measure, level, old, new, p_value], "", kind))
    return Table(said.labels_caption, list(said.labels_columns), rows) if rows else None


def _name(quantity: str) -> str:
    return quantity.replace("_", " ")


def _share(value: float) -> str:
    return marked(f"{100 * value:.1f} %")


def as_json(monitored: Monitored, refused: Mapping[str, int]) -> dict[str, Any]:
    """The comparison as plain JSON values: what there is none of is null."""

    def plain(record: Any) -> dict[str, Any]:
        return {k: None if isinstance(v, float) and v != v else v for k, v in vars(record).items()}

    return {
        **{k: v for k, v in vars(monitored).items() if not isinstance(v, list)},
        "unfamiliar": None if monitored.unfamiliar is None else plain(monitored.unfamiliar),
        "unlike": None if monitored.unlike is None else plain(monitored.unlike),
        "shifts": [plain(shift) for shift in monitored.shifts],
        "changes": [plain(change) for change in monitored.changes],
        "not_compared": monitored.not_compared,
        "refused": dict(refused),
        "sentences": sentences(monitored, refused),
    }
