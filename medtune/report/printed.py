"""How a number is printed: decimals, percent, sign, interval."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Print:
    """How a language prints numbers.

    Attributes:
        decimal: the decimal mark.
        to: between the ends of an interval.
        points: the unit of a difference of shares.
    """

    decimal: str = "."
    to: str = "to"
    points: str = "points"


_ENGLISH = Print()
_PRINT: ContextVar[Print] = ContextVar("print", default=_ENGLISH)

SHARES = frozenset(
    {
        "sensitivity",
        "specificity",
        "ppv",
        "npv",
        "accuracy",
        "balanced_accuracy",
        "majority_accuracy",
        "within_one_accuracy",
        "prevalence",
        "sensitivity_at_specificity",
        "specificity_at_sensitivity",
        "ppv_at_prevalence",
        "npv_at_prevalence",
        "referred",
        "unusual",
        "unlike_site",
        "wrong_absent",
        "wrong_present",
        "answered",
        "answered_right",
        "answer_precision",
        "answered_throughout",
        "right_answer_first",
        "term_recall",
        "identifiers_said",
        "terms_defined",
        "terms_used",
        "references_resolve",
        "citations_unknown",
        "clause_recall",
        "clause_precision",
        "bank_overlap",
        "others_overlap",
        "others_facts",
        "extracted",
        "extractable",
    }
)
RELATIVE = frozenset(
    {
        "accuracy_relative",
        "auroc_error_relative",
        "lr_positive_relative",
        "lr_negative_relative",
    }
)
IN_UNIT = frozenset({"mae", "bias", "limit_low", "limit_high"})  # of the amount itself
TWO_DECIMALS = IN_UNIT | frozenset(
    {
        "calibration_slope",
        "calibration_intercept",
        "observed_expected",
        "lr_positive",
        "lr_negative",
        "canary_exposure",
    }
)
MINUS = "\u2212"
SPACE = "\u00a0"  # a number and its unit stay on one line


@contextmanager
def printed_in(how: Print) -> Iterator[None]:
    """Within it every number is printed so."""
    token = _PRINT.set(how)
    try:
        yield
    finally:
        _PRINT.reset(token)


def marked(number: str) -> str:
    """A printed number with the decimal mark of the language."""
    return number.replace(".", _PRINT.get().decimal)


def between() -> str:
    """The word between the ends of an interval."""
    return _PRINT.get().to


def printed(measure: str, value: float, unit: str = "") -> str:
    """A value: shares in percent with one decimal, slope and intercept with two, others with three.

    Args:
        measure: a name of ``medtune.tables.results.MEASURES``.
        value: finite.
        unit: of the measure, where it has one.
    """
    after = "%" if _in_percent(measure) else unit
    return _number(measure, value) + (f"{SPACE}{after}" if after else "")


def printed_difference(measure: str, value: float, unit: str = "") -> str:
    """A difference with its sign: of shares in points, relative ones in percent.

    What is rounded to 0 keeps its sign: an interval that reaches just below 0 shows that it does.
    """
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    after = f"{SPACE}{unit}" if unit else _unit_of_difference(measure)
    return sign + _number(measure, abs(value)) + after


def printed_interval(measure: str, low: float, high: float) -> str:
    """An interval, with 'to' and not a dash, which would look like a minus; '' where none."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    unit = f"{SPACE}%" if _in_percent(measure) else ""
    return f"{_number(measure, low)} {between()} {_number(measure, high)}{unit}"


def printed_difference_interval(measure: str, low: float, high: float) -> str:
    """The interval of a difference; '' where there is none."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    unit = _unit_of_difference(measure)
    ends = [printed_difference(measure, end).removesuffix(unit) for end in (low, high)]
    return f" {between()} ".join(ends) + unit


def printed_p(value: float) -> str:
    """A p value; '' where no test belongs to the row."""
    if not math.isfinite(value):
        return ""
    if value < 0.001:
        return marked(f"<{SPACE}0.001")
    return marked(f"{value:.3f}")


def printed_threshold(value: float) -> str:
    """A threshold with as many digits as tell it from its neighbours, at least three."""
    return marked(f"{value:.3g}" if abs(value) < 0.001 else f"{value:.3f}")


def _in_percent(measure: str) -> bool:
    return measure in SHARES or measure in RELATIVE


def _unit_of_difference(measure: str) -> str:
    if measure in SHARES:
        return f"{SPACE}{_PRINT.get().points}"
    return f"{SPACE}%" if measure in RELATIVE else ""


def _number(measure: str, value: float) -> str:
    if _in_percent(measure):
        text = f"{100 * value:.1f}"
    else:
        text = f"{value:.2f}" if measure in TWO_DECIMALS else f"{value:.3f}"
    if not float(text):
        return marked(text.lstrip("-"))  # no minus before a zero
    return marked(text.replace("-", MINUS))
