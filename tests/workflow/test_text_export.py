"""A finished run about texts is used without medtune, and says what it said."""

from __future__ import annotations

import json
import os
import re
import runpy
import sys
from pathlib import Path

import pandas as pd
import pytest

from medtune.config.load import load_run
from medtune.errors import InputError, RunError, WeightsError
from medtune.text.conversation import Message
from medtune.text.formats import Fields, read_conversations
from medtune.workflow.chats import export as chats
from medtune.workflow.chats.finished import open_finished
from medtune.workflow.export import export
from medtune.workflow.predict import predict
from medtune.workflow.train import train
from tests.workflow.chat_runs import record, write_talks
from tests.workflow.text_runs import write_desk

SYSTEM = "You answer for Acme."
SECRET = "jane.doe@example.org"
CONVERTER = """\
import os, sys
from pathlib import Path
model, flag, out, kind, what = sys.argv[1:]
assert (flag, kind, what) == ("--outfile", "--outtype", "f16"), sys.argv
assert os.environ["HF_HUB_OFFLINE"] == "1"
assert (Path(model) / "model.safetensors").is_file()
Path(out).write_bytes(b"GGUF")
"""


def talks(folder: Path) -> None:
    """Give every conversation the same beginning, and some an identifier and a tool's turn."""
    records = []
    for number in range(80):
        one = record(number)
        said = one["messages"]
        said[0]["content"] += f" {SECRET}"
        said[1]["weight"] = number % 2
        one["messages"] = [{"role": "system", "content": SYSTEM}, *said]
        if number % 8 == 1:
            one["messages"].append({"role": "user", "content": "Thanks."})
        if number % 8 == 3:
            said[3]["weight"] = 0
        if number % 8 == 0:
            one["messages"].insert(2, {"role": "tool", "content": "stock: 3"})
        records.append(one)
    (folder / "talks.jsonl").write_text("".join(json.dumps(one) + "\n" for one in records))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run by LoRA that has hardly learnt anything: it is finished, which is enough."""
    folder = tmp_path_factory.mktemp("exported")
    run = write_talks(folder, 80)
    talks(folder)
    (folder / "tiny/LICENSE").write_text("Terms of the tiny model.")
    (folder / "tiny/README.md").write_text("---\nlicense: mit\n---\n")
    train(load_run(run, ["training.epochs=1", "model.adapt=lora"]), show=False)
    return folder


@pytest.fixture(scope="module")
def done(desk: Path):
    return export(desk / "runs/talk", settings=["generation.max_tokens=12"], show=False)


def page(folder: Path) -> str:
    return (folder / "README.md").read_text(encoding="utf-8")


def test_the_code_of_its_page_says_the_same(desk, done, monkeypatch, capsys):
    out = desk / "runs/talk/export"
    (code,) = re.findall(r"```python\n(.*?)```", page(out), re.DOTALL)
    assert "medtune" not in code
    monkeypatch.chdir(out)
    exec(code, {})
    own = open_finished(desk / "runs/talk", ["generation.max_tokens=12"], None)
    turns = [Message("system", SYSTEM), Message("user", "Where is my order?")]
    assert capsys.readouterr().out.strip() == own.answer(turns).text
    assert own.answer(turns).text


def test_its_page_is_a_model_card(desk, done):
    text = page(desk / "runs/talk/export")
    card = json.loads((desk / "runs/talk/export/medtune.json").read_text())
    assert text.startswith('---\nlicense: "mit"\nbase_model: tiny\n')
    for word in (card["weights_sha256"], card["texts"], card["cases_sha256"],
                 card["splits_sha256"]):  # fmt: skip
        assert word in text
    assert "vllm serve . --served-model-name talk --max-model-len 128" in text
    assert "EMAIL" in text
    assert (desk / "runs/talk/export/LICENSE").read_text() == "Terms of the tiny model."
    assert card["counts"]["train"]["texts"] > 20
    assert done.lines()[0].startswith(f"Exported: {desk / 'runs/talk/export'} (largest difference")
    assert any(line.startswith("No GGUF file: ") for line in done.lines())
    assert done.as_dict()["licence"] == "mit"
    for path in (desk / "runs/talk/export").rglob("*"):
        content = path.read_bytes()
        assert str(desk).encode() not in content, f"{path.name} names a place of this machine"
        assert SECRET.encode() not in content


def test_again_it_takes_its_own_place_and_no_other(desk, done, tmp_path):
    out = desk / "runs/talk/export"
    before = (out / "model.safetensors").read_bytes()
    (out / "old.txt").write_text("of an earlier version")
    export(desk / "runs/talk", show=False)
    assert (out / "model.safetensors").read_bytes() == before
    assert not (out / "old.txt").exists()
    assert [path.name for path in out.parent.glob(".export*")] == []
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="something else than an export of the run talk"):
        export(desk / "runs/talk", tmp_path, show=False)
    with pytest.raises(RunError, match="is a file"):
        export(desk / "runs/talk", tmp_path / "mine.txt", show=False)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_what_differs_is_not_written(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(chats, "difference_of_answerer", lambda own, folder: 2e-4)
    with pytest.raises(WeightsError, match=r"differ by up to 0\.0002, and 0\.0001 is allowed"):
        export(desk / "runs/talk", tmp_path / "out", show=False)
    assert list(tmp_path.iterdir()) == []


def test_a_converter_at_hand_makes_a_gguf_file(desk, tmp_path, monkeypatch):
    script = tmp_path / "convert_hf_to_gguf.py"
    script.write_text(CONVERTER)
    done = export(desk / "runs/talk", tmp_path / "given", converter=script, show=False)
    assert (tmp_path / "given/model-f16.gguf").read_bytes() == b"GGUF"
    text = (tmp_path / "given/Modelfile").read_text()
    assert text.startswith("FROM ./model-f16.gguf\nTEMPLATE ")
    assert f'SYSTEM """{SYSTEM}"""' in text
    assert "PARAMETER num_ctx 128" in text
    assert "ollama create talk -f Modelfile" in page(tmp_path / "given")
    assert "For llama.cpp and Ollama: model-f16.gguf and Modelfile" in done.lines()
    script.write_text(f"#!{sys.executable}\n{CONVERTER}")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    export(desk / "runs/talk", tmp_path / "found", show=False)
    assert (tmp_path / "found/Modelfile").read_text() == text


def test_a_converter_that_fails_is_told_without_a_path(desk, tmp_path):
    script = tmp_path / "convert_hf_to_gguf.py"
    script.write_text("import sys; raise SystemExit(f'Model {sys.argv[1]} is not supported')")
    with pytest.raises(RunError, match=r"made no GGUF file .*is not supported") as told:
        export(desk / "runs/talk", tmp_path / "out", converter=script, show=False)
    assert str(tmp_path) not in str(told.value)
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputError, match=r"no file none\.py to convert with"):
        export(desk / "runs/talk", tmp_path / "out", converter=tmp_path / "none.py", show=False)


def test_what_taught_it_is_what_openai_reads(desk):
    done = export(desk / "runs/talk", openai=True, show=False)
    out = desk / "runs/talk/openai"
    splits = pd.read_parquet(desk / "runs/talk/splits.parquet")["split"].value_counts()
    for name, split in (("train.jsonl", "train"), ("validation.jsonl", "tune")):
        read = read_conversations(out / name, "openai_chat", Fields(group=""))
        assert read.faults == []
        assert len(read.conversations) + done.as_dict()["left_out"] >= splits[split] > 0
        records = [json.loads(line) for line in (out / name).read_text().splitlines()]
        assert {message["role"] for one in records for message in one["messages"]} == {
            "system", "user", "assistant",
        }  # fmt: skip
        assert all(set(one) == {"messages"} for one in records)
        assert {m["weight"] for one in records for m in one["messages"] if "weight" in m} == {0}
        assert all("[EMAIL]" in one["messages"][1]["content"] for one in records)
        ends = [one["messages"][-1] for one in records]
        assert {(end["role"], end.get("weight", 1)) for end in ends} == {("assistant", 1)}
        if split == "train":
            assert {len(one["messages"]) for one in records} == {3, 5}, "what follows is left out"
    assert SECRET not in (out / "train.jsonl").read_text()
    assert any(line.startswith("Left out: ") for line in done.lines())


def test_it_is_said_what_is_for_films(desk):
    with pytest.raises(InputError, match="--format is about films"):
        export(desk / "runs/talk", formats=["onnx"], show=False)
    with pytest.raises(InputError, match="is of training"):
        export(desk / "runs/talk", settings=["training.epochs=2"], show=False)


@pytest.fixture(scope="module", params=[0, 3], ids=["words", "ngrams"])
def questions(tmp_path_factory: pytest.TempPathFactory, request) -> Path:
    """A run about intents, whose head sees runs of tokens too or not."""
    folder = tmp_path_factory.mktemp("intents")
    settings = ["training.epochs=1", "model.adapt=lora", f"model.ngrams={request.param}"]
    train(load_run(write_desk(folder, 300), settings), show=False)
    return folder


def test_intents_are_said_by_the_code_beside_the_model(questions, tmp_path, monkeypatch, capsys):
    (run,) = (questions / "runs").iterdir()
    done = export(run, tmp_path / "out", show=False)
    asked = ["Where is my order?", "I forgot my password</s>"]
    assert "medtune" not in (tmp_path / "out/classify.py").read_text().replace("medtune.json", "")
    field = load_run(run / "run.yaml", files_must_exist=False).data.text
    (tmp_path / "asked.csv").write_text(field + "\n" + "\n".join(asked) + "\n")
    table = predict(run, tmp_path / "asked.csv", tmp_path / "said.csv", show=False)
    for question, (_, row) in zip(asked, table.iterrows(), strict=True):
        monkeypatch.setattr(sys, "argv", ["classify.py", question])
        runpy.run_path(str(tmp_path / "out/classify.py"), run_name="__main__")
        found = json.loads(capsys.readouterr().out)
        assert found["intent"] == row["class"]
        assert found["probability"] == pytest.approx(row["score"], abs=1e-5)
        assert found["answers_alone"] == (row["decision"] == row["class"])
    assert "python classify.py" in page(tmp_path / "out")
    assert done.lines()[1].startswith("Licence of ")
    with pytest.raises(InputError, match="--converter is for runs that answer"):
        export(run, converter=tmp_path / "x.py", show=False)


def test_an_earlier_export_is_there_still_where_the_new_one_cannot_get_its_name(
    questions, tmp_path, monkeypatch
):
    (run,) = (questions / "runs").iterdir()
    export(run, tmp_path / "out", show=False)
    (tmp_path / "out/README.md").write_text("the earlier one")
    rename = Path.rename

    def refused(path: Path, target: Path) -> Path:
        if path.name == ".out.partial":
            raise PermissionError("no")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(PermissionError):
        export(run, tmp_path / "out", show=False)
    assert page(tmp_path / "out") == "the earlier one"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_intents_are_examples_of_one_answer(questions):
    (run,) = (questions / "runs").iterdir()
    export(run, openai=True, show=False)
    records = [json.loads(line) for line in (run / "openai/train.jsonl").read_text().splitlines()]
    classes = json.loads((run / "openai/medtune.json").read_text())["classes"]
    assert len(records) > 50
    for one in records:
        asked, told = one["messages"]
        assert (asked["role"], told["role"]) == ("user", "assistant")
        assert told["content"] in classes
