from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from medtune.config.data import Include, XrayData
from medtune.errors import DataError
from medtune.films.index import Index
from medtune.films.join import excluded, join
from medtune.films.labels import WORDS
from medtune.tables.cases import read_uncertain
from medtune.vision.samples import targets_of


def index_of(*films: dict) -> Index:
    rows, places = [], []
    for i, film in enumerate(films):
        facts = {"modality": "DX", "presentation": None, "body_part": "CHEST", "view": "PA"}
        study = film.get("study", f"st{i}")
        patient = film.get("patient", f"pa-{study}")
        rows.append(
            {
                "case_id": f"c{i}", "group_id": f"p-{patient}", "study_id": f"s-{study}",
                "date": None, "period": None,
                **{key: film.get(key, value) for key, value in facts.items()},
            }
        )  # fmt: skip
        places.append(
            {
                "case_id": f"c{i}", "path": f"/films/{film.get('file', f'f{i}.dcm')}", "frame": 0,
                "sop_instance_uid": f"1.2.{i}", "study_uid": f"1.9.{study}",
                "accession_number": film.get("accession", study), "patient_id": patient,
                "date": None,
            }
        )  # fmt: skip
    return Index(
        pd.DataFrame(rows), pd.DataFrame(places), pd.DataFrame({"reason": [], "files": []})
    )


def refused(index: Index, data: XrayData) -> str:
    """What has to be put right, whether it stops the join or is told beside the cases."""
    try:
        return "\n".join(join(index, data, "here").problems)
    except DataError as error:
        return str(error)


def data_of(folder: Path, table: str, **changes) -> XrayData:
    (folder / "labels.csv").write_text(table)
    settings = {"images": folder, "labels": folder / "labels.csv", "findings": ["effusion"]}
    return XrayData.model_validate({**settings, **changes})


def test_one_row_serves_the_films_of_its_study_and_losses_are_counted_both_ways(tmp_path: Path):
    index = index_of({"study": "A1"}, {"study": "A1"}, {"study": "A2"}, {"study": "A3"})
    data = data_of(tmp_path, "accession_number,effusion\nA1,1\nA2,0\nA9,1\n")
    joined = join(index, data, "here")
    assert joined.cases["effusion"].tolist() == [1, 1, 0]
    assert joined.rows == {"all": 3, "used": 2, "several_films": 1, "without_film": 1}
    lost = joined.flow[joined.flow["reason"] == "no row in the label table"]
    assert lost["films"].tolist() == [1]
    assert set(joined.cases.columns) >= {"case_id", "group_id", "study_id", "site", "effusion"}
    assert not {"path", "patient_id", "accession_number"} & set(joined.cases.columns)


@pytest.mark.parametrize(
    ("join_on", "key"),
    [
        ("sop_instance_uid", "1.2.0"),
        ("study_uid", "1.9.007"),
        ("accession_number", "007"),
        ("patient_id", "0815"),
        ("file_name", "film.dcm"),
        ("file_name", "film"),
    ],
)
def test_every_key_joins_and_keeps_its_leading_zeros(tmp_path: Path, join_on: str, key: str):
    index = index_of({"study": "007", "patient": "0815", "file": "film.dcm"}, {"study": "008"})
    data = data_of(tmp_path, f"{join_on},effusion\n{key},1\n", join_on=join_on)
    assert join(index, data, "here").cases["case_id"].tolist() == ["c0"]


@pytest.mark.parametrize("kind", ["csv", "tsv", "xlsx", "parquet"])
def test_every_kind_of_table_is_read(tmp_path: Path, kind: str):
    table = pd.DataFrame({"Accession Number": ["01", "02"], "effusion": [1, 0]})
    path = tmp_path / f"labels.{kind}"
    data = data_of(tmp_path, "", labels=path)
    if kind == "xlsx":
        table.to_excel(path, index=False)
    elif kind == "parquet":
        table.to_parquet(path, index=False)
    else:
        table.to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")
    assert join(index_of({"study": "01"}, {"study": "02"}), data, "here").rows["used"] == 2


def test_two_rows_for_one_study_are_refused_with_their_lines(tmp_path: Path):
    data = data_of(tmp_path, "accession_number,effusion\nA1,1\nA2,0\nA1,0\n")
    said = refused(index_of({"study": "A1"}, {"study": "A2"}), data)
    assert "1 value of 'accession_number' stands in more than one row: lines 2 and 4." in said


def test_a_patient_with_two_studies_cannot_be_joined_by_patient(tmp_path: Path):
    index = index_of({"study": "A1", "patient": "P1"}, {"study": "A2", "patient": "P1"})
    data = data_of(tmp_path, "patient_id,effusion\nP1,1\n", join_on="patient_id")
    said = refused(index, data)
    assert re.search(r"line 2.*more than one study", said)
    assert "P1" not in said


def test_a_finding_by_rule_is_present_absent_or_unknown(tmp_path: Path):
    table = (
        "accession_number,infiltration,pneumonia,no_finding,mass\n"
        "A0,1,0,0,0\nA1,0,0,1,0\nA2,0,0,0,1\nA3,-1,0,0,0\nA4,1,,1,0\nA5,,,,\n"
    )
    rule = {"present": ["infiltration", "pneumonia"], "absent": ["no_finding"]}
    data = data_of(tmp_path, table, findings={"opacity": rule})
    cases = join(index_of(*({"study": f"A{i}"} for i in range(6))), data, "here").cases
    values = [None if pd.isna(value) else int(value) for value in cases["opacity"]]
    assert values == [1, 0, None, None, None, None]
    assert cases["uncertain"].tolist() == ["", "", "", "opacity", "", ""]


