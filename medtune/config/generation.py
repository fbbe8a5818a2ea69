"""The ``generation`` section of a run that answers: how an answer is written."""

from __future__ import annotations

from pydantic import Field

from medtune.config.section import Section

# Of a temperature; by less, logits are no finite numbers once they are divided by it, and long
# before that only the likeliest token is ever drawn.
LEAST = 1e-5


class Generation(Section):
    """How an answer is written; it may be changed after training."""

    max_tokens: int = Field(
        default=256, ge=1, le=100_000, description="Most tokens of an answer; a longer one is cut."
    )
    temperature: float = Field(
        default=0.0,
        ge=0,
        le=2,
        description="0 writes the most probable token each time; above it tokens are drawn, the "
        "more evenly the higher.",
    )
    top_p: float = Field(
        default=1.0,
        gt=0,
        le=1,
        description="Tokens are drawn from the most probable ones that together have this share.",
    )
    seed: int = Field(
        default=0, ge=0, description="Seed of what is drawn: the same question, the same answer."
    )

    @property
    def heat(self) -> float:
        """The temperature that tokens are drawn with: 0, greedy, where it is hardly more."""
        return self.temperature if self.temperature >= LEAST else 0.0
