"""Whether a model, given the beginning of a training text, goes on with it word for word."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from medtune.learning.hardware import Hardware
from medtune.text.likelihood import Teller, likelihoods
from medtune.text.talk_rows import TalkRows
from medtune.text.talks import Talk, gathered
from medtune.text.template import Tokens

PREFIX, SUFFIX = 50, 50  # tokens, as Carlini et al. 2023
AT_ONCE = 16

# From the tokens so far of several texts, as many of each, to so many more, the likeliest at each
# step.
Greedy = Callable[[Sequence[Sequence[int]], int], Sequence[Sequence[int]]]


@dataclass(frozen=True)
class Passage:
    """A passage of a training text.

    Attributes:
        text: the number of its text.
        prefix: the tokens that the model is given.
        suffix: those that follow in the text.
    """

    text: int
    prefix: tuple[int, ...]
    suffix: tuple[int, ...]


def passages_of(
    texts: Sequence[Sequence[int]], *, prefix: int = PREFIX, suffix: int = SUFFIX, most: int = 1000,
    seed: int = 0,
) -> list[Passage]:  # fmt: skip
    """One passage of each text, at a random place; texts that are too short have none.

    What stands in the bank of approved clauses is to be said by heart: leave such passages out.

    Args:
        texts: tokens of training texts.
        prefix: tokens that are given.
        suffix: tokens that are asked for.
        most: passages at most, of texts drawn at random.
        seed: of what is drawn.
    """
    draw = np.random.default_rng(seed)
    long = [i for i, ids in enumerate(texts) if len(ids) >= prefix + suffix]
    chosen = sorted(draw.permutation(long)[:most].tolist())
    found = []
    for number in chosen:
        start = int(draw.integers(0, len(texts[number]) - prefix - suffix + 1))
        ids = tuple(int(one) for one in texts[number][start : start + prefix + suffix])
        found.append(Passage(number, ids[:prefix], ids[prefix:]))
    return found


def matched(passages: Sequence[Passage], greedy: Greedy) -> list[int]:
    """How far a model goes on as each text does; by heart where that is the whole suffix.

    Carlini et al. 2021 (arXiv 2012.07805) and 2023 (arXiv 2202.07646).

    It cannot see: what comes out by another question or by drawing many times, which is more (see
    ``tries``); texts that are kept nearly, with a word changed. A text that stands on the web may
    be known from pretraining, and a phrase of the trade from everybody's texts: ask the untouched
    model, too, and for passages of texts that nobody learnt, and compare.

    Args:
        passages: see ``passages_of``; all of one size.
        greedy: see ``greedy_by``.

    Returns:
        Tokens of each suffix that are right before the first wrong one.
    """
    found = []
    for at in range(0, len(passages), AT_ONCE):
        some = passages[at : at + AT_ONCE]
        said = greedy([one.prefix for one in some], len(some[0].suffix))
        for one, words in zip(some, said, strict=True):
            right = [a == b for a, b in zip(words, one.suffix, strict=False)]
            found.append(right.index(False) if False in right else len(right))
    return found


def tries(log_likelihood: float, chance: float = 0.5) -> float:
    """How often one must draw until a suffix comes out with this chance.

    (n, p)-discoverable extraction (Hayes et al. 2024, arXiv 2410.19482), at temperature 1.

    Args:
        log_likelihood: of the suffix after the prefix, natural, summed over its tokens.
        chance: p, between 0 and 1.

    Returns:
        n, at least 1; infinite where it is beyond counting.
    """
    likelihood = math.exp(min(log_likelihood, 0.0))
    if likelihood >= 1:
        return 1.0
    each = math.log1p(-likelihood)
    return max(1.0, math.ceil(math.log1p(-chance) / each)) if each else math.inf


def greedy_by(network: Teller) -> Greedy:
    """Let a language model go on, the likeliest token at each step."""
    model = network.speaker.model

    def greedy(prefixes: Sequence[Sequence[int]], count: int) -> list[list[int]]:
        seen = torch.tensor([list(one) for one in prefixes], device=next(model.parameters()).device)
        with torch.inference_mode():
            said = model.eval().generate(
                seen, attention_mask=torch.ones_like(seen), max_new_tokens=count, do_sample=False,
                pad_token_id=0,
            )  # fmt: skip
        rows: list[list[int]] = said[:, seen.shape[1] :].tolist()
        return rows

    return greedy


def log_likelihoods(
    network: Teller, passages: Sequence[Passage], hardware: Hardware
) -> list[float]:
    """Of each suffix after its prefix, natural, summed over its tokens."""
    talks = []
    for one in passages:
        ids = np.array([*one.prefix, *one.suffix], np.int64)
        tokens = Tokens(ids, np.arange(len(ids)) >= len(one.prefix))
        talks.append(Talk(tokens, bytes=0, answers=1, unlearnt=0, left_away=0))
    names = [str(number) for number in range(len(talks))]
    found: list[float] = likelihoods(
        network, TalkRows(gathered(names, talks), names), hardware
    ).tolist()
    return found
