"""Texts as cases: redacted before anything is stored, named alike wherever they stand."""

from __future__ import annotations

import json
from pathlib import Path

from medtune.dicom.privacy import Pseudonyms
from medtune.tables.nouns import retold
from medtune.text.cases import Texts, messages_of, plain_texts, texts_of
from medtune.text.formats import Fields, read_conversations
from medtune.text.redact import Redactor

KEY = Pseudonyms(b"0" * 32)


def texts(folder: Path, rows: list[dict[str, str]], **changes) -> Texts:
    path = folder / "q.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    read = read_conversations(path, "intents", Fields(group="who"))
    settings = {"site": "s", "source": "intents", "grouped": True, "named": False,
                "target": "intent"}  # fmt: skip
    return texts_of({"": (path.name, read)}, KEY, Redactor(["Ada Lovelace"]), **settings | changes)


def row(text: str, who: str = "w", label: str = "a") -> dict[str, str]:
    return {"text": text, "label": label, "who": who}


def test_what_leads_to_a_person_is_in_the_private_table_only(tmp_path):
    found = texts(tmp_path, [row("I am Ada Lovelace, ada@x.org", who="ada@x.org")])
    assert plain_texts(found.messages.tolist()) == ["I am [NAME], [EMAIL]"]
    public = found.cases.to_csv() + found.messages.to_csv()
    assert "ada" not in public.lower()
    assert found.locations["group"].tolist() == ["ada@x.org"]


def test_names_of_cases_do_not_hang_on_their_row(tmp_path):
    one, two = row("where is my card"), row("cancel my card", who="v")
    first = texts(tmp_path, [one, two]).cases.set_index("case_id")
    moved = texts(tmp_path, [two, row("new"), one]).cases.set_index("case_id")
    assert set(first.index) < set(moved.index)
    assert (moved.loc[first.index, "group_id"] == first["group_id"]).all()


def test_the_same_text_twice_is_two_cases(tmp_path):
    found = texts(tmp_path, [row("where is my card"), row("where is my card", who="v")])
    assert found.cases["case_id"].nunique() == 2


def test_without_groups_each_record_is_its_own(tmp_path):
    found = texts(tmp_path, [row("a b"), row("c d")], grouped=False)
    assert found.cases["group_id"].nunique() == 2


def test_messages_survive_the_table(tmp_path):
    found = texts(tmp_path, [row('say "ä"\nagain')])
    (message,) = messages_of(str(found.messages.iloc[0]))
    assert (message.role, message.content) == ("user", 'say "ä"\nagain')


def test_sentences_are_retold_and_names_in_braces_stay():
    said = "{studies} studies of {patients} patients. Films of a hospital's patient."
    assert retold(said) == (
        "{studies} texts of {patients} customers. Texts of a company's customer."
    )
    assert retold("studiesque filmstrip") == "studiesque filmstrip"
