from __future__ import annotations

import pytest

from medtune.config.load import load_run


def test_set_overrides_and_is_read_as_yaml(hospital):
    run = load_run(
        hospital / "run.yaml",
        [
            "training.epochs=2",
            "training.learning_rate=1e-3",
            "data.findings=[a, b]",
            "evaluation.subgroups=[sex]",
            "name=no",
        ],
    )
    assert run.training.epochs == 2
    assert run.training.learning_rate == 1e-3
    assert list(run.data.findings) == ["a", "b"]
    assert run.evaluation.subgroups == ["sex"]
    assert run.name == "no"


def test_a_path_given_by_set_is_relative_to_the_run_file(hospital, monkeypatch):
    monkeypatch.chdir("/")
    (hospital / "other.csv").write_text("accession_number,opacity\n")
    run = load_run(hospital / "run.yaml", ["data.labels=other.csv"])
    assert run.data.labels == hospital / "other.csv"


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (
            "training.epohcs=3",
            "--set training.epohcs: there is no setting called 'training.epohcs'. "
            "Did you mean 'epochs'?",
        ),
        ("training.epochs=five", "--set training.epochs: 'training.epochs' must be a whole number"),
        ("training.epochs", "--set training.epochs: this is written --set section.setting=value."),
        ("=3", "--set : this is written"),
        ("training.epochs.x=3", "'training.epochs' must be a whole number, but is a section"),
        ("data.findings.x=a", "--set data.findings.x: 'data.findings' has no settings below it"),
        ("start_from=run.yaml", "'start_from' can be written in a run file only."),
        ("training={epochs: 1, epochs: 2}", "'epochs' is written twice."),
        ("training=[1", "bracket"),
    ],
)
def test_mistakes_on_the_command_line(hospital, setting, said, refused):
    (problem,) = refused(hospital / "run.yaml", setting)
    assert problem.startswith("command line, --set ")
    assert said in problem


def test_one_setting_twice_on_the_command_line(hospital, refused):
    (problem,) = refused(hospital / "run.yaml", "training.epochs=1", "training.epochs=2")
    assert problem == "command line, --set training.epochs: 'training.epochs' is set twice."


def test_start_from_is_laid_under_section_by_section(hospital, small):
    (hospital / "general.yaml").write_text(
        small + "training: {epochs: 3, seed: 7}\nevaluation: {operating_point: {sensitivity: 0.8}}"
    )
    (hospital / "mine.yaml").write_text(
        "start_from: general.yaml\nname: mine\ndata: {findings: [effusion]}\n"
        "training: {epochs: 4}\nevaluation: {operating_point: {specificity: 0.7}}\nmodel:\n"
    )
    run = load_run(hospital / "mine.yaml", ["training.patience=2"])
    assert run.name == "mine"
    assert (run.training.epochs, run.training.seed, run.training.patience) == (4, 7, 2)
    assert list(run.data.findings) == ["effusion"], "findings are replaced whole"
    assert run.evaluation.target_of("effusion").sensitivity is None
    assert run.model.backbone == "timm/resnet18", "an empty section says nothing"


def test_paths_are_relative_to_the_file_they_are_written_in(hospital):
    (hospital / "sub").mkdir()
    (hospital / "sub" / "mine.yaml").write_text("start_from: ../run.yaml\nname: mine\n")
    run = load_run(hospital / "sub" / "mine.yaml")
    assert run.data.labels == hospital / "labels.csv"
    assert run.data.work == hospital / "sub" / "work"


def test_a_mistake_is_told_of_the_file_it_stands_in_and_in_file_order(hospital, refused, small):
    (hospital / "run.yaml").write_text(small.replace("opacity]", "opacity, 3]") + "sede: 4\n")
    (hospital / "mine.yaml").write_text(
        "start_from: run.yaml\nname: mine\ntraining: {epochs: 0}\nmodel: {adapt: lpft}\n"
    )
    said = refused(hospital / "mine.yaml", "training.seed=x")
    assert [problem.partition(":")[0] for problem in said] == [
        "mine.yaml, line 3",
        "mine.yaml, line 4",
        "run.yaml, line 5",
        "run.yaml, line 9",
        "command line, --set training.seed",
    ]


def test_going_round_in_a_circle_is_refused(hospital, refused):
    (hospital / "a.yaml").write_text("name: a\nstart_from: b.yaml\n")
    (hospital / "b.yaml").write_text("start_from: a.yaml\n")
    assert refused(hospital / "a.yaml") == [
        "b.yaml, line 1: 'start_from' goes round in a circle: a.yaml is already being read."
    ]


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("rum.yaml", "points to rum.yaml, and there is no such file. Did you mean 'run.yaml'?"),
        ("3", "must be the name of another run file."),
        ("broken.yaml", "points to broken.yaml, which cannot be read."),
    ],
)
def test_what_cannot_be_started_from(hospital, start, said, refused):
    (hospital / "broken.yaml").write_text("a: 'b\n")
    (hospital / "mine.yaml").write_text(f"name: mine\nstart_from: {start}\ntraining: {{epochs: 0}}")
    problems = refused(hospital / "mine.yaml")
    assert f"mine.yaml, line 2: 'start_from' {said}" in problems
    assert any("mine.yaml, line 3: 'training.epochs'" in problem for problem in problems)
    assert not any("is missing" in problem for problem in problems)
