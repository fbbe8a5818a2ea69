"""Records of every format that cannot be used, each with the name of its fault."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

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
ZENDESK = pd.DataFrame(
    [
        ("7", "end-user", "My card & pin\nare lost", "2026-01-02", "k1", "true"),
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
# A change of the table's third row, which is row 4 of its file.
HELPDESK_FAULTS = [
    ("missing_field", {"ticket_id": ""}),
    ("unrecognized_role", {"author_role": "ghost"}),
    ("unrecognized_role", {"author_role": ""}),
    ("bad_time", {"created_at": "yesterday"}),
    ("missing_group", {"requester_id": ""}),
    ("duplicate_id", {"requester_id": "k9"}),
    ("record_too_long", {"plain_body": "x" * 10_000_000}),
]
INTENT = {"id": "q2", "who": "c", "asked": "2026-01-05", "text": "Why?", "label": "fees"}
# A row of a table of intents, row 3 of its file; what only JSON can say is in the second list.
INTENT_FAULTS = [
    ("missing_content", {"text": ""}),
    ("missing_content", {"text": "  "}),
    ("missing_label", {"label": ""}),
    ("missing_label", {"label": " "}),
    ("missing_group", {"who": ""}),
    ("missing_field", {"id": ""}),
    ("duplicate_id", {"id": "q1"}),
    ("bad_time", {"asked": "next Monday"}),
    ("record_too_long", {"text": "x" * 10_000_000}),
]
INTENT_LINE_FAULTS = [
    ("data_type", {"text": ["Why?"]}),
    ("data_type", {"label": {"name": "fees"}}),
    ("data_type", {"label": True}),
    ("missing_content", {"text": None}),
    ("missing_label", {"label": None}),
]
# Bytes of a table of which nothing can be read, and what is said of it.
TABLE_FAULTS = [
    ("the row that is not UTF-8", "ü".encode("latin-1"), "row 4, is not UTF-8 text"),
    ("a cell too many", b"1,2,3,4,5,6,7,8,9", r"cannot be read as a \.csv table.*line 4"),
    ("a quote without end", b'"1,2', "cannot be read as a .csv table"),
]
# Files below a folder of matters, each with the fault that it has; see ``write_documents``.
DOCUMENT_FAULTS = {
    "loose.txt": "missing_group",
    "m/no-zip.docx": "data_type",
    "m/another-zip.docx": "data_type",
    "m/empty.docx": "missing_content",
    "m/no-pdf.pdf": "data_type",
    "m/cut.pdf": "data_type",
    "m/locked.pdf": "data_type",
    "m/no-word.pdf": "missing_content",
    "m/latin-1.txt": "wrong_encoding",
    "m/utf-16.md": "wrong_encoding",
    "m/nothing.txt": "missing_content",
    "m/over.txt": "record_too_long",
}


def pdf_of(*lines: str) -> bytes:
    """A page of PDF with these lines."""
    shown = " ".join(f"({line}) Tj 0 -20 Td" for line in lines)
    content = f"BT /F1 12 Tf 50 700 Td {shown} ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(made)
    return made + b"xref\n0 6\n0000000000 65535 f \n" + table + end


def write_documents(folder: Path, *files: str) -> None:
    """A sound document, which comes first, and some of ``DOCUMENT_FAULTS``."""
    from io import BytesIO
    from zipfile import ZipFile

    import docx
    from pypdf import PdfReader, PdfWriter

    whole = pdf_of("1. Term. Two years.")
    wordless, zipped, locked = BytesIO(), BytesIO(), BytesIO()
    docx.Document().save(wordless)
    with ZipFile(zipped, "w") as archive:
        archive.writestr("a.txt", "a")
    writer = PdfWriter(clone_from=PdfReader(BytesIO(whole)))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(locked)
    contents = {
        "loose.txt": b"1. Term. Two years.",
        "m/no-zip.docx": b"no zip",
        "m/another-zip.docx": zipped.getvalue(),
        "m/empty.docx": wordless.getvalue(),
        "m/no-pdf.pdf": b"no pdf",
        "m/cut.pdf": whole[:100],
        "m/locked.pdf": locked.getvalue(),
        "m/no-word.pdf": pdf_of(),
        "m/latin-1.txt": "1. Gebühr. Keine.".encode("latin-1"),
        "m/utf-16.md": "# Term\n\nTwo years.".encode("utf-16"),
        "m/nothing.txt": b" \n",
        "m/over.txt": b"1. Term. " + b"x" * 64 * 2**20,
    }
    assert set(contents) == set(DOCUMENT_FAULTS)
    for name, content in {"0-sound/a.txt": b"1. Term. Two years.",
                          **{name: contents[name] for name in files}}.items():  # fmt: skip
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)


def write_as(path: Path, table: pd.DataFrame) -> Path:
    """A table by its file's ending."""
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    elif path.suffix == ".xlsx":
        table.to_excel(path, index=False)
    else:
        table.to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    return path
