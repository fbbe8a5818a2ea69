"""What the page of the ladder says, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class LadderWords:
    """Every sentence of the page; names in braces are filled in."""

    title: str
    kicker: str
    first_is_dashed: str
    step_by_step: str
    columns: tuple[str, ...]  # but that of the utility, the third
    column: Mapping[str, str]  # of the utility
    left_out: str
    nothing: str
    warnings: Mapping[str, str]  # as the ladder gives them in English: the same in words
    rungs: Mapping[str, str]
    utilities: Mapping[str, str]
    axis: Mapping[str, str]
    stay: str
    cheap: Mapping[str, str]
    without_labels: str
    teach: str
    untold: str
    unjudged: str
    tested: str
    tested_alone: str
    not_tested: str
    ranking: str
    ranking_stays: str
    cut: str
    chosen_on: Mapping[str, str]
    rule: str
    cost: Mapping[str, str]
    not_climbed: str
    short_of: str
    use: str


ENGLISH = LadderWords(
    title="{run}: what is worth doing",
    kicker="what each step would gain, and what it costs",
    first_is_dashed="The dashed line is the first step.",
    step_by_step="Step by step",
    columns=("Step", "Cost", "Against the best cheaper", "Difference", "p (Holm)", "AUROC"),
    column={"net_benefit": "Net benefit", "sensitivity_at_specificity": "Sensitivity"},
    left_out="{cases} studies that some step refused are left out for all.",
    nothing="nothing that can be estimated ({reason})",
    warnings={},
    rungs={
        "shipped": "the generic model as it came",
        "score_alignment": "its scores aligned to those it gave at home",
        "site_threshold": "a threshold of your own",
        "recalibration": "its scores recalibrated",
        "harmonisation": "your films made to look like those it knows",
        "batch_norm": "its BatchNorm measured on your films",
        "fast_probe": "a new head on its features",
        "linear_probe": "a new head on its features, by steps",
        "lora": "fine-tuned through adapters (LoRA)",
        "dora": "fine-tuned through adapters (DoRA)",
        "norm": "fine-tuned in its norms only",
        "bias": "fine-tuned in its biases only",
        "lp_ft": "fine-tuned whole, head first (LP-FT)",
        "full": "fine-tuned whole",
        "layer_decay": "fine-tuned whole, slower near the input",
        "gradual": "fine-tuned whole, block by block",
        "surgical": "fine-tuned in two blocks",
    },
    utilities={
        "net_benefit": "net benefit when one acts from a chance of {at} on",
        "sensitivity_at_specificity": "sensitivity at a specificity of {at}",
    },
    axis={
        "net_benefit": "net benefit: patients rightly found among 100, less the false alarms they "
        "are worth",
        "sensitivity_at_specificity": "of 100 patients with the finding, how many are found",
    },
    stay="Do not fine-tune. Nothing that was tried is shown to be better than the generic model as "
    "it came.",
    cheap={
        "score_alignment": "Do not fine-tune. Align the generic model's scores to this site.",
        "site_threshold": "Do not fine-tune. Give the generic model a threshold of your own.",
        "recalibration": "Do not fine-tune. Recalibrate the generic model's scores here.",
        "harmonisation": "Do not fine-tune. Harmonise your films before the generic model sees "
        "them.",
        "batch_norm": "Do not fine-tune. Measure the generic model's BatchNorm on your films.",
    },
    without_labels="No label is needed for it.",
    teach="Fine-tune: {rung} is worth its cost. No cheaper step is shown to do as well.",
    untold="Whether fine-tuning would help cannot be told: {reason}. Until it can, stay with the "
    "generic model.",
    unjudged="Whether fine-tuning would do better cannot be told: {reason}.",
    tested="On {cases} test studies of {patients} patients, opened once, it gains {gain} over "
    "{first} ({utility}).",
    tested_alone="On {cases} test studies of {patients} patients, opened once, its {utility} is "
    "{value}.",
    not_tested="It was not judged on test: {reason}.",
    ranking="AUROC {auroc}, before {first_auroc}; difference {moved}.",
    ranking_stays="AUROC {auroc}. A threshold or a recalibration cannot move it.",
    cut="(1 - AUROC) falls by {cut}.",
    chosen_on={
        "cross_validation": "Chosen on {cases} studies of {patients} patients ({positive} studies "
        "with the finding), each scored by a model that had not seen its patient ({folds} parts).",
        "calibration": "Chosen on the {cases} studies of {patients} patients of the calibration "
        "split ({positive} studies with the finding).",
    },
    rule="Each rung is held against the best cheaper one. It counts as better where the "
    "difference, patients resampled, is above {least} with p below {alpha} after Holm's "
    "adjustment. Small steps may add up: while any dearer rung is better than the one reached, by "
    "the same test, the next that is worth more is taken. Bars are {level} intervals; they do not "
    "show the paired differences, which the table has.",
    cost={
        "nothing": "no label",
        "labels": "{labels} labelled studies",
        "time": "{minutes} min",
    },
    not_climbed="not possible: {reason}",
    short_of="{rung}: shown to be better (p {p_value})",
    use="Use it: medtune predict {folder} FILMS",
)
