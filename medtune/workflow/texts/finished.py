"""A finished run about intents, to be asked: it says an intent, or hands over to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from medtune.config.generation import Generation
from medtune.config.load import load_run
from medtune.config.text_data import INTENT
from medtune.config.text_run import TextRun
from medtune.errors import RunError
from medtune.learning.hardware import Hardware, choose
from medtune.learning.predict import score
from medtune.run_folder import RunFolder
from medtune.text.conversation import Message
from medtune.text.faults import FaultError
from medtune.text.generate import Said, Tell
from medtune.text.redact import Redactor
from medtune.text.store import tokens_of_questions
from medtune.text.sure import HAND_OVER, Sure
from medtune.text.trained import TrainedText, load
from medtune.workflow.texts.predict import redactor_of, samples_of, table_of


@dataclass(frozen=True)
class FinishedIntents:
    """A model that says the intent of the last question, where it is sure enough for the bar.

    Attributes:
        model: it.
        hardware: where it runs.
        redact: replaces identifiers as before the model learnt.
        how: changes nothing: one intent is the most probable.
    """

    model: TrainedText
    hardware: Hardware
    redact: Redactor
    how: Generation = field(default_factory=Generation)

    @property
    def name(self) -> str:
        """Of the run."""
        return self.model.card.name

    @property
    def most_tokens(self) -> int:
        """Of a question."""
        return self.model.card.max_tokens

    @property
    def note(self) -> str:
        """What is withheld."""
        cut = self.model.card.answers.get(INTENT)
        if cut is None:
            return "It says no intent alone: no bar was declared (evaluation.answer_alone)."
        if cut["score"] is None:
            return f"It says no intent alone: {cut['reason']}."
        return (
            f"It says an intent alone from a probability of {cut['score']:.4g} on: at least "
            f"{100 * cut['precision']:g} % of the customers who are answered are answered "
            f"rightly, with confidence {cut['confidence']:g}, if they are like those of the "
            "calibration split."
        )

    def answer(
        self,
        turns: Sequence[Message],
        how: Generation | None = None,
        tell: Tell = lambda piece: None,
    ) -> Said:
        """The intent of the last question, or that a person is to answer.

        Args:
            turns: until the last question, which alone is read.
            how: changes nothing.
            tell: called with the answer.

        Raises:
            FaultError: nobody asks anything.
        """
        text = self.redact(turns[-1].content).strip() if turns else ""
        if not text:
            raise FaultError("no_question", "nobody asks anything")
        card, task = self.model.card, self.model.card.learns
        (ids,) = tokens_of_questions(self.model.tokenizer, [text])
        samples = samples_of(self.model.tokenizer, [text], card.max_tokens, task.outputs)
        found = task.table(score(task, self.model.network, samples, self.hardware))
        table = table_of(card, pd.Series([1]), np.asarray(found), pd.Series([None], dtype=object))
        (row,) = table[table["target"] == INTENT].to_dict("records")
        said = str(row["decision"])
        cut = card.answers.get(INTENT, {})
        threshold = cut.get("score")
        sure = Sure(
            decision=HAND_OVER if said == HAND_OVER else "answered",
            reason=row["reason"],
            class_=str(row["class"]),
            probability=float(row["score"]),
            threshold=threshold,
            bar=None
            if threshold is None
            else {"precision": cut["precision"], "confidence": cut["confidence"]},
        )
        tell(said)
        read = min(len(ids), card.max_tokens)
        return Said(said, True, read, len(ids) - read, 0, sure)


def open_finished(folder: Path, names: Path | None) -> FinishedIntents:
    """Open a finished run about intents.

    Args:
        folder: of the run.
        names: list of names to replace; the run's own by default.

    Raises:
        InputError: the run is not finished, or its list of names has gone.
    """
    run = load_run(RunFolder(folder).config, files_must_exist=False)
    if not isinstance(run, TextRun):
        raise RunError(f"The run {folder.name} is not about texts.")
    model = load(folder)
    hardware = choose(run.training)
    model.network.to(hardware.device)
    return FinishedIntents(model, hardware, redactor_of(run, model.card, names))
