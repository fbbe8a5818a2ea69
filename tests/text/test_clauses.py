"""Documents and their clauses: what is a heading, and what is text."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medtune.errors import DataError
from medtune.text.formats import Fields, read_conversations
from medtune.text.formats.clauses import clauses_of
from tests.text.faulty import (
    DOCUMENT_FAULTS,
    pdf_of,
    write_documents,
)

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
