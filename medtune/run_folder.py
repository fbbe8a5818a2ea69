"""The run folder: the only place that knows the names of the files in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from medtune.config.model import RUN_LANGUAGE, RUN_WEIGHTS
from medtune.errors import RunError

SEEDS = "seeds"


@dataclass(frozen=True)
class RunFolder:
    """Files of one run.

    Args:
        path: ``runs/NAME``.
    """

    path: Path

    @property
    def config(self) -> Path:
        """The run, whole and resolved."""
        return self.path / "run.yaml"

    @property
    def environment(self) -> Path:
        """Versions, device, precision, digests."""
        return self.path / "environment.json"

    @property
    def cases(self) -> Path:
        """The cases of the run."""
        return self.path / "cases.parquet"

    @property
    def films(self) -> Path:
        """The films of the cases, where a case is a study; otherwise the cases are the films."""
        return self.path / "films.parquet"

    @property
    def splits(self) -> Path:
        """Which case taught, tuned, calibrated or is judged."""
        return self.path / "splits.parquet"

    @property
    def site(self) -> Path:
        """The site's profile that training films are rendered after."""
        return self.path / "site.yaml"

    @property
    def films_before(self) -> Path:
        """What the training films look like before, as a profile."""
        return self.path / "films.yaml"

    @property
    def harmonise(self) -> Path:
        """How the greys of its films are brought to one scale, as fitted on its training films."""
        return self.path / "harmonise.json"

    @property
    def flow(self) -> Path:
        """How the films became the cases."""
        return self.path / "flow.csv"

    @property
    def leaks(self) -> Path:
        """What was suspected before it was begun, and what of it was allowed."""
        return self.path / "leaks.csv"

    @property
    def metrics(self) -> Path:
        """A row an epoch."""
        return self.path / "metrics.csv"

    @property
    def checkpoints(self) -> Path:
        """A file a finished stage, a folder for the one under way."""
        return self.path / "checkpoints"

    @property
    def model(self) -> Path:
        """The trained weights, with their preprocessing inside."""
        return self.path / RUN_WEIGHTS

    @property
    def language(self) -> Path:
        """Architecture and tokenizer of a language model, as the Hugging Face hub has them."""
        return self.path / RUN_LANGUAGE

    @property
    def texts(self) -> Path:
        """Which of the work folder's stored texts are this run's."""
        return self.path / "texts.json"

    def of_seed(self, seed: int) -> RunFolder:
        """The same training with another seed: its checkpoints, metrics, environment and model."""
        return RunFolder(self.path / SEEDS / str(seed))

    @property
    def of_run(self) -> RunFolder:
        """The run that a further seed belongs to, which has its cases; a run's is itself."""
        within = self.path.parent.name == SEEDS and not self.cases.exists()
        return RunFolder(self.path.parent.parent) if within else self

    @property
    def search(self) -> SearchFolder:
        """What 'medtune search' tried out."""
        return SearchFolder(self.path / "search")

    @property
    def ladder(self) -> LadderFolder:
        """What 'medtune ladder' tried."""
        return LadderFolder(self.path / "ladder")

    @property
    def predictions(self) -> Path:
        """Scores of every model on the calibration and test splits."""
        return self.path / "predictions.parquet"

    @property
    def marks(self) -> Path:
        """Of texts that were said: what each case got, for every model."""
        return self.path / "marks.parquet"

    @property
    def new_scores(self) -> Path:
        """What 'medtune predict' says of new films or texts, where no other place is given."""
        return self.path / "predictions" / "predictions.csv"

    @property
    def from_scratch(self) -> RunFolder:
        """The control of random weights that is taught as long: its checkpoints and metrics."""
        return RunFolder(self.path / "from_scratch")

    def with_canaries(self, planted: str) -> RunFolder:
        """An audit model that was taught secrets, named by what was planted where."""
        return RunFolder(self.path / "with_canaries" / planted)

    @property
    def inputs(self) -> Path:
        """How the test films look, as numbers: what new films are compared with."""
        return self.path / "inputs.parquet"

    @property
    def measures(self) -> Path:
        """How good each model is."""
        return self.path / "measures.csv"

    @property
    def differences(self) -> Path:
        """How much better the fine-tuned model is."""
        return self.path / "differences.csv"

    @property
    def result(self) -> Path:
        """The answer, for machines."""
        return self.path / "result.json"

    @property
    def report(self) -> Path:
        """The answer, for people."""
        return self.path / "report.html"

    @property
    def printed(self) -> Path:
        """The answer, for people, on paper."""
        return self.path / "report.pdf"

    @property
    def model_card(self) -> Path:
        """The model in short: for what, on whom, how well, and what is not known."""
        return self.path / "model_card.md"

    @property
    def imrmc(self) -> Path:
        """The scores of the judged studies for iMRMC, a file a finding."""
        return self.path / "imrmc"

    @property
    def export(self) -> Path:
        """The trained model as it is used without medtune."""
        return self.path / "export"

    @property
    def openai(self) -> Path:
        """Its training conversations as OpenAI's fine-tuning reads them."""
        return self.path / "openai"

    @property
    def begun(self) -> bool:
        """Whether anything was learnt: before that, the settings may still be put right."""
        return self.checkpoints.exists()

    @property
    def finished(self) -> bool:
        """Whether training has ended."""
        return self.model.exists()

    def must_be_there(self) -> None:
        """Refuse a folder that is none of a run.

        Raises:
            RunError: it has no run.yaml.
        """
        if not self.config.exists():
            raise RunError(f"{self.path.name} is no run folder: it has no run.yaml.")

    def must_be_finished(self, more_seeds: Sequence[int] = ()) -> None:
        """Refuse a run that is not there or not trained to its end.

        Args:
            more_seeds: further trainings that must have ended too.

        Raises:
            RunError: says which.
        """
        self.must_be_there()
        if not self.finished:
            raise RunError(
                f"The run {self.path.name} is not finished. 'medtune train' goes on with it."
            )
        missing = [seed for seed in more_seeds if not self.of_seed(seed).finished]
        if missing:
            raise RunError(
                f"The run {self.path.name} is not finished with seed "
                f"{', '.join(str(seed) for seed in missing)} of 'training.more_seeds'. 'medtune "
                "train' goes on with it; or take the seed out of the list."
            )


