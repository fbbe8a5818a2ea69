"""Language models of transformers as a backbone and a head: the only door of their networks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase
from transformers.utils import logging

from medtune.errors import WeightsError
from medtune.learning.weights import load_exactly, read_state
from medtune.text.ngrams import BUCKETS, counted_ngrams

STATE_FILES = ("model.safetensors", "model.safetensors.index.json")


class Words(nn.Module):
    """A decoder without its last layer: tokens (B, T) to features (B, T, width).

    Args:
        body: of transformers; its parameters keep their names.

    Attributes:
        width: of the features.
    """

    def __init__(self, body: Any) -> None:
        super().__init__()
        self.body: Any = body
        self.width = int(body.config.hidden_size)

    def forward(self, inputs: Tensor, positions: Tensor | None = None) -> Tensor:
        """Features of every token.

        Args:
            inputs: int64 (B, T).
            positions: int64 (B, T), from 0 again where another conversation begins in a row: a
                token sees those of its own conversation only. None: each row is one conversation.
        """
        found = self.body(input_ids=inputs, position_ids=positions, use_cache=False)
        features: Tensor = found.last_hidden_state
        return features

    def recompute(self) -> None:
        """Compute the layers anew on the way back (Chen et al. 2016, arXiv 1604.06174).

        It saves memory and changes no gradient.

        Raises:
            WeightsError: the model cannot.
        """
        enable = getattr(self.body, "activation_checkpointing_enable", None)  # from 5 on
        try:
            (enable or self.body.gradient_checkpointing_enable)({"use_reentrant": False})
        except ValueError as error:
            raise WeightsError(
                "This language model cannot compute its layers anew: take "
                "'training.gradient_checkpointing' away."
            ) from error

    def depths(self) -> dict[str, int]:
        """The embeddings 0, the decoder's layers from 1, what comes after them the last."""
        layers, count = self._layers()
        order = {}
        for name, _ in self.named_parameters():
            if name.startswith(f"{layers}."):
                order[name] = 1 + int(name.removeprefix(f"{layers}.").split(".")[0])
            else:
                before = "emb" in name or "wte" in name or "wpe" in name
                order[name] = 0 if before else count + 1
        return order

    def blocks(self) -> list[list[str]]:
        """Names of the parameters by depth."""
        order = self.depths()
        return [
            [n for n, d in order.items() if d == depth] for depth in sorted(set(order.values()))
        ]

    def _layers(self) -> tuple[str, int]:
        """The list of decoder layers: its name, and how many."""
        lists = {n: m for n, m in self.named_modules() if isinstance(m, nn.ModuleList)}
        name = max(lists, key=lambda n: len(lists[n]))
        return name, len(lists[name])


class Reader(nn.Module):
    """A decoder as the backbone of whole texts: tokens (B, T) to features (B, width).

    A text's features are the mean over its tokens: what stands behind the last one is not seen.
    Its runs of tokens may stand beside them, counted: a linear head is then wide and deep (Cheng et
    al. 2016, arXiv 1606.07792).

    Args:
        words: the decoder.
        ngrams: tokens of the longest run that is counted; 0: none is.

    Attributes:
        width: of the features.
    """

    def __init__(self, words: Words, ngrams: int = 0) -> None:
        super().__init__()
        self.words, self.ngrams = words, ngrams
        self.width = words.width + (BUCKETS if ngrams else 0)

    def forward(self, inputs: Tensor, there: Tensor | None = None) -> Tensor:
        """Features of every text.

        Args:
            inputs: int64 (B, T).
            there: bool (B, T), which tokens a text has, the first at least; None: all.
        """
        if there is None:
            there = torch.ones_like(inputs, dtype=torch.bool)
        features: Tensor = self.words(inputs)
        share = there[..., None].to(features.dtype)
        mean = (features * share).sum(dim=1) / share.sum(dim=1)
        if not self.ngrams:
            return mean
        return torch.cat((mean, counted_ngrams(inputs, there, self.ngrams)), dim=1)

    def recompute(self) -> None:
        """As those of the decoder."""
        self.words.recompute()

    def depths(self) -> dict[str, int]:
        """As those of the decoder."""
        return {f"words.{name}": depth for name, depth in self.words.depths().items()}

    def blocks(self) -> list[list[str]]:
        """As those of the decoder."""
        return [[f"words.{name}" for name in block] for block in self.words.blocks()]


class TiedHead(nn.Module):
    """A last layer whose weights are the embeddings': it has none of its own.

    Args:
        words: whose embeddings.
    """

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = [words]  # in a list: not a part of this module, or it would be saved twice

    def forward(self, features: Tensor) -> Tensor:
        """Features (B, T, width) to logits (B, T, vocabulary)."""
        embedding = self._words[0].body.get_input_embeddings()
        return nn.functional.linear(features, embedding.weight)


