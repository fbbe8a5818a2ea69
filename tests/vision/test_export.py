from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stdout
from pathlib import Path

import jsonschema
import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from medtune.errors import InputError, WeightsError
from medtune.films.harmonise import Harmonisation
from medtune.films.preprocessing import Preprocessing
from medtune.learning.task import Network
from medtune.vision import export as door
from medtune.vision.backbones import Normalisation
from medtune.vision.card import Card, TaughtWith
from medtune.vision.export import (
    ScoringGraph,
    as_onnx,
    as_torch,
    must_have_onnx,
    rounding,
    run_onnx,
    run_torch,
    trace,
    training_graph,
)
from medtune.vision.export_card import as_text, card_in, exported_card, schema
from medtune.vision.export_readme import readme
from medtune.vision.probes import TOLERANCE, expect, largest_difference, probes, studies
from medtune.vision.trained import load
from tests.vision.exported import finished

SIZE = 16
SOURCE = re.compile(rb"[\w./-]+\.py\b|/(?:home|root|tmp|usr|work)/")


class Tiny(nn.Module):
    """A backbone that is exported in a moment."""

    width = 4

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(1, 4, 3, stride=2)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.convolution(inputs[:, 0] - 0.5).relu().mean((2, 3))


def tiny(seed: int = 0) -> Network:
    torch.manual_seed(seed)
    network = Network(Tiny(), 2)
    nn.init.normal_(network.head.weight, std=5)
    return network.eval()


def card(**changed) -> Card:
    said = {
        "name": "small",
        "site": "south",
        "backbone": "timm/tiny",
        "normalisation": Normalisation(0.5, 0.25),
        "preprocessing": Preprocessing(SIZE),
        "include": {"modality": ["CR"], "body_part": None, "view": None},
        "findings": ["effusion", "nodule"],
        "thresholds": {"effusion": 0.25},
    }
    return Card(**{**said, **changed})


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    program = trace(tiny(), SIZE)
    return {
        "model.onnx": as_onnx(program, '{"a": 1}', "{}"),
        "model.pt2": as_torch(program, '{"a": 1}', "{}"),
    }


def test_the_probes_cover_the_range_and_are_always_the_same():
    films = probes(24)
    assert [batch.shape for batch in films] == [(n, 1, 24, 24) for n in (1, 2, 7)]
    every = np.concatenate(films)
    assert every.dtype == np.float32
    assert (every.min(), every.max()) == (0, 1)
    assert np.unique(every.reshape(10, -1), axis=0).shape[0] == 10
    for one, other in zip(films, probes(24), strict=True):
        assert np.array_equal(one, other)


def test_programs_give_the_scores_of_the_training_graph_for_any_number_of_films(files):
    expected = expect(training_graph(tiny()), probes(SIZE))
    assert expected.silent == []
    for scorer in (run_onnx(files["model.onnx"]), run_torch(files["model.pt2"])):
        assert largest_difference(scorer, expected) <= TOLERANCE
    films = np.random.default_rng(1).random((33, 1, SIZE, SIZE), np.float32)
    wanted = training_graph(tiny())(films)
    assert wanted.std() > 0.01
    np.testing.assert_allclose(run_onnx(files["model.onnx"])(films), wanted, rtol=0, atol=1e-5)


def test_another_network_is_told_apart_and_so_is_a_score_that_is_none(files):
    expected = expect(training_graph(tiny(seed=1)), probes(SIZE))
    assert largest_difference(run_onnx(files["model.onnx"]), expected) > 100 * TOLERANCE
    assert largest_difference(lambda films: np.full((len(films), 2), np.nan), expected) == np.inf
    assert largest_difference(lambda films: np.zeros((1, 2), np.float32), expected) == np.inf


def test_rounding_is_that_of_the_training_graph_alone():
    network = tiny()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    assert 0 < rounding(network, probes(SIZE)) < TOLERANCE
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    network.head.weight.data *= 1e5
    network.head.bias.data = -network(torch.full((1, 1, 1, SIZE, SIZE), 0.25))[0].detach()
    assert rounding(network, [np.full((1, 1, SIZE, SIZE), 0.25, np.float32)]) > TOLERANCE


def test_weights_that_are_no_numbers_are_refused():
    network = tiny()
    network.head.bias.data[:] = torch.nan
    with pytest.raises(WeightsError, match="no numbers"):
        expect(training_graph(network), probes(SIZE))


