"""Every format's records, and ten faults of each, told with their row."""

from __future__ import annotations

import json
import re
from collections import Counter
from html import escape
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
from medtune.text.formats import Columns, Fields, read_conversations
from medtune.text.formats.clauses import clauses_of
from medtune.text.formats.markup import words_of
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
    pdf_of,
    write,
    write_documents,
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


def test_freshdesk_intercom_and_own_columns(tmp_path: Path):
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
    parts = table.set_axis(["conversation_id", "author_type", "body", "contact_id"], axis=1)
    for name, made in (("fresh", fresh), ("intercom", parts.assign(author_type=["lead", "admin"]))):
        made.to_csv(tmp_path / f"{name}.csv", index=False)
        (same,) = read_conversations(tmp_path / f"{name}.csv", "helpdesk", Fields()).conversations
        assert same.messages == found.messages
        assert same.group == found.group


FRESHDESK = pd.DataFrame(
    [("0012", "true", "hi", "k1", "o1"), ("0012", "false", "None", "k1", "o1"),
     ("12", "true", "NA", "k2", "o1"), ("12", "false", "1234", "k2", "o1")],
    columns=["ticket_id", "incoming", "body_text", "requester_id", "organization_id"],
)  # fmt: skip


def test_the_group_that_is_asked_for_is_taken_and_else_the_makers_own(tmp_path: Path):
    FRESHDESK.to_csv(tmp_path / "f.csv", index=False)
    for group, found in (("organization_id", ["o1", "o1"]), ("", ["k1", "k2"])):
        read = read_conversations(tmp_path / "f.csv", "helpdesk", Fields(group))
        assert [one.group for one in read.conversations] == found
        assert not read.faults


def test_a_group_that_lacks_stops_and_one_that_is_empty_is_a_fault(tmp_path: Path):
    FRESHDESK.to_csv(tmp_path / "f.csv", index=False)
    with pytest.raises(
        DataError, match=r"f\.csv has no column 'firm', which 'data\.group' names.*'requester_id'"
    ):
        read_conversations(tmp_path / "f.csv", "helpdesk", Fields("firm"))
    FRESHDESK.drop(columns="requester_id").to_csv(tmp_path / "g.csv", index=False)
    with pytest.raises(DataError, match=r"no column 'requester_id'; say in 'data\.group'"):
        read_conversations(tmp_path / "g.csv", "helpdesk", Fields())
    FRESHDESK.assign(organization_id=["o1", "o1", "", "o2"]).to_csv(tmp_path / "h.csv", index=False)
    read = read_conversations(tmp_path / "h.csv", "helpdesk", Fields("organization_id"))
    assert [(fault.row, fault.name) for fault in read.faults] == [(4, "missing_group")]


def test_a_makers_own_customer_is_no_attribute_whatever_the_group_is(tmp_path: Path):
    FRESHDESK.to_csv(tmp_path / "f.csv", index=False)
    for name in ("requester_id", "organization_id"):
        fields = Fields("organization_id", attributes=(name,))
        with pytest.raises(DataError, match=f"'data.attributes' cannot have '{name}'"):
            read_conversations(tmp_path / "f.csv", "helpdesk", fields)


def helped(folder: Path, body: str, column: str = "body") -> str:
    """What a customer wrote, as it is read from a help desk's table."""
    row = {"n": "1", "role": "user", column: body}
    path = folder / "t.csv"
    pd.DataFrame([row, {**row, "role": "agent", column: "So."}]).to_csv(path, index=False)
    fields = Fields(helpdesk=Columns("n", "role", column))
    (found,) = read_conversations(path, "helpdesk", fields).conversations
    return found.messages[0].content


NO_HTML = [
    "git clone <url>\nnpm run <script>\nthen restart",
    "use `<title>` tag and restart",
    "see <https://help.example.com/a> please",
    "From: Jane <jane@example.com>\nif a<b and c>d then",
    "Type ssh <host> -p 22, then cat file > out",
    "List<String> is 1 < 2 &amp; <config>x</config>",
]


