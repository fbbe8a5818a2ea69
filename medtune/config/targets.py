"""Targets beside findings: one of several classes, a grade on a scale, an amount with a unit."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from medtune.config.section import MisfitError, Section

Kind = Literal["binary", "multiclass", "ordinal", "continuous", "text"]
OF_CLASSES = ("multiclass", "ordinal")
ClassName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^|=]*$")]


class Target(Section):
    """What is read from one label column that does not say present or absent."""

    kind: Literal["multiclass", "ordinal", "continuous"] = Field(
        description="multiclass: one of several classes; ordinal: a grade on a scale, such as "
        "Kellgren-Lawrence; continuous: an amount, such as bone age."
    )
    column: str | None = Field(
        default=None, description="Its label column; leave out where it is called as the target."
    )
    classes: list[ClassName] | None = Field(
        default=None,
        min_length=2,
        max_length=1000,
        description="The classes as the label column writes them; of an ordinal target from the "
        "lowest grade to the highest.",
    )
    unit: str | None = Field(
        default=None, min_length=1, max_length=20, description="Unit of a continuous target."
    )
    range: list[float] | None = Field(
        default=None,
        min_length=2,
        max_length=2,
        description="Lowest and highest plausible amount of a continuous target; a label outside "
        "is a mistake of the table.",
    )

    @field_validator("classes", mode="before", json_schema_input_type=list[str | int])
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        """YAML reads grades as numbers."""
        if not isinstance(value, list):
            return value
        return [
            str(name) if isinstance(name, int) and not isinstance(name, bool) else name
            for name in value
        ]

    @field_validator("range", mode="before")
    @classmethod
    def _as_numbers(cls, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [
            float(end) if isinstance(end, int) and not isinstance(end, bool) else end
            for end in value
        ]

    @model_validator(mode="after")
    def _of_its_kind(self) -> Target:
        problems: list[tuple[tuple[str | int, ...], str]] = []
        wanted = ("classes",) if self.kind in OF_CLASSES else ("unit", "range")
        for name in ("classes", "unit", "range"):
            given = getattr(self, name) is not None
            if given and name not in wanted:
                problems.append(((name,), f"a target of kind {self.kind} has no '{name}'"))
            if not given and name in wanted:
                problems.append(((name,), f"a target of kind {self.kind} needs '{name}'"))
        plain = [plain_class(name) for name in self.classes or []]
        for place, name in enumerate(plain):
            if name in plain[:place]:
                problems.append((("classes", place), f"the class {name} is listed twice"))
        if self.range is not None and not self.range[0] < self.range[1]:
            problems.append((("range",), "the lowest amount must be below the highest"))
        if problems:
            raise MisfitError(*problems)
        return self


def plain_class(word: str) -> str:
    """A class as labels are compared with it: without case, outer spaces, and a trailing .0."""
    word = word.strip().lower()
    whole, _, rest = word.partition(".")
    is_number = whole.lstrip("-").isdigit() and rest and not rest.strip("0")
    return whole if is_number else word
