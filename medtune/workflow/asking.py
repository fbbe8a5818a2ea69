"""What a network is asked: the findings or the targets of a run."""

from __future__ import annotations

import pandas as pd

from medtune.config.run import Run
from medtune.learning.losses import Loss, masked_bce
from medtune.vision.tasks import XrayFindings, XrayTargets, scale_of


def asked_of(run: Run, teach: pd.DataFrame, loss: Loss = masked_bce) -> XrayFindings | XrayTargets:
    """The task of a run.

    Args:
        run: the run.
        teach: the films that teach: amounts are standardised by theirs.
        loss: of findings; targets have that of their kind.
    """
    targets = run.data.targets
    if not targets:
        return XrayFindings(list(run.data.findings), loss)
    scale = scale_of(teach, targets) if run.data.kind == "continuous" else None
    return XrayTargets(targets, scale, run.training.label_smoothing)
