"""What an answer says of itself: whether it stands without a person, and by which guarantee."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Decision = Literal["answered", "hand over", "not decided"]
HAND_OVER: Decision = "hand over"
FREE = (
    "whether an answer in free text is right is known of no calibration conversation, so that no "
    "bar can be guaranteed; a run about intents decides (evaluation.answer_alone)"
)


@dataclass(frozen=True)
class Sure:
    """What is known of an answer.

    Attributes:
        decision: answered (without a person), hand over (to one), or not decided.
        reason: why it is not answered; None where it is.
        class_: the class that is most probable; None where there are none.
        probability: of that; None where there are none.
        threshold: the least probability that is answered; None where nothing is.
        bar: what the threshold guarantees, ``precision`` with ``confidence``, on customers like
            those of the calibration split; None where there is no threshold.
        bits_per_byte: how far from sure of its own words a model that writes is; the fewer, the
            surer. It says how usual an answer is, not whether it is right.
    """

    decision: Decision = "not decided"
    reason: str | None = FREE
    class_: str | None = None
    probability: float | None = None
    threshold: float | None = None
    bar: Mapping[str, float] | None = None
    bits_per_byte: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """As an answer on the wire has it."""
        said = asdict(self)
        return {"class": said.pop("class_"), **said}
