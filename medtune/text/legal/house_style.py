"""How much a draft reads like the house: a judge that first says how good a judge it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline

from medtune.errors import DataError
from medtune.evaluation.intervals import clopper_pearson
from medtune.text.legal.markup import without_markup
from medtune.text.legal.share import Share

PIECE = 600  # characters: about a clause, so that what teaches is as long as what is judged
FOLDS = 5
GRAMS = 4
FEATURES = 50_000


@dataclass(frozen=True)
class StyleCheck:
    """How well the judge tells documents that it was not taught by.

    Attributes:
        house, generic: documents of each.
        house_right, generic_right: those that it told.
        level: of the intervals.
    """

    house: int
    generic: int
    house_right: int
    generic_right: int
    level: float = 0.95

    @property
    def accuracy(self) -> float:
        """Balanced: the mean of the shares of both kinds that were told."""
        return (self.house_right / self.house + self.generic_right / self.generic) / 2

    @property
    def weak(self) -> bool:
        """Whether either kind is not shown to be told better than by a coin (Clopper-Pearson)."""
        counts = ((self.house_right, self.house), (self.generic_right, self.generic))
        return any(clopper_pearson(right, n, self.level)[0] <= 0.5 for right, n in counts)

    @property
    def sentence(self) -> str:
        """What is to stand beside every figure of the judge."""
        told = (
            f"On held-out documents the judge of style tells {self.house_right} of {self.house} "
            f"of the house and {self.generic_right} of {self.generic} others."
        )
        return f"{told} It is a weak judge: its figures say little." if self.weak else told


class HouseStyle:
    """A judge of style: runs of four characters, TF-IDF weighted, and logistic regression.

    Character n-grams are what tells authors best when topics differ (Stamatatos 2009). Documents
    are judged by models that saw no piece of them (folds of whole documents), and the judge that
    is used is then taught by all.

    It cannot see: whether the draft is right or any good; style as such. Subject, product and
    layout differ between houses, too, and it tells by whatever tells best: give ``names``, and
    generic texts on the same subjects. Documents that are copies of one another should be given
    once, or its own check flatters it.

    Args:
        house: documents of the house, of training matters only.
        generic: documents of others.
        names: of the house, its products and people: they are taken out of every text.
        seed: of the folds.

    Raises:
        DataError: fewer than two documents with words of either kind.

    Attributes:
        check: how good a judge it is.
    """

    def __init__(
        self, house: Sequence[str], generic: Sequence[str], *, names: Sequence[str] = (),
        seed: int = 0,
    ) -> None:  # fmt: skip
        wanted = sorted({name for name in names if name.strip()}, key=len, reverse=True)
        spelt = "|".join(re.escape(name) for name in wanted)
        self._names = re.compile(rf"(?<!\w)(?:{spelt})(?!\w)", re.IGNORECASE) if wanted else None
        texts = [[*filter(None, map(self._plain, side))] for side in (house, generic)]
        if min(map(len, texts)) < 2:
            raise DataError(
                "The judge of style needs two documents of the house and two others at least: "
                f"there are {len(texts[0])} and {len(texts[1])}."
            )
        documents = [_pieces(text) for side in texts for text in side]
        kinds = np.repeat([1, 0], [len(side) for side in texts])
        self.check = _checked(documents, kinds, seed)
        self._model = _taught(documents, kinds)

    def probability(self, draft: str) -> Share:
        """How likely a draft is the house's, from 0 to 1: the mean of its pieces."""
        pieces = _pieces(self._plain(draft))
        nothing = "the draft has no words"
        return Share(_told(self._model, pieces), 1, nothing) if pieces else Share(0, 0, nothing)

    def _plain(self, text: str) -> str:
        text = without_markup(text)
        if self._names is not None:
            text = self._names.sub(" ", text)
        text = re.sub(r"\d", "0", re.sub(r"[#|\s]+", " ", text)).strip()
        return text if any(c.isalpha() for c in text) else ""


def _pieces(text: str) -> list[str]:
    """A text in equal parts of about ``PIECE`` characters."""
    if not text:
        return []
    count = max(1, round(len(text) / PIECE))
    edges = np.linspace(0, len(text), count + 1, dtype=int)
    return [text[a:b] for a, b in pairwise(edges.tolist())]


def _taught(documents: Sequence[list[str]], kinds: NDArray[np.int_]) -> Pipeline:
    """A model of pieces; each kind has the same weight, whatever its size."""
    counts = TfidfVectorizer(
        analyzer="char", ngram_range=(GRAMS, GRAMS), lowercase=False, sublinear_tf=True,
        max_features=FEATURES,
    )  # fmt: skip
    model = Pipeline([
        ("counts", counts),
        ("judge", LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000)),
    ])  # fmt: skip
    y = np.repeat(kinds, [len(pieces) for pieces in documents])
    return model.fit([piece for pieces in documents for piece in pieces], y)


def _told(model: Pipeline, pieces: list[str]) -> float:
    return float(model.predict_proba(pieces)[:, 1].mean())


def _checked(documents: list[list[str]], kinds: NDArray[np.int_], seed: int) -> StyleCheck:
    folds = StratifiedKFold(
        min(FOLDS, int(np.bincount(kinds).min())), shuffle=True, random_state=seed
    )
    right = np.zeros(len(kinds), bool)
    for taught, asked in folds.split(kinds, kinds):
        model = _taught([documents[i] for i in taught], kinds[taught])
        for place in asked:
            right[place] = (_told(model, documents[place]) > 0.5) == kinds[place]
    house = kinds == 1
    return StyleCheck(
        int(house.sum()), int((~house).sum()), int(right[house].sum()), int(right[~house].sum())
    )
