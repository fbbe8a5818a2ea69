"""Every format's records, and ten faults of each, told with their row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest

from medtune.config.text_data import LINES, Format
from medtune.errors import DataError
from medtune.text.faults import FAULTS, told
from medtune.text.formats import Columns, Fields, read_conversations
from medtune.text.formats.read import LINES as MESSAGES_OF

ASK = {"role": "user", "content": "Where is my card?"}
TELL = {"role": "assistant", "content": "It comes on Monday."}


def write(path: Path, records: list[object]) -> Path:
    """Lines of JSON; bytes as they are."""
    lines = [r if isinstance(r, bytes) else json.dumps(r).encode() for r in records]
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def chat(**changes: object) -> dict[str, object]:
    return {"id": "t1", "customer": "c1", "messages": [ASK, TELL], **changes}


CHAT_FAULTS = [
    ("data_type", [1, 2]),
    ("missing_messages_list", chat(messages=[])),
    ("message_missing_key", chat(messages=[{"role": "user"}, TELL])),
    ("message_unrecognized_key", chat(messages=[{**ASK, "mood": "sad"}, TELL])),
    ("unrecognized_role", chat(messages=[{**ASK, "role": "robot"}, TELL])),
    ("missing_content", chat(messages=[ASK, {**TELL, "content": "  "}])),
    ("missing_content", chat(messages=[ASK, {**TELL, "content": None}])),
    ("example_missing_assistant_message", chat(messages=[ASK])),
    ("example_missing_assistant_message", chat(messages=[ASK, {**TELL, "weight": 0}])),
    ("bad_weight", chat(messages=[ASK, {**TELL, "weight": 0.5}])),
    ("no_question", chat(messages=[TELL, ASK])),
    ("missing_group", {"id": "t1", "messages": [ASK, TELL]}),
    ("missing_field", {"customer": "c", "messages": [ASK, TELL]}),
    ("not_json", b'{"id": "t1", "messages": ['),
    ("wrong_encoding", '{"id": "ü"}'.encode("latin-1")),
    ("record_too_long", b'{"id": "' + b"x" * 10_000_000 + b'"}'),
    ("bad_time", chat(created="next Monday")),
    ("duplicate_id", chat(id="t0")),
]
SHAREGPT = {"customer": "c", "conversations": [
    {"from": "human", "value": "Where?"}, {"from": "gpt", "value": "Here."}]}  # fmt: skip
SHAREGPT_FAULTS = [
    ("data_type", "a text"),
    ("data_type", {**SHAREGPT, "conversations": ["Where?"]}),
    ("missing_messages_list", {"customer": "c"}),
    ("message_missing_key", {**SHAREGPT, "conversations": [{"from": "human"}]}),
    ("message_unrecognized_key", {**SHAREGPT, "conversations": [
        {"from": "human", "value": "Where?", "lang": "en"}]}),
    ("unrecognized_role", {**SHAREGPT, "conversations": [{"from": "cat", "value": "Miaow."}]}),
    ("missing_content", {**SHAREGPT, "conversations": [{"from": "human", "value": ""}]}),
    ("example_missing_assistant_message", {**SHAREGPT, "conversations": [
        {"from": "human", "value": "Where?"}]}),
    ("no_question", {**SHAREGPT, "conversations": [{"from": "gpt", "value": "Here."}]}),
    ("missing_group", {"conversations": SHAREGPT["conversations"]}),
    ("not_json", b"conversations"),
]  # fmt: skip
ALPACA = {"customer": "c", "instruction": "Say it.", "input": "", "output": "It."}
ALPACA_FAULTS = [
    ("missing_field", {"customer": "c", "output": "It."}),
    ("missing_field", {"customer": "c", "instruction": "Say it."}),
    ("missing_content", {**ALPACA, "output": ""}),
    ("missing_content", {**ALPACA, "instruction": " "}),
    ("data_type", {**ALPACA, "output": 5}),
    ("data_type", {**ALPACA, "input": ["a"]}),
    ("data_type", {**ALPACA, "history": "before"}),
    ("data_type", {**ALPACA, "history": [["only one"]]}),
    ("missing_group", {"instruction": "Say it.", "output": "It."}),
    ("not_json", b"{'instruction': 'Say it.'}"),
]
PAIR = {"customer": "c", "prompt": "Where?", "completion": " Here."}
PAIR_FAULTS = [
    ("missing_field", {"customer": "c", "completion": "Here."}),
    ("missing_field", {"customer": "c", "prompt": "Where?"}),
    ("missing_content", {**PAIR, "completion": ""}),
    ("missing_content", {**PAIR, "prompt": ""}),
    ("data_type", {**PAIR, "prompt": None}),
    ("data_type", {**PAIR, "completion": ["Here."]}),
    ("data_type", 7),
    ("missing_group", {"prompt": "Where?", "completion": "Here."}),
    ("wrong_encoding", b'{"prompt": "\xff"}'),
    ("not_json", b"prompt,completion"),
]
SOUND = {"openai_chat": chat(id="t0"), "sharegpt": SHAREGPT, "alpaca": ALPACA, "pairs": PAIR}
FAULTY = {
    "openai_chat": CHAT_FAULTS, "sharegpt": SHAREGPT_FAULTS, "alpaca": ALPACA_FAULTS,
    "pairs": PAIR_FAULTS,
}  # fmt: skip


@pytest.mark.parametrize(
    ("source", "name", "record"),
    [(source, name, record) for source, faults in FAULTY.items() for name, record in faults],
)
def test_a_fault_is_told_by_name_and_row_and_costs_its_row_only(
    tmp_path: Path, source: str, name: str, record: object
):
    path = write(tmp_path / "talk.jsonl", [SOUND[source], record])
    is_chat = source == "openai_chat"
    fields = Fields("customer", id="id" if is_chat else None)
    if name == "bad_time":
        fields = Fields("customer", time="created")
        path = write(tmp_path / "talk.jsonl", [chat(created="2026-01-05"), record])
    read = read_conversations(path, source, fields)
    assert [(fault.row, fault.name) for fault in read.faults] == [(2, name)]
    assert str(read.faults[0]).startswith("talk.jsonl, row 2: ")
    assert read.conversations[0].row == 1


def test_faults_quote_no_content(tmp_path: Path):
    secret = "Erika Mustermann"
    records = [chat(messages=[{"role": secret, "content": secret}]), {"x": secret}]
    read = read_conversations(write(tmp_path / "t.jsonl", records), "openai_chat", Fields("x"))
    assert len(read.faults) == 2
    assert not any(secret in str(fault) for fault in read.faults)


def test_many_faults_are_counted(tmp_path: Path):
    path = write(tmp_path / "t.jsonl", [chat(messages=[])] * 30 + [chat(messages=[ASK])] * 5)
    lines = told(read_conversations(path, "openai_chat", Fields("customer")).faults)
    assert len(lines) == 21
    assert "15 more" in lines[-1]
    assert "missing_messages_list 30" in lines[-1]
    assert "example_missing_assistant_message 5" in lines[-1]


def test_a_chat_keeps_roles_weights_marks_and_time(tmp_path: Path):
    messages = [
        {"role": "developer", "content": "Be kind."},
        ASK,
        {**TELL, "weight": 0},
        {"role": "user", "content": "When?"},
        {**TELL, "solution": True},
    ]
    record = chat(messages=messages, created="2026-03-01T10:00:00+02:00", product="card")
    fields = Fields("customer", id="id", time="created", attributes=("product",))
    (found,) = read_conversations(
        write(tmp_path / "t.jsonl", [record]), "openai_chat", fields
    ).conversations
    assert found.messages[0].role == "system"
    assert [message.taught for message in found.messages] == [False] * 4 + [True]
    assert found.messages[-1].marks == {"solution": True}
    assert (found.time, found.group) == ("2026-03-01T08:00:00", "c1")
    assert found.attributes == {"product": "card"}
    assert found.answer == TELL["content"]
    assert found.asked.endswith("When?")


def test_sharegpt_alpaca_and_pairs_say_the_same(tmp_path: Path):
    records = {
        "sharegpt": SHAREGPT,
        "alpaca": {"customer": "c", "instruction": "Where?", "input": "", "output": "Here."},
        "pairs": PAIR,
    }
    for source, record in records.items():
        path = write(tmp_path / f"{source}.jsonl", [record])
        (found,) = read_conversations(path, source, Fields("customer")).conversations
        said = [(message.role, message.content, message.taught) for message in found.messages]
        assert said == [("user", "Where?", False), ("assistant", "Here.", True)]


def test_an_input_of_alpaca_follows_its_instruction(tmp_path: Path):
    path = write(tmp_path / "a.jsonl", [{**ALPACA, "input": "A word."}])
    (found,) = read_conversations(path, "alpaca", Fields("customer")).conversations
    assert found.messages[0].content == "Say it.\nA word."


ZENDESK = pd.DataFrame(
    [
        ("7", "end-user", "<p>My card &amp; pin</p><p>are lost</p>", "2026-01-02", "k1", "true"),
        ("7", "agent", "customer sounds angry", "2026-01-03", "k1", "false"),
        ("7", "agent", "We send a new one.", "2026-01-05", "k1", "true"),
        ("7", "agent", "It comes on Monday.\n\n> My card\n> are lost", "2026-01-04", "k1", "true"),
        ("8", "end-user", "Hello?", "2026-01-04", "k2", "true"),
        ("9", "trigger", "We got your mail.", "2026-01-04", "k3", "true"),
        ("9", "end-user", "Why?", "2026-01-05", "k3", "true"),
        ("9", "agent", "So.", "2026-01-06", "k3", "true"),
    ],
    columns=["ticket_id", "author_role", "plain_body", "created_at", "requester_id", "public"],
)


def test_a_help_desk_is_known_by_its_columns(tmp_path: Path):
    ZENDESK.to_csv(tmp_path / "z.csv", index=False)
    read = read_conversations(tmp_path / "z.csv", "helpdesk", Fields())
    seven, nine = read.conversations
    assert seven.messages[0].content == "My card & pin\nare lost"
    # in the order of time, neighbours as one, without the private note and what is quoted
    assert seven.messages[1].content == "It comes on Monday.\nWe send a new one."
    assert (seven.group, seven.key, seven.time) == ("k1", "7", "2026-01-02T00:00:00")
    assert nine.messages[0].content == "Why?"
    assert read.left_out == {
        "private note": 1, "machine's message": 1, "ticket without an answer": 1
    }  # fmt: skip
    assert not read.faults


def test_freshdesk_and_own_columns(tmp_path: Path):
    table = pd.DataFrame({
        "nr": ["1", "1"], "inbound": ["True", "False"], "words": ["Why?", "So."], "who": ["a", "a"],
    })  # fmt: skip
    table.to_csv(tmp_path / "own.csv", index=False)
    columns = Columns("nr", "inbound", "words", group="who")
    (found,) = read_conversations(
        tmp_path / "own.csv", "helpdesk", Fields(helpdesk=columns)
    ).conversations
    assert [message.role for message in found.messages] == ["user", "assistant"]
    fresh = table.set_axis(["ticket_id", "incoming", "body_text", "requester_id"], axis=1)
    fresh.to_csv(tmp_path / "fresh.csv", index=False)
    (same,) = read_conversations(tmp_path / "fresh.csv", "helpdesk", Fields()).conversations
    assert same.messages == found.messages


@pytest.mark.parametrize(
    ("column", "value", "name"),
    [
        ("ticket_id", "", "missing_field"),
        ("author_role", "ghost", "unrecognized_role"),
        ("created_at", "yesterday", "bad_time"),
        ("requester_id", "", "missing_group"),
    ],
)
def test_faults_of_a_help_desk(tmp_path: Path, column: str, value: str, name: str):
    table = ZENDESK.astype(str)
    table.loc[2, column] = value
    table.to_csv(tmp_path / "z.csv", index=False)
    (fault,) = read_conversations(tmp_path / "z.csv", "helpdesk", Fields()).faults
    assert (fault.row, fault.name) == (4, name)


def test_unknown_columns_of_a_help_desk_are_told(tmp_path: Path):
    pd.DataFrame({"a": ["1"]}).to_csv(tmp_path / "x.csv", index=False)
    with pytest.raises(DataError, match=r"say in 'data.columns' which is ticket.*It has: a"):
        read_conversations(tmp_path / "x.csv", "helpdesk", Fields())
    with pytest.raises(DataError, match="no column 'nr'"):
        read_conversations(tmp_path / "x.csv", "helpdesk", Fields(helpdesk=Columns("nr", "r", "b")))


@pytest.mark.parametrize("name", ["requester_id", "plain_body", "created_at"])
def test_a_help_desks_own_columns_are_no_attributes(tmp_path: Path, name: str):
    ZENDESK.to_csv(tmp_path / "z.csv", index=False)
    with pytest.raises(DataError, match=f"cannot have '{name}': it is a column of the help desk's"):
        read_conversations(tmp_path / "z.csv", "helpdesk", Fields(attributes=(name,)))


def test_intents_of_tables_and_lines(tmp_path: Path):
    rows = [{"text": "Where?", "label": "card_arrival"}, {"text": "", "label": "x"},
            {"text": "Why?", "label": ""}, {"text": "How?", "label": "card_arrival"}]  # fmt: skip
    pd.DataFrame(rows).to_csv(tmp_path / "i.csv", index=False)
    write(tmp_path / "i.jsonl", list(rows))
    table = read_conversations(tmp_path / "i.csv", "intents", Fields())
    lines = read_conversations(tmp_path / "i.jsonl", "intents", Fields())
    assert table.labels == lines.labels == ["card_arrival", "card_arrival"]
    assert [(f.row, f.name) for f in table.faults] == [(3, "missing_content"), (4, "missing_label")]
    assert [(f.row, f.name) for f in lines.faults] == [(2, "missing_content"), (3, "missing_label")]


CONTRACT = """AGREEMENT

