"""``medtune export``: a finished model as it is used without medtune."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from medtune.config.load import load_films_run, load_run
from medtune.errors import InputError, RunError, WeightsError
from medtune.learning.weights import sha256_of
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_text, write_whole
from medtune.vision.export import (
    as_onnx,
    as_torch,
    missing_onnx,
    must_have_onnx,
    rounding,
    run_onnx,
    run_torch,
    trace,
    training_graph,
)
from medtune.vision.export_card import as_text, card_in, exported_card, schema
from medtune.vision.export_readme import readme
from medtune.vision.licences import Origin
from medtune.vision.probes import TOLERANCE, expect, largest_difference, probes, studies
from medtune.vision.trained import TrainedModel
from medtune.workflow.own_model import own_model
from medtune.workflow.progress import Progress
from medtune.workflow.wings import Done, wing_of

Format = Literal["onnx", "torch"]

FORMATS: tuple[Format, ...] = ("onnx", "torch")
FILES: dict[Format, str] = {"onnx": "model.onnx", "torch": "model.pt2"}
README = "README.md"


@dataclass(frozen=True)
class Exported:
    """What ``export`` wrote.

    Attributes:
        folder: that holds it.
        files: format to its file.
        findings: in the order of the outputs.
        differences: format to the largest difference of a score from the training graph's.
        silent: findings of which that shows little: all probes get nearly the same score.
        replaced: names of files that were there before, of the same weights or of earlier ones.
        same_weights: whether those were of the same weights.
        origin: where the weights come from, and what their licence allows.
    """

    folder: Path
    files: dict[Format, Path]
    findings: list[str]
    differences: dict[Format, float]
    silent: list[str]
    replaced: list[str]
    same_weights: bool
    origin: Origin

    def lines(self) -> list[str]:
        """For a person."""
        lines = []
        if self.replaced:
            whose = "the same weights" if self.same_weights else "earlier weights"
            lines.append(f"Replaced: {', '.join(self.replaced)} of {whose}")
        for form, path in self.files.items():
            lines.append(
                f"Exported: {path} (largest difference of a score from the training graph "
                f"{self.differences[form]:.1g}, allowed {TOLERANCE:g})"
            )
        if self.silent:
            lines.append(
                f"Note: of {', '.join(self.silent)} that shows little: the films it was compared "
                "on get nearly the same score there"
            )
        lines.append(f"Starting weights: {self.origin.words}")
        if self.origin.warning is not None:
            lines.append(f"WARNING: {self.origin.warning}")
        return [*lines, f"How to use it without medtune: {self.folder / README}"]

    def as_dict(self) -> dict[str, object]:
        """The same, for machines."""
        return {
            "folder": str(self.folder),
            "files": {form: str(path) for form, path in self.files.items()},
            "readme": str(self.folder / README),
            "findings": self.findings,
            "largest_difference": dict(self.differences),
            "tolerance": TOLERANCE,
            "comparison_shows_little_of": self.silent,
            "replaced": self.replaced,
            "replaced_same_weights": self.same_weights if self.replaced else None,
            "origin": asdict(self.origin),
            "warning": self.origin.warning,
        }


def export(
    folder: Path | str,
    out: Path | str | None = None,
    formats: Sequence[str] = (),
    *,
    converter: Path | str | None = None,
    openai: bool = False,
    settings: Sequence[str] = (),
    show: bool = True,
) -> Done:
    """Write a finished run as it is used without medtune.

    Of films: programs, see ``export_films``. Of texts: a folder as the Hugging Face hub has it,
    with adapters merged, opened again by transformers alone and held against the trained network
    before it gets its name; its page says how transformers, vLLM and Ollama use it. What was
    exported of the run before is replaced.

    Args:
        folder: of the finished run.
        out: folder to write into; ``export`` in the run folder by default (``openai`` of what
            taught it).
        formats: of films, onnx (which needs ``medtune[export]``) and torch; both by default.
        converter: llama.cpp's ``convert_hf_to_gguf.py``, for a GGUF file and an Ollama Modelfile
            beside the model; by default the one on the PATH, if there is one.
        openai: whether what taught a run about texts is written instead, redacted as it is
            stored, as OpenAI's fine-tuning reads it.
        settings: of a run that answers, how: overrides of its section 'generation'.
        show: whether progress is shown on stderr.

    Raises:
        InputError: something is not asked of the right kind of run, or what it takes is not there.
        RunError: the run is not finished, or the folder holds something else.
        WeightsError: what was written gives other scores or logits. Nothing is written then.
    """
    run_folder = RunFolder(Path(folder))
    run_folder.must_be_finished()
    return wing_of(load_run(run_folder.config, files_must_exist=False)).export(
        Path(folder),
        None if out is None else Path(out),
        formats=formats,
        converter=None if converter is None else Path(converter),
        openai=openai,
        settings=settings,
        show=show,
    )


def export_films(
    folder: Path,
    out: Path | None = None,
    formats: Sequence[str] = FORMATS,
    *,
    show: bool = True,
) -> Exported:
    """Write a finished run as programs, each with its card inside, and a page on how to use them.

    A program takes float32 films (B, 1, S, S) in [0, 1] and gives scores (B, F) in [0, 1]; of a
    network that pools views it takes studies (B, V, 1, S, S), NaN where one has no film. Before
    it gets its name it is opened again, and its scores of noise, ramps and shapes are held
    against those of the training graph. No film of the run is used.

    Args:
        folder: of the finished run.
        out: folder to write into; ``export`` in the run folder by default.
        formats: onnx (which needs ``medtune[export]``), torch, or both.
        show: whether progress is shown on stderr.

    Raises:
        InputError: there is no such format, or what it takes is not installed.
        RunError: the run is not finished, its network cannot be exported, or the folder holds
            something else.
        WeightsError: a program's scores differ by more than 1e-5. Nothing is written then.
    """
    wanted = _formats(formats)
    run_folder = RunFolder(folder)
    run_folder.must_be_finished()
    if "onnx" in wanted:
        must_have_onnx()
    out = run_folder.export if out is None else out
    model = own_model(load_films_run(run_folder.config, files_must_exist=False), run_folder)
    if model.card.targets:
        raise RunError(
            f"The run {model.card.name} has targets ({', '.join(model.card.targets)}), and only "
            "findings are exported: use 'medtune predict'. Nothing was exported."
        )
    card = exported_card(model.card, sha256_of(run_folder.model))
    replaced, same_weights = _there(out, card, wanted)
    with Progress("exporting", 2 + 2 * len(wanted), show=show) as progress:
        programs, differences, silent = _checked(model, card, wanted, progress)
    for form, program in programs.items():
        _write(program, out / FILES[form])
    _write_readme(out, model, card, silent)
    return Exported(
        folder=out,
        files={form: out / FILES[form] for form in wanted},
        findings=model.card.findings,
        differences=differences,
        silent=silent,
        replaced=replaced,
        same_weights=same_weights,
        origin=model.card.origin,
    )


def _formats(asked: Sequence[str]) -> list[Format]:
    unknown = [word for word in asked if word not in FORMATS]
    if unknown or not asked:
        said = f"There is no format '{unknown[0]}'" if unknown else "No format is asked for"
        raise InputError(f"{said}: there are {' and '.join(FORMATS)}. Nothing was exported.")
    return [form for form in FORMATS if form in asked]


def _there(out: Path, card: dict[str, Any], wanted: Sequence[Format]) -> tuple[list[str], bool]:
    """Programs that are there already and will be replaced, and whether they are of these weights.

    Raises:
        RunError: what is there is not this run's, or would stay behind and be of other weights.
    """
    if out.exists() and not out.is_dir():
        raise RunError(f"{out.name} is a file, and a folder is needed. Nothing was exported.")
    replaced, same = [], True
    for form, name in FILES.items():
        if not (out / name).exists():
            continue
        if form == "onnx" and (missing := missing_onnx()):
            raise RunError(
                f"{out.name} holds a {name}, and without the package {missing} nobody can see of "
                "which run it is: pip install 'medtune[export]', or give another --out. Nothing "
                "was exported."
            )
        other = card_in(out / name)
        if other is None or (other.get("name"), other.get("site")) != (card["name"], card["site"]):
            whose = "no export of medtune" if other is None else f"of the run {other.get('name')}"
            raise RunError(
                f"The {name} in {out.name} is {whose}: it is left alone. Give another --out. "
                "Nothing was exported."
            )
        of_these = other.get("weights_sha256") == card["weights_sha256"]
        if form in wanted:
            replaced.append(name)
            same = same and of_these
        elif not of_these:
            raise RunError(
                f"The {name} in {out.name} is of earlier weights of this run. Leave --format out, "
                "so that it is written anew too. Nothing was exported."
            )
    return replaced, same


def _checked(
    model: TrainedModel, card: dict[str, Any], wanted: Sequence[Format], progress: Progress
) -> tuple[dict[Format, bytes], dict[Format, float], list[str]]:
    """The programs as bytes, after those very bytes were opened and compared."""
    size = model.card.preprocessing.image_size
    shown = probes(size) if model.card.views == "each" else studies(probes(size))
    expected = expect(training_graph(model.network), shown)
    progress.step()
    text, words = as_text(card), schema()
    make = {"onnx": as_onnx, "torch": as_torch}
    opened = {"onnx": run_onnx, "torch": run_torch}
    programs: dict[Format, bytes] = {}
    differences: dict[Format, float] = {}
    try:
        traced = trace(model.network, size)
        progress.step()
        for form in wanted:
            programs[form] = make[form](traced, text, words)
            progress.step()
            differences[form] = largest_difference(opened[form](programs[form]), expected)
            progress.step()
    except Exception as error:  # of torch, of its translation, of ONNX Runtime: each has its own
        raise RunError(
            f"The backbone {model.card.backbone} cannot be made a program ({type(error).__name__})."
            " Nothing was exported."
        ) from error
    for form, difference in differences.items():
        if not difference <= TOLERANCE:
            raise WeightsError(
                f"The program for {form} gives other scores than the training graph: they differ "
                f"by up to {difference:.2g}, and {TOLERANCE:g} is allowed. (Rounding alone takes "
                f"the training graph {rounding(model.network, expected.films):.2g} from its exact "
                "scores.) Nothing was exported."
            )
    return programs, differences, [model.card.findings[output] for output in expected.silent]


def _write(file: bytes, path: Path) -> None:
    write_whole(path, lambda partial: partial.write_bytes(file))


def _write_readme(out: Path, model: TrainedModel, card: dict[str, Any], silent: list[str]) -> None:
    """The page speaks of every program that is there."""
    there = [out / name for name in FILES.values() if (out / name).exists()]
    digests = {path.name: sha256(path.read_bytes()).hexdigest() for path in there}
    write_text(readme(model.card, card, digests, silent), out / README)
