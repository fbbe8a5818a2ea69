"""A folder of documents as text: .txt, .md, .docx and .pdf."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from medtune.errors import InputError
from medtune.text.faults import FaultError

ENDINGS = (".txt", ".md", ".docx", ".pdf")
MOST = 64 * 2**20  # bytes of a file that is opened


def documents_in(folder: Path) -> Iterator[Path]:
    """The documents below a folder, by name; hidden ones and links are passed over."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts)
        plain = path.is_file() and not path.is_symlink()
        if plain and not hidden and path.suffix.lower() in ENDINGS:
            yield path


def text_of(path: Path) -> str:
    """The words of a document; headings of .docx as Markdown headings.

    Raises:
        FaultError: it cannot be read, or has no words.
        InputError: it needs a package that is not installed.
    """
    if path.stat().st_size > MOST:
        raise FaultError("record_too_long", "the file has more than 64 MiB")
    kind = path.suffix.lower()
    if kind in (".txt", ".md"):
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise FaultError(
                "wrong_encoding", f"byte {error.start + 1} of the file is not UTF-8 text"
            ) from error
    elif kind == ".docx":
        text = _docx(path)
    else:
        text = _pdf(path)
    if not text.strip():
        raise FaultError("missing_content", "the file has no words (a scan has none)")
    return re.sub(
        r"^---\n.*?\n---\n", "", text, count=1, flags=re.DOTALL
    )  # Markdown's front matter


def _docx(path: Path) -> str:
    try:
        import docx
    except ImportError as error:
        raise _missing("docx") from error
    try:
        parts = list(docx.Document(str(path)).iter_inner_content())
    except Exception as error:  # a damaged zip, missing parts, wrong XML: many kinds
        raise FaultError("data_type", "the file cannot be read as .docx") from error
    lines = []
    for part in parts:
        if hasattr(part, "rows"):  # a table: a line a row; cells that are joined are one
            cells = ({cell._tc: cell.text.strip() for cell in row.cells} for row in part.rows)
            lines += [" | ".join(row.values()) for row in cells]
            continue
        style = part.style.name if part.style is not None else ""
        found = re.match(r"Heading (\d)|Title", style or "")
        level = "#" * int(found[1] or 1) + " " if found else ""
        lines.append(level + part.text)
    return "\n".join(lines)


def _pdf(path: Path) -> str:
    try:
        import pypdf
    except ImportError as error:
        raise _missing("pypdf") from error
    try:
        pages = [page.extract_text() for page in pypdf.PdfReader(path).pages]
    except Exception as error:  # damaged or locked files raise many kinds
        raise FaultError("data_type", "the file cannot be read as .pdf") from error
    return "\n".join(pages)


def _missing(package: str) -> InputError:
    return InputError(
        f"Reading these documents needs the package {package}, which is not installed: "
        "pip install 'medtune[text]'"
    )
