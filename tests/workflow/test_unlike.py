"""Films unlike a site's, on the road: in the report's test, and in a new month against it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from medtune.config.load import load_run
from medtune.errors import ConfigError, DataError
from medtune.tables.predictions import read_predictions
from medtune.workflow.evaluate import evaluate
from medtune.workflow.monitor import monitor
from medtune.workflow.predict import predict
from medtune.workflow.site import measure


@pytest.mark.slow
def test_evaluate_and_monitor_flag_the_films_that_predict_flags(
    judged: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(judged, home)
    for path in (home / "runs").rglob("run.yaml"):  # a run knows its folders by whole paths
        path.write_text(path.read_text().replace(str(judged), str(home)))
    measure(home / "south/dicom", home / "south-profile.yaml", site="south", most_films=60,
            show=False)  # fmt: skip
    run = home / "runs/south"
    file = home / "south.yaml"
    looks = next((home / "work/splits").glob("*/looks.jsonl"))
    before = looks.read_text()
    (home / "broken.yaml").write_text("site: [")
    with pytest.raises(ConfigError):
        evaluate(load_run(file, ["evaluation.site=broken.yaml"]), show=False)
    assert looks.read_text() == before
    result = evaluate(load_run(file, ["evaluation.site=south-profile.yaml"]), show=False)
    told = result.settings["unlike_site"]
    assert told["site"] == "south"
    assert told["unread"] == 0
    said = predict(run, home / "south/dicom", tmp_path / "said.csv",
                   site=home / "south-profile.yaml", show=False)  # fmt: skip
    flagged = said[said["reason"].str.contains(r"\(south, |profile of south", na=False)]
    table = read_predictions(run / "predictions.parquet")
    own = table[(table["model"] == "fine_tuned") & (table["split"] == "test")]
    own = own.drop_duplicates("case_id")
    unlike = own.loc[own["unlike_site"] != "no", "case_id"]
    assert set(flagged["case_id"]) & set(own["case_id"]) <= set(unlike)
    assert told["patients"] == own["group_id"].nunique()
    assert told["flagged"] == own.loc[own["case_id"].isin(unlike), "group_id"].nunique()
    assert told["flagged"] < 0.2 * told["patients"]
    assert "Films unlike those of the site" in (run / "report.html").read_text()

    found = monitor(run, home / "north/dicom", tmp_path / "out",
                    site=home / "south-profile.yaml", show=False)  # fmt: skip
    against = found.monitored.unlike
    assert against is not None
    assert (against.old_patients, against.old_flagged) == (told["patients"], told["flagged"])
    assert against.flagged / against.patients > 0.3
    assert against.level == "look_again"
    assert json.loads((tmp_path / "out/monitor.json").read_text())["unlike"]["site"] == "south"
    own.to_parquet(tmp_path / "table.parquet")
    with pytest.raises(DataError, match="as '--site' is"):
        monitor(run, tmp_path / "table.parquet", site=home / "south-profile.yaml")
