from __future__ import annotations

import json

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medtune.config import Run
from medtune.config.explain import every_setting
from medtune.config.load import dump_run, load_run, run_as_dict, run_as_yaml, run_schema
from medtune.config.located import Dumper
from medtune.errors import ConfigError

WHOLE = """\
name: whole
data:
  images: dicom
  labels: labels.csv
  join_on: study_uid
  include: {modality: [DX], body_part: [chest], view: [pa, ap]}
  findings:
    opacity: {present: [infiltration, pneumonia], absent: [no_finding]}
    effusion: effusion
  uncertain: {opacity: soft}
  split: {by: site, test_values: [b], file: null}
  train_studies: 200
model: {backbone: monai/DenseNet121, weights: none}
training: {learning_rate: 1e-5, precision: 32}
evaluation:
  compare_with:
    - {shipped: dicom, findings: {lung opacity: opacity}}
    - {scores: labels.csv, column: ai, finding: opacity, threshold: 0.5, name: vendor}
    - frozen_backbone
  primary: {finding: opacity, compared_with: "shipped:dicom", reason: "no: it's 'ours'"}
  operating_point: {opacity: {sensitivity: 0.9}, effusion: {specificity: 0.8}}
"""


def test_a_small_run_is_read_and_the_rest_has_its_defaults(hospital):
    run = load_run(hospital / "run.yaml")
    assert run.name == "small"
    assert list(run.data.findings) == ["opacity"]
    assert run.training.epochs == 20


def test_every_path_is_absolute_and_beside_the_run_file(hospital, monkeypatch):
    monkeypatch.chdir("/")
    (hospital / "run.yaml").write_text(WHOLE)
    run = load_run(hospital / "run.yaml")
    assert run.data.images == hospital / "dicom"
    assert run.data.labels == hospital / "labels.csv"
    assert run.data.work == hospital / "work"
    assert run.runs == hospital / "runs"
    assert run.model.weights == "none"
    assert run.evaluation.compare_with[0].shipped == hospital / "dicom"
    assert run.evaluation.compare_with[1].scores == hospital / "labels.csv"


def test_a_weights_file_is_a_path_and_words_are_not(hospital):
    (hospital / "w.safetensors").touch()
    run = load_run(hospital / "run.yaml", ["model.weights=w.safetensors"])
    assert run.model.weights == str(hospital / "w.safetensors")
    assert load_run(hospital / "run.yaml", ["model.weights=pretrained"]).model.weights == (
        "pretrained"
    )


@pytest.mark.parametrize("text", [None, WHOLE])
def test_dump_then_load_is_the_identity(hospital, tmp_path_factory, text, small):
    (hospital / "run.yaml").write_text(text or small)
    run = load_run(hospital / "run.yaml")
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "run.yaml"
    dump_run(run, elsewhere)
    again = load_run(elsewhere)
    assert again == run
    assert run_as_yaml(again) == elsewhere.read_text()
    assert yaml.safe_load(run_as_yaml(run)) == run_as_dict(run), "YAML 1.1 reads it alike"


@pytest.mark.parametrize("text", [None, WHOLE])
def test_the_json_schema_agrees_with_the_loader(text, small):
    schema = json.loads(json.dumps(run_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    written = yaml.safe_load((text or small).replace("1e-5", "0.00001"))
    jsonschema.validate(written, schema)
    jsonschema.validate({**written, "start_from": "other.yaml"}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**written, "nmae": "x"}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**written, "model": {"backbone": 3}}, schema)


def test_missing_files_are_all_told_with_their_near_misses(hospital, refused, small):
    (hospital / "weights.pth").touch()
    (hospital / "run.yaml").write_text(
        small.replace("labels.csv", "private/../lables.csv")
        .replace("dicom", "dicmo")
        .replace("none", "weigths.pth")
        + "evaluation: {compare_with: [{scores: vendor.csv, column: a}, {shipped: runs/nih}]}\n"
    )
    assert refused(hospital / "run.yaml") == [
        "run.yaml, line 3: 'data.images' points to dicmo, and there is no such folder. "
        "Did you mean 'dicom'?",
        "run.yaml, line 4: 'data.labels' points to lables.csv, and there is no such file. "
        "Did you mean 'labels.csv'?",
        "run.yaml, line 8: 'model.weights' points to weigths.pth, and there is no such file or "
        "folder. Did you mean 'weights.pth'?",
        "run.yaml, line 9: 'evaluation.compare_with.scores' points to vendor.csv, and there is "
        "no such file.",
        "run.yaml, line 9: 'evaluation.compare_with.shipped' points to nih, and there is no such "
        "file or folder.",
    ]


