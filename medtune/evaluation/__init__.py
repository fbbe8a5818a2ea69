"""How good is it: measures, paired differences and a verdict, from a table of predictions alone."""

from medtune.evaluation.evaluate import evaluate
from medtune.evaluation.result_json import result_as_json

__all__ = ["evaluate", "result_as_json"]
