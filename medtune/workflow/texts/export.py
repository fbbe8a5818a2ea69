"""``medtune export`` of a run about intents: a folder for transformers, with the code it takes."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pandas as pd
import torch

from medtune.config.load import load_run
from medtune.config.text_data import INTENT
from medtune.config.text_run import TextRun
from medtune.errors import RunError
from medtune.run_folder import RunFolder
from medtune.text.cases import plain_texts
from medtune.text.conversation import Message
from medtune.text.exported import write_card, write_reader
from medtune.text.exported_page import CLASSIFY, code_of_intents, page_of_intents
from medtune.text.store import tokens_of_questions
from medtune.text.trained import TrainedText, load
from medtune.workflow.texts.exporting import (
    CARD,
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
from medtune.workflow.texts.preparing import opened

PROBES = ("Hello.", "What can you do for me, and when?", "1 + 1?")


def export(folder: Path, out: Path | None, *, openai: bool) -> Exported:
    """Write a finished model, or what taught it; see ``workflow.export.export``."""
    run_folder = RunFolder(folder)
    run_folder.must_be_finished()
    run = load_run(run_folder.config, files_must_exist=False)
    if not isinstance(run, TextRun):
        raise RunError(f"The run {folder.name} is not about texts.")
    own = load(folder)
    card = card_of_export(
        own.card,
        run_folder,
        classes=own.card.declared[INTENT].classes,
        ngrams=own.card.ngrams,
        by_hand=own.card.by_hand.get(INTENT),
        answers_from=own.card.answers.get(INTENT, {}).get("score"),
    )
    if openai:
        return write_openai(opened(run, run_folder), out or run_folder.openai, card, _talk)
    out = out or run_folder.export
    with fresh(out, card) as made:
        write_reader(own, made)
        (made / CLASSIFY).write_text(code_of_intents(), encoding="utf-8")
        write_card(card, made / CARD)
        difference = must_agree(_difference(own, made))
        (made / CARD).unlink()
        licence = with_licence(run, made)
        page = page_of_intents(about(run, run_folder, own.card, licence, difference, made), INTENT)
        (made / PAGE).write_text(page, encoding="utf-8")
    return Exported(
        out,
        sorted(path.name for path in out.iterdir()),
        said_of(out, difference, licence, run.model.backbone.name),
        {"largest_difference": difference, "licence": licence.name},
    )


def _difference(own: TrainedText, made: Path) -> float:
    """The largest difference of a logit of the code beside the model from the network's own."""
    spec = importlib.util.spec_from_file_location("exported_classify", made / CLASSIFY)
    assert spec is not None
    assert spec.loader is not None
    code = importlib.util.module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(code)
    finally:
        sys.dont_write_bytecode = before
    largest = 0.0
    for text in PROBES:
        (ids,) = tokens_of_questions(own.tokenizer, [text])
        seen = torch.tensor([ids[: own.card.max_tokens]])
        with torch.inference_mode():
            ours = own.network(seen)[0]
        largest = max(largest, float((code.logits(text) - ours).abs().max()))
    return largest


def _talk(case: pd.Series) -> tuple[Message, ...]:
    """A question and its intent; nothing where it has none."""
    if pd.isna(case[INTENT]):
        return ()
    (text,) = plain_texts([case["messages"]])
    return Message("user", text), Message("assistant", str(case[INTENT]), taught=True)
