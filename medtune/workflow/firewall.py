"""The leakage firewall: what would make a test look better than it is stops the run."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd

from medtune.config.compared import ScoresTable, Shipped
from medtune.config.data import JoinKey
from medtune.config.run import Run
from medtune.dicom import open_xray
from medtune.errors import DataError, LeakError, UnreadableFile
from medtune.films.keys import film_keys, row_keys
from medtune.films.locations import place_of, read_locations
from medtune.films.patients import same_patients
from medtune.films.polarity import negatives
from medtune.films.repeats import Leak, repeated_films
from medtune.films.rows_of_others import rows_of_others
from medtune.films.store import Decoded
from medtune.tables.leaks import BAR, leaks_table
from medtune.tables.schema import read_text_table
from medtune.workflow.cases import Gathered, private
from medtune.workflow.foreign import taught_test_patients
from medtune.workflow.progress import Progress

KEYS: tuple[JoinKey, ...] = (
    "sop_instance_uid", "study_uid", "accession_number", "patient_id", "file_name",
)  # fmt: skip
SHA256 = "sha256"


def find_leaks(
    run: Run,
    gathered: Gathered,
    splits: pd.DataFrame,
    decoded: Decoded | None,
    *,
    show: bool = False,
) -> pd.DataFrame:
    """Everything that is suspected, as ``tables.leaks`` has it.

    Args:
        run: as ``load_run`` gives it.
        gathered: its films and labels.
        splits: case_id and split.
        decoded: the store; None where pictures were not looked at.
        show: whether progress is shown on stderr.

    Raises:
        DataError: a table of what another model learnt from cannot be used.
    """
    cases, learned = gathered.cases, run.data.learned
    places = gathered.index.locations.set_index("case_id").loc[cases["case_id"]].reset_index()
    films_of = cases.groupby("group_id")["case_id"].apply(list)
    found: list[Leak] = [
        ("same_patient", [*films_of[one], *films_of[other]], f"patients {one} and {other}: {why}")
        for one, other, why in same_patients(places, cases)
    ]
    if run.data.labels is not None:
        for case_id, line, facts in rows_of_others(
            run.data.labels, cases, places, gathered.line_of
        ):
            words = f"{run.data.labels.name}, line {line}: another {facts} than in the header"
            found.append(("row_of_another", [case_id], words))
    found += _impossible_dates(cases, places)
    if decoded is not None:
        with Progress("comparing films", len(cases), show=show) as progress:
            found += repeated_films(cases, decoded.rows, learned, progress.step)
        found += _same_uid(gathered, decoded)
        for case_id, how in negatives(cases, decoded.rows):
            found.append(("negative", [case_id], how))
    found += _seen_by_generic(run, cases, splits, places)
    return leaks_table(found, splits)


def refuse_leaks(leaks: pd.DataFrame, allow: Sequence[str]) -> None:
    """Stop where there are leaks that nobody has allowed.

    Args:
        leaks: as ``find_leaks`` gives them.
        allow: names of leaks that are known and accepted.

    Raises:
        LeakError: each with its name and how to go on.
        DataError: a name that is allowed is none of a leak.
    """
    strange = sorted(set(allow) - set(leaks["leak"]))
    if strange:
        raise DataError(
            f"'--allow {strange[0]}': there is no leak of this name. "
            + (f"There are: {', '.join(leaks['leak'])}." if len(leaks) else "There is none at all.")
        )
    stopping = leaks[leaks["stops"] & ~leaks["leak"].isin(allow)]
    if stopping.empty:
        return
    lines = [
        f"{len(stopping)} leaks stop the run: what is in the test may not be known before."
        if len(stopping) > 1
        else "A leak stops the run: what is in the test may not be known before.",
        *(f"  {leak}: {words}" for leak, words in stopping[["leak", "words"]].head(20).to_numpy()),
    ]
    if len(stopping) > 20:
        lines.append(f"  ... and {len(stopping) - 20} more; 'medtune check --json' has them all")
    lines.append(
        "Put the data right (for one person under several IDs: 'data.same_patients'), or name each "
        f"that is known and harmless: --allow {stopping['leak'].iloc[0]}"
    )
    raise LeakError("\n".join(lines))


def refuse_known_test(
    run: Run, cases: pd.DataFrame, splits: pd.DataFrame, allow: Sequence[str], found: Path
) -> None:
    """Refuse a generic model that has learnt from test cases, before the test is opened.

    Args:
        run: whose evaluation section may have changed since it was trained.
        cases: of the run.
        splits: case_id and split.
        allow: names of leaks that are known and accepted.
        found: the leaks that were found when the run began (``leaks.csv``): what was accepted then
            may be named here too.

    Raises:
        LeakError: with the table, and the number of test films in it.
        DataError: a name that is allowed is none of a leak, now or then.
    """
    places = read_locations(private(run)).set_index("case_id").loc[cases["case_id"]].reset_index()
    seen = leaks_table(_in_tables(run, cases, splits, places), splits)
    earlier = set(read_text_table(found)["leak"]) - set(seen["leak"]) if found.exists() else set()
    refuse_leaks(seen, [name for name in allow if name not in earlier])


def _impossible_dates(cases: pd.DataFrame, places: pd.DataFrame) -> list[Leak]:
    today = pd.Timestamp.now().strftime("%Y-%m-%d")
    taken = places["date"].astype("string")
    born = pd.to_datetime(places["birth_date"], format="%Y%m%d", errors="coerce")
    before = pd.to_datetime(taken, errors="coerce") < born
    leaks = []
    for wrong, words in (
        ((taken > today).fillna(False), "taken in the future"),
        (before.fillna(False), "taken before the patient was born"),
    ):
        leaks += [("impossible_date", [case], words) for case in cases["case_id"][wrong.to_numpy()]]
    return leaks


def _same_uid(gathered: Gathered, decoded: Decoded) -> list[Leak]:
    """Files left out since another has their UID, where the pictures are not the same."""
    refused = gathered.index.refused
    if "case_id" not in refused:
        return []
    twice = refused[refused["reason"] == "duplicate_uid"]
    places = gathered.index.locations.set_index("case_id")
    leaks: list[Leak] = []
    for case_id, path, member in twice[["case_id", "path", "member"]].to_numpy():
        if case_id not in decoded.rows.index or case_id not in places.index:
            continue
        ours = places.loc[case_id]
        one = _pixels(ours["path"], ours["member"])
        root = str(ours["path"]).removesuffix(str(ours["file"]))
        other = _pixels(root + path, member)
        if one is not None and other is not None and one != other:
            words = "another file has the same SOP instance UID and another picture"
            leaks.append(("same_uid", [case_id], words))
    return leaks


def _pixels(path: str, member: object) -> str | None:
    """What tells one stored picture from another."""
    try:
        film = open_xray(place_of(path, member), frame=0)
    except UnreadableFile:
        return None
    return sha256(np.ascontiguousarray(film.cells).tobytes()).hexdigest()


def _seen_by_generic(
    run: Run, cases: pd.DataFrame, splits: pd.DataFrame, places: pd.DataFrame
) -> list[Leak]:
    """Test cases that another model learnt from, by its own run or by a table of it."""
    test = set(splits.loc[splits["split"] == "test", "case_id"])
    judged = cases["case_id"].isin(test).to_numpy()
    leaks: list[Leak] = []
    for name, patients, _ in taught_test_patients(run, cases, splits):
        taught = cases["case_id"][judged & cases["group_id"].isin(patients).to_numpy()].tolist()
        words = f"{len(patients)} test patients taught the run {name}"
        leaks.append(("seen_by_generic", taught, words))
    return leaks + _in_tables(run, cases, splits, places)


def _in_tables(
    run: Run, cases: pd.DataFrame, splits: pd.DataFrame, places: pd.DataFrame
) -> list[Leak]:
    """Test cases in a table of what another model learnt from."""
    test = splits.loc[splits["split"] == "test", "case_id"]
    judged = cases["case_id"].isin(test).to_numpy()
    leaks: list[Leak] = []
    for other in run.evaluation.compare_with:
        if isinstance(other, Shipped | ScoresTable) and other.trained_on is not None:
            seen = _in_table(other.trained_on, cases[judged], places[judged])
            if seen:
                words = f"{len(seen)} test films stand in {other.trained_on.name}"
                leaks.append(("seen_by_generic", seen, words))
    return leaks


def _in_table(table: Path, cases: pd.DataFrame, places: pd.DataFrame) -> list[str]:
    """Cases that a table of what a model learnt from names.

    Raises:
        DataError: it has none of the columns by which films can be told.
    """
    text = read_text_table(table)
    plain = {"".join(c for c in str(name).lower() if c.isalnum()): name for name in text.columns}
    keys: list[JoinKey] = [key for key in KEYS if key.replace("_", "") in plain]
    if not keys and SHA256 not in plain:
        raise DataError(
            f"{table.name} has none of the columns {', '.join((*KEYS, SHA256))}, by which the "
            "films that a model learnt from can be told."
        )
    seen = np.zeros(len(cases), bool)
    if SHA256 in plain:
        files = places[["path", "member"]].to_numpy()
        digests = pd.Series([_sha256_of(path, member) for path, member in files])
        seen |= digests.isin(text[plain[SHA256]].str.strip().str.lower()).to_numpy()
        seen &= (digests != "").to_numpy()
    for key in keys:
        column = text[plain[key.replace("_", "")]].str.strip()
        column = column[column != ""]
        films = film_keys(places, key)
        seen |= films.isin(row_keys(column, key, films)).to_numpy() & (films != "").to_numpy()
    return cases["case_id"][seen].tolist()


def _sha256_of(path: str, member: object) -> str:
    digest = sha256()
    try:
        with place_of(path, member).open() as (file, _):
            while piece := file.read(1 << 20):
                digest.update(piece)
    except UnreadableFile:
        return ""
    return digest.hexdigest()


def as_rows(leaks: pd.DataFrame) -> list[dict[str, object]]:
    """Leaks for machines."""
    plain = leaks.astype(object).where(leaks.notna(), None)
    return [
        {
            **{str(name): value for name, value in row.items()},
            "splits": str(row["splits"]).split(BAR),
            "cases": str(row["cases"]).split(BAR),
        }
        for row in plain.to_dict("records")
    ]
