"""The stages of a fine-tuning, one after the other, each resumable from where it was cut."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from medtune.learning.adapt import HEAD_ALONE, METHODS, ParameterGroup, Stage
from medtune.learning.averaging import State
from medtune.learning.batch_norm import measure_statistics
from medtune.learning.batches import Batches
from medtune.learning.finder import find_rate
from medtune.learning.judge import judge
from medtune.learning.keep import BEST, LAST, START, Keep, epoch_files
from medtune.learning.lesson import Lesson
from medtune.learning.module import Learner
from medtune.learning.room import Room
from medtune.learning.selection import Judgement, Selected, greedy_soup, uniform, wise_ft
from medtune.learning.trainer import run_trainer
from medtune.learning.weights import load_exactly, read_card, read_state, save_weights
from medtune.tables.schema import write_text

UNBEATEN: Judgement = (-math.inf, math.inf)
REFERENCE = 1e-4  # what the rates of a stage are built from where a range test scales them
RATE = "rate.json"
AT_ONCE = "films_at_once.json"


def fit(lesson: Lesson) -> tuple[float, float]:
    """Fine-tune a network; it ends with the weights that ``training.keep`` asks for.

    A stage is done when its file ``<n>-<stage>.safetensors`` is there. One that was interrupted
    goes on where it was last saved, and ends with the same weights as if it had not been.

    Args:
        lesson: who learns what, from what, and how.

    Returns:
        The value that the task's monitor has of these weights on the tune split, and their loss.

    Raises:
        KeyboardInterrupt: it was stopped by hand.
    """
    best = UNBEATEN
    past: list[dict[str, Any]] = []
    training = lesson.training
    if training.learning_rate == "find":
        training = training.model_copy(update={"learning_rate": REFERENCE})
    stages = METHODS[lesson.model.adapt](lesson.network, lesson.model, training)
    ranks = lesson.ranks
    for number, stage in enumerate(stages, start=1):
        done = lesson.folder / f"{number}-{stage.name}.safetensors"
        if not ranks.agreed(ranks.first and done.exists()):
            if number == 1:
                if lesson.model.batch_norm == "adapt":
                    measure_statistics(lesson.network, lesson.teach.batches())
                best = _as_it_came(lesson)
            last = number == len(stages)
            _run(lesson, stage, done, past, best, lesson.training.keep if last else "best")
        card = read_card(done)
        load_exactly(lesson.network, read_state(done), done.name)
        best = (float(card["tune"][0]), float(card["tune"][1]))
        past = card["history"]
        lesson.watch(past, number < len(stages))
    return lesson.task.monitor.worth(best[0]), best[1]


def _as_it_came(lesson: Lesson) -> Judgement:
    """What a network that knows the task has to be better than; of another nothing is asked."""
    if not lesson.network.knows:
        return UNBEATEN
    said = lesson.ranks.agreed(lesson.ranks.lead(lambda: _judged(lesson)))
    assert said is not None
    lesson.say(f"as it came: {_words(lesson, said)}")
    return UNBEATEN if math.isnan(said[0]) else said


def _judged(lesson: Lesson) -> Judgement:
    """What the tune split says of the network as it is."""
    size, device = lesson.training.batch_size, lesson.hardware.device
    return judge(lesson.task, lesson.network, lesson.tune, device, size)


def _words(lesson: Lesson, said: Judgement) -> str:
    """The same for a person."""
    monitor = lesson.task.monitor
    return f"tune loss {said[1]:.4f}, tune {monitor.words} {monitor.worth(said[0]):.4f}"


def _run(
    lesson: Lesson,
    stage: Stage,
    done: Path,
    past: list[dict[str, Any]],
    start: Judgement,
    kept: str,
) -> None:
    """One stage, from its start or where it was last saved, to its file."""
    home, training, network = done.with_suffix(""), lesson.training, lesson.network
    ranks = lesson.ranks
    if ranks.first:
        home.mkdir(parents=True, exist_ok=True)
    if kept == "wise_ft" and ranks.first and not (home / START).exists():
        save_weights(network, home / START, {})
    groups = stage.begin(network, lesson.teach)
    at_once = _films_at_once(lesson, stage, groups, home)
    groups = _at_found_rate(lesson, stage, groups, at_once, home)
    peak = max(group["lr"] for group in groups)
    training = training.model_copy(update={"films_at_once": at_once})
    learn = sum(p.numel() for group in groups for p in group["params"])
    if start != UNBEATEN and ranks.first and not (home / BEST).exists():
        # what the stage before reached stands until an epoch is better
        save_weights(network, home / BEST, {"tune": list(start)})
    keep = Keep(
        home,
        lesson.metrics,
        stage=stage.name,
        monitor=lesson.task.monitor,
        past=past,
        start=start,
        epochs=stage.epochs,
        training=training,
        kept=kept,
        say=lesson.say,
        watch=lesson.watch,
        ranks=ranks,
    )
    begun = ranks.agreed(ranks.first and (home / LAST).exists())
    state = _resume_point(home / LAST) if begun else None
    if state is not None:
        keep.load_state_dict(state)
        lesson.say(f"{stage.name}: goes on {keep.where}")
        keep.show()
    if not keep.finished and (start == UNBEATEN or not ranks.agreed(keep.out_of_time)):
        ranks.make_same(network)
        learner = Learner(
            lesson.task, network, groups, stage.name, training, lesson.batch_norm_moves, ranks
        )
        batches = Batches(
            lesson.train,
            lesson.tune,
            batch_size=training.batch_size,
            seed=training.seed,
            stage=stage.name,
            odds=lesson.odds,
            ranks=ranks,
            whole=training.mixes,
        )
        run_trainer(
            learner,
            batches,
            keep,
            lesson.hardware,
            training,
            ranks,
            epochs=stage.epochs,
            home=home,
            resume=home / LAST if state else None,
        )
    network.to(lesson.hardware.device)

    def end() -> None:
        selected = _selected(lesson, stage, home, keep, kept)
        load_exactly(network, selected.state, stage.name)
        card = {
            "tune": list(selected.tune),
            "history": [*past, *keep.rows],
            "kept": {"what": kept, **selected.how},
            "learning_rate": peak,
            "films_at_once": at_once,
            "parameters": learn,
        }
        save_weights(network, done, card)
        shutil.rmtree(home)

    ranks.lead(end)
    if not ranks.first:
        stage.end(network)


def _at_found_rate(
    lesson: Lesson, stage: Stage, groups: list[ParameterGroup], at_once: int | None, home: Path
) -> list[ParameterGroup]:
    """The groups, at rates found by a range test where the run asks for it; found once a stage."""
    if lesson.training.learning_rate != "find" or stage.name == HEAD_ALONE:
        return groups
    file = home / RATE

    def find() -> float:
        if not file.exists():
            found = find_rate(
                lesson.network,
                groups,
                lesson.teach_by(at_once),
                batch_norm_moves=lesson.batch_norm_moves,
                seed=lesson.training.seed,
            )
            write_text(json.dumps(asdict(found)), file)
            lesson.say(f"{stage.name}: learning rate {found.rate:.2g}, by a range test")
        return float(json.loads(file.read_text(encoding="utf-8"))["rate"])

    rate = lesson.ranks.agreed(lesson.ranks.lead(find))
    assert rate is not None
    fastest = max(group["lr"] for group in groups)
    return [{**group, "lr": group["lr"] / fastest * rate} for group in groups]


def _films_at_once(
    lesson: Lesson, stage: Stage, groups: list[ParameterGroup], home: Path
) -> int | None:
    """As many as the run says, or as fit; tried once a stage."""
    training, ranks, file = lesson.training, lesson.ranks, home / AT_ONCE
    if training.films_at_once != "find":
        return training.films_at_once

    def find() -> int:
        if not file.exists():
            room = Room(
                lesson.task,
                lesson.network,
                groups,
                lesson.train,
                lesson.hardware,
                batch_norm_moves=lesson.batch_norm_moves,
                sharing=training.devices,
            )
            found = room.most(ranks.largest(training.batch_size))
            write_text(json.dumps({"films_at_once": found}), file)
            lesson.say(f"{stage.name}: {found} films at once fit, by trying")
        return int(json.loads(file.read_text(encoding="utf-8"))["films_at_once"])

    return ranks.agreed(ranks.lead(find))


def _selected(lesson: Lesson, stage: Stage, home: Path, keep: Keep, kept: str) -> Selected:
    """The weights that the stage ends with, without adapters; the network is left anyhow."""
    network = lesson.network

    def said(state: State) -> Judgement:
        load_exactly(network, dict(state), stage.name)
        return _judged(lesson)

    def settle(state: State) -> dict[str, torch.Tensor]:
        """Statistics of BatchNorm that have moved: their mixture belongs to no weights."""
        if not lesson.batch_norm_moves:
            return dict(state)
        load_exactly(network, dict(state), stage.name)
        measure_statistics(network, lesson.teach.batches())
        return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}

    candidates = [read_state(file) for file in epoch_files(home)]
    if candidates:
        choose = uniform if kept == "swa" else greedy_soup
        selected = choose(candidates, said, settle)
        words, averaged = _words(lesson, selected.tune), selected.how["averaged"]
        lesson.say(f"{kept}: the average of {averaged} epochs, {words}")
        return selected
    load_exactly(network, read_state(home / BEST), BEST)
    stage.end(network)
    end = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    if kept == "wise_ft":
        device = lesson.hardware.device
        start = {name: t.to(device) for name, t in read_state(home / START).items()}
        selected = wise_ft(start, end, said, settle)
        lesson.say(
            f"wise_ft: {selected.how['share']:.1f} of the way, {_words(lesson, selected.tune)}"
        )
        return selected
    return Selected(end, keep.best, {"epoch": keep.best_epoch})


def _resume_point(last: Path) -> dict[str, Any]:
    """What ``Keep`` knew when it was last saved."""
    checkpoint = torch.load(last, map_location="cpu", weights_only=True)
    state: dict[str, Any] = checkpoint["callbacks"]["Keep"]
    return state
