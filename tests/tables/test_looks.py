from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from medtune.errors import SealError
from medtune.tables.looks import (
    Opened,
    declare_first,
    open_test,
    read_looks,
    refuse_forgotten,
)
from medtune.tables.seal import seal

SPLITS = pd.DataFrame({"case_id": ["a", "b"], "split": ["train", "test"]})
SETTINGS = {"run": "south", "primary": {"measure": "auroc", "margin": 0.0}, "subgroups": ["sex"]}


def look(folder: Path, settings: dict[str, object] | None = None, model: str = "m") -> Opened:
    return open_test(folder, settings or SETTINGS, run="south", verb="evaluate", model=model)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sealed test split with four looks."""
    home = tmp_path / "split"
    seal(SPLITS, home)
    for _ in range(4):
        look(home)
    return home


def test_every_look_is_a_line_that_holds_the_one_before(folder: Path):
    lines = [json.loads(line) for line in (folder / "looks.jsonl").read_text().splitlines()]
    assert [line["look"] for line in lines] == [1, 2, 3, 4]
    assert lines[0]["previous"] == json.loads((folder / "seal.json").read_text())["digest"]
    assert [line["previous"] for line in lines[1:]] == [line["sha256"] for line in lines[:-1]]
    assert {(line["run"], line["verb"], line["model"]) for line in lines} == {
        ("south", "evaluate", "m")
    }
    opened = look(folder)
    assert len(opened.looks) == 5
    assert list(opened.looks) == read_looks(folder)


TAMPER: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "first line removed": (lambda lines: lines[1:], "Look 1 was taken out"),
    "line removed": (lambda lines: [*lines[:1], *lines[2:]], "Look 2 was taken out"),
    "line changed": (
        lambda lines: [lines[0], lines[1].replace("south", "north"), *lines[2:]],
        r"line 2 was changed",
    ),
    "field added": (
        lambda lines: [lines[0][:-1] + ', "why": ""}', *lines[1:]],
        "line 1 was changed",
    ),
    "reordered": (lambda lines: [lines[0], lines[2], lines[1], lines[3]], "another order"),
    "twice": (lambda lines: [*lines, lines[3]], "another order, or twice"),
    "last line removed": (lambda lines: lines[:3], "was cut: it has 3 looks, and there were 4"),
    "two lines removed at the end": (lambda lines: lines[:2], "was cut: it has 2 looks"),
    "emptied": (lambda lines: [], "was cut: it has 0 looks"),
    "garbage": (lambda lines: [*lines, "no line"], "line 5 was changed"),
    "empty line": (lambda lines: [*lines, ""], "line 5 was changed"),
}


@pytest.mark.parametrize("name", TAMPER)
def test_an_altered_log_is_detected_named_and_left_as_it_is(folder: Path, name: str):
    change, said = TAMPER[name]
    path = folder / "looks.jsonl"
    path.write_text("".join(line + "\n" for line in change(path.read_text().splitlines())))
    content = path.read_bytes()
    for use in (look, read_looks):
        with pytest.raises(SealError, match=said) as error:
            use(folder)
        assert error.value.exit_code == 2
    assert path.read_bytes() == content


def test_a_log_cut_within_its_last_line_is_detected(folder: Path):
    path = folder / "looks.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SealError, match="was cut: it has 3 looks"):
        look(folder)


def test_a_log_that_is_gone_or_of_another_seal_is_detected(folder: Path, tmp_path: Path):
    (folder / "looks.jsonl").rename(tmp_path / "away")
    with pytest.raises(SealError, match="was cut: it has 0 looks, and there were 4"):
        look(folder)
    other = tmp_path / "other"
    seal(SPLITS.assign(split="test"), other)
    (tmp_path / "away").rename(other / "looks.jsonl")
    with pytest.raises(SealError, match="another seal"):
        look(other)


def test_a_line_written_anew_breaks_the_next_and_the_last_one_its_digest(folder: Path):
    looks, path = read_looks(folder), folder / "looks.jsonl"
    for at, said in ((1, "line 3: it follows another look 2"), (3, "not of one making")):
        lines = path.read_text().splitlines()
        forged = json.loads(lines[at])
        forged["run"] = "north"
        del forged["sha256"]
        other = type(looks[0])(**{**forged, "departures": ()})
        lines[at] = json.dumps({**forged, "sha256": other.digest})
        before = path.read_text()
        path.write_text("".join(line + "\n" for line in lines))
        with pytest.raises(SealError, match=said):
            look(folder)
        path.write_text(before)
    assert len(look(folder).looks) == 5


def test_without_its_end_the_log_is_not_trusted(folder: Path):
    (folder / "looks.last").unlink()
    with pytest.raises(SealError, match=r"looks\.last is gone"):
        look(folder)


def test_a_process_that_died_while_it_wrote_breaks_nothing(folder: Path):
    log, last = folder / "looks.jsonl", folder / "looks.last"
    before = log.read_bytes()
    with log.open("ab") as handle:
        handle.write(b'{"look": 5, "time": "20')  # half a line: nothing was looked at
    assert len(look(folder).looks) == 5
    assert log.read_bytes().startswith(before)
    kept = last.read_bytes()
    assert len(look(folder).looks) == 6
    last.write_bytes(kept)  # the sixth line, and no digest yet
    assert [each.look for each in read_looks(folder)] == list(range(1, 7))
    assert len(look(folder).looks) == 7
    last.write_bytes(kept)
    with pytest.raises(SealError, match="not of one making"):
        look(folder)


def test_a_report_that_tells_of_a_look_that_is_not_there_gives_a_new_log_away(folder: Path):
    looks = read_looks(folder)
    known = [(each.look, each.digest) for each in looks]
    refuse_forgotten(looks, known[:2], "the report of the run south")
    with pytest.raises(SealError, match="the report of the run south tells of look 3"):
        refuse_forgotten(looks[:2], known, "the report of the run south")
    with pytest.raises(SealError, match="tells of look 1"):
        refuse_forgotten(looks, [(1, "0" * 64)], "the report of the run south")


def test_processes_that_look_at_once_each_get_a_line(tmp_path: Path):
    home = tmp_path / "split"
    seal(SPLITS, home)
    code = (
        "import sys; from pathlib import Path; from medtune.tables.looks import open_test\n"
        "for n in range(8):\n"
        "    open_test(Path(sys.argv[1]), {'run': 'a'}, run=sys.argv[2], verb='evaluate',"
        " model='m')\n"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(home), name]) for name in ("one", "two")
    ]
    assert [process.wait(timeout=120) for process in started] == [0, 0]
    looks = read_looks(home)
    assert [each.look for each in looks] == list(range(1, 17))
    assert sorted(each.run for each in looks) == ["one"] * 8 + ["two"] * 8


def test_the_first_look_freezes_the_plan_and_later_ones_depart_from_it(tmp_path: Path):
    seal(SPLITS, tmp_path)
    declare_first(tmp_path, {**SETTINGS, "subgroups": []})
    declare_first(tmp_path, {**SETTINGS, "run": "another"})  # the first that was declared stays
    first = look(tmp_path)
    assert first.plan.settings == SETTINGS
    assert len(first.plan.earlier) == 1
    assert first.departures == ()
    text = (tmp_path / "plan.yaml").read_text()
    other = {**SETTINGS, "primary": {"measure": "accuracy", "margin": 0.0}, "subgroups": []}
    later = look(tmp_path, other, model="retrained")
    assert [(d.setting, d.declared, d.now) for d in later.departures] == [
        ("primary.measure", "auroc", "accuracy"),
        ("subgroups", ["sex"], []),
        ("model", "m", "retrained"),
    ]
    assert later.looks[1].departures == ("primary.measure", "subgroups", "model")
    assert (tmp_path / "plan.yaml").read_text() == text
    declare_first(tmp_path, other)
    assert (tmp_path / "plan.yaml").read_text() == text


def test_a_plan_that_was_changed_exchanged_or_taken_away_is_named(folder: Path, tmp_path: Path):
    path = folder / "plan.yaml"
    text = path.read_text()
    path.write_text(text.replace("margin: 0.0", "margin: 0.1"))
    with pytest.raises(SealError, match=r"plan\.yaml was changed by hand"):
        look(folder)
    path.unlink()
    with pytest.raises(SealError, match=r"plan\.yaml is gone"):
        look(folder)
    seal(SPLITS, tmp_path / "other")
    look(tmp_path / "other", {**SETTINGS, "run": "north"})
    path.write_text((tmp_path / "other/plan.yaml").read_text())
    with pytest.raises(SealError, match=r"plan\.yaml is not the one that was declared"):
        look(folder)
    path.write_text(text)
    assert len(look(folder).looks) == 5
