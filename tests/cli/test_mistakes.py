"""What a user gets wrong, told in the words of the design, with exit code 2."""

from __future__ import annotations

import pytest

MISTAKES = {
    "unknown key": ("learing_rate: 1", "there is no setting called 'training.learing_rate'"),
    "wrong type": ("epochs: five", "'training.epochs' must be a whole number, but is 'five'."),
    "out of range": ("learning_rate: 3", "'training.learning_rate' must be less than 1, but is 3."),
    "wrong choice": ("device: gpu", "'training.device' must be one of: fastest, cpu, cuda, mps"),
    "key twice": ("seed: 1\n  seed: 2", "'training.seed' is written twice (first on line 10)."),
    "a tab": ("\tseed: 1", "there is a tab"),
}
NOT_DONE = {
    "check": "Nothing was checked.",
    "train": "Nothing was trained.",
    "search": "Nothing was searched.",
    "evaluate": "Nothing was evaluated.",
    "ladder": "Nothing was done.",
}


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("verb", NOT_DONE)
def test_a_mistake_in_the_run_file(medtune, hospital, verb, mistake):
    line, said = MISTAKES[mistake]
    with (hospital / "run.yaml").open("a") as file:
        file.write(f"training:\n  {line}\n")
    result = medtune(verb, "run.yaml")
    assert result.exit_code == 2
    assert result.stdout == ""
    where = 11 if mistake == "key twice" else 10
    assert result.stderr.startswith(f"run.yaml, line {where}: {said}")
    assert result.stderr.endswith(f"\n{NOT_DONE[verb]}\n")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("verb", NOT_DONE)
def test_a_missing_file(medtune, hospital, verb):
    (hospital / "labels.csv").rename(hospital / "label.csv")
    result = medtune(verb, "run.yaml")
    assert result.exit_code == 2
    assert result.stderr == (
        "run.yaml, line 4: 'data.labels' points to labels.csv, and there is no such file. "
        f"Did you mean 'label.csv'?\n{NOT_DONE[verb]}\n"
    )


@pytest.mark.parametrize("verb", NOT_DONE)
def test_a_run_file_that_is_not_there(medtune, hospital, verb):
    result = medtune(verb, "rnu.yaml")
    assert result.exit_code == 2
    assert result.stderr.startswith("rnu.yaml: there is no such file.")


def test_a_mistake_on_the_command_line(medtune, hospital):
    result = medtune("train", "run.yaml", "--set", "training.epohcs=2")
    assert result.exit_code == 2
    assert result.stderr == (
        "command line, --set training.epohcs: there is no setting called 'training.epohcs'. "
        "Did you mean 'epochs'?\nNothing was trained.\n"
    )


@pytest.mark.parametrize(
    "words", [("trian",), ("train",), ("train", "run.yaml", "--epochs", "3"), ("predict", "runs/x")]
)
def test_words_that_are_not_understood(medtune, hospital, words):
    result = medtune(*words)
    assert result.exit_code == 2
    assert "Usage" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "words", [("check",), ("check", "--headers-only"), ("train",), ("search",), ("ladder",)]
)
def test_a_network_that_is_not_there_is_a_wrong_setting(medtune, hospital, words):
    file = hospital / "run.yaml"
    file.write_text(file.read_text().replace("timm/resnet18", "timm/resnet81"))
    result = medtune(words[0], "run.yaml", *words[1:])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "run.yaml, line 7: 'model.backbone': timm has no network called 'resnet81'. Did you mean "
        f"'timm/resnet18'?\n{NOT_DONE[words[0]]}\n"
    )
    result = medtune(words[0], "run.yaml", "--set", "model.backbone=torchvision/resnet81")
    assert result.stderr.startswith(
        "command line, --set model.backbone: 'model.backbone': torchvision has no classification "
        "network 'resnet81'."
    )


def test_a_network_that_a_search_would_try_and_that_is_not_there(medtune, hospital):
    file = hospital / "run.yaml"
    lines = file.read_text().splitlines()
    lines += ["search:", "  space:", "    model.backbone: [timm/resnet18, timm/resnet81]"]
    file.write_text("\n".join(lines))
    result = medtune("search", "run.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"run.yaml, line {len(lines)}: 'search.space.model.backbone': timm has no network called "
        "'resnet81'. Did you mean 'timm/resnet18'?\nNothing was searched.\n"
    )


@pytest.mark.parametrize("verb", ["predict", "chat", "serve", "export", "monitor"])
def test_a_run_that_is_not_there(medtune, hospital, verb):
    more = ["dicom"] if verb in ("predict", "monitor") else []
    result = medtune(verb, "nix", *more)
    assert result.exit_code == 2
    assert result.stderr == "nix is no run folder: it has no run.yaml.\n"


def test_new_overwrites_nothing(medtune, hospital):
    before = (hospital / "run.yaml").read_text()
    result = medtune("new")
    assert result.exit_code == 2
    assert "run.yaml exists already" in result.stderr
    assert (hospital / "run.yaml").read_text() == before
