"""A document's words without the signs of Markdown and HTML around them."""

from __future__ import annotations

import re

# Every part has a longest length: what is not closed is given up soon, so that time is linear.
FRONT_MATTER = re.compile(r"\A---\n(?:(?!---\n).*\n){0,200}---\n")
TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,300}>|<!--[^<>]{0,2000}-->")
LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\s]{0,1000}(?:[ \t]+\"[^\"\n]{0,200}\")?\)")
EMPHASIS = re.compile(r"\*{1,3}|__|`")


def without_markup(text: str) -> str:
    """The same lines without tags, targets of links, emphasis and front matter.

    The signs of headings (``#``) and lists stay: they say where a line begins. A draft without
    markup stays as it is, but for its asterisks and double underlines (blanks to be filled in).
    """
    text = FRONT_MATTER.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = LINK.sub(r"\1", TAG.sub("", text))
    return EMPHASIS.sub("", text)