def test_a_file_where_a_folder_is_meant_and_the_other_way_round(hospital, refused):
    settings = ["data.images=labels.csv", "data.labels=dicom", "data.split.file=dicom"]
    assert refused(hospital / "run.yaml", *settings) == [
        "command line, --set data.images: 'data.images' points to labels.csv, which is a file "
        "and not a folder.",
        "command line, --set data.labels: 'data.labels' points to dicom, which is a folder and "
        "not a file.",
        "command line, --set data.split.file: 'data.split.file' points to dicom, which is a "
        "folder and not a file.",
    ]


def test_a_stored_run_is_read_where_its_files_are_gone(hospital, refused):
    run = load_run(hospital / "run.yaml")
    (hospital / "labels.csv").unlink()
    assert load_run(hospital / "run.yaml", files_must_exist=False) == run
    assert len(refused(hospital / "run.yaml")) == 1


def test_no_error_shows_a_folder(hospital, refused, small):
    (hospital / "run.yaml").write_text(
        small.replace("dicom", "/data/MEIER^ANNA/films").replace("none", "~/MEIER/w.pth")
        + "training: {epochs: /data/MEIER/five}\n"
    )
    said = "\n".join(refused(hospital / "run.yaml"))
    assert said.count("\n") == 2
    assert "MEIER" not in said
    assert str(hospital) not in said


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (b"", "empty"),
        (b"# nothing\n", "empty"),
        (b"- a\n", "name: value"),
        (b"just words\n", "name: value"),
        (b"name: caf\xe9\n", "UTF-8"),
    ],
)
def test_a_file_that_holds_no_settings(tmp_path, text, word, refused):
    (tmp_path / "run.yaml").write_bytes(text)
    (problem,) = refused(tmp_path / "run.yaml")
    assert problem.startswith("run.yaml: ")
    assert word in problem


def test_a_byte_order_mark_is_no_part_of_the_first_name(hospital, small):
    (hospital / "run.yaml").write_text(small, encoding="utf-8-sig")
    assert load_run(hospital / "run.yaml").name == "small"


def test_a_run_file_that_is_not_there(hospital, refused):
    assert refused(hospital / "rum.yaml") == [
        "rum.yaml: there is no such file. Did you mean 'run.yaml'?"
    ]
    assert "this is a folder" in refused(hospital)[0]


def test_an_empty_section_says_nothing(hospital, small):
    text = small + "training:\n  #epochs: 3\nevaluation:\n  primary:\n"
    (hospital / "run.yaml").write_text(text)
    assert load_run(hospital / "run.yaml").training.epochs == 20


words = st.sampled_from(
    [*every_setting(Run), "data", "a", "runs/x", "none", "~x", "~", "/", "", "\0", "x" * 300, ".."]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(where=st.sampled_from(list(every_setting(Run))), value=values)
def test_whatever_is_written_is_a_run_or_a_list_of_problems(hospital, where, value):
    written = yaml.dump(value, Dumper=Dumper, default_flow_style=True, width=10_000)
    try:
        problems = []
        load_run(hospital / "run.yaml", [f"{where}={written}"])
    except ConfigError as error:
        problems = error.problems
    assert all(problem.startswith("command line, --set ") for problem in problems)
    assert not any(str(hospital) in problem for problem in problems)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from([*Run.model_fields, "start_from", "x"]), values))
def test_whatever_a_file_holds_is_a_run_or_a_list_of_problems(hospital, document):
    path = hospital / "any.yaml"
    path.write_text(yaml.dump(document, Dumper=Dumper), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_run(path)
    assert all(problem.startswith("any.yaml") for problem in caught.value.problems)


@pytest.mark.parametrize(
    "setting", ["loss=focal", "sampler=class_balanced", "mixup=0.4", "keep=ema", "max_hours=2"]
)
def test_a_fast_probe_refuses_what_is_about_steps_that_it_does_not_take(hospital, setting):
    name = setting.split("=")[0]
    settings = ["model.adapt=fast_probe", f"training.{setting}"]
    with pytest.raises(ConfigError, match=f"and has no '{name}'"):
        load_run(hospital / "run.yaml", settings)
    assert not load_run(hospital / "run.yaml", settings[:1]).changes_films


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["model.weights=pretrained"], "'weights' names none; write 'weights: runs/NAME'"),
        (["model.weights=runs/north", "model.adapt=fast_probe"], "fits a head anew"),
        (
            [
                "model.weights=runs/north",
                "data.findings={}",
                "data.targets={dose: {kind: continuous, unit: mGy, range: [0, 9]}}",
            ],
            "this run has targets",
        ),
    ],
)
def test_a_head_is_kept_of_a_finished_run_of_findings_that_goes_on_in_steps(
    hospital, settings, said
):
    with pytest.raises(ConfigError, match=said) as caught:
        load_run(hospital / "run.yaml", ["model.head=kept", *settings], files_must_exist=False)
    assert "model.head" in str(caught.value)
    kept = ["model.head=kept", "model.weights=runs/north"]
    assert load_run(hospital / "run.yaml", kept, files_must_exist=False).model.head == "kept"
