"""What would go wrong with a run about texts, before anything runs."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from medtune.config.text_data import INTENT
from medtune.config.text_run import TextRun
from medtune.errors import DataError, LeakError
from medtune.tables.splits import NAMES
from medtune.text.store import Stored
from medtune.workflow.texts.gather import declared_targets, store_texts
from medtune.workflow.texts.preparing import must_start, refuse, tokens
from medtune.workflow.texts.report import TextReport
from medtune.workflow.texts.try_out import spread, try_out


def check(
    run: TextRun, *, headers_only: bool = False, allow: Sequence[str] = (), show: bool = True
) -> TextReport:
    """Read and tokenise the texts and deal the split, as ``train`` would; see ``workflow.check``.

    Args:
        run: as ``load_run`` gives it.
        headers_only: whether tokens are left uncounted.
        allow: names of leaks that are known and accepted.
        show: nothing takes long enough to be shown.
    """
    tried = try_out(run, must_start)
    gathered, splits, problems = tried.gathered, tried.splits, tried.problems
    texts, doubles = gathered.texts, tried.doubles
    try:
        if tried.dealt:
            refuse(run, texts, splits)
        else:
            declared_targets(run.data, texts.cases)
    except (LeakError, DataError) as error:
        problems.append(str(error))
    cases = texts.cases.merge(splits, on="case_id")
    counts: dict[str, int] = {}
    too_long: dict[str, int] = {}
    if tried.reads and not headers_only:
        name = store_texts(run.data.work, texts)
        stored = tokens(run, texts.messages, name, run.model.backbone)
        counts, too_long = _tokens(stored, cases)
    leaks = doubles.leaks
    return TextReport(
        flow=gathered.flow,
        faults=gathered.faults,
        left_out=dict(gathered.left_out),
        redacted=dict(gathered.redacted),
        splits=splits_of(cases),
        classes=_classes(cases),
        tokens=counts,
        too_long=too_long,
        leaks=leaks.assign(allowed=leaks["leak"].isin(allow)),
        doubles=doubles.inside,
        dropped=tried.dropped,
        problems=problems,
        epochs=run.training.epochs,
        again=[f"seed {seed} (train)" for seed in run.training.more_seeds],
    )


def _tokens(stored: Stored, cases: pd.DataFrame) -> tuple[dict[str, int], dict[str, int]]:
    """How many tokens texts have, and how many texts lose their end, by split."""
    kept = stored.lengths(cases["case_id"])
    at = stored.place.loc[cases["case_id"]].to_numpy()
    beyond = stored.left_away[at]
    length = kept + beyond
    counts = spread(length, int(kept[(cases["split"] == "train").to_numpy()].sum()))
    longer = cases.loc[beyond > 0, "split"].value_counts()
    return counts, {str(name): int(count) for name, count in longer.items()}


def splits_of(cases: pd.DataFrame) -> pd.DataFrame:
    """Texts and groups of each split, the splits in the order in which they are used."""
    by_split = cases.groupby("split", sort=False)
    table = pd.DataFrame({"texts": by_split.size(), "groups": by_split["group_id"].nunique()})
    order = [name for name in (*NAMES, *table.index) if name in table.index]
    return table.loc[list(dict.fromkeys(order))].reset_index()


def _classes(cases: pd.DataFrame) -> pd.DataFrame:
    """Texts of each class in each split."""
    if not cases[INTENT].notna().any():
        return pd.DataFrame()
    table = pd.crosstab(cases[INTENT], cases["split"])
    table = table.reindex(columns=[name for name in NAMES if name in table or name == "train"])
    return table.fillna(0).astype(int).rename_axis(columns=None).reset_index(names="class")