def test_an_output_that_always_says_the_same_is_called_silent():
    network = tiny()
    network.head.weight.data[1] = 0
    assert expect(training_graph(network), probes(SIZE)).silent == [1]


@pytest.mark.parametrize("how", ["mean", "max", "attention"])
def test_a_network_that_pools_views_is_exported_for_any_number_of_them(how):
    torch.manual_seed(0)
    network = Network(Tiny(), 2, how)
    nn.init.normal_(network.head.weight, std=5)
    if how == "attention":
        nn.init.normal_(network.pool.weigh.weight, std=2)
    shown = studies(probes(SIZE))
    assert [batch.shape[:2] for batch in shown] == [(1, 1), (1, 3), (4, 4)]
    expected = expect(training_graph(network), shown)
    assert expected.silent == []
    program = trace(network, SIZE)
    films = np.full((5, 6, 1, SIZE, SIZE), np.nan, np.float32)
    films[:, 2] = np.random.default_rng(1).random((5, 1, SIZE, SIZE), np.float32)
    for scorer in (
        run_onnx(as_onnx(program, "{}", "{}")),
        run_torch(as_torch(program, "{}", "{}")),
    ):
        assert largest_difference(scorer, expected) <= TOLERANCE
        np.testing.assert_allclose(scorer(films), scorer(films[:, 2:3]), rtol=0, atol=1e-6)
    assert rounding(network, shown) < TOLERANCE


def test_the_source_and_its_folders_are_nowhere_in_a_program(files):
    graph = ScoringGraph(tiny())
    raw = torch.export.export(graph, (torch.zeros(2, 1, SIZE, SIZE),))
    kept = io.BytesIO()
    torch.export.save(raw, kept)
    assert SOURCE.search(kept.getvalue()), "torch writes them: here they would be found"
    made = torch.onnx.export(raw, dynamo=True, opset_version=18, verbose=False)
    assert SOURCE.search(made.model_proto.SerializeToString())
    for name, file in files.items():
        assert SOURCE.search(file) is None, name


def test_the_onnx_file_is_one_of_a_stated_opset_with_names(files):
    model = onnx.load_model_from_string(files["model.onnx"])
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 18)]
    assert len(model.functions) == 0
    said = [
        (v.name, [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim])
        for v in (*model.graph.input, *model.graph.output)
    ]
    assert said == [("films", ["batch", 1, SIZE, SIZE]), ("scores", ["batch", 2])]
    assert not any(t.data_location == onnx.TensorProto.EXTERNAL for t in model.graph.initializer)


def test_exporting_leaves_the_network_as_it_was():
    network = tiny()
    trace(network, SIZE)
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_a_card_is_read_back_from_either_file_and_from_no_other(files, tmp_path: Path):
    for name, file in files.items():
        (tmp_path / name).write_bytes(file)
        assert card_in(tmp_path / name) == {"a": 1}
        (tmp_path / name).write_bytes(b"something else")
        assert card_in(tmp_path / name) is None


def test_every_word_of_a_card_is_explained_in_its_schema():
    rules = json.loads(schema())
    jsonschema.Draft202012Validator.check_schema(rules)
    whole = json.loads(as_text(exported_card(card(), "0" * 64)))
    jsonschema.validate(whole, rules)
    named = json.loads(as_text(exported_card(card(preprocessing=Preprocessing(
        SIZE, window=("NORMAL", "SOFT"), fit="crop", depth=8)), "0" * 64)))  # fmt: skip
    jsonschema.validate(named, rules)
    taught = TaughtWith("1" * 64, "2" * 64, {"train": {"films": 3, "studies": 2, "patients": 1}})
    whole = json.loads(as_text(exported_card(card(taught_with=taught), "0" * 64)))
    jsonschema.validate(whole, rules)
    parts = ("preprocessing",), ("normalisation",), ("input",), ("origin",), ("taught_with",)
    for path in ((), *parts, ("taught_with", "counts", "train")):
        wrong = json.loads(as_text(whole))
        part = wrong
        for key in path:
            part = part[key]
        part["foreign"] = 1
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, rules)


