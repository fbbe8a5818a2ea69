from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

SAYS = {
    "01-look-at-my-dicom": "leaks: 0 stops: False",
    "02-fine-tune": "verdict:",
    "03-read-an-evaluation": "verdict: gain",
    "04-support-chat": "verdict: gain",
    "05-legal-drafts": "nearest precedent",
}
# of these the fast tests do the same on fewer films, conversations and contracts
SLOW = {"01-look-at-my-dicom", "02-fine-tune", "04-support-chat", "05-legal-drafts"}
NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if path.stem in SLOW else [])
        for path in NOTEBOOKS
    ],
)
def test_a_notebook_runs_and_draws(path: Path, monkeypatch, tmp_path: Path):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=600, kernel_name="python3")
    client.km = client.create_kernel_manager()
    client.km.kernel_spec.argv[0] = sys.executable
    client.execute()
    outputs = [o for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs]
    assert any("image/png" in o.get("data", {}) for o in outputs)
    assert any(SAYS[path.stem] in o.get("text", "") for o in outputs)
    assert all("outputs" not in c or not c.outputs for c in nbformat.read(path, 4).cells)
