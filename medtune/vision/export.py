"""A trained network as a program that runs without medtune: by torch.export, and as ONNX."""

from __future__ import annotations

import copy
import importlib
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from medtune.errors import InputError
from medtune.learning.task import Network
from medtune.vision.export_card import (
    CARD,
    CARD_FILE,
    FILMS,
    OPSET,
    SCHEMA,
    SCHEMA_FILE,
    SCORES,
    STUDIES,
)
from medtune.vision.tasks import XrayFindings

EXTRA = ("onnx", "onnxscript", "onnxruntime")  # what ``medtune[export]`` brings

Scorer = Callable[[NDArray[np.float32]], NDArray[np.float32]]


class ScoringGraph(nn.Module):
    """All that is needed to use a network: from grey values to scores.

    Args:
        network: with its weights; it is copied, and the copy does not learn.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        # weights that could learn would be traced together with their gradients
        self.network = copy.deepcopy(network).float().cpu().requires_grad_(False)
        self.eval()

    def forward(self, films: Tensor) -> Tensor:
        """Films (B, 1, H, W) float32 in [0, 1], white is dense, to scores (B, F) in [0, 1].

        Of a network that pools views studies (B, V, 1, H, W), NaN where a study has no film: a
        graph computes every place, and the pooling leaves out what is not there.
        """
        network = self.network
        if network.pool is None:
            return XrayFindings.scores(network(films.unsqueeze(1)))
        there = ~films[:, :, 0, 0, 0].isnan()
        shown = torch.where(there[:, :, None, None, None], films, films.new_zeros(()))
        features = network.backbone(shown.flatten(0, 1).unsqueeze(1))
        views = features.reshape(films.shape[0], films.shape[1], -1)
        return XrayFindings.scores(network.head(network.pool(views, there)))


def training_graph(network: Network) -> Scorer:
    """The network as training and ``predict`` run it, in float32 on the CPU."""
    network = network.float().cpu().eval()

    def scorer(films: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            logits = network(*_seen(network, torch.from_numpy(films)))
            scores: NDArray[np.float32] = XrayFindings.scores(logits.float()).numpy()
        return scores

    return scorer


def _seen(network: Network, films: Tensor) -> tuple[Tensor, ...]:
    """What a program's input is to the network that training and ``predict`` run."""
    if network.pool is None:
        return (films[:, None],)
    return films, ~films[:, :, 0, 0, 0].isnan()


def rounding(network: Network, films: list[NDArray[np.float32]]) -> float:
    """How far float32 takes the training graph's own scores from those of float64, at most."""
    exact = copy.deepcopy(network).double().eval()
    largest = 0.0
    for batch, scores in zip(films, map(training_graph(network), films), strict=True):
        with torch.inference_mode():
            seen = _seen(network, torch.from_numpy(batch))
            wanted = XrayFindings.scores(exact(seen[0].double(), *seen[1:]))
        largest = max(largest, float((wanted - torch.from_numpy(scores).double()).abs().max()))
    return largest


def trace(network: Network, image_size: int) -> ExportedProgram:
    """The scoring graph as a program for any number of films, or studies with films, at once.

    Args:
        network: with its weights.
        image_size: pixels a side.

    Raises:
        Exception: whatever torch says of a network that is no graph.
    """
    example = torch.zeros(2, 1, image_size, image_size)
    shapes = {FILMS: {0: Dim("batch")}}
    if network.pool is not None:
        example = torch.zeros(2, 3, 1, image_size, image_size)
        shapes = {FILMS: {0: Dim("batch"), 1: Dim("views")}}
    program = torch.export.export(ScoringGraph(network), (example,), dynamic_shapes=shapes)
    program.example_inputs = None
    _forget_source(program)
    return program


def _forget_source(program: ExportedProgram) -> None:
    """Take out where in the source each operation came from: it names folders of this machine."""
    for module in program.graph_module.modules():
        if isinstance(module, torch.fx.GraphModule):
            for node in module.graph.nodes:
                for key in ("stack_trace", "from_node"):
                    node.meta.pop(key, None)


def as_torch(program: ExportedProgram, card: str, schema: str) -> bytes:
    """A file for ``torch.export.load``, which hands out card and schema as ``extra_files``."""
    file = io.BytesIO()
    torch.export.save(program, file, extra_files={CARD_FILE: card, SCHEMA_FILE: schema})
    return file.getvalue()


def as_onnx(program: ExportedProgram, card: str, schema: str) -> bytes:
    """A file for ONNX runtimes, with card and schema as metadata of the model.

    Raises:
        InputError: what it takes is not installed.
        Exception: whatever torch says of a program that ONNX cannot say.
    """
    must_have_onnx()
    import onnx

    made = torch.onnx.export(
        program,
        dynamo=True,
        opset_version=OPSET,
        input_names=[FILMS],
        output_names=[SCORES],
        external_data=False,
        verbose=False,
    )
    assert made is not None
    model = made.model_proto
    _bare(model)
    model.graph.name = CARD
    del model.graph.value_info[:]  # shapes in between, which every runtime finds itself
    for value in (*model.graph.input, *model.graph.output):
        shape = value.type.tensor_type.shape
        shape.dim[0].dim_param = "batch"
        if len(shape.dim) == len(STUDIES):
            shape.dim[1].dim_param = "views"
    onnx.helper.set_model_props(model, {CARD: card, SCHEMA: schema})
    onnx.checker.check_model(model, full_check=True)
    found = {entry.domain: entry.version for entry in model.opset_import}
    assert found == {"": OPSET}, found
    return bytes(model.SerializeToString())


def _bare(message: Any) -> None:
    """Take out the exporter's notes, at every depth: they name files and folders."""
    for field, value in message.ListFields():
        if field.name in ("metadata_props", "doc_string"):
            message.ClearField(field.name)
        elif field.message_type is not None:
            for part in [value] if hasattr(value, "ListFields") else value:
                _bare(part)


def run_torch(file: bytes) -> Scorer:
    """A file of ``as_torch``, opened again."""
    module = torch.export.load(io.BytesIO(file)).module()

    def scorer(films: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            scores: NDArray[np.float32] = module(torch.from_numpy(films)).numpy()
        return scores

    return scorer


def run_onnx(file: bytes) -> Scorer:
    """A file of ``as_onnx``, opened again by ONNX Runtime on the CPU."""
    must_have_onnx()
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])

    def scorer(films: NDArray[np.float32]) -> NDArray[np.float32]:
        scores: NDArray[np.float32] = session.run([SCORES], {FILMS: films})[0]
        return scores

    return scorer


def must_have_onnx() -> None:
    """Refuse where a package of the extra is not there.

    Raises:
        InputError: names it, and the line that installs it.
    """
    missing = missing_onnx()
    if missing is not None:
        raise InputError(
            f"ONNX needs the package {missing}, which is not here: pip install 'medtune[export]'. "
            "For torch nothing more is needed: --format torch. Nothing was exported."
        )


def missing_onnx() -> str | None:
    """The first package of the extra that is not there; None where all are."""
    for name in EXTRA:
        try:
            importlib.import_module(name)
        except ImportError:
            return name
    return None