def test_the_page_says_what_is_done_to_a_film():
    plain = readme(card(), exported_card(card(), "0" * 64), {"model.onnx": "1" * 64}, [])
    assert "VOI LUT or window number 1" in plain
    assert "its own 0.5 to 99.5 percentile" in plain
    assert "model.pt2" not in plain
    assert "| 0 | effusion | 0.25 |" in plain
    spec = Preprocessing(
        SIZE, fit="crop", window=("NORMAL", "SOFT"), collimation="crop", prefer_lut=False, depth=8,
        without_window="full_range",
    )  # fmt: skip
    other = card(preprocessing=spec)
    said = readme(other, exported_card(other, "0" * 64), {"model.pt2": "1" * 64}, ["nodule"])
    for words in (
        "called NORMAL, else SOFT, else the first",
        "a window before a VOI LUT",
        "the full range of its bits",
        "Borders outside of the X-ray field",
        "The largest square in the middle",
        "Rounded to 8 bits, and divided by 255",
        "Of nodule that shows little",
        "opens it with pickle",
    ):
        assert words in said
    assert "model.onnx" not in said


@pytest.mark.parametrize("method", ["percentile", "histogram", "response"])
def test_the_code_of_the_page_harmonises_greys_as_the_checkpoint_does(method):
    seen = tuple(np.linspace(0.2, 0.6, 33)) if method == "response" else ()
    rule = Harmonisation(method, tuple(np.linspace(0.1, 0.9, 33) ** 1.3), seen)
    made = card(preprocessing=Preprocessing(SIZE, harmonise=rule))
    exported = json.loads(as_text(exported_card(made, "0" * 64)))
    jsonschema.validate(exported, json.loads(schema()))
    said = readme(made, exported, {"model.onnx": "1" * 64}, [])
    assert f"`preprocessing.harmonise.{'seen' if seen else 'wanted'}`" in said
    code = said[said.index("rule, black = card") : said.index("top, left = (size - height)")]
    film = np.random.default_rng(0).uniform(0, 1, (20, 30)).astype(np.float32)
    film[:4] = 0
    names = {"np": np, "card": exported, "small": film.astype(np.float64)}
    exec(code, names)
    np.testing.assert_allclose(names["small"], rule.applied(film), atol=1e-6)
    plain = card()
    assert "rule, black" not in readme(plain, exported_card(plain, "0" * 64), {}, [])


def test_the_page_and_its_code_refer_where_the_card_has_cuts():
    cuts = {"absent_below": 0.1, "present_from": None, "wrong_absent": 0.05, "confidence": 0.95}
    made = card(referral={"effusion": cuts})
    exported = exported_card(made, "0" * 64)
    jsonschema.validate(json.loads(as_text(exported)), json.loads(schema()))
    said = readme(made, exported, {"model.onnx": "1" * 64}, [])
    assert "absent below 0.1, present from no score on, else referred" in said
    assert "else referred" not in readme(card(), exported_card(card(), "0" * 64), {}, [])
    code = said[said.index("for finding, score in zip") :].split("```")[0]
    for score, called in ((0.05, "absent"), (0.2, "refer"), (0.9, "refer")):
        with redirect_stdout(io.StringIO()) as printed:
            exec(code, {"card": exported, "scores": [score] * len(made.findings)})
        assert called in printed.getvalue().splitlines()[0]


@pytest.mark.parametrize("missing", door.EXTRA)
def test_a_package_that_is_not_there_is_named_with_the_line_that_installs_it(monkeypatch, missing):
    monkeypatch.setitem(__import__("sys").modules, missing, None)
    with pytest.raises(InputError, match=rf"package {missing}, .*pip install 'medtune\[export\]'"):
        must_have_onnx()


@pytest.mark.parametrize(
    ("backbone", "size"),
    [
        ("timm/test_vit", 32),
        *(
            pytest.param(name, size, marks=pytest.mark.slow)
            for name, size in (
                ("timm/mobilenetv2_035", 64),
                ("timm/vit_tiny_patch16_224", 64),
                ("monai/DenseNet121", 64),
                ("monai/ResNet18", 64),
                ("monai/EfficientNet-B0", 64),
                ("timm/mobilenetv2_100", 224),
                ("timm/convnext_atto", 64),
                ("timm/efficientnet_b0", 64),
                ("timm/resnet18", 224),
                ("timm/swin_tiny_patch4_window7_224", 224),
                ("timm/vit_small_patch14_dinov2", 70),
            )
        ),
    ],
)
def test_backbones_are_exported_with_equal_scores(tmp_path: Path, backbone: str, size: int):
    network = load(finished(tmp_path / "run", backbone, size)).network
    expected = expect(training_graph(network), probes(size))
    assert expected.silent == []
    program = trace(network, size)
    differences = [
        largest_difference(run_torch(as_torch(program, "{}", "{}")), expected),
        largest_difference(run_onnx(as_onnx(program, "{}", "{}")), expected),
    ]
    assert max(differences) <= TOLERANCE, differences
