"""Every format's records, and ten faults of each, told with their row."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medtune.config.generation import Generation
from medtune.config.text_data import LINES, Format
from medtune.errors import DataError
from medtune.text.chat_request import Refused, asked_of
from medtune.text.faults import FAULTS, told
from medtune.text.formats import Fields, read_conversations
from medtune.text.formats.read import LINES as MESSAGES_OF
from tests.text.faulty import (
    ALPACA,
    ASK,
    DOCUMENT_FAULTS,
    FAULTY,
    HELPDESK_FAULTS,
    INTENT,
    INTENT_FAULTS,
    INTENT_LINE_FAULTS,
    PAIR,
    SHAREGPT,
    SOUND,
    TABLE_FAULTS,
    TELL,
    ZENDESK,
    chat,
    write,
)


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


def parts(*texts: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text} for text in texts]


def test_a_message_in_parts_is_its_texts_a_line_each(tmp_path: Path):
    talk = [{"role": "user", "content": parts("Where?", "And when?")},
            {"role": "assistant", "content": parts("Here.")}]  # fmt: skip
    shared = [{"from": "human", "value": parts("Where?", "And when?")},
              {"from": "gpt", "value": "Here."}]  # fmt: skip
    for source, record in (
        ("openai_chat", chat(messages=talk)),
        ("sharegpt", {**SHAREGPT, "conversations": shared}),
    ):
        path = write(tmp_path / "t.jsonl", [record])
        (found,) = read_conversations(path, source, Fields("customer")).conversations
        assert [one.content for one in found.messages] == ["Where?\nAnd when?", "Here."]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([{"type": "image_url", "image_url": {"url": "x"}}], r"no text \(image_url\)"),
        ([*parts("a"), {"type": "input_audio"}], r"no text \(input_audio\)"),
        ([{"type": "Erika Mustermann"}], "no text;"),
        (["a"], "no text;"),
        ([{"type": "text", "text": 7}], r"no text"),
        ([], "says nothing"),
        (parts("", " "), "says nothing"),
        ("\ud800", "no Unicode text"),
    ],
)
def test_what_is_no_text_is_told_in_training_as_where_it_is_asked(
    tmp_path: Path, content: object, said: str
):
    turn = {"role": "user", "content": content}
    path = write(tmp_path / "t.jsonl", [chat(messages=[turn, TELL])])
    (fault,) = read_conversations(path, "openai_chat", Fields("customer")).faults
    assert re.search(said, fault.said)
    body = json.dumps({"model": "m", "messages": [turn]}).encode()
    with pytest.raises(Refused, match=said) as error:
        asked_of(body, "m", Generation(), 64)
    assert "Erika" not in str(fault) + error.value.said


def test_empty_fields_of_an_answer_of_openais_client_are_passed_over(tmp_path: Path):
    extras = {"refusal": None, "annotations": [], "audio": None, "tool_calls": None}
    records = [chat(messages=[ASK, {**TELL, **extras}])]
    full = {"refusal": "No.", "annotations": [{"type": "url_citation"}], "audio": {"id": "a"}}
    records += [chat(messages=[ASK, {**TELL, name: value}]) for name, value in full.items()]
    records += [chat(messages=[ASK, {**TELL, "audio": []}])]
    read = read_conversations(write(tmp_path / "t.jsonl", records), "openai_chat", Fields())
    (found,) = read.conversations
    assert found.answer == TELL["content"]
    assert {fault.name for fault in read.faults} == {"message_unrecognized_key"}
    assert len(read.faults) == 4


@pytest.mark.parametrize("system", ["", None])
def test_an_empty_system_message_is_none_in_sharegpt_as_in_alpaca(tmp_path: Path, system: object):
    for source, record in (("sharegpt", SHAREGPT), ("alpaca", ALPACA)):
        path = write(tmp_path / f"{source}.jsonl", [{**record, "system": system}])
        (found,) = read_conversations(path, source, Fields("customer")).conversations
        assert [one.role for one in found.messages] == ["user", "assistant"]


@pytest.mark.parametrize(
    ("format", "line"),
    [
        ("openai_chat", '{"messages": [{"role": "user", "content": "%s"}]}'),
        ("sharegpt", '{"conversations": [{"from": "human", "value": "%s"}]}'),
        ("alpaca", '{"instruction": "%s", "output": "Here."}'),
        ("pairs", '{"prompt": "%s", "completion": "Here."}'),
    ],
)
def test_half_a_letter_costs_its_row_and_a_whole_one_nothing(tmp_path, format, line):
    path = tmp_path / "talks.jsonl"
    path.write_text("\n".join(line % said for said in (r"\ud800", r"\ud83d\ude00 and \\ud800")))
    found = {fault.row: fault.name for fault in read_conversations(path, format, Fields("")).faults}
    assert found[1] == "wrong_encoding"
    assert found.get(2) != "wrong_encoding"


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


@pytest.mark.parametrize(
    ("row", "said"),
    [(row, said) for _, row, said in TABLE_FAULTS],
    ids=[n for n, *_ in TABLE_FAULTS],
)
@pytest.mark.parametrize("source", ["helpdesk", "intents"])
def test_a_table_that_cannot_be_read_names_its_row(
    tmp_path: Path, source: str, row: bytes, said: str
):
    lines = {
        "helpdesk": [",".join(ZENDESK), "7,end-user,My card,2026-01-02,k1,true"],
        "intents": ["who,text,label", "c,Why?,fees"],
    }[source]
    written = "\n".join([lines[0], lines[1], lines[1], ""]).encode() + row + b"\n"
    (tmp_path / "t.csv").write_bytes(written)
    with pytest.raises(DataError, match=said) as error:
        read_conversations(tmp_path / "t.csv", source, Fields("who"))
    assert "card" not in str(error.value)


@pytest.mark.parametrize("source", ["helpdesk", "intents"])
def test_a_table_without_a_row_or_ending_is_told(tmp_path: Path, source: str):
    (tmp_path / "t.csv").write_bytes(b"")
    with pytest.raises(DataError, match=r"t\.csv is empty"):
        read_conversations(tmp_path / "t.csv", source, Fields("who"))
    with pytest.raises(DataError, match=r"There is no file u\.csv"):
        read_conversations(tmp_path / "u.csv", source, Fields("who"))


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


WORDS = st.sampled_from(
    ["None", "NA", "N/A", "null", "nan", "true", "False", "0012", "12", "1e5", "1.50", "-", "-inf",
     "2026-01-05"]
)  # fmt: skip


@given(rows=st.lists(st.tuples(WORDS, WORDS, st.integers(0, 2)), min_size=1, max_size=8))
def test_a_table_of_intents_says_what_is_written_in_it(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("i") / "i.csv"
    lines, places = ["text,label"], []
    for text, label, empty in rows:
        lines += ["," if at else "" for at in range(empty)]
        lines.append(f"{text},{label}")
        places.append(len(lines))
    path.write_text("\n".join(lines) + "\n\n")
    read = read_conversations(path, "intents", Fields())
    assert [one.messages[0].content for one in read.conversations] == [text for text, _, _ in rows]
    assert read.labels == [label for _, label, _ in rows]
    assert [one.row for one in read.conversations] == places
    assert not read.faults


def test_an_unknown_time_of_an_intent_is_empty_and_so_is_an_attribute(tmp_path: Path):
    rows = "text,label,asked,plan\nWhy?,a,NULL,\nHow?,a,,NA\nWho?,a,2026-01-05,p\n"
    (tmp_path / "i.csv").write_text(rows)
    fields = Fields(time="asked", attributes=("plan",))
    read = read_conversations(tmp_path / "i.csv", "intents", fields)
    assert [one.time for one in read.conversations] == ["", "", "2026-01-05T00:00:00"]
    assert [one.attributes["plan"] for one in read.conversations] == ["", "NA", "p"]


QUESTION = Fields("who", id="id", time="asked")


@pytest.mark.parametrize(
    ("ending", "name", "changes"),
    [
        *(("csv", *fault) for fault in INTENT_FAULTS),
        *(("jsonl", *fault) for fault in (*INTENT_FAULTS, *INTENT_LINE_FAULTS)),
    ],
)
def test_faults_of_intents(tmp_path: Path, ending: str, name: str, changes: dict[str, object]):
    rows = [{**INTENT, "id": "q1"}, {**INTENT, **changes}]
    path = tmp_path / f"i.{ending}"
    if ending == "csv":
        pd.DataFrame(rows).to_csv(path, index=False)
    else:
        write(path, rows)
    read = read_conversations(path, "intents", QUESTION)
    at = 3 if ending == "csv" else 2
    assert [(fault.row, fault.name) for fault in read.faults] == [(at, name)]


@pytest.mark.parametrize("column", ["text", "label", "who", "id", "asked"])
def test_a_column_of_intents_that_lacks_is_told_in_every_row(tmp_path: Path, column: str):
    rows = [{**INTENT, "id": "q1"}, INTENT]
    pd.DataFrame(rows).drop(columns=column).to_csv(tmp_path / "i.csv", index=False)
    read = read_conversations(tmp_path / "i.csv", "intents", QUESTION)
    assert [fault.row for fault in read.faults] == [2, 3]
    assert all(f"there is no '{column}'" in str(fault) for fault in read.faults)


def test_every_format_of_lines_is_read_by_its_name():
    assert set(MESSAGES_OF) == set(LINES)
    assert {*LINES, "helpdesk", "intents", "documents"} == set(get_args(Format))


def test_every_fault_is_met_and_ten_of_each_format():
    of_tables = {"helpdesk": HELPDESK_FAULTS, "intents": INTENT_FAULTS}
    every = {**FAULTY, **of_tables}
    assert {name for faults in every.values() for name, _ in faults} == set(FAULTS)
    assert min(map(len, FAULTY.values())) >= 10
    assert min(len(faults) + len(TABLE_FAULTS) for faults in of_tables.values()) >= 10
    assert len(DOCUMENT_FAULTS) >= 10
