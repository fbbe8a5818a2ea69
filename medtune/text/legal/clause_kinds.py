"""Which kinds of clause a draft has, as learnt from documents whose clauses are labelled."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from medtune.errors import DataError
from medtune.text.legal.labelled import Labelled
from medtune.text.legal.markup import without_markup
from medtune.text.legal.share import Share

FEWEST = 5  # groups that have a kind: of fewer nothing is learnt
FOLDS = 5
LONGEST = 800  # characters of a passage
SHORTEST = 40  # shorter ones go with the next
END = re.compile(r"(?<=[.;:?!])[ \t]+(?=[A-Z(\"“\d])|\n+")


@dataclass(frozen=True)
class KindsCheck:
    """How well the judge marks the kinds of documents whose group it was not taught by.

    Attributes:
        right: kinds of documents that were found and are there.
        found: those that were found.
        there: those that are there, of the kinds that could be learnt.
        by_kind: the same three numbers for each kind.
        documents: how many were judged.
    """

    right: int
    found: int
    there: int
    by_kind: Mapping[str, tuple[int, int, int]]
    documents: int

    @property
    def weak(self) -> tuple[str, ...]:
        """Kinds that it tells no better than to say that every document has them, by F1."""
        return tuple(
            kind
            for kind, (right, found, there) in self.by_kind.items()
            if 2 * right / (found + there) <= 2 * there / (self.documents + there)
        )

    @property
    def precision(self) -> Share:
        """Of the kinds found, those that are there."""
        return Share(self.right, self.found, "no kind was found")

    @property
    def recall(self) -> Share:
        """Of the kinds that are there, those found."""
        return Share(self.right, self.there, "no kind is there")

    @property
    def sentence(self) -> str:
        """What is to stand beside every figure of the judge; in the words of texts."""
        told = (
            f"On {self.documents} labelled documents, each of a customer whose documents did not "
            f"teach it, the judge of clauses finds {self.right} of the {self.there} kinds that are "
            f"there, and {self.right} of the {self.found} that it finds are there; it knows "
            f"{len(self.by_kind)} kinds."
        )
        if not self.weak:
            return told
        return (
            f"{told} Left out, since it tells them no better than to say that every document has "
            f"them: {', '.join(self.weak)}."
        )


class ClauseKinds:
    """A judge of clauses: words and pairs of words of passages, one logistic regression a kind.

    A document has a kind where one of its passages looks like it: the threshold of each kind is
    the one with the best F1 over documents of groups that the scoring models were not taught by.
    The check goes one level further: its thresholds, too, are from other groups than it judges.

    It cannot see: what a clause says beyond its words; clauses that are spread over passages;
    kinds of fewer than ``FEWEST`` groups, which it does not know at all (see ``kinds``): ask for
    coverage of the kinds it knows only. What nobody labelled counts as not being there.

    Args:
        documents: labelled ones, of training matters.

    Raises:
        DataError: no kind has enough groups, or is missing in some documents.

    Attributes:
        kinds: those that it knows.
        check: how good a judge it is.
    """

    def __init__(self, documents: Sequence[Labelled]) -> None:
        groups = np.unique([one.group for one in documents], return_inverse=True)[1]
        there = [set(one.clauses) for one in documents]
        self.kinds = [
            kind
            for kind in sorted(set().union(*there))
            if len({groups[i] for i, has in enumerate(there) if kind in has}) >= FEWEST
            and not all(kind in has for has in there)
        ]
        if not self.kinds:
            raise DataError(
                f"No kind of clause is in the documents of {FEWEST} groups and missing in others: "
                "nothing can be learnt of clauses."
            )
        truth = np.array([[kind in has for kind in self.kinds] for has in there])
        passages = [_labelled(one, self.kinds) for one in documents]
        scores = np.full(truth.shape, np.nan)
        folds = list(GroupKFold(min(FOLDS, len(set(groups)))).split(groups, groups=groups))
        for taught, asked in folds:
            model = _Model([passages[i] for i in taught])
            for place in asked:
                scores[place] = model.best(passages[place][0])
        found = np.zeros(truth.shape, bool)
        for taught, asked in folds:
            found[asked] = scores[asked] >= _thresholds(scores[taught], truth[taught])
        self.check = _counted(self.kinds, found, truth)
        self._thresholds = _thresholds(scores, truth)
        self._model = _Model(passages)

    def __call__(self, draft: str) -> set[str]:
        """The kinds in a draft, of those that it tells: the weak ones are left out."""
        best = self._model.best(passages_of(draft))
        found = zip(self.kinds, best >= self._thresholds, strict=True)
        return {kind for kind, is_in in found if is_in and kind not in self.check.weak}


def passages_of(text: str) -> list[str]:
    """A text in sentences and items, short ones with the next, long ones cut."""
    return [text[start:end] for text in [without_markup(text)] for start, end in _spans(text)]


def _spans(text: str) -> list[tuple[int, int]]:
    spans = []
    start = 0
    for end, after in [*((m.start(), m.end()) for m in END.finditer(text)), (len(text), len(text))]:
        if end - start < SHORTEST and after < len(text):
            continue
        cuts = [*range(start, end, LONGEST), end]
        spans += [(a, b) for a, b in pairwise(cuts) if text[a:b].strip()]
        start = after
    return spans


def _labelled(one: Labelled, kinds: Sequence[str]) -> tuple[list[str], NDArray[np.bool_]]:
    """Passages of a document, and which kinds each is mostly of; clauses not found in it added."""
    text = without_markup(one.text)
    spans = _spans(text)
    passages = [text[start:end] for start, end in spans]
    labels = np.zeros((len(spans), len(kinds)), bool)
    starts = np.array([start for start, _ in spans])
    ends = np.array([end for _, end in spans])
    extra: list[tuple[str, int]] = []
    for column, kind in enumerate(kinds):
        for clause in one.clauses.get(kind, ()):
            place = text.find(clause) if clause else -1
            if place < 0:
                extra.append((clause, column))
                continue
            common = np.minimum(ends, place + len(clause)) - np.maximum(starts, place)
            shorter = np.minimum(ends - starts, len(clause))
            labels[:, column] |= 2 * common >= shorter
    added = np.zeros((len(extra), len(kinds)), bool)
    for row, (_, column) in enumerate(extra):
        added[row, column] = True
    return passages + [clause for clause, _ in extra], np.concatenate([labels, added])


class _Model:
    """One logistic regression a kind, over words and pairs of words."""

    def __init__(self, passages: Sequence[tuple[list[str], NDArray[np.bool_]]]) -> None:
        self._counts = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
        x = self._counts.fit_transform([text for texts, _ in passages for text in texts])
        y = np.concatenate([labels for _, labels in passages])
        self._judges = [_judge(x, y[:, column]) for column in range(y.shape[1])]

    def best(self, passages: Sequence[str]) -> NDArray[np.float64]:
        """The highest log-odds of any passage, for each kind; minus infinity without passages."""
        found = np.full(len(self._judges), -np.inf)
        if passages:
            x = self._counts.transform(passages)
            for column, judge in enumerate(self._judges):
                if judge is not None:
                    found[column] = judge.decision_function(x).max()
        return found


def _judge(x: csr_matrix, y: NDArray[np.bool_]) -> LogisticRegression | None:
    """A judge of one kind; None where nothing or everything is of it."""
    if y.all() or not y.any():
        return None
    return LogisticRegression(C=10.0, solver="liblinear").fit(x, y)


def _thresholds(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The score of each kind with the best F1 over documents, the highest of equals.

    It lies midway between the lowest score that is taken and the next below it.
    """
    chosen = np.full(truth.shape[1], np.inf)
    for column in range(truth.shape[1]):
        best = 0.0
        cuts = np.unique(scores[np.isfinite(scores[:, column]), column])[::-1]
        for place, cut in enumerate(cuts):
            found = scores[:, column] >= cut
            both = (found & truth[:, column]).sum()
            f1 = 2 * both / (found.sum() + truth[:, column].sum())
            if f1 > best:
                below = cuts[place + 1] if place + 1 < len(cuts) else cut
                best, chosen[column] = f1, (cut + below) / 2
    return chosen


def _counted(
    kinds: Sequence[str], found: NDArray[np.bool_], truth: NDArray[np.bool_]
) -> KindsCheck:
    counts = [(found & truth).sum(axis=0), found.sum(axis=0), truth.sum(axis=0)]
    by_kind = {
        kind: (int(right), int(said), int(there))
        for kind, right, said, there in zip(kinds, *counts, strict=True)
    }
    right, said, there = (int(count.sum()) for count in counts)
    return KindsCheck(right, said, there, by_kind, len(truth))
