"""torchxrayvision's weights as the generic model of a whole evaluation."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from medtune.config.load import load_run
from medtune.errors import WeightsError
from medtune.tables.predictions import read_predictions
from medtune.workflow.evaluate import evaluate

xrv = pytest.importorskip("torchxrayvision", reason="the extra [xrv] is not installed")
NAME = "densenet121-res224-all"


@pytest.mark.slow
def test_it_is_judged_at_its_own_threshold_and_size(judged: Path, tmp_path: Path):
    home = tmp_path / "home"
    shutil.copytree(judged, home)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        save_file(xrv.models.DenseNet(weights=None).state_dict(), home / f"{NAME}.safetensors")
    shipped = "evaluation.compare_with=[{shipped: %s.safetensors, findings: {%s: effusion}}]"
    primary = f"evaluation.primary.compared_with=shipped:{NAME}"
    wrong = load_run(home / "south.yaml", [shipped % (NAME, "Effusoin"), primary])
    with pytest.raises(WeightsError, match=f"{NAME} has no finding 'Effusoin', but Atelectasis"):
        evaluate(wrong, show=False)
    result = evaluate(
        load_run(home / "south.yaml", [shipped % (NAME, "Effusion"), primary]), show=False
    )
    rows = result.measures[result.measures["model"] == f"shipped:{NAME}"]
    assert set(rows["rule"]) >= {"shipped", "site"}
    own = rows.loc[(rows["rule"] == "shipped") & (rows["measure"] == "sensitivity"), "threshold"]
    at = xrv.models.model_urls["all"]["labels"].index("Effusion")
    assert own.iloc[0] == pytest.approx(xrv.models.model_urls["all"]["op_threshs"][at])
    predictions = read_predictions(home / "runs/south/predictions.parquet")
    theirs = predictions[predictions["model"] == f"shipped:{NAME}"]
    assert theirs["score"].notna().any()
