"""Every word of the report. Another language is another ``Words``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from medtune.report.names import Names, fixed


@dataclass(frozen=True)
class Words(Names):
    """The sentences of one language beside its names; the defaults are English."""

    language: str = "en"
    kicker: str = "Local evaluation"
    not_a_device: str = "Not a medical device. For quality assurance and research only."
    simulated: str = (
        "Simulated data. The films, patients and findings of this report were made by a computer. "
        "Its numbers say nothing about any hospital or any disease."
    )

    # the question and its answer, as the judge says them in English
    asked: str = "Is {own} better than {other} on this site's patients ({measure}, {finding})?"
    cannot_be_judged: str = (
        "Whether {own} is better than {other} cannot be judged on this set: {reason}."
    )
    is_better: str = "{own} is better than {other}{by}"
    is_worse: str = "{own} is worse than {other}"
    no_gain: str = "No gain{by} over {other} is shown"
    by_more: str = " by more than {margin}"
    figures: str = (
        "{measure} difference {difference}{lower}, {level} % interval {low} to {high}, {n} studies "
        "of {patients} patients"
    )
    lower_is_better: str = ", where lower is better"
    excluded_above: str = ": gains above {high} are excluded, and {detectable}"
    detectable: str = "the smallest gain that this study could have shown is {smallest}"
    loss_excluded: str = "; a loss of {margin} or more is excluded"
    loss_not_excluded: str = "; a loss of {margin} or more is not excluded"
    but_thumbnail: str = (
        ", but not better than an 8 x 8 thumbnail: this set cannot show that the model reads "
        "disease"
    )
    nor_thumbnail: str = (
        "; nor is {own} better than an 8 x 8 thumbnail: this set cannot show that the model reads "
        "disease"
    )
    thumbnail_unknown: str = (
        "; whether it is better than an 8 x 8 thumbnail could not be judged: {reason}"
    )
    not_judged_alike: str = "it was not judged in the same way"

    skip: str = "To the report"

    # page one
    control_failed: str = "not better than the thumbnail control"
    control_unknown: str = "thumbnail control not judged"
    control_passed: str = "better than the thumbnail control"
    control_reaches: str = "{said}, which reaches {measure} {value}"
    judged_on: str = "Judged on"
    studies_of_patients: str = "{studies} studies of {patients} patients"
    with_finding: str = "{positive} studies ({share}) with {finding}"
    any_finding: str = "{positive} studies with at least one of the findings"
    taught_by: str = "Taught by"
    labelled: str = "{train} + {choosing} labelled studies"
    labelled_hint: str = "to learn from, and to choose the model and its threshold with"
    interval: str = "{level} interval"
    numbers: str = "Three numbers"
    numbers_hint: str = "What {own} reaches, and what it is compared with, on the same studies."
    difference: str = "difference"
    difference_title: str = "Difference"
    explained: Mapping[str, str] = fixed(
        auroc="How often a study with the finding scores higher than one without: 1 is always, "
        "0.5 is a coin.",
        average_precision="Precision averaged over all thresholds; chance is the share of studies "
        "with the finding.",
        sensitivity="Of the studies with the finding, the share that is found.",
        specificity="Of the studies without the finding, the share that is cleared.",
        accuracy="Of all studies, the share that is decided rightly.",
        macro_auroc="How often a study of a class scores higher for it than one of another class, "
        "on average over the classes: 1 is always, 0.5 is a coin.",
        balanced_accuracy="Accuracy within each class, averaged: rare classes count as much.",
        quadratic_weighted_kappa="Agreement with the reference beyond chance, where two grades "
        "apart is four times as wrong as one: 1 is always right, 0 is chance.",
        within_one_accuracy="Of all studies, the share that is right or one grade beside.",
        answered_right="Of all studies, the share that is decided without a person and rightly, "
        "where what is not sure enough is handed over. An upper bound: only a live trial tells "
        "what is saved.",
        right_answer_first="Of all questions, the share whose own answer is put before nine "
        "others: a tenth is chance.",
        bits_per_byte="How many bits it takes to foresee a byte of the right text: lower is "
        "better, and no tokenizer changes it. Most of it is spelling and form, not knowledge.",
        edit_effort_characters="How many characters have to be inserted, deleted or replaced to "
        "make what was written into the final text, by its length: 0 is the final text, 1 a blank "
        "page, and a long wrong draft costs more. It is not time.",
        edit_effort_words="How many words have to be inserted, deleted or replaced to make what "
        "was written into the final text, by its length: 0 is the final text, 1 a blank page, and "
        "a long wrong draft costs more. It is not time.",
        term_recall="Of the company's terms in a person's answers, the share that a written "
        "answer has too.",
        chrf="How much a written answer has in common with a person's, by runs of characters: 1 is "
        "the same text. Two good answers may have little in common.",
        mae="How far what is said is from the reference, on average: lower is better.",
        r_squared="The share of the differences between studies that is explained: 1 is all, 0 is "
        "always saying the mean.",
        correlation="Whether larger amounts are said to be larger: 1 is always.",
    )
    of_target: Mapping[str, str] = fixed(
        multiclass="{finding}: one of {classes}",
        ordinal="{finding}: {classes}",
        continuous="{finding}, in {unit}",
        text="{finding}: what is said",
    )
    labelled_hint_target: str = "to learn from, and to choose the model with"
    limit_target: str = (
        "Small numbers: {n} studies. The intervals say how far chance alone may carry."
    )
    limit_conditional_target: str = (
        "The intervals hold for these trained weights; another training is not in them."
    )
    target: str = "Target"
    targets: str = "Target by target"
    targets_caption: str = (
        "Each target by itself; exploratory, not adjusted for their number. {level} intervals."
    )
    target_caption: str = (
        "{finding}: {n} studies of {patients} patients. {level} intervals below each value."
    )
    # of what is of no patient, such as documents of generic text
    ungrouped_caption: str = "{finding}: {n} in all. {level} intervals below each value."
    each_class: str = "AUROC of each class against the others"
    class_of: str = "{name} ({n} studies)"
    judged_studies: str = "Judged"
    true_class: str = "True class"
    said_class: str = "Said"
    outcomes: str = "What is said and what is true"
    confusion_table_caption: str = "{finding}: studies by true and said class. {model}"
    confusion_caption: str = (
        "Confusion of {finding}: counts of studies; the darker, the larger the share of the true "
        "class. On the diagonal it is right."
    )
    agreement_caption: str = (
        "Agreement of {finding} (Bland and Altman): what is said minus what is true. The full line "
        "is the bias; between the dashed lines lie 95 % of the differences."
    )
    agreement_axes: tuple[str, str] = ("Mean of said and true, {unit}", "Said minus true, {unit}")
    said_for: str = "{finding}: said {said}, is {truth}"
    gallery_alt_target: str = "Film with a wrong {finding}: said {said}, is {truth}"
    gallery_hint_target: Mapping[str, str] = fixed(
        multiclass="By a fixed rule and not by hand: up to eight wrong classes of which the model "
        "was most certain, one a patient.",
        ordinal="By a fixed rule and not by hand: up to four grades that are furthest too high and "
        "four too low, one a patient.",
        continuous="By a fixed rule and not by hand: up to four amounts that are furthest too high "
        "and four too low, one a patient.",
    )
    forest_caption_lower: str = (
        "{measure} of {own} minus each other model's, {finding}, with {level} intervals. Lower is "
        "better: left of 0 {own} is better. Controls in grey."
    )
    mean_over: str = "{measure}, mean over the findings"

    frequencies: str = "In numbers one can picture"
    of_patients: str = "Of {of} patients like these,"
    of_studies: str = "Of {of} studies like these,"
    of_rest: str = "{positive} have {finding} and {negative} do not."
    model_does: str = "Finds {found} of the {positive}, misses {missed}, and raises {alarms}."
    alarm: str = "1 false alarm"
    alarms: str = "{n} false alarms"
    few: str = "fewer than 1"
    enriched: str = (
        "The sample was enriched on purpose, so these counts, PPV and NPV hold for this sample, "
        "not for the practice."
    )
    no_frequencies: str = "No picture of this can be drawn: {reason}."
    frequency_columns: tuple[str, ...] = (
        "Finding",
        "Of so many",
        "have it",
        "are found",
        "are missed",
        "are false alarms",
    )
    frequency_caption: str = "{model}: of so many studies like these"
    picture_label: str = (
        "{model}: of {of}, {found} found, {missed} missed, {alarms} false alarms, {cleared} cleared"
    )

    limits: str = "What this cannot show"
    limit_same_place: str = (
        "Internal test: the judged patients come from the same hospital as those who taught, drawn "
        "at random. How it does elsewhere, or later, is not known."
    )
    limit_later: str = (
        "Temporal test: the judged patients are the latest of the same hospital. How it does "
        "elsewhere is not known."
    )
    limit_other: str = (
        "The judged patients were held out by {by}. How it does at other places is not known."
    )
    limit_given: str = (
        "The split was given by hand; whether the judged patients differ from those who taught is "
        "for its author to say."
    )
    limit_table: str = (
        "Judged from a table of scores ({table}): how its cases were chosen and split, who "
        "labelled them, and what the models had learnt from, is not recorded."
    )
    limit_retrospective: str = (
        "Retrospective: nobody was cared for with it. Whether patients do better is not known."
    )
    limit_labels: str = (
        "The labels are the hospital's table as it is. Who read the films, and blinded to what, is "
        "not recorded; a wrong label counts against the model that is right."
    )
    limit_reference: str = (
        "The test labels are what was read anew for this ({table}), by {readers}, blinded to "
        "{blinded_to}. Thresholds and recalibration were chosen on the hospital's label table."
    )
    unknown_readers: str = "readers whose codes are not recorded"
    unknown_blinding: str = "what is not recorded"
    limit_numbers: str = (
        "Small numbers: {positive} studies with {finding} and {negative} without. The intervals "
        "say how far chance alone may carry."
    )
    limit_many: str = "Small numbers: of {n} findings, {no} have too few patients to be judged."
    no_finding: str = "none"
    limit_unclear: str = (
        "Judged only on clear cases; expect lower in practice: more than a tenth of the test "
        "labels are uncertain or unknown for {findings}."
    )
    limit_conditional: str = (
        "The intervals hold for this threshold and these trained weights; another training or "
        "another threshold is not in them."
    )
    limit_seeds: str = (
        "Trained with another seed ({seeds}) it would have been {measure} {values} instead of "
        "{own}, and a difference of {differences} instead of {difference}. Standard deviation over "
        "the {n} seeds: {deviation}, of the difference {deviation_of_difference}."
    )
    limit_controls: str = (
        "A model can be right for the wrong reasons. The controls see no disease (an 8 x 8 "
        "thumbnail; a network that learnt nothing): what they reach, the films give away."
    )
    limit_one: str = "The verdict is about one declared comparison. All else is exploratory."
    limit_not_declared: str = (
        "The verdict is about a comparison that was not declared before the test set was opened: "
        "it is exploratory, as everything else here. What departs stands under “{where}”."
    )
    limit_looks: str = "Choosing between looks flatters."
    notes: str = "Take note"
    notes_elsewhere: str = "{n} more notes stand at the end."

    slider: str = "What if: another operating point, another practice"
    slider_hint: str = (
        "To look at, not to choose by: these are the judged studies, and a threshold chosen here "
        "would look better than it is. Both models are shown at the same sensitivity, so that "
        "only their false alarms differ; sensitivity and specificity are taken not to change with "
        "the share of patients who have the finding."
    )
    slider_point: str = "Sensitivity to be reached"
    slider_share: str = "Share of patients with the finding"
    slider_reset: str = "Back to the beginning"
    slider_patients: str = "Of {of} patients, {positive} have {finding} and {negative} do not."
    slider_does: str = "Finds {found} of the {positive}, misses {missed}; false alarms: {alarms}."
    slider_called: str = (
        "Of the {called} called positive {right} have it; of the {rest} called negative {wrong} "
        "have it all the same."
    )
    slider_none_called: str = "{called} of {of} are called positive."
    slider_threshold: str = (
        "Threshold {threshold}: sensitivity {sensitivity}, specificity {specificity} on these "
        "studies."
    )
    slider_caption: str = (
        "{finding}: at a few sensitivities, of {of} patients with the share that the judged "
        "studies have ({share})"
    )
    slider_columns: tuple[str, ...] = (
        "Sensitivity to be reached",
        "Threshold",
        "Sensitivity",
        "Specificity",
        "Found",
        "Missed",
        "False alarms",
    )

    question: str = "The question and its answer"

    # the sections
    comparison: str = "Every model, measure by measure"
    comparison_caption: str = (
        "{finding}: {n} studies of {patients} patients, {positive} with the finding. "
        "{level} intervals below each value."
    )
    comparison_mean_caption: str = (
        "{finding}: {n} studies of {patients} patients, {positive} with any of them. "
        "{level} intervals below each value."
    )
    comparison_base: str = (
        "{finding}: with {share} positive studies, always giving the more frequent answer would be "
        "right in {majority} of them: an accuracy below that is no achievement."
    )
    threshold: str = "Threshold"
    measure: str = "Measure"
    shipped_caption: str = "{finding}: at the threshold that the model came with."
    absent: str = "–"
    absent_hint: str = (
        "–: there is no such number for this model, for example because it came without a "
        "threshold. All numbers are in measures.csv and differences.csv beside this page."
    )
    claim: str = "Is it 15 % more accurate?"
    claim_says: str = (
        "The claim examined: after fine-tuning on the hospital's own films, accuracy is 15 % "
        "higher than the generic model's, as a relative change. The same gain looks different as "
        "points of accuracy and as a cut of the ranking error, so all three stand here."
    )
    claim_caption: str = "The claim: {own} against {model}, {finding}, {level} intervals"
    claim_many_caption: str = "Finding by finding, {own} against the generic one; exploratory."
    compared_with: str = "Compared with"
    claim_says_data: str = "What these data say of 15 %"
    claim_supported: str = "They support it: the whole interval lies at or above 15 %."
    claim_excluded: str = "They do not support it: 15 % and more are excluded."
    claim_open: str = (
        "They neither support nor exclude it: the interval reaches from below 15 % to above."
    )
    claim_not_estimable: str = "It cannot be judged here: {reason}."
    claim_no_generic: str = (
        "No generic model with a head of its own was compared, so the claim cannot be examined. "
        "Beside it, for what they are worth, the rows against {model}."
    )
    claim_no_threshold: str = "{model} came without a threshold: there is no row at a shipped one."

    findings: str = "Finding by finding"
    findings_caption: str = (
        "Each finding by itself; exploratory, not adjusted for their number. {level} intervals."
    )
    finding: str = "Finding"
    subgroups: str = "Groups of patients"
    subgroups_caption: str = (
        "{finding}, by {attribute}: exploratory, not adjusted. Small groups are not shown."
    )
    refused: str = "If every study that a model refused counted as wrong"
    refused_caption: str = "{finding}: the worst case of each model that refused studies."
    present_of: str = "With finding / judged"
    model: str = "Model"
    differences: str = "Paired differences"
    differences_caption: str = (
        "{finding}: {own} minus the other, on the same studies. One row is the "
        "declared primary comparison; every other is exploratory and not adjusted."
    )
    difference_columns: tuple[str, ...] = (
        "Measure",
        "Difference",
        "{level} interval",
        "p",
        "Method",
        "",
    )
    primary: str = "primary"
    exploratory: str = "exploratory"
    declared: str = "Declared before the test was opened"
    not_declared: str = "Exploratory, not as declared before the test was opened"
    margin: str = "a gain must be above {margin}"
    non_inferiority: str = "a loss of {margin} or more is to be excluded"
    smallest: str = "smallest gain that this study could have shown: {gain}"
    planned: str = "Study size"
    planned_says: str = (
        "Planned to show a gain of {gain} in {measure} over {generic} with {power} power: that "
        "needs {needed}; judged were {positive} patients with the finding and {negative} without."
    )
    planned_with: str = "{n} patients with the finding"
    planned_without: str = "{n} patients without it"
    planned_and: str = " and "
    seeds: str = "With another seed"
    seeds_caption: str = (
        "{finding}: the same training with each declared seed, on the same films and studies, "
        "and its difference from {other}. The verdict is about seed {judged}, the first declared, "
        "whichever is best."
    )
    seed: str = "Seed"
    seed_judged: str = "{seed} (judged)"
    standard_deviation: str = "Standard deviation"
    least_and_greatest: str = "Least and greatest"
    verdict: str = "Verdict"
    curves: str = "Curves"
    roc_caption: str = (
        "ROC curves of {finding}. Dots are the thresholds set on this site; the diagonal is chance."
    )
    roc_many_caption: str = (
        "ROC curves of every finding that can be judged: the {own}, the {other}."
    )
    calibration_caption: str = (
        "Calibration of {finding}: in each tenth of the studies, the share with the finding "
        "against the mean score, with {level} intervals. On the diagonal a score of 0.3 means 30 "
        "%; the dotted line is the share in all studies."
    )
    forest_caption: str = (
        "{measure} of {own} minus each other model's, {finding}, with {level} "
        "intervals. Right of 0 {own} is better. Controls in grey."
    )
    findings_forest_caption: str = (
        "AUROC of {own} minus {other}'s, by finding, with {level} intervals."
    )
    claim_forest_caption: str = "The rows of the claim with {level} intervals; dotted: 15 %."
    precision_recall_caption: str = (
        "Precision and recall of {finding}. The dotted line is the share in all studies: chance."
    )
    decision_caption: str = (
        "Decision curve of {finding}: the net benefit of acting on the scores, by the chance of "
        "the finding from which on one would act. Above both grey lines (acting on everybody, on "
        "nobody) a model is of use."
    )
    recall: str = "Recall (sensitivity)"
    precision: str = "Precision (positive predictive value)"
    act_at: str = "Chance from which on one acts"
    net_benefit: str = "Net benefit"
    treat_all: str = "on everybody"
    treat_none: str = "on nobody"
    groups_forest_caption: str = (
        "{measure} of {own} minus {other}'s by group of patients, {finding}, with {level} "
        "intervals; exploratory, not adjusted. Small groups are not shown."
    )
    gap: str = "greatest gap between the groups"
    baseline: str = "Who the patients are"
    baseline_caption: str = (
        "Patients of each split, and of the test split by reference result. A patient with films "
        "of several kinds counts in each. Small groups are not shown."
    )
    baseline_difference: str = (
        "The last column is the standardised difference between test and train: above 0.1 or below "
        "−0.1 is usually called unbalanced."
    )
    baseline_columns: Mapping[str, str] = fixed(
        present="Test, with {finding}", absent="Test, without {finding}"
    )
    prevalence_caption: str = (
        "Share of the labelled studies with each finding, split by split, with {level} intervals "
        "({methods}). Small groups are not shown."
    )
    prevalence_cell: str = "{share} ({interval}); {positive} of {studies}"
    apart: str = "Test against train"
    all_patients: str = "All patients"
    median_of: str = "{attribute}, median (quartiles)"
    quartiles: str = "{value} ({low} to {high})"
    otherwise: str = "If it were counted otherwise"
    otherwise_caption: str = (
        "{finding}: other units than the study, and a share of the test labels turned round at "
        "random. Of turned labels the interval says how far 200 draws scatter."
    )
    as_judged: str = "As judged"
    truth_caption: str = (
        "{finding}: if the reference finds {found} of those who have it and clears {cleared} of "
        "the others, and errs on other patients than the model (Staquet 1981). Where both err on "
        "the same patients, the truth is lower."
    )
    truth_columns: tuple[str, ...] = ("{measure}, as judged", "{measure}, against the truth")
    false_positive_rate: str = "1 − specificity"
    true_positive_rate: str = "Sensitivity"
    mean_score: str = "Mean score"
    observed: str = "Share with the finding"
    prevalence_line: str = "in all studies: {share}"
    two_by_two_caption: str = "{finding}: the counts behind it, studies judged, by model."
    two_by_two_columns: tuple[str, ...] = (
        "Model",
        "Threshold",
        "Found",
        "Missed",
        "False alarms",
        "Rightly cleared",
    )
    gallery: str = "The worst errors"
    gallery_both: str = "The worst errors, and some right decisions"
    gallery_hint: str = (
        "By a fixed rule and not by hand: up to four missed and four false alarms with the most "
        "wrong score, and two of each kind of right decision at random, one a patient of each."
    )
    gallery_none: str = "There are no errors to show, or no threshold to err at."
    gallery_columns: tuple[str, ...] = ("Case", "Error", "Finding", "Score")
    gallery_caption: str = "{finding}, score {score}"
    gallery_alt: str = "Film, {error}: {finding}, score {score}"
    not_pictured: str = (
        "Not pictured: films that may carry burned-in text never are, and pictures can be switched "
        "off."
    )
    flow: str = "From films to judged studies"
    flow_hint: str = "What was left out, where and why."
    flow_counts: str = "{films} films · {studies} studies · {patients} patients"
    flow_films: str = "{films} films"
    flow_lost: str = "left out: {reason}"
    flow_before: str = "files set aside before: {reason}"
    flow_unaccounted: str = "{films} films are not accounted for"
    not_closing: str = "these counts do not add up"
    flow_judged_caption: str = "Studies of the judged split, finding by finding"

    refer: str = "Refer to a radiologist"
    refer_hint: str = (
        "A score that is not sure enough is not decided: a radiologist reads the study. Where the "
        "cuts lie was chosen on the calibration patients alone; what that did is judged on the "
        "test patients."
    )
    promise: str = (
        "Chosen so that {bounds}, with {confidence} confidence given the {patients} calibration "
        "patients (exact binomial bounds, Learn then Test). It is a promise for patients like "
        "those, of this hospital at that time, and counts patients with a clear label."
    )
    bound_absent: str = "at most {bound} of the patients called absent have {finding}"
    bound_present: str = "at most {bound} of the patients called present do not have {finding}"
    bounds_and: str = ", and "
    cuts_caption: str = "{finding}: between the two scores the study is referred."
    cuts_columns: tuple[str, ...] = (
        "Model",
        "Absent below",
        "calibration patients",
        "Present from",
        "calibration patients",
    )
    cut_of: str = "{wrong} of {decided} wrong"
    referred_caption: str = (
        "{finding}: on the test patients. Referred counts studies, wrong ones count patients; "
        "{level} intervals."
    )
    who_caption: str = "{finding}: who is referred by {own}. Small groups are not shown."
    who_columns: tuple[str, ...] = ("", "Patients", "Referred")
    risk_caption: str = (
        "Risk and coverage of {finding}: the share of wrong decisions when the studies nearest to "
        "the site threshold are referred first. At the right end every study is decided."
    )
    share_decided: str = "Share of studies decided"
    share_wrong: str = "Share of them wrong"

    alone: str = "Answered without a person"
    alone_hint: str = (
        "A class that is not sure enough is not said: a person decides. From which probability on "
        "a class is sure enough was chosen on the calibration studies alone; what that does is "
        "judged on the test studies, in the tables above."
    )
    alone_promise: str = (
        "Chosen so that of the patients answered without a person, at least {precision} are "
        "answered rightly throughout, with {confidence} confidence given the {patients} "
        "calibration patients (exact binomial bounds, Learn then Test). It is a promise for "
        "studies like those, of this place at that time."
    )
    alone_caption: str = "{finding}: the probability from which on a class is said."
    alone_columns: tuple[str, ...] = ("Model", "Said from", "calibration patients")
    alone_nothing: str = "nothing is said without a person: {reason}"

    unusual: str = "Films unlike those that taught"
    unusual_hint: str = (
        "How far a film lies from the training films in the network's last features (Mahalanobis "
        "distance). The limit is set on the calibration patients."
    )
    unusual_says: str = (
        "{share} ({interval}) of the test studies have a film beyond the limit. It is set so that "
        "at most {limit} of patients like those of calibration have one: clearly more says that "
        "the test patients or their films differ from those that taught. How the model does on "
        "them stands among the groups of patients."
    )
    unusual_none: str = "No limit could be set: {reason}."
    unusual_caption: str = "Who has a film unlike those that taught. Small groups are not shown."
    unusual_columns: tuple[str, ...] = ("", "Patients", "With such a film")
    unlike: str = "Films unlike those of the site"
    unlike_hint: str = (
        "Every test film was held against what the profile {site} has measured of films of its "
        "view: their greys and their fine detail. Unlike is what lies farther from the middle of "
        "each group than four of its own spreads."
    )
    unlike_says: str = (
        "{flagged} of {patients} test patients have such a film; that is {share} ({interval}) of "
        "the judged studies. How the model does on them stands among the groups of patients."
    )
    unlike_none: str = "{flagged} of {patients} test patients have such a film."
    unlike_unread: str = "{unread} of {films} test films could not be measured and do not count."
    unlike_reasons: Mapping[str, str] = fixed(
        greys="Greys", detail="Fine detail", view="No film of this view in the profile"
    )
    unlike_few: str = "not shown"
    unlike_why_caption: str = "In what, each patient once. Small groups are not shown."
    unlike_why_columns: tuple[str, ...] = ("In what", "Patients")
    unlike_caption: str = "Who has a film unlike those of the site. Small groups are not shown."

    again: str = "The same films read again"
    again_hint: str = (
        "Some test films, the same whenever this is judged, are decoded again from their files and "
        "scored one by one. Nothing is expected to change but the last digits of a score."
    )
    again_says: str = "{films} films of {cases} test cases were read and scored again."
    again_gone: str = "{gone} cases have a file that cannot be opened any more."
    again_refused: str = "{refused} cases can no longer be decoded, but were scored before."
    again_pictures: str = "{pictures} films do not give the picture that was judged."
    again_caption: str = "What changed when test films were read and scored again."
    again_columns: tuple[str, ...] = ("", "Largest difference of a score", "Calls that changed")
    again_calls: str = "{changed} of {calls}"
    again_no_calls: str = "nothing is decided"

    sealed: str = "The sealed test set"
    sealed_hint: str = (
        "The test split was sealed when it was dealt. Every look at it, of any run, is a line in "
        "a log that only grows, written before anything is scored."
    )
    sealed_first: str = (
        "This test set has been used once; the primary analysis was declared on {declared}, "
        "before that."
    )
    sealed_used: str = (
        "This test set has been used {looks} times; the primary analysis was declared on "
        "{declared} before the first."
    )
    sealed_changed: str = (
        "Before the first look the declared analysis was changed {n} times; plan.yaml has when."
    )
    sealed_smaller: str = (
        "It enlarges version {version} with {cases} cases, which was used {looks} times before or "
        "since."
    )
    sealed_other: str = (
        "{cases} of its cases are in another test split of this work folder ({split}) as well, "
        "which was used {looks} times."
    )
    departures_caption: str = "What is not as declared is exploratory."
    departure_columns: tuple[str, ...] = ("Setting", "Declared", "Here", "Concerns")
    departs_primary: str = "the verdict"
    departs_aside: str = "what stands beside it"
    looks_caption: str = "Every look at it: version {version}, {cases} cases, sealed on {sealed}"
    looks_columns: tuple[str, ...] = ("Look", "When", "What", "Departs in", "Digest")
    as_declared: str = "as declared"

    record: str = "How it was made"
    record_hint_table: str = "Enough to repeat it on the same table."
    record_hint: str = "Enough to repeat it. The whole run stands in run.yaml beside this page."
    warnings: str = "All notes of the evaluation"
    card: Mapping[str, str] = fixed(
        title="Model card: {title}",
        intervals="In parentheses: {interval}.",
        use="Intended use",
        for_what="For what, in which place of care",
        users="Who uses it, and what they must know",
        not_for="What it must not be used for",
        fairness="Fairness",
        no_groups="No groups of patients were judged apart.",
        universality="Universality",
        site="Site",
        traceability="Traceability",
        usability="Usability",
        robustness="Robustness",
        explainability="Explainability",
        explained="What the model looks at, and whether that is the disease",
        contact="Contact and licence",
        who="Who answers for it",
        licence="Under which licence it may be used, and by whom",
    )
    draft: str = "Draft"
    final: str = "Final"
    stated: str = "What people say of it"
    stated_hint: str = "Printed as it was typed: nothing of this was measured here."
    statements: Mapping[str, str] = fixed(
        intended_use="Intended use",
        users="Users",
        not_for="Not to be used for",
        setting="Setting and dates",
        participants="How patients were identified",
        spectrum="Severity and other diagnoses",
        reference_standard="Reference standard",
        blinding="Blinding",
        sample_size="Sample size",
        harms="Adverse events",
        inequalities="Health inequalities",
        explanation="What the model looks at",
        ethics="Ethical approval",
        registration="Registration",
        protocol="Protocol",
        data_sharing="Data and code",
        funding="Funding",
        conflicts="Conflicts of interest",
        involvement="Patient and public involvement",
        contact="Contact",
        licence="Licence",
    )
    checklists: str = "Checklists"
    checklists_hint: str = (
        "Where in this report an item of three reporting guidelines is answered. That a place is "
        "named does not say that all of the item stands there; what no place is named for needs a "
        "person."
    )
    checklist_columns: tuple[str, ...] = ("Item", "What is asked", "Where in this report")
    not_reported: str = "not reported, needs a person"
    needs_person: str = "{n} of {of} items need a person"
    generic_note: str = (
        "Only a model that came with a head for the finding is called generic here. A local head "
        "on generic features learnt on the same films with the pretrained network left as it was: "
        "it shows what fine-tuning adds."
    )


ENGLISH = Words()
