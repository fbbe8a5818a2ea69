"""``medtune evaluate TABLE``: what a user gets wrong, with exit code 2 and nothing written."""

from __future__ import annotations

import pytest

WORDS = ("--reference", "y", "--scores", "a,b", "--group", "patient", "--out", "out")
MISTAKES = {
    "column": (("--split", "part"), "scores.csv: there is no column 'part' (--split)."),
    "threshold": (("--threshold", "a:0.5"), "--threshold is written NAME=NUMBER"),
    "setting": (
        ("--set", "evaluation.resample=300"),
        "command line, --set evaluation.resample: there is no setting called "
        "'evaluation.resample'. Did you mean 'resamples'?",
    ),
    "other section": (
        ("--set", "training.epochs=3"),
        "command line, --set training.epochs: there is no run here: only 'evaluation', "
        "'report' and 'targets' are set, not 'training'.",
    ),
    "leak": (("--allow", "same_film:1"), "--allow is for runs"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake(medtune, hospital, mistake):
    (hospital / "scores.csv").write_text("patient,y,a,b\nP1,1,0.5,0.5\nP2,0,0.2,0.3\n")
    words, said = MISTAKES[mistake]
    result = medtune("evaluate", "scores.csv", *WORDS, *words)
    assert result.exit_code == 2
    assert result.stderr.startswith(said)
    assert result.stderr.endswith("Nothing was evaluated.\n")
    assert not (hospital / "out").exists()


def test_out_must_be_said(medtune, hospital):
    (hospital / "scores.csv").write_text("patient,y,a,b\n")
    result = medtune("evaluate", "scores.csv", *WORDS[:-2])
    assert result.exit_code == 2
    assert "--out is missing" in result.stderr


def test_a_table_that_is_not_there(medtune, hospital):
    result = medtune("evaluate", "score.csv", *WORDS)
    assert result.exit_code == 2
    assert result.stderr.startswith("There is no file score.csv.")


def test_words_for_tables_are_refused_for_runs(medtune, hospital):
    result = medtune("evaluate", "run.yaml", "--group", "patient")
    assert result.exit_code == 2
    assert result.stderr.startswith("--group is for tables of scores, and run.yaml is none.")
