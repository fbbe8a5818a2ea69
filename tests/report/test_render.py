import base64
import itertools
import re
from dataclasses import replace
from hashlib import sha256

import pandas as pd
import pytest

from medtune.errors import DataError
from medtune.report.front import parts_of_answer
from medtune.report.render import report_html
from medtune.report.words import ENGLISH
from medtune.tables.results import Result

from .conftest import ENVIRONMENT, FINDINGS, RARE, RUN, SEALED, look
from .page import Page

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)


def html(result: Result, **changed: object) -> str:
    given: dict[str, object] = {"title": "st-anna-chest", "run": RUN, "environment": ENVIRONMENT}
    return report_html(result, **(given | changed))  # type: ignore[arg-type]


@pytest.fixture(scope="module", params=["gain", "no_gain", "findings", "not_estimable"])
def any_result(request: pytest.FixtureRequest) -> Result:
    result: Result = request.getfixturevalue(request.param)
    return result


@pytest.fixture(scope="module")
def any_html(any_result: Result) -> str:
    return html(any_result)


@pytest.fixture(scope="module")
def of_gain(gain: Result) -> Page:
    return Page(html(gain))


def test_needs_nothing_but_itself(any_result: Result) -> None:
    text = html(any_result, pictures={str(any_result.worst["case_id"].get(0, "none")): PNG})
    page = Page(text)
    outside = [
        value
        for name in ("src", "href", "srcset", "data", "action", "poster", "xlink:href")
        for value in page.attributes(name)
        if not value.startswith(("#", "data:image/png;base64,"))
    ]
    assert outside == []
    assert not {"link", "iframe", "object", "base"} & {tag for tag, _ in page.tags}
    assert "http:" not in text
    assert "https:" not in text
    assert "@import" not in text
    assert all(link.startswith("#") for link in re.findall(r"url\(([^)]*)\)", text))
    policy = page.attributes("content")[0]
    assert "default-src 'none'" in policy
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digests = [base64.b64encode(sha256(code.encode()).digest()).decode() for code in scripts]
    assert re.findall(r"'sha256-([^']+)'", policy) == digests
    assert len(digests) == (0 if any_result.verdict == "not_estimable" else 1)


def test_never_shows_a_number_that_is_none(any_html: str) -> None:
    text = Page(any_html).text
    assert not re.search(r"\b(nan|NaN|None|NaT|inf|<NA>)\b", text)
    assert "{" not in text


def test_is_the_same_byte_for_byte(any_result: Result, any_html: str) -> None:
    assert html(any_result) == any_html


def test_ids_are_unique_and_labels_point_to_them(any_html: str) -> None:
    page = Page(any_html)
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    assert set(page.attributes("aria-labelledby")) <= set(ids)


def test_can_be_read_without_seeing(any_html: str) -> None:
    page = Page(any_html)
    assert page.tags[0] == ("html", {"lang": "en"})
    headings = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert headings.count(1) == 1
    assert all(lower - upper <= 1 for upper, lower in itertools.pairwise(headings))
    assert all(caption for caption, _ in page.tables)
    for tag, attrs in page.tags:
        if tag == "img":
            assert attrs["alt"]
        if tag == "svg":
            assert attrs.get("aria-label") or attrs.get("aria-hidden") == "true"


def test_says_question_answer_and_verdict(any_result: Result, any_html: str) -> None:
    page = Page(any_html)
    assert any_result.question in page.text
    assert " ".join(any_result.answer.split()) in page.text
    assert ENGLISH.verdicts[any_result.verdict][1] in page.text
    assert ENGLISH.not_a_device in page.text


def test_the_answer_is_cut_but_not_changed(any_result: Result) -> None:
    parts = parts_of_answer(any_result.answer)
    assert "".join(text for text, _ in parts) == any_result.answer


def test_a_gain_below_the_control_is_marked(gain: Result, of_gain: Page) -> None:
    failed = html(replace(gain, control_passed=False))
    assert ENGLISH.control_failed in failed
    assert 'class="verdict gain doubtful"' in failed
    assert "verdict gain" in of_gain.attributes("class")
    assert ENGLISH.control_unknown in html(replace(gain, control_passed=None))


def test_how_far_the_thumbnail_gets_stands_on_page_one(gain: Result, of_gain: Page) -> None:
    table = gain.measures[gain.measures["subgroup"] == "all"]
    true = table[(table["model"] == "thumbnail") & (table["measure"] == "auroc")].iloc[0]
    said = f"{ENGLISH.control_passed}, which reaches AUROC {true['value']:.3f}"
    assert said in of_gain.text[: of_gain.text.index(gain.answer)]


def expected(measure: str, value: float) -> str:
    if measure in ("brier", "auroc", "average_precision"):
        return f"{value:.3f}"
    text = f"{value:.2f}" if measure.startswith("calibration") else f"{100 * value:.1f} %"
    return text.replace("-", "−")


