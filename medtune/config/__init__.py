"""What the user says: a run as YAML, read into frozen pydantic models. Never imports torch."""

from medtune.config.any_run import AnyRun
from medtune.config.compared import ScoresTable, Shipped
from medtune.config.data import FindingRule, Include, Split, XrayData
from medtune.config.evaluation import Evaluation
from medtune.config.model import Model
from medtune.config.operating import OperatingPoint, Refer
from medtune.config.primary import Primary
from medtune.config.run import Run
from medtune.config.targets import Kind, Target
from medtune.config.text_data import TextData
from medtune.config.text_run import TextRun
from medtune.config.training import Training

__all__ = [
    "AnyRun",
    "Evaluation",
    "FindingRule",
    "Include",
    "Kind",
    "Model",
    "OperatingPoint",
    "Primary",
    "Refer",
    "Run",
    "ScoresTable",
    "Shipped",
    "Split",
    "Target",
    "TextData",
    "TextRun",
    "Training",
    "XrayData",
]
