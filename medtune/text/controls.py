"""Controls that know no language: word counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

STRENGTHS = (1.0, 10.0, 100.0)  # inverse strengths of L2 that are tried on tune
TINY = 1e-15


def tfidf_classes(
    train: Sequence[str],
    labels: NDArray[np.floating],
    tune: Sequence[str],
    tune_labels: NDArray[np.floating],
    asked: Sequence[str],
    classes: int,
) -> NDArray[np.float64]:
    """Word and word-pair counts, TF-IDF weighted, with a multinomial logistic regression.

    The strength of L2 is the one with the lowest log loss on tune; the strongest where tune has
    nothing to choose by.

    Args:
        train: texts that teach.
        labels: their classes from 0 to K - 1; NaN where unknown.
        tune: texts that select.
        tune_labels: their classes.
        asked: M texts.
        classes: K.

    Returns:
        (M, K) probabilities; a class that nobody taught has none. NaN where fewer than two were
        taught.
    """
    known, chosen = ~np.isnan(labels), ~np.isnan(tune_labels)
    y = labels[known].astype(int)
    if len(np.unique(y)) < 2:
        return np.full((len(asked), classes), np.nan)
    counts = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, dtype=np.float64)
    x = counts.fit_transform([text for text, here in zip(train, known, strict=True) if here])

    def said(model: LogisticRegression, texts: Sequence[str]) -> NDArray[np.float64]:
        found = np.zeros((len(texts), classes))
        if len(texts):
            found[:, model.classes_] = model.predict_proba(counts.transform(texts))
        return found

    tried = [text for text, here in zip(tune, chosen, strict=True) if here]
    truth = tune_labels[chosen].astype(int)
    best, lowest = None, np.inf
    for strength in STRENGTHS if tried else STRENGTHS[:1]:
        model = LogisticRegression(C=strength, max_iter=1000).fit(x, y)
        own = said(model, tried)[np.arange(len(tried)), truth]
        loss = -float(np.log(np.clip(own, TINY, None)).sum())
        if best is None or loss < lowest:
            best, lowest = model, loss
    assert best is not None
    return said(best, asked)
