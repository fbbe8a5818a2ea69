"""Tables of help desks: whose columns they are, and what is said in their cells."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medtune.errors import DataError
from medtune.text.formats import Columns, Fields, read_conversations
from medtune.text.formats.markup import words_of
from tests.text.faulty import (
    HELPDESK_FAULTS,
    ZENDESK,
    write_as,
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


@pytest.mark.parametrize(("name", "changes"), HELPDESK_FAULTS)
def test_faults_of_a_help_desk(tmp_path: Path, name: str, changes: dict[str, str]):
    table = ZENDESK.astype(str)
    table.loc[2, list(changes)] = list(changes.values())
    table.to_csv(tmp_path / "z.csv", index=False)
    read = read_conversations(tmp_path / "z.csv", "helpdesk", Fields())
    assert [(fault.row, fault.name) for fault in read.faults] == [(4, name)]
    assert "nine" not in str(read.faults[0])


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
