"""The rig itself: what it measures, writes and reads, and films that are as they are said to be."""

from __future__ import annotations

import json
import platform
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydicom import dcmread

from medtune.dicom import read_header, read_xray
from tests.benchmarks import data, rig


def test_candidates_take_turns_in_an_order_drawn_anew():
    order: list[str] = []
    names = ["a", "b", "c"]
    seconds = rig.take_turns({name: lambda name=name: order.append(name) for name in names}, 20)
    assert {name: len(times) for name, times in seconds.items()} == dict.fromkeys(names, 20)
    turns = [tuple(order[i : i + 3]) for i in range(3, len(order), 3)]  # the first three warm up
    assert all(sorted(turn) == names for turn in turns)
    assert len(set(turns)) > 3


def test_the_processors_clock_does_not_count_waiting():
    ways = {"waits": lambda: time.sleep(0.2), "computes": lambda: sum(range(2_000_000))}
    seconds = rig.take_turns(ways, 3, clock="cpu")
    assert max(seconds["waits"]) < 0.1
    assert max(seconds["waits"]) < min(seconds["computes"])


def test_a_ratio_is_taken_within_each_repetition():
    assert rig.ratio_of([1, 2, 30], [2, 4, 60]) == rig.Ratio(0.5, 0.5, 0.5)
    assert rig.ratio_of([1, 2, 3, 4], [1, 1, 1, 1]).median == 2.5


@pytest.fixture
def taking(monkeypatch):
    """Candidates that take so many seconds of a clock that only they move."""
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])

    def take(seconds: float):
        def run() -> None:
            now[0] += seconds

        return run

    return take


def test_a_result_says_what_was_measured_and_names_no_machine(tmp_path, monkeypatch, taking):
    monkeypatch.setattr(rig, "RESULTS", tmp_path)
    ways = {"medtune": taking(0.5), "numpy": taking(2)}
    found = rig.measured(ways, {"numpy": 0.3}, ours="medtune", repetitions=5, threads=1)
    assert found["seconds"] == {"medtune": 0.5, "numpy": 2}
    assert found["ratios"] == {
        "numpy": {"median": 0.25, "q25": 0.25, "q75": 0.25, "goal": 0.3, "met": True}
    }
    rig.write_result("waiting", {"what": "waiting", **found, **rig.circumstances(["numpy"])})
    text = (tmp_path / "waiting.json").read_text()
    assert json.loads(text)["versions"] == {"numpy": np.__version__}
    for private in (platform.node(), str(Path.home()), str(tmp_path)):
        assert f'"{private}' not in text
    rig.write_readme(tmp_path)
    page = (tmp_path / "README.md").read_text()
    row = f"| waiting | numpy {np.__version__} | 0.25 [0.25 to 0.25] | 0.3 | yes | 500 | 2000 |"
    assert row in page


def test_the_fixture_fails_only_far_above_the_goal(ratio, tmp_path, monkeypatch, taking):
    monkeypatch.setattr(rig, "RESULTS", tmp_path)
    ways = {"medtune": taking(1), "peer": taking(1)}
    ratio("even", "waiting as long", ways, {"peer": 0.8}, repetitions=5)
    assert json.loads((tmp_path / "even.json").read_text())["ratios"]["peer"]["met"] is False
    with pytest.raises(AssertionError, match="waiting as long against peer"):
        ratio("even", "waiting as long", ways, {"peer": 0.6}, repetitions=5)


def test_libraries_get_their_threads_back():
    before = cv2.getNumThreads()
    with rig.threads_of(1):
        assert cv2.getNumThreads() == 1
    assert cv2.getNumThreads() == before


def test_headers_are_full_and_the_same_for_a_seed(tmp_path):
    paths = data.write_headers(tmp_path, 20, rows=32, columns=32)
    datasets = [dcmread(path) for path in paths]
    assert {len(dataset) for dataset in datasets} == {data.ELEMENTS}
    assert len({read_header(path).facts.transfer_syntax for path in paths}) == 2
    assert any("SIMULATED VENDOR OB" in str(dataset) for dataset in datasets)
    again = data.header(np.random.default_rng((0, 3)), 3, 32, 32)
    del datasets[3].PixelData
    assert again == datasets[3]


def test_lossless_pictures_hold_the_same_values(tmp_path):
    paths = data.write_pictures(tmp_path, 120, 90)
    native = read_xray(paths["native"]).pixels
    assert native.shape == (120, 90)
    for kind, path in paths.items():
        assert read_header(path).facts.transfer_syntax == data.KINDS[kind][0]
        apart = np.abs(read_xray(path).pixels - native).max()
        assert apart < 0.1 if kind == "jpeg_8bit" else apart == 0