@dataclass(frozen=True)
class SearchFolder:
    """Files of one search.

    Args:
        path: ``runs/NAME/search``.
    """

    path: Path

    @property
    def prepared(self) -> RunFolder:
        """The settings, cases and split that all trials share."""
        return RunFolder(self.path)

    @property
    def table(self) -> Path:
        """A row a trial."""
        return self.path / "search.csv"

    @property
    def best(self) -> Path:
        """The best settings, as a run file that starts from those of the search."""
        return self.path / "best.yaml"

    @property
    def records(self) -> Path:
        """A file a trial, named by its number: what was tried and what came out."""
        return self.path / "trials"

    def record(self, number: int) -> Path:
        """The file of one trial."""
        return self.records / f"{number:04d}.json"

    def trial(self, number: int) -> RunFolder:
        """The checkpoints and metrics of one trial."""
        return RunFolder(self.records / f"{number:04d}")


@dataclass(frozen=True)
class LadderFolder:
    """Files of one ladder.

    Args:
        path: ``runs/NAME/ladder``.
    """

    path: Path

    @property
    def prepared(self) -> RunFolder:
        """The settings, cases and split that all rungs share."""
        return RunFolder(self.path)

    @property
    def answer(self) -> Path:
        """Every rung, the one that was chosen, and how it did on the test, for machines."""
        return self.path / "ladder.json"

    @property
    def page(self) -> Path:
        """The same on one page, for people."""
        return self.path / "ladder.html"

    @property
    def rungs(self) -> Path:
        """Run folders of the rungs that were trained or kept whole."""
        return self.path / "rungs"

    def scores(self, name: str) -> Path:
        """What a rung says of the cases that choose."""
        return self.path / "scores" / f"{name}.parquet"

    def record(self, name: str) -> Path:
        """What a rung took, or why it could not be climbed."""
        return self.path / "scores" / f"{name}.json"

    def fold(self, name: str, number: int) -> RunFolder:
        """Checkpoints and metrics of one training of cross-validation."""
        return RunFolder(self.path / "folds" / name / str(number))

    def scores_of_fold(self, name: str, number: int) -> Path:
        """What that training says of the patients that it did not see."""
        return self.path / "scores" / f"{name}-{number}.parquet"