This Agreement is made between A and B.

1. Definitions.
"Goods" means goods.

2.1 Term. This Agreement begins today and ends never.
2.2 the parties agree to nothing here; this line is no heading
ARTICLE IV  Governing Law
The law of France governs.
"""


def test_clauses_are_found_by_numbers_and_headings(tmp_path: Path):
    for name, text in (("matter-a/x.txt", CONTRACT), ("matter-b/y.md", "# Fees\n\nNone.\n")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    (tmp_path / "loose.txt").write_text("1. Fees. None.")
    read = read_conversations(tmp_path, "documents", Fields())
    headings = [(c.group, c.attributes["heading"], c.answer) for c in read.conversations]
    assert headings == [
        ("matter-a", "AGREEMENT", "This Agreement is made between A and B."),
        ("matter-a", "Definitions", '"Goods" means goods.'),
        (
            "matter-a",
            "Term",
            "This Agreement begins today and ends never.\n"
            "2.2 the parties agree to nothing here; this line is no heading",
        ),
        ("matter-a", "Governing Law", "The law of France governs."),
        ("matter-b", "Fees", "None."),
    ]
    assert read.conversations[1].messages[0].content == 'Draft a "Definitions" clause.'
    (loose,) = read.faults
    assert loose.name == "missing_group"
    assert "loose" not in str(loose)


def test_word_and_pdf_documents(tmp_path: Path):
    docx = pytest.importorskip("docx", reason="the extra [text] is not installed")
    (tmp_path / "m").mkdir()
    document = docx.Document()
    document.add_heading("Term", 1)
    document.add_paragraph("Two years.")
    document.save(str(tmp_path / "m" / "a.docx"))
    (tmp_path / "m" / "b.docx").write_bytes(b"no zip")
    (tmp_path / "m" / "c.pdf").write_bytes(b"no pdf")
    (tmp_path / "m" / "d.txt").write_bytes("ü".encode("latin-1"))
    (tmp_path / "m" / "e.txt").write_bytes(b"")
    read = read_conversations(tmp_path, "documents", Fields())
    assert [(c.attributes["heading"], c.answer) for c in read.conversations] == [
        ("Term", "Two years.")
    ]
    assert [fault.name for fault in read.faults] == [
        "data_type", "data_type", "wrong_encoding", "missing_content"
    ]  # fmt: skip


@pytest.mark.parametrize("source", [*LINES, "helpdesk", "intents"])
def test_a_folder_is_no_file(tmp_path: Path, source: str):
    with pytest.raises(DataError, match=rf"names the folder {tmp_path.name}, and '{source}'"):
        read_conversations(tmp_path, source, Fields())


def test_every_format_of_lines_is_read_by_its_name():
    assert set(MESSAGES_OF) == set(LINES)
    assert {*LINES, "helpdesk", "intents", "documents"} == set(get_args(Format))


def test_every_fault_is_met_above():
    met = {name for faults in FAULTY.values() for name, _ in faults}
    assert met | {"missing_label"} == set(FAULTS)
