"""What the page of ``medtune locate`` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from medtune.report.names import fixed


@dataclass(frozen=True)
class LocateWords:
    """The sentences of one language; the defaults are English."""

    name: str = "Where it looked"
    warning: str = (
        "These maps do not explain the decisions. They show which places of a film moved the "
        "score, or from where attention flowed; a wrong reason may look right, and a right one "
        "wrong."
    )
    methods: Mapping[str, str] = fixed(
        grad_cam="Grad-CAM (Selvaraju et al. 2017) for {finding}: the brighter, the more a place "
        "raised the score. The map is as coarse as the network's last map of features.",
        rollout="Attention rollout (Abnar and Zuidema 2020): the brighter, the more of what the "
        "network saw came from a place. It is the same for every finding.",
    )
    rule: str = (
        "By a fixed rule and not by hand: the {each} worst missed and false alarms, and {each} "
        "right decisions of each kind drawn at random (seed {seed}), one a patient."
    )
    sanity: str = "Do the maps hang on what was learnt?"
    sanity_says: str = (
        "The same films through the same network with the values of every weight shuffled, so that "
        "it knows nothing (Adebayo et al. 2018). Mean rank correlation of the two maps: {mean}, "
        "from {least} to {greatest} over {n} films."
    )
    sanity_without: str = (
        "Films for which one of the two maps is empty, since nothing there speaks for the finding: "
        "{n}. They count for neither side."
    )
    sanity_none: str = (
        "No film has both maps, so whether they hang on the training cannot be told. Do not read "
        "them."
    )
    sanity_differ: str = (
        "The maps change when what was learnt is taken away: they hang on the training."
    )
    sanity_alike: str = (
        "The maps hardly change when what was learnt is taken away: they show the films' own "
        "edges, and say nothing about what was learnt. Do not read them."
    )
    drawn: Mapping[str, str] = fixed(box="box", mask="mask")
    overlap: str = "Where a person drew a {drawn}"
    overlap_says: str = (
        "The brightest place lies inside the {drawn} in {hits} of {n} films ({interval}); a place "
        "drawn blindly would in {chance} of them. Of the map {share} lies inside."
    )
    left_out: str = "The {drawn} of {n} of the films is not used, {reason}: {films}."
    groups: Mapping[str, str] = fixed(
        {
            "false negative": "Missed",
            "false positive": "False alarms",
            "true positive": "Found",
            "true negative": "Rightly cleared",
        }
    )
    score: str = "score {score}"
    alt: str = "{group}, score {score}: the film, and where the network looked"
    away: str = "not pictured: it may carry burned-in text"
    nothing: str = "There is no such case."
    private: str = "These are pictures of patients: leave the page where it is."


LOCATE_ENGLISH = LocateWords()
