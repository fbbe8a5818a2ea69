"""Whether a model, given the beginning of a training text, goes on with it word for word."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from medtune.learning.batches import in_order
from medtune.learning.hardware import Hardware, tensor_float
from medtune.text.likelihood import Teller
from medtune.text.samples import NOT_JUDGED
from medtune.text.talk_rows import TalkRows
from medtune.text.talks import Talk, gathered
from medtune.text.template import Tokens

PREFIX, SUFFIX = 50, 50  # tokens, as Carlini et al. 2023
AT_ONCE = 16


@dataclass(frozen=True)
class Passage:
    """A passage of a training text.

    Attributes:
        text: the number of its text.
        before: all tokens that stand before it in the text, which the model is given.
        suffix: those that follow.
    """

    text: int
    before: tuple[int, ...]
    suffix: tuple[int, ...]


@dataclass(frozen=True)
class Probed:
    """What a model makes of a passage.

    Attributes:
        matched: tokens of the suffix that it says before the first wrong one, where it says the
            most probable token each time; by heart where that is the whole suffix.
        log_likelihood: of the suffix, natural, summed over its tokens.
    """

    matched: int
    log_likelihood: float


def passages_of(
    texts: Sequence[tuple[Sequence[int], Sequence[int]]], *, prefix: int = PREFIX,
    suffix: int = SUFFIX, most: int = 1000, seed: int = 0,
) -> list[Passage]:  # fmt: skip
    """One passage of each text, at a random place; texts that are too short have none.

    What stands in the bank of approved clauses is to be said by heart: leave such passages out.

    Args:
        texts: tokens of training texts as a model learnt them: what it only read, and what it
            learnt to say after that.
        prefix: tokens of the latter that it is given at least.
        suffix: tokens that are asked for.
        most: passages at most, of texts drawn at random.
        seed: of what is drawn.
    """
    draw = np.random.default_rng(seed)
    long = [i for i, (_, said) in enumerate(texts) if len(said) >= prefix + suffix]
    chosen = sorted(draw.permutation(long)[:most].tolist())
    found = []
    for number in chosen:
        read, said = texts[number]
        start = int(draw.integers(prefix, len(said) - suffix + 1))
        before = (*read, *said[:start])
        found.append(
            Passage(
                number,
                tuple(int(one) for one in before),
                tuple(int(one) for one in said[start : start + suffix]),
            )
        )
    return found


def probed(network: Teller, passages: Sequence[Passage], hardware: Hardware) -> list[Probed]:
    """Ask a model for every passage (Carlini et al. 2021, arXiv 2012.07805; 2023, 2202.07646).

    Nothing has to be written: until the first wrong token, the most probable one after what stands
    in the text is that after what was written.

    It cannot see: what comes out by another question or by drawing many times, which is more (see
    ``tries``); texts that are kept nearly, with a word changed. A text that stands on the web may
    be known from pretraining, and a phrase of the trade from everybody's texts: ask the untouched
    model, too, and for passages of texts that nobody learnt, and compare.

    Args:
        network: a language model.
        passages: see ``passages_of``.
        hardware: where it runs.
    """
    talks = []
    for one in passages:
        ids = np.array([*one.before, *one.suffix], np.int64)
        tokens = Tokens(ids, np.arange(len(ids)) >= len(one.before))
        talks.append(Talk(tokens, bytes=0, answers=1, unlearnt=0, left_away=0))
    names = [str(number) for number in range(len(talks))]
    if not passages:
        return []
    samples = TalkRows(gathered(names, talks), names)
    order = samples.shortest_first
    found: list[Probed] = []
    network = network.to(hardware.device).eval()
    with torch.inference_mode(), tensor_float(False):
        for batch in in_order(samples.in_order(order), AT_ONCE):
            here = batch.to(hardware.device)
            assert here.there is not None
            wanted = here.there[:, 0] != NOT_JUDGED
            after = here.there[:, 0][wanted]
            logits = network.head(network.features(here.inputs, here.there)[wanted]).float()
            right = logits.argmax(dim=-1) == after
            likely = -cross_entropy(logits, after, reduction="none")
            each = wanted.sum(dim=1).tolist()
            rows = zip(torch.split(right, each), torch.split(likely, each), strict=True)
            found += [
                Probed(int(same.int().cumprod(0).sum()), float(values.sum()))
                for same, values in rows
            ]
    return [found[place] for place in np.argsort(order)]


def tries(log_likelihood: float, chance: float = 0.5) -> float:
    """How often one must draw until a suffix comes out with this chance.

    (n, p)-discoverable extraction (Hayes et al. 2024, arXiv 2410.19482), at temperature 1.

    Args:
        log_likelihood: of the suffix after what stands before it, natural, summed over its tokens.
        chance: p, between 0 and 1.

    Returns:
        n, at least 1; infinite where it is beyond counting.
    """
    likelihood = math.exp(min(log_likelihood, 0.0))
    if likelihood >= 1:
        return 1.0
    each = math.log1p(-likelihood)
    return max(1.0, math.ceil(math.log1p(-chance) / each)) if each else math.inf
