"""Which class a run is of: its task says it."""

from __future__ import annotations

from medtune.config.run import Run
from medtune.config.text_run import ChatRun, DraftRun, TextRun

RUN_OF: dict[str, type[Run] | type[TextRun]] = {
    "xray_findings": Run,
    "support_intent": TextRun,
    "support_chat": ChatRun,
    "legal_drafting": DraftRun,
}


def run_class(values: object) -> type[Run] | type[TextRun]:
    """The class of a run by its plain values: films where it names no task, or none of ours."""
    task = values.get("task") if isinstance(values, dict) else None
    return RUN_OF.get(task, Run) if isinstance(task, str) else Run
