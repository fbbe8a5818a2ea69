"""What the test split can show, in the words of ``medtune check``."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from medtune.config import Run
from medtune.workflow.sizing import sizes

FINDINGS = {"opacity": {"present": ["a"]}, "nodule": {"present": ["b"]}}


def run_with(findings: Any = FINDINGS, **evaluation: Any) -> Run:
    return Run.model_validate(
        {
            "name": "x",
            "data": {"images": "dicom", "labels": "labels.csv", "findings": findings},
            "model": {"backbone": "timm/resnet18", "weights": "none"},
            "evaluation": evaluation,
        }
    )


def cases() -> pd.DataFrame:
    """60 test patients with two films each, 20 of them with an opacity; others are trained on."""
    rows = [
        {"group_id": f"p{n}", "split": "test" if n < 60 else "train",
         "opacity": 1 if n % 3 == 0 else 0, "nodule": None if n else 1}
        for n in range(90) for _ in range(2)
    ]  # fmt: skip
    return pd.DataFrame(rows).astype({"opacity": "Int8", "nodule": "Int8"})


def test_patients_are_counted_and_the_operating_point_has_a_width() -> None:
    opacity, nodule = sizes(run_with(), cases())
    assert (opacity.positive, opacity.negative) == (20, 40)
    assert (nodule.positive, nodule.negative) == (1, 0)
    assert (opacity.rate, opacity.wanted) == ("sensitivity", 0.9)
    assert list(opacity.lines()) == [
        "  opacity: 20 patients with it, 40 without; a sensitivity of 0.9 is known to ± 0.137"
    ]
    assert opacity.as_dict()["enough"] is None


def test_a_plan_says_how_many_are_needed_and_whether_they_are_there() -> None:
    primary = {"finding": "opacity"}
    few, other = sizes(run_with(primary=primary, planned={"gain": 0.05}), cases())
    assert other.needed is None
    assert few.needed is not None
    assert few.needed.negative == pytest.approx(2 * few.needed.positive, abs=2)
    assert not few.enough
    assert list(few.lines())[1] == (
        f"    planned: a gain of 0.05 in auroc with 80% power needs {few.needed.positive} with it "
        f"and {few.needed.negative} without it: TOO FEW"
    )
    bold = {"gain": 0.4, "generic": 0.5, "discordant": 0.4}
    enough, _ = sizes(
        run_with(primary={**primary, "measure": "sensitivity"}, planned=bold), cases()
    )
    assert enough.enough
    assert enough.as_dict()["needed"]["negative"] is None


@pytest.mark.parametrize(
    ("evaluation", "said"),
    [
        ({"primary": {"finding": "opacity", "measure": "accuracy"}}, "how many patients accuracy"),
        ({}, "say which in 'evaluation.primary.finding'"),
    ],
)
def test_a_plan_is_for_one_finding_and_a_measure_with_a_formula(
    evaluation: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        run_with(**evaluation, planned={"gain": 0.05})


def test_classes_have_no_such_plan() -> None:
    data = {"images": "d", "labels": "l.csv",
            "targets": {"grade": {"kind": "ordinal", "classes": ["0", "1"]}}}  # fmt: skip
    with pytest.raises(ValidationError, match="it is for findings, not for grades"):
        Run.model_validate(
            {
                "name": "x",
                "data": data,
                "model": {"backbone": "timm/resnet18", "weights": "none"},
                "evaluation": {"planned": {"gain": 0.05}},
            }
        )
