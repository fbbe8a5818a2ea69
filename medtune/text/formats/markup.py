"""The words of HTML, and whether a text is HTML at all: people write '<' in plain text too."""

from __future__ import annotations

import re
from html.parser import HTMLParser

BREAKS = frozenset({
    "p", "br", "div", "li", "ul", "ol", "dl", "dt", "dd", "tr", "table", "tbody", "thead", "tfoot",
    "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre", "article", "section", "header", "footer",
    "address", "center", "fieldset", "figure", "form", "main", "nav",
})  # fmt: skip
SILENT = frozenset({"script", "style", "head", "title"})
# Those of which one that is opened already says that a text is HTML.
BLOCKS = BREAKS - {"section", "header", "footer", "address", "form", "main", "nav", "article"} | {
    "td", "th", "blockquote", "html", "body",
}  # fmt: skip
TAGS = BREAKS | BLOCKS | SILENT | {
    "a", "abbr", "acronym", "area", "aside", "audio", "b", "base", "bdi", "bdo", "big", "button",
    "caption", "cite", "code", "col", "colgroup", "data", "del", "details", "dfn", "em",
    "figcaption", "font", "i", "iframe", "img", "input", "ins", "kbd", "label", "legend", "link",
    "map", "mark", "meta", "object", "option", "param", "picture", "q", "s", "samp", "select",
    "small", "source", "span", "strike", "strong", "sub", "summary", "sup", "svg", "textarea",
    "time", "tt", "u", "var", "video", "wbr",
}  # fmt: skip
# Those of which one that is opened with an attribute says it too.
LINKS = frozenset({"a", "font", "img", "span"})
_NAME = "[a-z][a-z0-9]*|[ovwmx]:[a-z]+"  # the second as Word writes them: <o:p>
# Every '<', with what follows where that may be markup.
_OPENS = re.compile(
    rf"<(?:(?P<end>/)?(?P<name>{_NAME})(?P<rest>[\s/][^<>]*)?>"
    r"|(?P<other>!doctype\b[^<>]*>|!\[(?:if|else|endif)\b[^<>]*>|\?xml\b[^<>]*>))?",
    re.IGNORECASE,
)


def is_html(text: str) -> bool:
    """Whether a text has a closing tag of HTML, a block (``<p>``, ``<br>``) or a link's tag."""
    for found in _OPENS.finditer(text):
        name = _tag(found)
        if name and (found["end"] or name in BLOCKS or (name in LINKS and found["rest"])):
            return True
    return False


def words_of(html: str) -> str:
    """The words of HTML, a line a block; entities are the letters that they stand for.

    What looks like a tag and is none (``<url>``, ``a < b``, ``<jane@example.org>``), or begins what
    nobody reads and is never closed (``<title>``), is text.
    """
    html = _without_comments(html)
    closed = {_tag(found): found.start() for found in _OPENS.finditer(html) if found["end"]}

    def kept(found: re.Match[str]) -> str:
        name = _tag(found)
        if name and (name not in SILENT or found.start() <= closed.get(name, -1)):
            return found[0]
        return "" if found["other"] else "&lt;" + found[0][1:]

    reader = _Words()
    reader.feed(_OPENS.sub(kept, html))
    reader.close()
    return reader.words()


def _tag(found: re.Match[str]) -> str:
    """The name of a tag of HTML, in small letters; empty where it is none."""
    name = (found["name"] or "").lower()
    rest = (found["rest"] or "").strip(" \t\r\n/")
    if len(name) == 1 and rest and "=" not in rest:
        return ""  # a<b and c>d
    return name if name in TAGS or ":" in name else ""


def _without_comments(html: str) -> str:
    parts, at = [], 0
    while (start := html.find("<!--", at)) >= 0 and (end := html.find("-->", start + 2)) >= 0:
        parts.append(html[at:start])
        at = end + len("-->")
    return "".join([*parts, html[at:]])


class _Words(HTMLParser):
    """Collects words; it is given known tags alone."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent += 1
        elif tag in BREAKS:
            self._parts.append("\n")
        elif tag == "blockquote":
            self._parts.append("\n> ")

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in BREAKS:
            self._parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._parts.append(data)

    def words(self) -> str:
        lines = [" ".join(line.split()) for line in "".join(self._parts).split("\n")]
        return "\n".join(line for line in lines if line)
