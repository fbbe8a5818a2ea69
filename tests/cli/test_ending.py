from __future__ import annotations

import json
import sys

import pytest
import typer

from medtune.cli.ending import ending
from medtune.errors import ConfigError, DataError, MedtuneError


def end_with(error: BaseException, **options) -> int:
    with pytest.raises(typer.Exit) as caught, ending(**{"trace": False, **options}):
        raise error
    return caught.value.exit_code


def test_input_that_needs_correcting_ends_with_2_and_its_own_words(capsys):
    assert end_with(DataError("No [bold] film was found.")) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "No [bold] film was found.\n")


def test_what_was_not_done_is_said_once_and_only_of_run_files(capsys):
    not_done = "Nothing was trained."
    end_with(ConfigError(["run.yaml, line 1: wrong."]), not_done=not_done)
    assert capsys.readouterr().err == "run.yaml, line 1: wrong.\nNothing was trained.\n"
    end_with(ConfigError(["wrong."], "Nothing was written."), not_done=not_done)
    assert capsys.readouterr().err == "wrong.\nNothing was written.\n"
    end_with(DataError("wrong."), not_done=not_done)
    assert capsys.readouterr().err == "wrong.\n"


def test_a_fault_of_ours_ends_with_1_and_one_line_that_shows_no_path(capsys):
    assert end_with(KeyError("/data/MEIER^ANNA.dcm")) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "not yours" in err
    assert "--trace" in err
    assert "KeyError" in err
    assert "MEIER" not in err


def test_medtune_s_own_error_of_no_input_ends_with_1():
    assert end_with(MedtuneError("It broke.")) == 1


def test_a_full_disk_is_told_as_such(capsys):
    assert end_with(OSError(28, "No space left on device", "/data/MEIER")) == 1
    err = capsys.readouterr().err
    assert "No space left on device" in err
    assert "MEIER" not in err


@pytest.mark.parametrize("error", [KeyError("x"), DataError("x"), KeyboardInterrupt()])
def test_a_traceback_is_shown_when_asked_for_and_never_else(capsys, error):
    end_with(error, trace=True)
    assert "Traceback" in capsys.readouterr().err
    end_with(error)
    assert "Traceback" not in capsys.readouterr().err


def test_ctrl_c_ends_with_130():
    assert end_with(KeyboardInterrupt()) == 130


def test_with_json_stdout_holds_the_answer_alone(capsys):
    with ending(trace=False, as_json=True) as answer:
        print("epoch 1 of 3")
        sys.stdout.write("a library's chatter\n")
        answer({"a": ["ü", None]}, ["for people"])
    out, err = capsys.readouterr()
    assert json.loads(out) == {"a": ["ü", None]}
    assert err == "epoch 1 of 3\na library's chatter\n"


def test_without_json_the_answer_is_lines_as_they_are(capsys):
    with ending(trace=False) as answer:
        answer({"a": 1}, ["[red]Films[/red]", "x" * 200])
    assert capsys.readouterr().out == "[red]Films[/red]\n" + "x" * 200 + "\n"


def test_json_never_holds_what_json_has_not(capsys):
    with pytest.raises(typer.Exit) as caught, ending(trace=False, as_json=True) as answer:
        answer({"a": float("nan")}, [])
    assert caught.value.exit_code == 1
    assert capsys.readouterr().out == ""