@pytest.mark.parametrize("column", ["body", "plain_body", "body_text"])
@pytest.mark.parametrize("body", NO_HTML)
def test_plain_text_of_a_help_desk_is_not_read_as_html(tmp_path: Path, body: str, column: str):
    assert helped(tmp_path, body, column) == body


@pytest.mark.parametrize("column", ["plain_body", "body_text"])
def test_a_column_that_is_plain_by_definition_is_never_read_as_html(tmp_path: Path, column: str):
    body = "put <p> before <br> and </p>, as in &lt;p&gt;"
    assert helped(tmp_path, body, column) == body


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<p>My card &amp; pin</p><p>are lost</p>", "My card & pin\nare lost"),
        ("Hello<br>there,&nbsp;<b>you</b>", "Hello\nthere, you"),
        ('see <a href="https://example.com">this</a>', "see this"),
        ("<p>git clone &lt;url&gt; or <url></p><p>npm run <script></p>Done",
         "git clone <url> or <url>\nnpm run <script>\nDone"),
        ("<p>write to <jane@example.com>, a<b and c>d, 1 < 2</p>",
         "write to <jane@example.com>, a<b and c>d, 1 < 2"),
        ("<head><title>T</title></head><p>the <title> is <MyTag A=1>x</MyTag></p>end",
         "the <title> is <MyTag A=1>x</MyTag>\nend"),
        ("<style>p {}</style><!--[if mso]>x<![endif]--><p>Hi<o:p></o:p></p><script>a</script>Bye",
         "Hi\nBye"),
        ("<p>So <!-- he said", "So <!-- he said"),
        ("<div>It comes.</div><blockquote>When?</blockquote>", "It comes."),
    ],
)  # fmt: skip
def test_html_of_a_help_desk_loses_its_tags_and_no_words(tmp_path: Path, body: str, words: str):
    assert helped(tmp_path, body) == words


@given(st.text("ab <>/&;=!-[?'\"", max_size=40) | st.sampled_from(NO_HTML))
def test_what_is_written_in_html_is_what_is_read(said: str):
    assert words_of(f"<p>{escape(said)}</p>").split() == said.split()


@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx", "parquet"])
def test_cells_of_a_help_desk_are_what_is_written_there(tmp_path: Path, ending: str):
    path = write_as(tmp_path / f"f.{ending}", FRESHDESK)
    read = read_conversations(path, "helpdesk", Fields())
    assert [one.key for one in read.conversations] == ["0012", "12"]
    said = [[turn.content for turn in one.messages] for one in read.conversations]
    assert said == [["hi", "None"], ["NA", "1234"]]
    assert not read.faults


def test_rows_in_which_nothing_stands_are_passed_over_and_the_others_keep_theirs(tmp_path: Path):
    lines = FRESHDESK.to_csv(index=False).splitlines()
    lines[3:3] = ["", ",,,,", " , ,,,"]
    lines += ["13,true,hi,,o1", "", ""]
    (tmp_path / "f.csv").write_text("\n".join(lines) + "\n")
    read = read_conversations(tmp_path / "f.csv", "helpdesk", Fields())
    assert [one.row for one in read.conversations] == [2, 7]
    assert [(fault.row, fault.name) for fault in read.faults] == [(9, "missing_group")]


def write_as(path: Path, table: pd.DataFrame) -> Path:
    """A table by its file's ending."""
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    elif path.suffix == ".xlsx":
        table.to_excel(path, index=False)
    else:
        table.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    return path


@pytest.mark.parametrize(("name", "changes"), HELPDESK_FAULTS)
def test_faults_of_a_help_desk(tmp_path: Path, name: str, changes: dict[str, str]):
    table = ZENDESK.astype(str)
    table.loc[2, list(changes)] = list(changes.values())
    table.to_csv(tmp_path / "z.csv", index=False)
    read = read_conversations(tmp_path / "z.csv", "helpdesk", Fields())
    assert [(fault.row, fault.name) for fault in read.faults] == [(4, name)]
    assert "nine" not in str(read.faults[0])


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


