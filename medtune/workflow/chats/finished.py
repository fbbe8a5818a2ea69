"""A finished run that answers, opened: its model on its device, its redaction, its settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from medtune.config.generation import Generation
from medtune.config.load import load_run
from medtune.config.text_run import ChatRun
from medtune.errors import InputError, RunError
from medtune.learning.hardware import choose
from medtune.run_folder import RunFolder
from medtune.text.answerer import Answerer, load
from medtune.text.conversation import Message
from medtune.text.generate import Said, Tell, answer
from medtune.text.redact import Redactor
from medtune.text.sure import FREE
from medtune.workflow.texts.predict import redactor_of

SECTION = "generation."


@dataclass(frozen=True)
class Finished:
    """A model that answers as its run says.

    Attributes:
        model: on its device.
        how: an answer is written.
        redact: replaces identifiers as before the model learnt.
    """

    model: Answerer
    how: Generation
    redact: Redactor

    @property
    def name(self) -> str:
        """Of the run."""
        return self.model.card.name

    @property
    def most_tokens(self) -> int:
        """Of question and answer together."""
        return self.model.card.max_tokens

    @property
    def note(self) -> str:
        """What is withheld."""
        return f"No answer is withheld: {FREE}."

    def answer(
        self,
        turns: Sequence[Message],
        how: Generation | None = None,
        tell: Tell = lambda piece: None,
    ) -> Said:
        """What it says next; identifiers in the turns are replaced before it reads them.

        Args:
            turns: until the last question.
            how: another way than the run's.
            tell: called with the pieces of the answer; see ``text.generate.answer``.

        Raises:
            FaultError: the model's chat template refuses the turns.
        """
        redacted = [Message(each.role, self.redact(each.content)) for each in turns]
        return answer(self.model, redacted, how or self.how, tell)


def open_finished(folder: Path, settings: Sequence[str], names: Path | None) -> Finished:
    """Open a finished run that answers.

    Args:
        folder: of the run.
        settings: overrides of its section 'generation'.
        names: list of names to replace; the run's own by default.

    Raises:
        InputError: the run is not finished or does not answer, a setting is of training, or the
            run's list of names has gone.
    """
    run = run_of(folder, settings)
    model = load(folder)
    redact = redactor_of(run, model.card, names)
    model.network.to(choose(run.training).device)
    return Finished(model, run.generation, redact)


def run_of(folder: Path, settings: Sequence[str]) -> ChatRun:
    """A run that answers, as its folder has it, with other settings of how.

    Raises:
        InputError: it does not answer, or a setting is of training.
    """
    strange = [name for name in settings if not name.strip().startswith(SECTION)]
    if strange:
        raise InputError(
            f"'--set {strange[0]}' is of training: of a finished run only how it answers may be "
            "set, such as generation.temperature=0.7."
        )
    run = load_run(RunFolder(folder).config, settings, files_must_exist=False)
    if not isinstance(run, ChatRun):
        raise RunError(f"The run {folder.name} does not answer.")
    return run
