"""When a conversation began, as its file writes it."""

from __future__ import annotations

from datetime import UTC, datetime

from medtune.text.faults import FaultError

# What programs write where there is no time; a time is never a word, so none of these can be one.
NO_TIME = frozenset({"", "nan", "nat", "none", "null", "na", "n/a", "<na>", "#n/a", "\\n"})


def time_of(value: object) -> str:
    """A date or time in ISO 8601, or seconds since 1970, as ``YYYY-MM-DDTHH:MM:SS`` in UTC.

    Texts of this form are in the order of their times. A time without a zone is taken for UTC; an
    empty one, or a word of ``NO_TIME``, is unknown and becomes empty.

    Raises:
        FaultError: bad_time.
    """
    text = str(value).strip()
    if text.lower() in NO_TIME:
        return ""
    try:
        if text.isdigit() and len(text) in (9, 10):
            moment = datetime.fromtimestamp(int(text), UTC)
        else:
            moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError) as error:
        raise FaultError("bad_time", "its time is not written in ISO 8601") from error
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="seconds")
