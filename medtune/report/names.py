"""The names of models, measures and steps, as the report calls them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from medtune.report.printed import Print


def fixed(words: Mapping[str, Any] | None = None, **more: str) -> Any:
    """A field of words by name, which nobody changes."""
    return field(default_factory=lambda: MappingProxyType({**(words or {}), **more}))


HIDDEN = "not shown"  # the judge's reason for a small group begins with it


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """A template as a pattern: what stands in braces is anything."""
    parts = re.split(r"\{(\w+)\}", template)
    names = [f"(?P<{part}>.+?)" if i % 2 else re.escape(part) for i, part in enumerate(parts)]
    return re.compile("".join(names), re.DOTALL)


@dataclass(frozen=True)
class Names:
    """The names of one language; the defaults are English. ``{name}`` is filled in."""

    models: Mapping[str, str] = fixed(
        fine_tuned="Fine-tuned model",
        frozen_backbone="Local head on generic features",
        untouched="Untouched model",
        thumbnail="8 × 8 thumbnail (control)",
        random_weights="Random weights (control)",
        from_scratch="Trained from scratch (control)",
        tfidf="Word counts (control)",
        blank_page="Blank page (control)",
        final_text="What was finally written",
        with_canaries="Audit model that was taught secrets (control)",
    )
    models_in_text: Mapping[str, str] = fixed(fine_tuned="the fine-tuned model")
    generic_model: str = "Generic model ({name})"
    measures: Mapping[str, str] = fixed(
        auroc="AUROC",
        average_precision="Average precision",
        sensitivity="Sensitivity",
        specificity="Specificity",
        ppv="Positive predictive value",
        npv="Negative predictive value",
        accuracy="Accuracy",
        accuracy_relative="Accuracy, relative",
        auroc_error_relative="Cut of (1 − AUROC), relative",
        majority_accuracy="Accuracy of the more frequent answer",
        balanced_accuracy="Balanced accuracy",
        brier="Brier score (0 is best)",
        calibration_slope="Calibration slope (1 is right)",
        calibration_intercept="Calibration intercept (0 is right)",
        net_benefit="Net benefit",
        partial_auroc="Partial AUROC at high specificity, standardised",
        sensitivity_at_specificity="Sensitivity at a given specificity",
        specificity_at_sensitivity="Specificity at a given sensitivity",
        lr_positive="Positive likelihood ratio",
        lr_negative="Negative likelihood ratio",
        lr_positive_relative="Positive likelihood ratio, relative",
        lr_negative_relative="Negative likelihood ratio, relative",
        ppv_at_prevalence="Positive predictive value in practice",
        npv_at_prevalence="Negative predictive value in practice",
        brier_scaled="Scaled Brier score (1 is best)",
        observed_expected="Observed over expected (1 is right)",
        calibration_error="Expected calibration error",
        prevalence="Share with the finding",
        macro_auroc="Mean AUROC of the classes",
        quadratic_weighted_kappa="Quadratic-weighted kappa",
        within_one_accuracy="Right, or one grade beside",
        mae="Mean absolute error (0 is best)",
        bias="Bias (said minus true)",
        limit_low="Lower limit of agreement",
        limit_high="Upper limit of agreement",
        r_squared="R² (1 is best)",
        correlation="Correlation",
        referred="Referred to a radiologist",
        unusual="With a film unlike those that taught",
        unlike_site="With a film unlike those of the site",
        answered="Answered without a person",
        answered_right="Answered rightly without a person (upper bound of deflection)",
        answer_precision="Right, of those answered without a person",
        answered_throughout="Right throughout, of the patients answered without a person",
        right_answer_first="Right answer put first of ten (chance is 10 %)",
        chrf="Characters in common with a person's answer (chrF)",
        rouge_l="Words in common in their order (ROUGE-L)",
        term_recall="Of the company's terms in a person's answers, said too",
        edit_effort_characters="Edit effort in characters (0 is the final text, 1 a blank page)",
        edit_effort_words="Edit effort in words (0 is the final text, 1 a blank page)",
        terms_defined="Capitalised Terms that are defined, of those used",
        terms_used="Defined terms that are used",
        references_resolve="Cross-references that lead to a part",
        citations_unknown="Citations that are not in the house's list (lower is better)",
        clause_recall="Kinds of clause in the final texts that drafts have too",
        clause_precision="Kinds of clause in drafts that the final texts have too",
        house_style="Reads like the house (by a judge of style)",
        bank_overlap="Word for word from approved clauses",
        others_overlap="Word for word from other matters, not approved (lower is better)",
        others_facts="With a firm or a sum of other matters (lower is better)",
        extracted="Passages gone on with by heart, word for word (lower is better)",
        extractable="Passages that come out where one draws often enough (lower is better)",
        canary_exposure="Exposure of planted secrets in bits (1.44 if nothing is kept; lower is "
        "better)",
        identifiers_said="Answers with the form of an identifier or a listed name (lower is "
        "better)",
        bits_per_byte="Bits per byte (lower is better)",
        wrong_absent="Called absent, and has it",
        wrong_present="Called present, and has it not",
    )
    rules: Mapping[str, str] = fixed(
        {
            "": "",
            "site": "site threshold",
            "shipped": "shipped threshold",
            "recalibrated": "recalibrated",
            "recalibrated_temperature": "recalibrated by one temperature",
            "recalibrated_isotonic": "recalibrated by isotonic regression",
            "refer": "with referral",
        }
    )
    macro: str = "the mean over the findings"
    macro_target: str = "the mean over the targets"
    verdicts: Mapping[str, tuple[str, str]] = fixed(
        {
            "gain": ("+", "Gain shown"),
            "no_gain_shown": ("=", "No gain shown"),
            "worse": ("−", "Worse"),
            "not_estimable": ("?", "Cannot be judged"),
        }
    )
    at_rule: Mapping[str, str] = fixed(
        {
            "": "",
            "site": "each at the threshold set on this site's calibration studies",
            "shipped": "the other model at the threshold it came with",
            "recalibrated": "recalibrated on this site's calibration studies",
        }
    )
    kinds: Mapping[str, str] = fixed(
        found="found", missed="missed", alarm="false alarm", cleared="rightly cleared"
    )
    groups: Mapping[str, str] = fixed(
        ranking="Ranking (no threshold)",
        site="At the threshold set on the site's calibration studies",
        probability="Scores read as probabilities",
        recalibrated="After recalibration on the site's calibration studies",
    )
    claim_rows: Mapping[str, str] = fixed(
        accuracy="Accuracy, in points",
        accuracy_relative="Accuracy, relative: the claim",
        auroc_error_relative="Cut of (1 − AUROC), relative",
    )
    claim_rules: Mapping[str, str] = fixed(
        shipped="The other at the threshold it came with",
        site="Both at thresholds set on this site",
    )
    claim_hints: Mapping[str, str] = fixed(
        shipped="What a hospital sees that installs it and changes nothing. Here {own} has the "
        "site's threshold, so part of the gain may be the threshold alone.",
        site="The fair fight: both thresholds by the same rule on the same studies.",
    )
    errors: Mapping[str, str] = fixed(
        {
            "false negative": "Missed",
            "false positive": "False alarm",
            "true positive": "Rightly found",
            "true negative": "Rightly cleared",
            "wrong class": "Wrong class",
            "too high": "Too high",
            "too low": "Too low",
        }
    )

    flow_steps: Mapping[str, str] = fixed(
        read="Radiographs read", included="Films of this task", labelled="Films with a label row"
    )
    splits: Mapping[str, str] = fixed(
        train="Train", tune="Tune", calibration="Calibration", test="Test", held_out="Held out"
    )
    split_jobs: Mapping[str, str] = fixed(
        train="teaches",
        tune="selects",
        calibration="sets thresholds",
        test="is judged",
        held_out="came later, and is of the test's patients or kind",
    )
    flow_judged: Mapping[str, str] = fixed(
        {
            "in the split": "In the split",
            "label uncertain": "Label uncertain",
            "label unknown": "Label unknown",
            "not scored by every model": "Not scored by every model",
            "judged": "Judged",
        }
    )
    record_groups: Mapping[str, str] = fixed(
        data="Data",
        model="Model",
        training="Training",
        judging="Judgement",
        reference="Reference standard",
        digests="Digests (SHA-256)",
        versions="Versions",
        hardware="Hardware",
    )
    record_names: Mapping[str, str] = fixed(
        operating_point="operating point, {finding}",
        chosen="trials that the settings were chosen from, on tune",
        finding="finding {finding}",
        target="target {target}",
        present="present: {columns}",
        absent="; absent: {columns}",
        split="split, {name}",
        labelled="labelled studies, {name}",
    )

    decimal: str = "."
    to: str = "to"  # between the ends of an interval
    points: str = "points"  # of a difference of percentages
    in_answer: Mapping[str, str] = fixed(  # models and measures in the question and its answer
        fine_tuned="the fine-tuned model",
        shipped="the generic model",
        frozen_backbone="a local head on generic features",
        auroc="AUROC",
        average_precision="average precision",
        sensitivity="sensitivity",
        specificity="specificity",
        accuracy="accuracy",
        macro_auroc="mean AUROC of the classes",
        balanced_accuracy="balanced accuracy",
        quadratic_weighted_kappa="quadratic-weighted kappa",
        within_one_accuracy="accuracy within one grade",
        mae="mean absolute error",
        answered_right="share answered rightly without a person",
        bits_per_byte="bits per byte",
        edit_effort_characters="edit effort in characters",
        edit_effort_words="edit effort in words",
        blank_page="a blank page",
        tfidf="word counts",
        untouched="the untouched model",
        from_scratch="the same network trained from scratch",
    )
    attributes: Mapping[str, str] = fixed(
        sex="sex",
        age="age",
        age_band="age band",
        view="view",
        scanner="scanner",
        portable="portable",
        modality="modality",
        site="site",
        unusual="unusual film",
        unlike_site="film unlike the site's",
    )
    levels: Mapping[str, str] = fixed({"not recorded": "not recorded", "unread": "not measured"})
    otherwise_names: Mapping[str, str] = fixed(
        {
            "unit=image": "Every image for itself",
            "unit=one study a patient": "One study a patient, drawn at random",
        }
    )
    turned: str = "{share} of the labels turned round"
    said_by_the_judge: Mapping[str, str] = fixed()  # template in English: the same in words

    not_estimable: str = "not estimable"
    not_shown: str = "not shown"

    @property
    def printing(self) -> Print:
        """How it prints numbers."""
        return Print(self.decimal, self.to, self.points)

    def no_number(self, reason: str) -> str:
        """What stands in place of a number: a small group is not shown, the rest not estimable."""
        said = self.of_judge(reason)
        return said if reason.startswith(HIDDEN) else f"{self.not_estimable}: {said}"

    def of_judge(self, text: str) -> str:
        """What the judge says in English (a reason, a method), in this language where it is known.

        A text that no template fits stays as it is.
        """
        for template, said in self.said_by_the_judge.items():
            found = _pattern(template).fullmatch(text)
            if found is not None:
                return said.format(**{k: self.of_judge(v) for k, v in found.groupdict().items()})
        return text.replace(".", self.decimal) if re.fullmatch(r"\d+\.\d+", text) else text

    def attribute_name(self, attribute: str) -> str:
        """An attribute of patients in words."""
        return self.attributes.get(attribute, attribute.replace("_", " "))

    def attribute_title(self, attribute: str) -> str:
        """An attribute at the beginning of a line."""
        name = self.attribute_name(attribute)
        return name[:1].upper() + name[1:]

    def level_name(self, level: str) -> str:
        """A value of an attribute; a table's own word where it is none of ours."""
        return self.levels.get(level, level)

    def otherwise_name(self, subgroup: str) -> str:
        """Another way to count: 'unit=image', 'labels=5 % turned'."""
        kind, _, value = subgroup.partition("=")
        if kind == "labels":
            return self.turned.format(share=value.removesuffix(" turned").replace(" ", "\u00a0"))
        return self.otherwise_names.get(subgroup, value)

    def model_name(self, model: str) -> str:
        """A model in words; a table's own name where it is none of the closed list."""
        kind, colon, name = model.partition(":")
        if kind == "shipped" and colon:
            return self.generic_model.format(name=name)
        return self.models.get(model, model)

    def model_in_text(self, model: str) -> str:
        """A model within a sentence."""
        return self.models_in_text.get(model, self.model_name(model))

    def finding_name(self, finding: str) -> str:
        """A finding in words: its column's name, without underscores."""
        return self.macro if finding == "macro" else finding.replace("_", " ")

    def percent(self, share: float) -> str:
        """A level such as 0.95."""
        return f"{100 * share:g}\u00a0%".replace(".", self.decimal)

    def finding_title(self, finding: str) -> str:
        """A finding at the beginning of a sentence; COPD stays COPD."""
        name = self.finding_name(finding)
        return name[:1].upper() + name[1:]
