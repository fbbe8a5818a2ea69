from __future__ import annotations

import pytest

from medtune.config.load import load_run, run_as_yaml
from medtune.config.targets import Target, plain_class

GRADES = "targets: {opacity: {kind: ordinal, classes: [0, 1, 2]}}"


def test_targets_survive_being_written_and_read_again(hospital, small):
    path = hospital / "run.yaml"
    path.write_text(small.replace("findings: [opacity]", GRADES))
    run = load_run(path)
    assert run.data.targets["opacity"] == Target(kind="ordinal", classes=["0", "1", "2"])
    assert run.data.learned == ["opacity"]
    assert run.data.kind == "ordinal"
    path.write_text(run_as_yaml(run))
    assert load_run(path) == run


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        ("{x: {classes: [a, b]}}", "'data.targets.x.kind' is missing"),
        ("{x: {kind: ordnal, classes: [a, b]}}", "'data.targets.x.kind' must be one of: multi"),
        ("{x: {kind: ordinal}}", "'data.targets.x.classes': a target of kind ordinal needs 'cl"),
        ("{x: {kind: ordinal, classes: [a]}}", "'data.targets.x.classes' must be at least 2 long"),
        ("{x: {kind: ordinal, classes: [a, 1.5]}}", "'data.targets.x.classes' must be text"),
        ("{x: {kind: continuous, range: [0, 1]}}", "'data.targets.x.unit': a target of kind cont"),
        ("{x: {kind: continuous, unit: cm}}", "'data.targets.x.range': a target of kind continu"),
        (
            "{x: {kind: continuous, unit: cm, range: [0]}}",
            "'data.targets.x.range' must be at least",
        ),
        (
            "{x: {kind: continuous, unit: cm, range: [0, a]}}",
            "'data.targets.x.range' must be a num",
        ),
        ("{sex: {kind: multiclass, classes: [F, M]}}", "'sex' cannot be the name of a target"),
        ("{a=b: {kind: multiclass, classes: [F, M]}}", "'a=b' cannot be the name of a target"),
        (
            "{x: {kind: ordinal, classes: [a, b], colour: r}}",
            "there is no setting called 'data.tar",
        ),
    ],
)
def test_what_can_be_wrong_with_a_target(hospital, small, refused, targets, said):
    (hospital / "run.yaml").write_text(small.replace("findings: [opacity]", f"targets: {targets}"))
    problems = refused(hospital / "run.yaml")
    assert any(said in problem for problem in problems), problems
    assert all(problem.startswith("run.yaml, line 5: ") for problem in problems)


def test_a_class_is_compared_without_case_spaces_and_a_trailing_zero():
    assert [plain_class(word) for word in (" Mild", "2.0", "-1.00", "1.5", "v2.0", "2.")] == [
        "mild", "2", "-1", "1.5", "v2.0", "2.",
    ]  # fmt: skip


def test_what_is_answered_without_a_person_is_judged_where_it_can_be(hospital, small, refused):
    of_classes = small.replace("findings: [opacity]", "targets: {opacity: {kind: multiclass, "
                               "classes: [a, b]}}")  # fmt: skip
    (hospital / "run.yaml").write_text(of_classes)
    primary = "evaluation.primary={measure: answered_right}"
    bar = "evaluation.answer_alone={precision: 0.9}"
    load_run(hospital / "run.yaml", [primary, bar])
    (without,) = refused(hospital / "run.yaml", primary)
    assert "where 'evaluation.answer_alone' is not set" in without
    (seeds,) = refused(hospital / "run.yaml", primary, bar, "training.more_seeds=[1]")
    assert "it is judged of one training only" in seeds