class Speaker(nn.Module):
    """A language model: a backbone and the layer that says the next token.

    Args:
        model: of transformers; it keeps sharing its layers with this.
    """

    def __init__(self, model: Any) -> None:
        super().__init__()
        self._model = [model]  # in a list: the same layers once more are not saved
        self.backbone = Words(model.get_decoder())
        head = model.get_output_embeddings()
        tied = head.weight is model.get_input_embeddings().weight
        self.head: nn.Module = TiedHead(self.backbone) if tied else head

    @property
    def model(self) -> Any:
        """The same layers as a model of transformers, which can write and knows their names."""
        return self._model[0]

    def forward(self, inputs: Tensor, positions: Tensor | None = None) -> Tensor:
        """Tokens (B, T) to logits (B, T, vocabulary) of the token after each."""
        logits: Tensor = self.head(self.backbone(inputs, positions))
        return logits


def load_speaker(folder: Path, *, weights: bool = True) -> Speaker:
    """A language model of a local folder.

    Args:
        folder: as the Hugging Face hub has it: config.json and safetensors. No code in it is run.
        weights: without them it is from scratch, in float32.

    Raises:
        WeightsError: it holds no causal language model in safetensors.
    """
    config = _config(folder)
    model = AutoModelForCausalLM.from_config(
        config, trust_remote_code=False, attn_implementation="sdpa"
    ).float()
    let_every_token_learn(model)
    if weights:
        load_whole(model, _state_of(folder), folder.name)
    return Speaker(model)


def let_every_token_learn(model: Any) -> None:
    """Teach the embedding of ``pad_token_id`` too, which transformers keeps still, at 0 at first.

    Many models have their end token there, and it is said and read; an empty place is never seen.

    Args:
        model: of transformers, before its weights are loaded.
    """
    words = model.get_input_embeddings()
    still = getattr(words, "padding_idx", None)
    if still is None:
        return
    words.padding_idx = None
    if not words.weight[still].any():
        nn.init.normal_(words.weight.data[still], std=float(words.weight.data.std()))


def must_be_a_model(folder: Path, *, weights: bool) -> None:
    """Refuse a folder that no language model can be had from, without loading it.

    Args:
        folder: as the Hugging Face hub has it.
        weights: whether its weights are wanted.

    Raises:
        WeightsError: it is of no model that transformers knows, or has no weights.
    """
    _config(folder)
    if weights and not any((folder / name).exists() for name in STATE_FILES):
        raise WeightsError(
            f"The folder {folder.name} has no model.safetensors. Other files of weights can hold "
            "code and are not opened."
        )


def most_tokens(folder: Path) -> int | None:
    """How many tokens a model of a local folder can read at once; None where it has no limit.

    Raises:
        WeightsError: it is of no model that transformers knows.
    """
    most = getattr(_config(folder), "max_position_embeddings", None)
    return None if most is None else int(most)


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """The tokenizer of a local folder.

    Raises:
        WeightsError: there is none that knows where its tokens stand in a text.
    """
    # without the file transformers makes an empty one of some models, or a slow one of others
    if not (folder / "tokenizer.json").is_file():
        raise WeightsError(
            f"The folder {folder.name} has no tokenizer.json, which says where tokens stand in a "
            "text."
        )
    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(f"The tokenizer of {folder.name} cannot be read.") from error


def opened_plainly(folder: Path) -> tuple[Any, PreTrainedTokenizerBase]:
    """A language model and its tokenizer as transformers alone opens them, in float32.

    Args:
        folder: as the Hugging Face hub has it. No code in it is run.
    """
    with without_bars():
        model = AutoModelForCausalLM.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float32,
        )
    return model.eval(), load_tokenizer(folder)


@contextmanager
def without_bars() -> Iterator[None]:
    """Without the progress bars that transformers draws whoever looks."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _config(folder: Path) -> Any:
    try:
        said = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(
            f"The folder {folder.name} has no config.json that can be read."
        ) from error
    if "auto_map" in said:
        raise WeightsError(
            f"The model of {folder.name} brings code of its own, which is not run. Take one that "
            "transformers knows."
        )
    try:
        return AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(f"{folder.name} is no model that transformers knows.") from error


def _state_of(folder: Path) -> dict[str, Tensor]:
    """The tensors of one file, or of several with an index."""
    must_be_a_model(folder, weights=True)
    whole, index = (folder / name for name in STATE_FILES)
    if whole.exists():
        return read_state(whole)
    files = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
    state: dict[str, Tensor] = {}
    for name in files:
        if Path(name).name != name:
            raise WeightsError(f"The index of {folder.name} points out of its folder.")
        state.update(read_state(folder / name))
    return state


def load_whole(model: Any, state: dict[str, Tensor], name: str) -> None:
    """Load a model's tensors; those of a tied last layer may stand once.

    Raises:
        WeightsError: what is missing, foreign or of another shape.
    """
    own = model.state_dict()
    tied = {
        key for key in getattr(model, "_tied_weights_keys", None) or {} if key not in state
    }  # fmt: skip
    state = {**state, **{key: own[key] for key in tied if key in own}}
    load_exactly(model, {key: tensor.to(torch.float32) for key, tensor in state.items()}, name)
    model.tie_weights()
