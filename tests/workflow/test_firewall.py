"""What is planted is found, each with its name; on a clean export nothing is invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from medtune.config.load import load_run
from medtune.errors import DataError, LeakError
from medtune.tables.leaks import KINDS
from medtune.workflow.check import check
from medtune.workflow.check_report import CheckReport
from medtune.workflow.evaluate import evaluate
from medtune.workflow.train import train
from tests.workflow.planted import LEAKS, PROBLEMS, Export, clean, clean_again, copied


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean export; copy before changing."""
    home = tmp_path_factory.mktemp("clean") / "home"
    export = clean(home)
    export.save()
    names = [str(path.relative_to(home)) for path in export.films]
    (home / "films.txt").write_text("\n".join(names))
    return home


@pytest.fixture
def export(base: Path, tmp_path: Path) -> Export:
    return copied(base, tmp_path / "home")


def checked(export: Export) -> CheckReport:
    return check(load_run(export.save(), export.settings), show=False)


def test_nothing_is_invented_on_a_clean_export(base: Path):
    report = checked(clean_again(base))
    assert report.leaks.empty, report.leaks["words"].tolist()
    assert report.problems == []
    assert not report.stops
    assert "No leak and no contradiction was found." in report.lines()


@pytest.mark.parametrize("what", LEAKS)
def test_a_planted_leak_is_found(export: Export, what: str):
    plant, kind = LEAKS[what]
    plant(export)
    report = checked(export)
    assert kind in set(report.leaks["kind"]), report.leaks
    assert set(report.leaks["kind"]) <= set(KINDS)


@pytest.mark.parametrize("what", PROBLEMS)
def test_a_planted_problem_is_told(export: Export, what: str):
    plant, words = PROBLEMS[what]
    plant(export)
    report = checked(export)
    assert any(words in problem for problem in report.problems), report.problems
    assert report.stops


def test_all_of_them_at_once(export: Export):
    problems = {what: plant for what, plant in PROBLEMS.items() if "split" not in what}
    assert len(LEAKS) + len(problems) >= 12
    for plant, _ in [*LEAKS.values(), *problems.values()]:
        plant(export)
    report = checked(export)
    assert {kind for _, kind in LEAKS.values()} <= set(report.leaks["kind"])
    for _, words in problems.values():
        assert any(words in problem for problem in report.problems), words
    said = "\n".join(report.lines())
    for number in range(20):
        film = export.read(number)
        for secret in (
            film.PatientID,
            film.PatientName,
            film.SOPInstanceUID,
            film.PatientBirthDate,
        ):
            assert str(secret) not in said


def test_a_leak_stops_training_until_it_is_named(export: Export):
    LEAKS["the same film under two patients"][0](export)
    LEAKS["one picture with two labels"][0](export)
    run = load_run(export.save(), ["training.head_epochs=1", "data.split.seed=3"])
    report = check(run, show=False)
    stopping = report.leaks[report.leaks["stops"]]["leak"].tolist()
    assert stopping
    with pytest.raises(LeakError, match=stopping[0]):
        train(run, show=False)
    assert not (export.home / "runs/planted").exists()
    assert not list((export.home / "work/splits").glob("*")), "nothing is sealed"
    with pytest.raises(DataError, match="there is no leak of this name"):
        train(run, allow=[*stopping, "same_film:00000000"], show=False)
    train(run, allow=stopping, show=False)
    assert (export.home / "runs/planted/model.safetensors").exists()
    told = (export.home / "runs/planted/leaks.csv").read_text()
    assert all(leak in told for leak in stopping)
    with pytest.raises(DataError, match="there is no leak of this name"):
        evaluate(run, allow=[*stopping, "same_film:00000000"], show=False)
    evaluate(run, allow=stopping, show=False)  # the same words as for train
