"""The formats in which companies have their conversations and documents."""

from medtune.text.formats.helpdesk import MAKERS, Columns
from medtune.text.formats.read import Fields, Read, read_conversations

__all__ = ["MAKERS", "Columns", "Fields", "Read", "read_conversations"]
