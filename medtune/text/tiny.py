"""A language model small enough to try things out with: it knows nothing yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, LlamaConfig, PreTrainedTokenizerFast
from transformers.utils import logging

BEGIN, END = "<s>", "</s>"


def write_tiny(
    folder: Path,
    texts: Sequence[str],
    *,
    vocabulary: int = 512,
    width: int = 64,
    layers: int = 2,
    seed: int = 0,
) -> None:
    """Write an untrained model of Llama's architecture, as the Hugging Face hub has it.

    Its tokens are learnt from the texts (byte-level BPE), its weights are random.

    Args:
        folder: made where it is missing.
        texts: that it should have tokens for.
        vocabulary: tokens at most; 256 bytes and two marks are always there.
        width: of its features.
        layers: of the decoder.
        seed: of the weights.
    """
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[BEGIN, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    core.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=core, bos_token=BEGIN, eos_token=END, pad_token=END
    )
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        tie_word_embeddings=True,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = AutoModelForCausalLM.from_config(config)
    save_quietly(model, folder)
    tokenizer.save_pretrained(folder)


def save_quietly(model: Any, folder: Path) -> None:
    """Write a model of transformers as the hub has it, without the bar that transformers shows."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        model.save_pretrained(folder, safe_serialization=True)
    finally:
        if shown:
            logging.enable_progress_bar()