def test_every_value_of_the_table_is_the_results(gain: Result, of_gain: Page) -> None:
    head, *rows = of_gain.table("intervals below each value")
    models = {ENGLISH.model_name(model): model for model in gain.measures["model"].unique()}
    assert set(head[1:]) == set(models)
    names = {name: measure for measure, name in ENGLISH.measures.items()}
    rules = {title: rule for rule, title in ENGLISH.groups.items()}
    rules |= {ENGLISH.groups["ranking"]: "", ENGLISH.groups["probability"]: ""}
    table = gain.measures[gain.measures["subgroup"] == "all"]
    table = table.set_index(["model", "measure", "rule"])
    rule, seen = "", 0
    for label, *cells in rows:
        if not cells:
            rule = rules[label]
        elif label != ENGLISH.threshold:
            for name, cell in zip(head[1:], cells, strict=True):
                row = table.loc[(models[name], names[label], rule)]
                assert cell.startswith(expected(names[label], row["value"]))
                low, high = (expected(names[label], row[end]) for end in ("low", "high"))
                assert cell.endswith(f"{low.removesuffix(' %')} to {high}")
                seen += 1
    assert seen == 14 * len(models)


def test_the_counts_are_the_results(gain: Result, of_gain: Page) -> None:
    rows = of_gain.table("studies judged, by model")[1:]
    true = next(row for row in gain.settings["thresholds"] if row["model"] == "fine_tuned")
    names = ("true_positive", "false_negative", "false_positive", "true_negative")
    assert rows[0][2:] == [str(true[name]) for name in names]
    assert all(sum(int(n) for n in row[2:]) == 240 for row in rows)


def test_one_difference_is_primary_and_the_rest_exploratory(gain: Result, of_gain: Page) -> None:
    rows = [row for row in of_gain.table("minus the other") if len(row) == 6][1:]
    assert [row[-1] for row in rows].count(ENGLISH.primary) == 1
    assert {row[-1] for row in rows} == {ENGLISH.primary, ENGLISH.exploratory}
    primary = next(row for row in rows if row[-1] == ENGLISH.primary)
    assert primary[:2] == ["AUROC", f"{gain.primary['difference']:+.3f}"]


def test_page_one_counts_one_hundred_patients(gain: Result, of_gain: Page) -> None:
    positive = gain.primary["n_positive"]
    share = round(100 * positive / 240)
    assert f"Of 100 patients like these, {share} have opacity and {100 - share} do not." in (
        of_gain.text
    )
    assert f"{positive} studies ({100 * positive / 240:.1f} %) with opacity" in of_gain.text
    assert "190 + 255 labelled studies" in of_gain.text
    arrays = [a for tag, a in of_gain.tags if tag == "svg" and a.get("class") == "marks"]
    assert len(arrays) == 2


def test_several_studies_a_patient_are_called_studies(no_gain: Result) -> None:
    text = Page(html(no_gain)).text
    assert "Of 100 studies like these" in text
    assert "Of 100 patients like these" not in text
    assert "Judged only on clear cases; expect lower in practice" in text


def test_small_groups_show_no_number(gain: Result, of_gain: Page) -> None:
    rows = {row[0]: row[1:] for row in of_gain.table("by scanner")[1:]}
    assert rows["rare"] == ["", "not shown: fewer than 10 patients"]
    assert rows["common"] == ["", "not shown: it would give away a smaller group"]
    sexes = {row[0]: row[1:] for row in of_gain.table("by sex")[1:]}
    for sex in ("F", "M"):
        table = gain.measures[(gain.measures["subgroup"] == f"sex={sex}")]
        true = table[(table["model"] == "fine_tuned") & (table["measure"] == "auroc")].iloc[0]
        assert sexes[sex][0] == f"{true['n_positive']} / {true['n_cases']}"
        assert sexes[sex][1].startswith(f"{true['value']:.3f}")


def test_rare_findings_say_why_they_have_no_number(findings: Result) -> None:
    page = Page(html(findings))
    rows = {row[0]: row[1:] for row in page.table("Each finding by itself")[1:]}
    measures = findings.measures[findings.measures["subgroup"] == "all"]
    measures = measures[(measures["model"] == "fine_tuned") & (measures["measure"] == "auroc")]
    for place, finding in enumerate(FINDINGS):
        true = measures[measures["target"] == finding].iloc[0]
        shown = rows[finding.replace("_", " ")]
        if place < RARE:
            assert shown[-1] == f"{ENGLISH.not_estimable}: {true['reason']}"
            assert "at least 10 of each" in shown[-1]
        else:
            assert shown[1].startswith(f"{true['value']:.3f}")
    assert "of 14 findings, 4 have too few patients" in page.text
    of_so_many = page.table("of so many studies like these")[1:]
    assert [len(row) for row in of_so_many] == [2] * RARE + [6] * (len(FINDINGS) - RARE)


