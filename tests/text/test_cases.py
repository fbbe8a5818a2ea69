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
FIELDS = Fields(group="who")


def written_rows(folder: Path, rows: list[dict[str, str]]) -> Path:
    path = folder / "q.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def of(reads, **changes) -> Texts:
    settings = {"site": "s", "source": "intents", "grouped": True, "named": False,
                "target": "intent"}  # fmt: skip
    return texts_of(reads, KEY, Redactor(["Ada Lovelace"]), **settings | changes)


def texts(folder: Path, rows: list[dict[str, str]], **changes) -> Texts:
    path = written_rows(folder, rows)
    return of({"": (path.name, read_conversations(path, "intents", FIELDS))}, **changes)


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


def test_one_text_of_two_customers_stays_with_each_of_them_however_rows_are_sorted(tmp_path):
    rows = [row("where is my card", who=who) for who in ("w", "v", "v")]
    first = texts(tmp_path, rows).cases.set_index("case_id")["group_id"]
    again = texts(tmp_path, rows[::-1]).cases.set_index("case_id")["group_id"]
    assert again.reindex(first.index).tolist() == first.tolist()
    assert first.index.is_unique


def test_one_text_of_two_files_is_known_by_its_own_file(tmp_path):
    read = read_conversations(written_rows(tmp_path, [row("hello there")]), "intents", FIELDS)
    both = [of({"train": ("a", read), "test": ("b", read)}),
            of({"test": ("b", read), "train": ("a", read)})]  # fmt: skip
    one, other = (found.cases.set_index("case_id")["given"] for found in both)
    assert other.reindex(one.index).tolist() == one.tolist()


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
    assert retold("the smallest gain that this study could have shown, of 9 studies") == (
        "the smallest gain that this comparison could have shown, of 9 texts"
    )
