from __future__ import annotations

import pytest


def test_a_finding_that_is_no_column_is_told_with_its_line(hospital, refused, small):
    text = small.replace(
        "[opacity]", "\n    lung: {present: [opacty], absent: [b]}\n    nodule: nodle"
    )
    (hospital / "run.yaml").write_text(text)
    assert refused(hospital / "run.yaml") == [
        "run.yaml, line 6: 'data.findings' names 'opacty', and labels.csv has no such column. "
        "Did you mean 'opacity'?",
        "run.yaml, line 7: 'data.findings' names 'nodle', and labels.csv has no such column. "
        "Did you mean 'nodule'?",
    ]


def test_a_join_key_that_is_no_column_is_told(hospital, refused):
    (hospital / "labels.csv").write_text("accession_number,opacity\n1,0\n")
    said = refused(hospital / "run.yaml", "data.join_on=study_uid")
    assert len(said) == 1
    assert "'data.join_on' is study_uid, and labels.csv has no such column" in said[0]
    (hospital / "labels.csv").write_text("\ufeffStudyUID,opacity\n1,0\n")
    from medtune.config.load import load_run

    assert load_run(hospital / "run.yaml", ["data.join_on=study_uid"]).data.join_on == "study_uid"


def test_a_column_that_the_reference_lacks_is_told_with_its_line(hospital, refused, small):
    (hospital / "read.csv").write_text("accession,opacty\n1,0\n")
    (hospital / "run.yaml").write_text(small + "evaluation:\n  reference: read.csv\n")
    said = refused(hospital / "run.yaml")
    assert said == [
        "run.yaml, line 10: 'evaluation.reference' needs a column accession_number, and read.csv "
        "has no such column. Did you mean 'accession'? It has: accession, opacty.",
        "run.yaml, line 10: 'evaluation.reference' needs a column opacity, and read.csv has no "
        "such column. Did you mean 'opacty'? It has: accession, opacty.",
    ]
    (hospital / "read.csv").write_text("Accession Number;opacity\n1;0\n")
    from medtune.config.load import load_run

    assert load_run(hospital / "run.yaml").evaluation.reference == hospital / "read.csv"


def test_a_reference_that_is_not_there_is_told(hospital, refused):
    (hospital / "reading.csv").write_text("accession_number,opacity\n")
    said = refused(hospital / "run.yaml", "evaluation.reference=readings.csv")
    assert "'evaluation.reference' points to readings.csv, and there is no such file" in said[0]
    assert "Did you mean 'reading.csv'?" in said[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "that file is empty"),
        ("\ufeff \n\n", "that file is empty"),
        ("\naccession_number,opacity\n1,0\n", "its first line is empty, where the names of its"),
    ],
)
def test_a_table_without_names_is_said_to_have_none(hospital, refused, small, text, why):
    (hospital / "labels.csv").write_text(text)
    (said,) = refused(hospital / "run.yaml")
    assert said.startswith(f"run.yaml, line 4: 'data.labels' points to labels.csv, and {why}")
    assert "It has:" not in said
    (hospital / "labels.csv").write_text("accession_number,opacity\n1,0\n")
    (hospital / "read.csv").write_text(text)
    (said,) = refused(hospital / "run.yaml", "evaluation.reference=read.csv")
    assert f"'evaluation.reference' points to read.csv, and {why}" in said