def test_the_mean_names_its_findings(findings: Result) -> None:
    text = Page(html(findings)).text
    assert f"mean over {', '.join(FINDINGS[RARE:])}" in text


def test_what_cannot_be_judged_has_no_picture_and_no_curve(not_estimable: Result) -> None:
    page = Page(html(not_estimable))
    assert not_estimable.verdict == "not_estimable"
    assert page.text.count("at least 10 of each are needed") > 5
    assert not [a for tag, a in page.tags if tag == "svg" and a.get("class") == "marks"]
    assert not any(tag == "figure" for tag, _ in page.tags)
    assert "agreed with the physicists" in page.text


def test_simulated_data_is_announced_first(gain: Result, of_gain: Page) -> None:
    page = of_gain
    assert page.text.index(ENGLISH.simulated) < page.text.index(gain.question)
    assert ENGLISH.simulated not in html(gain, run=RUN | {"simulated": False})


def test_no_path_is_printed(any_result: Result) -> None:
    result = replace(any_result, settings=any_result.settings | {"report": "/secret/report.html"})
    text = html(result)
    assert "secret" not in text
    assert "start.safetensors" in text


def test_settings_and_digests_are_printed(of_gain: Page) -> None:
    for word in ("timm/resnet18", "lp_ft", "ab" * 32, "2.6.0", "infiltration", "0.0001"):
        assert word in of_gain.text


def test_what_users_type_is_escaped(gain: Result) -> None:
    bad = '<img src="x" onerror="alert(1)">'
    warned = replace(gain, warnings=[bad], question=bad)
    text = html(warned, title=bad, run=RUN | {"site": bad})
    assert bad not in text
    assert Page(text).text.count(bad) >= 4


def test_worst_errors_are_pictured_or_listed(gain: Result) -> None:
    first, *others = gain.worst["case_id"]
    page = Page(html(gain, pictures={first: PNG}))
    (image,) = [attrs for tag, attrs in page.tags if tag == "img"]
    assert image["src"] == "data:image/png;base64," + base64.b64encode(PNG).decode()
    assert "missed" in str(image["alt"])
    assert [row[0] for row in page.table("Not pictured")[1:]] == others


def test_limits_follow_the_run(gain: Result, of_gain: Page) -> None:
    data = RUN["data"]
    other = data | {"sampling": "enriched", "split": data["split"] | {"by": "date"}}
    once = replace(gain, settings=gain.settings | {"sealed_test": SEALED | {"looks": [look(1)]}})
    changed = Page(html(once, run=RUN | {"data": other}))
    for here, there, said in (
        (of_gain, changed, ENGLISH.limit_same_place),
        (changed, of_gain, ENGLISH.limit_later),
        (changed, of_gain, ENGLISH.enriched),
        (of_gain, changed, ENGLISH.limit_looks),
    ):
        assert said in here.text
        assert said not in there.text


def test_films_that_vanish_are_told(gain: Result, of_gain: Page) -> None:
    table = gain.flow.copy()
    table.loc[table["split"] == "tune", "films"] = 88
    assert "12 films are not accounted for" in html(replace(gain, flow=table))
    assert "not accounted for" not in of_gain.text


def test_a_row_with_neither_value_nor_reason_is_refused(gain: Result) -> None:
    measures = gain.measures.copy()
    measures.loc[0, "value"] = float("nan")
    with pytest.raises(DataError, match="neither a value nor a reason"):
        html(replace(gain, measures=measures))


def test_more_models_than_fit_side_by_side(gain: Result) -> None:
    table = gain.measures
    more = [
        table[table["model"] == "frozen_backbone"].assign(model=f"shipped:other{n}")
        for n in range(4)
    ]
    wide = replace(gain, measures=pd.concat([table, *more], ignore_index=True))
    tables = [rows for caption, rows in Page(html(wide)).tables if "below each value" in caption]
    assert [len(rows[0]) for rows in tables] == [7, 5]
    assert all(rows[0][1] == "Fine-tuned model" for rows in tables)


def test_scores_from_elsewhere_need_no_run(no_gain: Result) -> None:
    page = Page(html(no_gain, title="vendor", run={}, environment={}))
    assert no_gain.question in page.text
    assert ENGLISH.simulated not in page.text


def test_settings_that_a_search_chose_say_among_how_many(gain: Result) -> None:
    said = "trials that the settings were chosen from, on tune"
    chosen = Page(html(gain, run=RUN | {"search": {"trials": 30, "chosen_from": 17}}))
    assert f"{said}17" in chosen.text.replace(" 17", "17")
    assert said not in Page(html(gain, run=RUN | {"search": {"chosen_from": None}})).text