def test_wrong_labels_and_missing_columns_are_all_named(tmp_path: Path):
    data = data_of(
        tmp_path,
        "accession_number,effusion,edema\nA1,1,0\nA2,maybe,0\n",
        findings=["effusion", "edma"],
    )
    with pytest.raises(DataError) as caught:
        join(index_of({"study": "A1"}), data, "here")
    assert "line 3" in str(caught.value)
    assert "'maybe'" in str(caught.value)
    assert "did you mean 'edema'?" in str(caught.value)


def test_labels_that_match_nothing_are_said_to(tmp_path: Path):
    data = data_of(tmp_path, "accession_number,effusion\nB1,1\n")
    with pytest.raises(DataError, match=r"none of its 1 row belongs to a film \(of 1 film\)"):
        join(index_of({"study": "A1"}), data, "here")


def test_a_word_that_is_no_label_is_answered_with_those_that_are(tmp_path: Path):
    said = refused(
        index_of({"study": "A1"}), data_of(tmp_path, "accession_number,effusion\nA1,maybe\n")
    )
    for word in WORDS:
        assert not word or re.search(rf"(?<![\w-]){re.escape(word)}(?![\w])", said), word


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("accession_number,effusion\n", "labels.csv has no row, only the names of its columns"),
        ("accession_number,effusion\n,1\n,0\n", "'accession_number' is empty in every row"),
    ],
)
def test_a_table_without_a_row_is_not_asked_what_its_column_holds(
    tmp_path: Path, table: str, said: str
):
    data = data_of(tmp_path, table)
    with pytest.raises(DataError, match=said):
        join(index_of({"study": "A1"}), data, "here")


def test_unlabelled_films_can_stop_the_run(tmp_path: Path):
    data = data_of(tmp_path, "accession_number,effusion\nA1,1\n", unlabelled="stop")
    with pytest.raises(DataError, match="1 of 2 studies"):
        join(index_of({"study": "A1"}, {"study": "A2"}), data, "here")


def test_include_says_why_each_film_is_left_out():
    films = index_of(
        {}, {"modality": "CT"}, {"view": "LATERAL"}, {"view": None}, {"body_part": "HAND"},
        {"presentation": "for_processing"},
    ).films  # fmt: skip
    include = Include(modality=["DX"], view=["pa"], body_part=["chest"])
    said = excluded(films, include).tolist()
    assert pd.isna(said[0])
    assert said[1:] == [
        "modality CT", "view LATERAL", "view unknown", "body part HAND", "for processing",
    ]  # fmt: skip
    kept = excluded(films, Include(modality=["DX"], view=["PA"], unknown_view="keep"))
    assert pd.isna(kept[3])


def test_no_film_included_says_what_there_is(tmp_path: Path):
    data = data_of(tmp_path, "accession_number,effusion\nA1,1\n", include={"view": ["AP"]})
    with pytest.raises(DataError, match="1 view PA"):
        join(index_of({"study": "A1"}), data, "here")


@pytest.mark.parametrize(
    ("join_on", "films"),
    [
        ("file_name", [{"file": "a/IM1.dcm"}, {"file": "b/IM1.dcm"}]),
        ("file_name", [{"file": f"{s}/IM1.dcm", "patient": "P"} for s in "ab"]),
        ("accession_number", [{"accession": "0"}, {"accession": "0"}]),
        ("study_uid", [{"study": "1", "patient": "P"}, {"study": "1", "patient": "Q"}]),
    ],
)  # fmt: skip
def test_a_row_that_could_mean_several_is_refused(tmp_path: Path, join_on: str, films: list):
    index = index_of(*films)
    key = {"file_name": "IM1.dcm", "accession_number": "0", "study_uid": "1.9.1"}[join_on]
    data = data_of(tmp_path, f"{join_on},effusion\n{key},1\n", join_on=join_on)
    assert "more than one" in refused(index, data)


def test_films_of_one_study_that_contradict_one_another_are_refused(tmp_path: Path):
    index = index_of({"study": "A"}, {"study": "A"}, {"study": "A2"})
    table = "sop_instance_uid,effusion\n1.2.0,1\n1.2.1,0\n1.2.2,0\n"
    data = data_of(tmp_path, table, join_on="sop_instance_uid")
    said = "1 study has films with and films without 'effusion'"
    assert said in refused(index, data)
    assert join(index, data, "here").cases["study_id"].tolist() == ["s-A2"]


def test_names_with_spaces_stay_whole_where_labels_are_uncertain(tmp_path: Path):
    table = "accession_number,Effusion,Pleural Effusion\nA,0,-1\n"
    data = data_of(tmp_path, table, findings=["Effusion", "Pleural Effusion"])
    cases = join(index_of({"study": "A"}), data, "here").cases
    assert read_uncertain(cases["uncertain"].iloc[0]) == ["Pleural Effusion"]
    values, known = targets_of(cases, list(data.findings), lambda finding: "positive")
    assert values.tolist() == [[0, 1]]
    assert known.tolist() == [[True, True]]


def test_semicolons_are_read_and_a_line_with_too_many_cells_is_refused(tmp_path: Path):
    index = index_of({"study": "A1"})
    data = data_of(tmp_path, "\ufeffaccession_number;effusion\nA1;1\n")
    assert join(index, data, "here").cases["effusion"].tolist() == [1]
    data = data_of(tmp_path, "accession_number,effusion\nA1,1,extra\n")
    with pytest.raises(DataError, match="cannot be read"):
        join(index, data, "here")


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path):
    data = data_of(tmp_path, "accession_number,effusion\n\n\nA1,maybe\n")
    with pytest.raises(DataError, match="line 4"):
        join(index_of({"study": "A1"}), data, "here")
