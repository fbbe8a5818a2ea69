"""Films and texts share one core: nothing asks for the task, and nothing is written twice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import medtune
from medtune.config.data import FORMATS_OF
from medtune.config.run_kinds import RUN_OF

ROOT = Path(medtune.__file__).parent
WINGS = ("vision", "text")
TASKS = frozenset(RUN_OF)
SHARED = ("learning", "tables", "evaluation", "report", "config")


# What each task reads, and which steps it has: a table each, and nothing else asks.
ALLOWED = {"config/data.py", "workflow/wings.py"}


def modules(*rooms: str) -> list[Path]:
    """The modules of some rooms; of all where none is named."""
    return sorted(path for room in rooms or ("",) for path in (ROOT / room).rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def asked_tasks(tree: ast.AST) -> Iterator[int]:
    """Lines that choose by the task: compare it, match it, or look something up by it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
        elif isinstance(node, ast.Match):
            sides = [node.subject]
        elif isinstance(node, ast.Subscript):
            sides = [node.slice]
        else:
            continue
        for side in sides:
            constants = {n.value for n in ast.walk(side) if isinstance(n, ast.Constant)}
            if _named(side) == "task" or (constants & TASKS and isinstance(node, ast.Compare)):
                yield node.lineno
                break


def _named(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def classes(path: Path) -> Iterator[ast.ClassDef]:
    yield from (n for n in ast.walk(parsed(path)) if isinstance(n, ast.ClassDef))


def imported(path: Path) -> set[str]:
    """The first names of all that a module imports, wherever it does."""
    found: set[str] = set()
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def bases(one: ast.ClassDef) -> set[str]:
    return {_named(base) for base in one.bases}


def test_nothing_asks_for_the_task_but_the_wings_and_the_one_place_that_knows_both():
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for path in modules()
        if path.relative_to(ROOT).parts[0] not in WINGS
        for line in asked_tasks(parsed(path))
    }
    assert {one.partition(":")[0] for one in found} <= ALLOWED, sorted(found)
    assert len(found) <= 2, sorted(found)


@pytest.mark.parametrize(
    "code",
    ["if run.task == 'support_chat': pass", "x = task in WRITING", "y = NAMES[run.task]",
     "match run.task:\n  case 'a': pass", "z = kind != 'xray_findings'"],
)  # fmt: skip
def test_who_asked_for_it_would_be_seen(code: str):
    assert list(asked_tasks(ast.parse(code)))


def test_texts_are_learnt_by_the_module_and_the_trainer_of_films():
    own = {"LightningModule", "LightningDataModule", "Trainer", "Callback", "LightningDataset"}
    for path in modules("text", "workflow/texts", "workflow/chats"):
        assert not {"lightning", "pytorch_lightning", "peft", "trl", "accelerate"} & imported(path)
        for one in classes(path):
            assert not bases(one) & own, one.name
            assert not one.name.lower().startswith(("lora", "dora", "trainer")), one.name
    found = {name: [path.name for path in modules() for one in classes(path) if name in bases(one)]
             for name in ("LightningModule", "LightningDataModule", "Trainer")}  # fmt: skip
    assert found == {
        "LightningModule": ["module.py"], "LightningDataModule": ["batches.py"], "Trainer": [],
    }  # fmt: skip


def test_lightning_and_peft_are_those_of_learning():
    for name in ("lightning", "peft"):
        rooms = {p.relative_to(ROOT).parts[0] for p in modules() if name in imported(p)}
        assert rooms == {"learning"}, name
    assert [path.name for path in modules() if "peft" in imported(path)] == ["adapters.py"]


def test_intervals_of_texts_are_those_of_films():
    """Nobody but the judge draws groups anew, and the judge knows neither films nor texts."""
    for path in modules("text", "workflow/texts", "workflow/chats"):
        names = {n.name.lower() for n in ast.walk(parsed(path))
                 if isinstance(n, ast.FunctionDef | ast.ClassDef)}  # fmt: skip
        assert not [name for name in names if "bootstrap" in name or "resampl" in name], path.name
        assert "statsmodels" not in imported(path), path.name
        called = {_named(n.func) for n in ast.walk(parsed(path)) if isinstance(n, ast.Call)}
        assert not called & {"bootstrap", "binomtest", "proportion_confint"}, path.name
    for path in modules(*SHARED):
        source = path.read_text()
        assert "from medtune.text" not in source, path.name
        assert "from medtune.vision" not in source, path.name


def test_the_report_follows_kinds_of_targets_and_marks():
    for path in modules("report"):
        source = path.read_text()
        assert not [task for task in TASKS if f'"{task}"' in source], path.name
    for path in (ROOT / "report" / "templates").iterdir():
        source = path.read_text()
        assert ".task" not in source, path.name
        assert not [task for task in TASKS if task in source], path.name


def test_every_task_of_texts_says_what_it_reads():
    assert {*FORMATS_OF, "xray_findings"} == TASKS
