"""``scripts/texts``: real conversations, clauses and questions: the tables of configs/README.md.

A tiny public language model (stories260K: 0.26 million parameters, taught on children's stories)
learns a help desk's answers and the clauses of contracts from 100, 500 and 2,000 of them, whole
and through adapters, and which of 77 intents a question has from 500, 2,000 and all. Each is judged
by ``medtune evaluate`` on the same test texts, against the untouched model, the same network taught
from random weights (beside the runs that learn whole: of random weights nothing is kept), and word
counts. Passes over the texts fall as their number grows, so that the runs of a kind take about as
many steps. What is done is not done again: each run has a record beside the benchmarks' results
(``results/texts/NAME.json``).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from medtune.run_folder import RunFolder
from medtune.tables.schema import read_table, write_text
from tests.benchmarks.command import ROOT, taken_by, write_between
from tests.benchmarks.rig import circumstances

PAGE = ROOT / "configs/README.md"
RECORDS = Path(__file__).parent / "results/texts"
BEGIN, END = "<!-- texts: written by scripts/texts -->", "<!-- end of texts -->"
BACKBONE = "weights/text/stories260K-hf"
GENERIC = "text/generic/wikitext2_valid_test.jsonl"
SOME_GENERIC = "generic.jsonl"
EVERY_GENERIC = 4  # every fourth document is judged: all of them take longer than the learning
EPOCHS = {"100": 20, "500": 4, "2000": 1}
PATIENCE = 2
SPLIT = "{train: 0.80, tune: 0.05, calibration: 0, test: 0.15}"  # few texts select, for time
RATES = {"full": "3e-3", "lora": "5e-3"}  # of the facts known beforehand; tuned to nothing
FILES = {
    "support": {"train": "helpdesk_train_2000", "test": "helpdesk_test_500"},
    "legal": {part: f"contract_clauses_{part}" for part in ("train", "test")},
    "intents": {"train": "banking77_train", "test": "banking77_test"},
}
CONFIGS = {"support": "support/chat", "legal": "legal/drafts", "intents": "support/intents"}
KINDS = {
    "support": "a help desk's answers (Mozilla Support threads)",
    "legal": "clauses of contracts (CUAD)",
    "intents": "which of 77 intents a bank's customer has (Banking77)",
}
WRITTEN = {"support": 0, "legal": 29}  # a draft for each company of the test
INTENT_EPOCHS = {"500": 20, "2000": 20, "all": 6}  # whole schedules, for about as many questions
HALVES = {"odd": "even", "even": "odd"}  # rows of the test file that calibrate: that are judged
WHOLE = "{train: 0.97, tune: 0.03, calibration: 0, test: 0}"  # the training file calibrates nothing


@dataclass(frozen=True)
class Asked:
    """One run.

    Attributes:
        kind: of texts.
        cases: that teach.
        adapt: what learns.
        half: rows of the test file that calibrate while the others are judged; empty: a part of the
            training file calibrates, and the whole test file is judged.
    """

    kind: str
    cases: str
    adapt: str
    half: str = ""

    @property
    def name(self) -> str:
        """Of the run."""
        return "-".join(filter(None, (self.kind, self.cases, self.adapt, self.half)))

    def settings(self, real: Path, home: Path) -> list[str]:
        """What differs from the run file."""
        folder = "legal" if self.kind == "legal" else "support"
        files = {
            part: str(real / f"text/{folder}/{name}.jsonl")
            for part, name in FILES[self.kind].items()
        }
        if self.half:
            for part, half in (("calibration", self.half), ("test", HALVES[self.half])):
                files[part] = str(home / f"{self.kind}-{half}.jsonl")
        said = [
            f"data.files={json.dumps(files)}",  # whole: a file of the run file would stay
            f"data.work={home / f'work-{self.kind}{self.half}'}",
            f"data.train_cases={self.cases}",
            f"runs={home / 'runs'}",
            f"name={self.name}",
            f"model.backbone={real / BACKBONE}",
            f"model.adapt={self.adapt}",
            "training.precision=32",  # so that the tables are the same on a CPU that has bf16
        ]
        if self.kind == "intents":
            split = [f"data.split={WHOLE}"] if self.half else []
            return [*said, *split, f"training.epochs={INTENT_EPOCHS[self.cases]}"]
        return [
            *said,
            f"data.split={SPLIT}",
            f"training.epochs={EPOCHS[self.cases]}",
            f"training.patience={PATIENCE}",
            f"training.learning_rate={RATES[self.adapt]}",
            f"evaluation.compare_with={self.compared}",
            f"evaluation.generic={home / SOME_GENERIC}",
            f"evaluation.generated={WRITTEN[self.kind]}",
        ]

    @property
    def compared(self) -> str:
        """The models beside it."""
        return "[untouched, from_scratch]" if self.adapt == "full" else "[untouched]"


EVERY = [
    *(
        Asked(kind, cases, how)
        for kind in ("support", "legal")
        for cases in EPOCHS
        for how in RATES
    ),
    *(Asked("intents", cases, "full") for cases in INTENT_EPOCHS),
    *(Asked("intents", "all", "full", half) for half in HALVES),
]


def write_parts(real: Path, home: Path) -> None:
    """Some of the generic documents, and the halves of the questions, in files of their own."""

    def write(whole: str, rows: slice, part: str) -> None:
        lines = (real / whole).read_text(encoding="utf-8").splitlines(keepends=True)
        write_text("".join(lines[rows]), home / part)

    write(GENERIC, slice(None, None, EVERY_GENERIC), SOME_GENERIC)
    questions = f"text/support/{FILES['intents']['test']}.jsonl"
    for first, half in enumerate(HALVES):
        write(questions, slice(first, None, 2), f"intents-{half}.jsonl")


def do(asked: Asked, real: Path, home: Path, records: Path) -> None:
    """Train and judge one run, and write down what came of it."""
    config = ROOT / "configs" / f"{CONFIGS[asked.kind]}.yaml"
    settings = asked.settings(real, home)
    folder = RunFolder(home / "runs" / asked.name)
    if not folder.finished:
        shutil.rmtree(folder.path, ignore_errors=True)  # its time is to be that of one training
    train = taken_by("train", config, settings)
    judge = taken_by("evaluate", config, settings)
    found = {"seconds": {"train": train["cpu_seconds"], "evaluate": judge["cpu_seconds"]}}
    write_text(json.dumps({**found, **read(folder)}, indent=1), records / f"{asked.name}.json")


def read(folder: RunFolder) -> dict[str, Any]:
    """What the tables say of one judged run."""
    said = json.loads(folder.result.read_text(encoding="utf-8"))
    measures = _plain(read_table(folder.measures), ["model", "target", "measure", "rule"])
    differences = _plain(
        read_table(folder.differences), ["model", "compared_with", "target", "measure", "rule"]
    )
    primary = said["primary"]
    return {
        "verdict": said["verdict"],
        "answer": said["answer"],
        "cases": primary["n_cases"],
        "groups": primary["n_groups"],
        "measures": measures,
        "differences": differences,
        **circumstances(("torch", "transformers")),
    }


def _plain(rows: pd.DataFrame, keys: list[str]) -> list[dict[str, Any]]:
    """Rows about all judged texts and no class alone, with what the tables need of them."""
    whole = ~rows["target"].str.contains("=", regex=False)
    rows = rows[(rows["subgroup"] == "all") & (rows["split"] == "test") & whole]
    value = "difference" if "difference" in rows else "value"
    kept = [*keys, value, "low", "high", "reason"]
    found: list[dict[str, Any]] = json.loads(rows[kept].to_json(orient="records"))
    return found


def tables(records: Path) -> str:
    """All runs that are done, a table a kind of texts."""
    done = {
        asked: json.loads(path.read_text(encoding="utf-8"))
        for asked in EVERY
        if (path := records / f"{asked.name}.json").exists()
    }
    parts = []
    for kind, words in KINDS.items():
        own = {asked: found for asked, found in done.items() if asked.kind == kind}
        if own:
            lines = _intents(own) if kind == "intents" else _writes(own)
            judged = sorted({(found["cases"], found["groups"]) for found in own.values()})
            counted = "; ".join(f"{cases:,} texts of {groups:,} groups" for cases, groups in judged)
            parts.append(
                "\n".join([f"**{words[0].upper()}{words[1:]}**, judged on {counted}.", "", *lines])
            )
    missing = [asked.name for asked in EVERY if asked not in done]
    if missing:
        parts.append(f"Not run yet: {', '.join(missing)}.")
    return "\n\n".join([*parts, _around(list(done.values()))]) + "\n"


def _writes(done: dict[Asked, dict[str, Any]]) -> list[str]:
    lines = [
        "| texts that teach | what learns | bits per byte | against the untouched model "
        "| against from scratch | right answer of ten | by word counts | characters to change "
        "| of the nearest precedent | generic text | training |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for asked, found in done.items():
        cells = (
            asked.cases,
            f"`{asked.adapt}`",
            _value(found, "fine_tuned", "answer", "bits_per_byte"),
            _against(found, "untouched", "answer"),
            _against(found, "from_scratch", "answer"),
            _value(found, "fine_tuned", "answer", "right_answer_first"),
            _value(found, "tfidf", "answer", "right_answer_first"),
            _value(found, "fine_tuned", "answer", "edit_effort_characters"),
            _value(found, "tfidf", "answer", "edit_effort_characters"),
            _against(found, "untouched", "generic text"),
            f"{found['seconds']['train']:.0f} s",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _intents(done: dict[Asked, dict[str, Any]]) -> list[str]:
    lines = [
        "| questions that teach | that calibrate | judged | model | accuracy "
        "| answered rightly alone, at 95 % precision |",
        "|---|---|---|---|---|---|",
    ]
    for asked, found in done.items():
        for model in ("fine_tuned", "frozen_backbone", "tfidf"):
            accuracy = _value(found, model, "intent", "accuracy")
            alone = _value(found, model, "intent", "answered_right")
            by = (
                f"the test file's {asked.half} rows"
                if asked.half
                else "a part of the training file"
            )
            judged = f"{found['cases']:,}"
            lines.append(f"| {asked.cases} | {by} | {judged} | {model} | {accuracy} | {alone} |")
    return lines


def _value(found: dict[str, Any], model: str, target: str, measure: str) -> str:
    wanted = {"model": model, "target": target, "measure": measure}
    return _one(found["measures"], wanted, "value", "")


def _against(found: dict[str, Any], model: str, target: str) -> str:
    wanted = {"compared_with": model, "target": target, "measure": "bits_per_byte"}
    return _one(found["differences"], {"model": "fine_tuned", **wanted}, "difference", "+")


def _one(rows: list[dict[str, Any]], wanted: dict[str, str], name: str, sign: str) -> str:
    for row in rows:
        if all(row[key] == value for key, value in wanted.items()):
            if row["reason"]:
                return str(row["reason"])
            low, high = row["low"], row["high"]
            around = "" if low is None else f" ({low:{sign}.3f} to {high:{sign}.3f})"
            return f"{row[name]:{sign}.3f}{around}"
    return ""


def _around(done: list[dict[str, Any]]) -> str:
    if not done:
        return ""
    last = max(done, key=lambda one: one["date"])
    versions = ", ".join(f"{name} {version}" for name, version in last["versions"].items())
    return (
        "Lower bits per byte are better; 95 % intervals resample askers, companies or questions; "
        "training is processor time of `medtune train` as a whole, in one thread. "
        f"{last['cpu']}; {versions}; {last['date']}."
    )


def main(words: list[str] | None = None) -> None:
    """Read the command line."""
    names = [asked.name for asked in EVERY]
    parser = argparse.ArgumentParser(prog="scripts/texts", description=__doc__)
    real = os.environ.get("MEDTUNE_REAL_DATA", str(ROOT.parent / "shared/data"))
    parser.add_argument("--real", type=Path, default=Path(real), help="MEDTUNE_REAL_DATA")
    parser.add_argument("--home", type=Path, default=ROOT / "build/texts", help="of the runs")
    parser.add_argument("--records", type=Path, default=RECORDS, help="what came of each")
    parser.add_argument("--page", type=Path, default=PAGE, help="where the tables are written")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="RUN")
    parser.add_argument("--hours", type=float, help="after which no other run is begun")
    given = parser.parse_args(words)
    if not (given.real / "text").is_dir():
        parser.error(f"there are no texts in {given.real}: set MEDTUNE_REAL_DATA or --real")
    write_parts(given.real, given.home)
    began = time.monotonic()
    for asked in EVERY:
        if asked.name not in given.only:
            continue
        if not (given.records / f"{asked.name}.json").exists():
            if given.hours is not None and time.monotonic() - began > 3600 * given.hours:
                print("scripts/texts: the time is up; go on with the same words", file=sys.stderr)
                return
            do(asked, given.real.resolve(), given.home.resolve(), given.records)
        write_between(BEGIN, END, tables(given.records), given.page)
        print(f"scripts/texts: {asked.name} is done", file=sys.stderr)


if __name__ == "__main__":
    main()
