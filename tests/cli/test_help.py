from __future__ import annotations

import re
import subprocess
import sys

import pytest
import typer

import medtune as package
from medtune.cli import app

VERBS = [
    "demo",
    "new",
    "doctor",
    "index",
    "check",
    "look",
    "deidentify",
    "train",
    "search",
    "evaluate",
    "compare",
    "monitor",
    "predict",
    "export",
    "ladder",
]
HEAVY = ["torch", "lightning", "pandas", "scipy", "sklearn", "pydicom", "numpy", "fastapi"]


def test_help_shows_the_verbs_under_their_panels(medtune):
    said = medtune("--help")
    assert said.exit_code == 0
    found = re.findall(r"─ (\w+) ─|│ (\w+)  ", said.stdout)
    assert [panel or verb for panel, verb in found if panel != "Options"] == [
        *("Start", "demo", "new", "doctor"),
        *("Data", "index", "check", "look", "deidentify"),
        *("Site", "ladder", "site"),
        *("Learn", "train", "search"),
        *("Judge", "evaluate", "compare", "monitor"),
        *("Use", "predict", "locate", "export", "chat", "serve"),
        *("Shelf", "weights"),
    ]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_and_takes_json_and_trace(medtune, verb):
    said = medtune(verb, "--help")
    assert said.exit_code == 0
    assert "--json" in said.stdout
    assert "--trace" in said.stdout
    assert ("--set" in said.stdout) == (
        verb in ("check", "look", "train", "search", "evaluate", "ladder", "predict", "export")
    )


def every_command(command, path=()):
    """Each command below one, and itself: the words that call it, and the command."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from every_command(below, (*path, name))


@pytest.mark.parametrize(("path", "command"), list(every_command(typer.main.get_command(app))))
def test_help_loses_no_bracket(medtune, path, command):
    frame = re.compile(r"[\s│╭╮╰╯─]+")
    shown = frame.sub("", medtune(*path, "--help").stdout)
    for text in (command.help, *(getattr(each, "help", None) for each in command.params)):
        assert frame.sub("", text or "") in shown, text


def test_help_names_the_extras_that_a_verb_needs(medtune):
    assert "Needs the extra 'serve'." in " ".join(medtune("serve", "--help").stdout.split())
    assert "'export'" in medtune("export", "--help").stdout


def test_the_version(medtune):
    assert medtune("--version").stdout == f"medtune {package.__version__}\n"


@pytest.mark.parametrize(
    "does",
    [
        "import medtune",
        "import medtune; dir(medtune)",
        "import sys; sys.argv = ['medtune', '--help']; from medtune.cli import main; main()",
        "import sys; sys.argv = ['medtune', 'train', '-h']; from medtune.cli import main; main()",
    ],
)
def test_nothing_heavy_is_imported(does):
    code = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print('heavy:', [m for m in {HEAVY} if m in sys.modules]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code + does], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("heavy: []\n")


def test_a_mistake_is_told_before_anything_heavy_is_imported(hospital):
    (hospital / "run.yaml").write_text("nmae: x\n")
    code = (
        "import atexit, sys\n"
        "heavy = ['torch', 'lightning', 'pandas', 'scipy', 'sklearn', 'pydicom']\n"
        "atexit.register(lambda: print('heavy:', [m for m in heavy if m in sys.modules]))\n"
        "sys.argv = ['medtune', 'train', 'run.yaml']\n"
        "from medtune.cli import main; main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == "heavy: []\n"
