"""A report read back: its tags, its text and its tables."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Reads a page, and insists that every tag is closed where it was opened."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[tuple[str, list[list[str]]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self._cell: list[str] | None = None
        self._caption: list[str] | None = None
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "table":
            self.tables.append(("", []))
        if tag == "caption":
            self._caption = []
        if tag == "tr":
            self.tables[-1][1].append([])
        if tag in ("td", "th"):
            self._cell = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"</{tag}> closes another tag"
        if tag == "caption" and self._caption is not None:
            self.tables[-1] = (_joined(self._caption), self.tables[-1][1])
            self._caption = None
        if tag in ("td", "th") and self._cell is not None:
            self.tables[-1][1][-1].append(_joined(self._cell))
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("style", "script"):
            return
        self.words.append(data)
        if self._cell is not None:
            self._cell.append(data)
        if self._caption is not None:
            self._caption.append(data)

    @property
    def text(self) -> str:
        """Everything that is read, in one line."""
        return _joined(self.words)

    def table(self, caption: str) -> list[list[str]]:
        """The rows of the first table whose caption contains some words."""
        return next(rows for said, rows in self.tables if caption in said)

    def attributes(self, name: str) -> list[str]:
        """All values of an attribute."""
        return [str(attrs[name]) for _, attrs in self.tags if name in attrs]


def _joined(parts: list[str]) -> str:
    return " ".join("".join(parts).replace("\u00a0", " ").split())