def test_a_message_that_stands_there_twice_is_read_once(tmp_path: Path):
    """Two exports were put into one table."""
    pd.concat([ZENDESK, ZENDESK.iloc[[3, 0]]]).to_csv(tmp_path / "z.csv", index=False)
    ZENDESK.to_csv(tmp_path / "once.csv", index=False)
    read, once = (
        read_conversations(tmp_path / name, "helpdesk", Fields()) for name in ("z.csv", "once.csv")
    )
    assert read.conversations == once.conversations
    assert read.left_out["message twice"] == 2


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


def headings(text: str) -> list[tuple[str, str]]:
    """Numbers and headings of the clauses of a text."""
    return [(one.number, one.heading) for one in clauses_of(text) if one.heading]


@pytest.mark.parametrize(
    ("line", "number", "title"),
    [
        ("2. Governing law", "2", "Governing law"),
        ("5. Force majeure", "5", "Force majeure"),
        ("4. Third-party claims", "4", "Third-party claims"),
        ("4) Third-party claims", "4", "Third-party claims"),
        ("5.1 Governing law:", "5.1", "Governing law"),
        ("IV. Allgemeine Bestimmungen für alle", "IV", "Allgemeine Bestimmungen für alle"),
        ("Section 3.2. Payment terms", "Section 3.2", "Payment terms"),
        ("Clause 4: Fees", "Clause 4", "Fees"),
        ("Clause 4: Fees and other costs of the buyer", "Clause 4",
         "Fees and other costs of the buyer"),
        ("§ 2 Pflichten des Auftragnehmers", "2", "Pflichten des Auftragnehmers"),
        ("§ 3 Haftung und Gewährleistung", "3", "Haftung und Gewährleistung"),
        ("§ 4 Vergütung gem. § 5", "4", "Vergütung gem. § 5"),
        ("3.1 Übergabe der Mietsache", "3.1", "Übergabe der Mietsache"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("blank", ["", "\n"])
def test_a_numbered_line_that_stands_alone_is_a_heading(line, number, title, blank):
    text = f"1. Term\nIt lasts one year.\n{blank}{line}\n{blank}These words follow.\n"
    first, second = clauses_of(text)
    assert (first.heading, first.text) == ("Term", "It lasts one year.")
    assert (second.number, second.heading) == (number, title)
    assert second.text == "These words follow."


NO_HEADINGS = [
    "1. the first of them",
    "(a) The first of them",
    "a) The first of them",
    "ii. The second of them",
    "2.1 The seller delivers the goods.",
    "2. The seller delivers. It does so soon",
    "2. The seller delivers the goods;",
    "2. The seller delivers the goods,",
    "2. The seller delivers what is listed in the",
    "2. The seller shall deliver:",
    '2.1 "Goods" means all that is sold',
    "30 Business days after the delivery",
    "10:30 Ankunft des Auftragnehmers",
    "2. " + "The seller delivers goods " * 4,
]


@pytest.mark.parametrize("line", NO_HEADINGS)
def test_items_and_sentences_with_a_number_are_text(line: str):
    (only,) = clauses_of(f"3. Delivery\nIt is done so.\n{line}\nThat is all.\n")
    assert (only.heading, only.line) == ("Delivery", 1)
    assert line.strip() in only.text


def test_a_list_in_a_clause_is_its_text():
    items = ["1. Monthly reports", "2. Weekly calls with us", "3. Yearly visits of the plant"]
    for between in ("\n", "\n\n"):
        listed = f"The seller gives:\n{between.join(items)}\nAll of it is free."
        (only,) = clauses_of(f"3. Deliverables\n{listed}\n")
        assert only.text == listed
    (only,) = clauses_of("3. Deliverables\n1. Monthly reports of all\nopen tickets\nand more")
    assert only.heading == "Deliverables"
    last = "3. Deliverables\nWords.\n4. Nothing follows here"
    assert headings(last) == [("3", "Deliverables")]
    assert clauses_of(last)[0].text.endswith("4. Nothing follows here")


def test_a_reference_in_a_broken_paragraph_is_no_heading():
    text = (
        "§ 1 Haftung\n"
        "Für die Haftung der Parteien untereinander gilt entsprechend, was nach\n"
        "§ 3 Pflichten des Auftragnehmers\n"
        "Geltung hat.\n"
        "§ 2 Kündigung des Vertrags\n"
        "Sie ist möglich.\n"
    )
    assert headings(text) == [("1", "Haftung"), ("2", "Kündigung des Vertrags")]


HEADINGS = ["1. Goods and more", "2. Governing law", "2. Other things", "5.1 Payment terms",
            "§ 2 Pflichten des Verkäufers", "ARTICLE II FEES"]  # fmt: skip
SAID = ["so it goes on", "It ends here.", ""]


@given(st.lists(st.sampled_from([*NO_HEADINGS, *HEADINGS, *SAID]), max_size=12))
def test_no_line_is_lost_but_headings_without_words(lines: list[str]):
    found = clauses_of("\n".join(lines))
    kept = [line for one in found for line in one.text.splitlines()]
    lost = Counter(line.rstrip() for line in lines if line) - Counter(kept)
    assert set(lost) <= set(HEADINGS)
    assert len([one for one in found if one.heading]) <= lost.total()


def test_word_and_pdf_documents(tmp_path: Path):
    docx = pytest.importorskip("docx", reason="the extra [text] is not installed")
    (tmp_path / "m").mkdir()
    document = docx.Document()
    document.add_heading("Term", 1)
    document.add_paragraph("Two years.")
    document.add_heading("Fees", 1)
    table = document.add_table(2, 2)
    for at, text in enumerate(("Month", "Fee", "May", "May")):
        table.cell(at // 2, at % 2).text = text
    document.add_paragraph("Net of tax.")
    document.save(str(tmp_path / "m" / "a.docx"))
    (tmp_path / "m" / "b.pdf").write_bytes(pdf_of("1. Term. Three years.", "2. Fees. None."))
    read = read_conversations(tmp_path, "documents", Fields())
    assert [(c.attributes["heading"], c.answer) for c in read.conversations] == [
        ("Term", "Two years."),
        ("Fees", "Month | Fee\nMay | May\nNet of tax."),
        ("Term", "Three years."),
        ("Fees", "None."),
    ]
    assert not read.faults


@pytest.mark.parametrize(("file", "name"), sorted(DOCUMENT_FAULTS.items()))
def test_faults_of_documents(tmp_path: Path, file: str, name: str):
    pytest.importorskip("docx", reason="the extra [text] is not installed")
    write_documents(tmp_path, file)
    read = read_conversations(tmp_path, "documents", Fields())
    assert [(fault.row, fault.name) for fault in read.faults] == [(2, name)]
    assert str(read.faults[0]).startswith("document 2, row 2: ")
    assert Path(file).stem not in str(read.faults[0])
    assert [one.group for one in read.conversations] == ["0-sound"]


def test_a_document_without_headings_and_a_folder_that_is_none_are_told(tmp_path: Path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "letter.txt").write_text("dear all,\nnothing is new here\n")
    read = read_conversations(tmp_path, "documents", Fields())
    assert read.left_out == {"document without headings": 1}
    assert not read.conversations
    with pytest.raises(DataError, match="is no folder"):
        read_conversations(tmp_path / "m" / "letter.txt", "documents", Fields())


def test_every_format_of_lines_is_read_by_its_name():
    assert set(MESSAGES_OF) == set(LINES)
    assert {*LINES, "helpdesk", "intents", "documents"} == set(get_args(Format))


def test_every_fault_is_met_above_and_ten_of_each_format():
    of_tables = {"helpdesk": HELPDESK_FAULTS, "intents": INTENT_FAULTS}
    every = {**FAULTY, **of_tables}
    assert {name for faults in every.values() for name, _ in faults} == set(FAULTS)
    assert min(map(len, FAULTY.values())) >= 10
    assert min(len(faults) + len(TABLE_FAULTS) for faults in of_tables.values()) >= 10
    assert len(DOCUMENT_FAULTS) >= 10
