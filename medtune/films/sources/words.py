"""The words of a set, and what each means for which finding."""

from __future__ import annotations

import pandas as pd

from medtune.films.sources.description import ANYTHING, BLANK, Meaning, Source, vocabulary

Classes = dict[str, dict[str, dict[str, Meaning]]]


def classes_of(source: Source) -> Classes:
    """Every label column of a set: its words, and what each means for which findings."""
    alike = source.findings.columns
    classes = dict(source.findings.classes)
    if alike is not None:
        for column, names in alike.of.items():
            classes[column] = {
                word: dict.fromkeys(names, meaning) for word, meaning in alike.words.items()
            }
    return classes


def findings_of(source: Source) -> tuple[str, ...]:
    """The findings that a set speaks of, in the order of the vocabulary."""
    named = {name for words in classes_of(source).values() for by in words.values() for name in by}
    if source.findings.lists is not None:
        named |= {name for names in source.findings.lists.words.values() for name in names}
    return tuple(name for name in vocabulary() if name in named)


def allowed_words(source: Source) -> dict[str, tuple[str, ...]]:
    """The words each label column may hold; a column that may hold any is not among them."""
    return {
        column: tuple(words)
        for column, words in classes_of(source).items()
        if ANYTHING not in words
    }


def plain(column: pd.Series) -> dict[str, str]:
    """The different cells of a column, each in lower case and plain: ' 1.0' is '1'."""
    said = pd.Series(column.dropna().unique(), dtype="string")
    words = said.str.strip().str.lower().str.replace(r"^(-?\d+)\.0*$", r"\1", regex=True)
    return dict(zip(said, words, strict=True))


def mapping_of(source: Source) -> pd.DataFrame:
    """What each of the set's words means: columns theirs, finding, meaning."""
    told: list[tuple[str, str, str]] = []
    for column, words in classes_of(source).items():
        for word, by in words.items():
            says = {BLANK: "(blank)", ANYTHING: "(anything else)"}.get(word, word)
            told += [(f"{column} = {says}", name, meaning) for name, meaning in by.items()]
    lists = source.findings.lists
    if lists is not None:
        for word, names in lists.words.items():
            told += [(word, name, "present where listed, absent where not") for name in names]
        told += [(word, "(all)", "unknown where it is not listed") for word in lists.silent]
        told += [(word, "(all)", "unknown") for word in (*lists.void, "(blank)")]
    if source.findings.several == "majority":
        meaning = "present where more than half of them say so, uncertain where fewer do"
        told.append(("several readers", "(all)", meaning))
    for name, others in source.findings.implied_absent.items():
        told.append((f"present or uncertain: {', '.join(others)}", name, "absent"))
    return pd.DataFrame(told, columns=["theirs", "finding", "meaning"])
