"""Splits of texts that grow: nothing like the test is taught, whoever wrote it."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from medtune.config.load import load_run
from medtune.config.text_run import TextRun
from medtune.errors import LeakError
from medtune.phantom.helpdesk import write_export
from medtune.workflow.texts.gather import gather
from medtune.workflow.texts.splitting import split

FILES = {name: f"{name}.jsonl" for name in ("train", "tune", "calibration", "test")}
Row = tuple[str, str, str]  # customer, day, text


def run_of(folder: Path, data: dict) -> TextRun:
    settings = {"format": "intents", "group": "who", "time": "day", **data}
    run = {"name": "r", "task": "support_intent", "data": settings, "model": {"backbone": "tiny"}}
    (folder / "run.yaml").write_text(json.dumps(run))
    found = load_run(folder / "run.yaml", files_must_exist=False)
    assert isinstance(found, TextRun)
    return found


def rows(customers: str, days: range = range(1, 2), said: str = "hello") -> list[Row]:
    return [(who, f"2024-01-{day:02d}", f"{said} {who} {day}") for who in customers for day in days]


def write(path: Path, rows: list[Row]) -> None:
    lines = [
        json.dumps({"who": who, "day": day, "text": text, "label": "ab"[at % 2]})
        for at, (who, day, text) in enumerate(rows)
    ]
    path.write_text("\n".join(lines))


def dealt(run: TextRun) -> pd.DataFrame:
    """Customer, text's file and split of each text, stored."""
    texts = gather(run).texts
    return split(run, texts).merge(texts.locations, on="case_id")


def split_by(found: pd.DataFrame, customer: str, file: str) -> set[str]:
    here = (found["group"] == customer) & (found["file"] == file)
    return set(found.loc[here, "split"])


def test_what_a_taught_customer_says_in_the_test_file_later_is_held_out(tmp_path):
    run = run_of(tmp_path, {"files": FILES})
    for name, customers in (
        ("train", "abc"),
        ("tune", "de"),
        ("calibration", "fg"),
        ("test", "hi"),
    ):
        write(tmp_path / f"{name}.jsonl", rows(customers))
    before = dealt(run)
    write(tmp_path / "test.jsonl", rows("hi") + rows("adn", said="again"))
    write(tmp_path / "train.jsonl", rows("abc") + rows("dhmop", said="again"))
    after = dealt(run)
    kept = after.set_index("case_id").loc[before["case_id"], "split"]
    assert kept.tolist() == before["split"].tolist()
    assert split_by(after, "a", "train.jsonl") == {"train"}
    assert split_by(after, "a", "test.jsonl") == {"held_out"}
    assert split_by(after, "d", "test.jsonl") == {"held_out"}
    assert split_by(after, "d", "train.jsonl") == {"held_out"}, "the tune file is all of tune"
    assert split_by(after, "h", "train.jsonl") == {"held_out"}
    assert split_by(after, "n", "test.jsonl") == {"held_out"}
    assert set(after.loc[after["group"].isin(list("mop")), "split"]) == {"train"}


def test_new_customers_of_the_train_file_join_what_has_no_file_of_its_own(tmp_path):
    run = run_of(tmp_path, {"files": {"train": "train.jsonl", "test": "test.jsonl"}})
    write(tmp_path / "train.jsonl", rows("abcdefghij"))
    write(tmp_path / "test.jsonl", rows("xyz"))
    dealt(run)
    write(tmp_path / "train.jsonl", rows("abcdefghijABCDEFGHIJKLMNOPQRST"))
    after = dealt(run)
    new = after[after["group"].str.isupper()]
    assert set(new["split"]) == {"train", "tune", "calibration"}


def test_a_new_customer_in_two_files_stops_as_at_the_first_deal(tmp_path):
    run = run_of(tmp_path, {"files": {"train": "train.jsonl", "test": "test.jsonl"}})
    write(tmp_path / "train.jsonl", rows("abcdefghij"))
    write(tmp_path / "test.jsonl", rows("xyz"))
    dealt(run)
    write(tmp_path / "train.jsonl", rows("abcdefghijN"))
    write(tmp_path / "test.jsonl", rows("xyzN"))
    with pytest.raises(LeakError, match=r"1 group stands in several of 'data\.files'"):
        dealt(run)


def test_after_a_split_by_time_nothing_is_taught_that_is_as_late_as_the_test(tmp_path):
    run = run_of(tmp_path, {"files": "all.jsonl", "split": {"by": "time"}})
    early, late = rows("abcdefghij", range(1, 4)), rows("yz", range(20, 22))
    write(tmp_path / "all.jsonl", early + late)
    before = dealt(run)
    assert set(before.loc[before["split"] == "test", "group"]) == {"y", "z"}
    more = [*rows("a", range(10, 11)), *rows("a", range(25, 26)), *rows("y", range(28, 29)),
            *rows("m", range(9, 10)), *rows("n", range(8, 23)),
            *rows("z", range(28, 29))]  # fmt: skip
    write(tmp_path / "all.jsonl", early + late + more)
    after = dealt(run)
    kept = after.set_index("case_id").loc[before["case_id"], "split"]
    assert kept.tolist() == before["split"].tolist()
    new = after[~after["case_id"].isin(before["case_id"])].set_index(["group", "time"])["split"]
    (own,) = set(before.loc[before["group"] == "a", "split"])
    assert new["a", "2024-01-10T00:00:00"] == own
    assert new["a", "2024-01-25T00:00:00"] == "held_out"
    assert set(new["y"]) == set(new["z"]) == set(new["n"]) == {"held_out"}
    assert set(new["m"]) <= {"train", "tune", "calibration"}
    assert len(new["n"]) == 15


def test_organisations_of_a_help_desks_table_are_in_one_split_each(tmp_path):
    write_export(tmp_path / "z.csv", 60, seed=1)
    table = pd.read_csv(tmp_path / "z.csv", dtype=str)
    firms = {who: f"o{at % 8}" for at, who in enumerate(table["requester_id"].unique())}
    table["organization_id"] = table["requester_id"].map(firms)
    table.to_csv(tmp_path / "z.csv", index=False)
    said = {"format": "helpdesk", "files": "z.csv", "group": "organization_id"}
    run = {"name": "r", "task": "support_chat", "data": said, "model": {"backbone": "tiny"}}
    (tmp_path / "run.yaml").write_text(json.dumps(run))
    found = load_run(tmp_path / "run.yaml", files_must_exist=False)
    assert isinstance(found, TextRun)
    texts = dealt(found)
    assert set(texts["group"]) == {f"o{at}" for at in range(8)}
    assert texts.groupby("group")["split"].nunique().max() == 1
    assert {"train", "test"} <= set(texts["split"])


def test_fields_may_have_the_names_of_a_runs_own_columns(tmp_path):
    names = {"group": "given", "text": "case_id", "label": "split", "time": "group_id"}
    run = run_of(tmp_path, {"files": "all.jsonl", **names})
    lines = [
        {"given": who, "case_id": text, "split": "ab"[at % 2], "group_id": day, "study_id": "mine"}
        for at, (who, day, text) in enumerate(rows("abcdefghijkl"))
    ]
    (tmp_path / "all.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    cases = gather(run).texts.cases
    assert set(cases["intent"]) == {"a", "b"}
    assert (cases["given"] == "").all()
    assert (cases["study_id"] == cases["case_id"]).all()
    assert not set(cases["case_id"]) & {line["case_id"] for line in lines}
    found = dealt(run)
    assert set(found["group"]) == set("abcdefghijkl")
    assert set(found["split"]) == {"train", "tune", "calibration", "test"}
