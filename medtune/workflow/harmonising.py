"""The rule by which a run brings its films' greys to one scale: fitted on training films alone."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from medtune.config.run import Run
from medtune.errors import DataError
from medtune.films.harmonise import FEWEST, Harmonisation, films_have, fitted
from medtune.films.preprocessing import Preprocessing
from medtune.films.store import Decoded
from medtune.run_folder import RunFolder
from medtune.tables.schema import write_text
from medtune.tables.splits import stable_order
from medtune.workflow.decoding import plain_spec_of, readable

MOST = 300  # training films whose greys are looked at


def harmonised(run: Run, decoded: Decoded, train: pd.DataFrame) -> Preprocessing:
    """How the run's model wants its films, its rule for greys fitted.

    Args:
        run: that harmonises.
        decoded: films as ``plain_spec_of`` says.
        train: the films of the train split, labelled or not.

    Raises:
        DataError: too few films, or the starting weights do not say what greys they know.
    """
    method = run.model.harmonise
    assert method != "none"
    rule = fitted(method, greys_of(decoded, train), _known_to_weights(run))
    return replace(plain_spec_of(run), harmonise=rule)


def greys_of(decoded: Decoded, films: pd.DataFrame) -> tuple[float, ...]:
    """The greys that films have in the store: (33,), see ``films.harmonise``.

    Raises:
        DataError: of fewer than 10 patients.
    """
    films = films[readable(decoded, films)]
    some = stable_order(films["case_id"], 0).argsort(kind="stable")[:MOST]
    chosen = films.iloc[some]
    if chosen["group_id"].nunique() < FEWEST:
        raise DataError(
            f"Greys are learnt from training films of {FEWEST} patients or more, and there are "
            f"{chosen['group_id'].nunique()}."
        )
    rows = decoded.rows.loc[chosen["case_id"], "row"].to_numpy(np.int64)
    return films_have([shown(decoded, row) for row in rows])


def shown(decoded: Decoded, row: int) -> NDArray[np.float32]:
    """One film of the store, (S, S) in [0, 1]."""
    white = np.float32(np.iinfo(decoded.pixels.dtype).max)
    return np.asarray(decoded.pixels[row], np.float32) / white


def write_rule(spec: Preprocessing, folder: RunFolder) -> None:
    """Keep the rule in the run's folder, where ``spec_of`` finds it."""
    assert isinstance(spec.harmonise, Harmonisation)
    write_text(json.dumps(asdict(spec.harmonise), indent=1), folder.harmonise)


def _known_to_weights(run: Run) -> tuple[float, ...] | None:
    """The greys of the films that taught the starting weights; None where these do not say."""
    if run.model.run_folder is None:
        return None
    from medtune.vision.card import card_of

    home = card_of(run.model.run_folder).home
    return None if home is None else home.greys
