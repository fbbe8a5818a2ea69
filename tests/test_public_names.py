from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import medtune

# The names of the design, which notebooks use.
NAMES = {
    "load_run",
    "read_xray",
    "read_cases",
    "split",
    "show",
    "train",
    "predict",
    "evaluate",
    "report",
    "Run",
    "Result",
    "MedtuneError",
    "__version__",
}


def test_the_list_of_names_is_the_design_s():
    assert set(medtune.__all__) == NAMES
    assert dir(medtune) == sorted(NAMES)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_name_is_there(name):
    value = getattr(medtune, name)
    if name != "__version__":
        assert value.__name__ == name
        assert value.__doc__, "a public name says what it is"


def test_what_type_checkers_see_is_what_is_imported():
    """The lazy table and the imports under TYPE_CHECKING say the same."""
    tree = ast.parse(Path(medtune.__file__).read_text(encoding="utf-8"))
    seen = {
        alias.name: node.module
        for block in ast.walk(tree)
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == medtune._HOME


def test_another_name_is_an_ordinary_error():
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        medtune.trian  # noqa: B018


def test_report_stays_the_function_when_the_room_of_that_name_is_imported():
    code = (
        "import sys, medtune\n"
        "from medtune.report import __path__\n"
        "assert 'medtune.report' in sys.modules\n"
        "print(medtune.report.__module__)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "medtune.workflow.report\n"
