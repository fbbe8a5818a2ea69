"""``medtune export`` of a run that answers: a folder for transformers, vLLM and Ollama."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from medtune.config.generation import Generation
from medtune.config.text_run import TextRun
from medtune.errors import DataError
from medtune.run_folder import RunFolder
from medtune.text.answerer import Answerer, load
from medtune.text.cases import messages_of
from medtune.text.conversation import Message
from medtune.text.exported import (
    difference_of_answerer,
    same_beginning,
    write_answerer,
)
from medtune.text.exported_page import page_of_answers
from medtune.text.gguf import CONVERTER, NOT_HERE, TYPE, convert, converter_at
from medtune.text.modelfile import adds_start, modelfile, turns_of
from medtune.workflow.chats.finished import run_of
from medtune.workflow.chats.preparing import opened
from medtune.workflow.texts.exporting import (
    PAGE,
    Exported,
    about,
    card_of_export,
    fresh,
    must_agree,
    said_of,
    with_licence,
)
from medtune.workflow.texts.openai import write_openai

GGUF, MODELFILE = f"model-{TYPE}.gguf", "Modelfile"
NOT_PLAIN = (
    "No Modelfile: the chat template is not one of plain turns, which Ollama's are made of. "
    "llama.cpp's own server reads it from the GGUF file: llama-server --jinja"
)


def export(
    folder: Path,
    out: Path | None,
    *,
    converter: Path | None,
    openai: bool,
    settings: Sequence[str],
) -> Exported:
    """Write a finished model, or what taught it; see ``workflow.export.export``."""
    run_folder = RunFolder(folder)
    run_folder.must_be_finished()
    run = run_of(folder, settings)
    own = load(folder)
    card = card_of_export(own.card, run_folder)
    if openai:
        return write_openai(opened(run, run_folder), out or run_folder.openai, card, _talk)
    program = converter_at(converter)
    out = out or run_folder.export
    system, unknown = _system(run, run_folder)
    with fresh(out, card) as made:
        write_answerer(own, run.generation, made)
        difference = must_agree(difference_of_answerer(own, made))
        licence = with_licence(run, made)
        how = _gguf(own, run.generation, made, program, system)
        page = page_of_answers(
            about(run, run_folder, own.card, licence, difference, made), system, "\n\n".join(how)
        )
        (made / PAGE).write_text(page, encoding="utf-8")
    said = said_of(out, difference, licence, run.model.backbone.name)
    there = sorted(path.name for path in out.iterdir())
    if GGUF in there:
        both = [name for name in (GGUF, MODELFILE) if name in there]
        said.append(f"For llama.cpp and Ollama: {' and '.join(both)}")
    said += [line for line in how if line in (NOT_HERE, NOT_PLAIN)]
    said += unknown
    return Exported(
        out,
        there,
        said,
        {"largest_difference": difference, "licence": licence.name, "system": system is not None},
    )


def _talk(case: pd.Series) -> tuple[Message, ...]:
    return messages_of(case["messages"])


def _system(run: TextRun, folder: RunFolder) -> tuple[str | None, list[str]]:
    """The system message that all training conversations begin with, and why it is not known."""
    try:
        prepared = opened(run, folder)
    except DataError:
        return None, [
            "The run's redacted texts are not in the work folder any more: whether all "
            "conversations began with one system message is not known."
        ]
    cells = prepared.messages.loc[prepared.of("train")["case_id"]]
    return same_beginning([messages_of(cell) for cell in cells]), []


def _gguf(
    own: Answerer, how: Generation, made: Path, program: Path | None, system: str | None
) -> list[str]:
    """Convert, where that can be done, and write the Modelfile; paragraphs about it."""
    if program is None:
        return [
            NOT_HERE,
            "```\n"
            f"python {CONVERTER} . --outfile {GGUF} --outtype {TYPE}\n"
            "llama-server -m " + GGUF + " --jinja\n```",
        ]
    convert(program, made, made / GGUF)
    said = [f"`{GGUF}` was made by llama.cpp's `{CONVERTER}`."]
    turns = turns_of(own.tokenizer)
    if turns is None:
        return [*said, NOT_PLAIN]
    text = modelfile(own.tokenizer, turns, GGUF, how, own.card.max_tokens, system)
    (made / MODELFILE).write_text(text, encoding="utf-8")
    said += [
        f"```\nollama create {own.card.name.lower()} -f {MODELFILE}\n"
        f"ollama run {own.card.name.lower()}\n```",
        "The Modelfile's template was held against the model's own on conversations of several "
        "turns, and its parameters are those of the run's section `generation`. Ollama's rounding "
        f"({TYPE}) may choose another word where two are nearly as likely.",
    ]
    if adds_start(own.tokenizer) and not turns.start:
        said.append(
            f"llama.cpp begins every text with {own.tokenizer.bos_token}, which this model's "
            "conversations did not begin with when it learnt: answers may differ."
        )
    return said
