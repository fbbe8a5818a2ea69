from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from medtune.errors import SealError
from medtune.tables.looks import as_it_is, open_test, read_looks
from medtune.tables.seal import check_seal, read_seal, seal, sealed_digest

SPLITS = pd.DataFrame({"case_id": ["a", "b", "c"], "split": ["train", "test", "test"]})


def test_a_sealed_test_split_cannot_be_changed(tmp_path: Path):
    first = seal(SPLITS, tmp_path)
    assert seal(SPLITS, tmp_path) == first
    grown = pd.concat([SPLITS, pd.DataFrame({"case_id": ["d"], "split": ["train"]})])
    assert seal(grown, tmp_path) == first
    moved = SPLITS.assign(split=["test", "test", "train"])
    with pytest.raises(SealError, match="1 case left the test, 1 joined it"):
        seal(moved, tmp_path)
    content = json.loads((tmp_path / "seal.json").read_text())
    assert content["cases"] == ["b", "c"]
    assert content["version"] == 1
    assert content["sha256"] == sealed_digest(SPLITS.sample(frac=1, random_state=0))


def test_a_damaged_seal_is_an_error_and_no_new_seal(tmp_path: Path):
    for content in ("", "[]", '{"version": 1}', "{", "null"):
        (tmp_path / "seal.json").write_text(content)
        with pytest.raises(SealError, match="damaged"):
            seal(SPLITS, tmp_path)
        assert (tmp_path / "seal.json").read_text() == content


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "cases": lambda content: content["cases"].append("z"),
    "sealed": lambda content: content.update(sealed="2020-01-01T00:00:00+00:00"),
    "version": lambda content: content.update(version=2),
    "sha256": lambda content: content.update(sha256="0" * 64),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_seal_is_named(tmp_path: Path, name: str):
    seal(SPLITS, tmp_path)
    content = json.loads((tmp_path / "seal.json").read_text())
    CHANGES[name](content)
    (tmp_path / "seal.json").write_text(json.dumps(content))
    with pytest.raises(SealError, match=r"seal\.json was changed by hand"):
        read_seal(tmp_path)
    with pytest.raises(SealError, match=r"seal\.json was changed by hand"):
        open_test(tmp_path, {}, run="a", verb="evaluate", model="m")


def test_a_split_that_was_looked_at_and_has_no_seal_is_refused(tmp_path: Path):
    check_seal(SPLITS, tmp_path)  # never sealed
    seal(SPLITS, tmp_path)
    open_test(tmp_path, {}, run="a", verb="evaluate", model="m")
    (tmp_path / "seal.json").unlink()
    with pytest.raises(SealError, match=r"has no seal\.json"):
        check_seal(SPLITS, tmp_path)


def test_a_larger_test_is_version_two_and_its_seal_holds_the_log_of_the_smaller(tmp_path: Path):
    small, large = tmp_path / "small", tmp_path / "large"
    seal(SPLITS, small)
    for _ in range(2):
        open_test(small, {}, run="a", verb="evaluate", model="m")
    more = SPLITS.assign(split="test")
    made = seal(more, large, as_it_is(small))
    assert made.version == 2
    assert made.earlier is not None
    assert made.earlier.looks == 2
    assert made.earlier.last == read_looks(small)[-1].digest
    open_test(small, {}, run="a", verb="evaluate", model="m")  # the smaller one may still be used
    opened = open_test(large, {}, run="a", verb="evaluate", model="m")
    assert opened.looks[0].previous == made.digest
    lines = (small / "looks.jsonl").read_text().splitlines()
    (small / "looks.jsonl").write_text(lines[0] + "\n")
    with pytest.raises(SealError, match="was cut: it has 1 looks, and there were 3"):
        open_test(large, {}, run="a", verb="evaluate", model="m")
    for name in ("looks.jsonl", "looks.last", "seal.json", "plan.yaml"):
        (small / name).unlink()
    seal(SPLITS.assign(split=["test", "test", "train"]), small)
    with pytest.raises(SealError, match="has another seal than it had then"):
        open_test(large, {}, run="a", verb="evaluate", model="m")
