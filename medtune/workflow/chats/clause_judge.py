"""What tells the kinds of clause in a draft: the house's phrases, or what labels taught."""

from __future__ import annotations

from dataclasses import dataclass

from medtune.config.drafts import Drafts
from medtune.dicom.privacy import KEY_FILE, Pseudonyms
from medtune.errors import DataError
from medtune.films.locations import PRIVATE
from medtune.text.legal.checklist import Judge, by_phrases, read_checklist
from medtune.text.legal.clause_kinds import ClauseKinds
from medtune.text.legal.labelled import Labelled, read_labelled
from medtune.workflow.chats.models import Judged


@dataclass(frozen=True)
class ClauseJudge:
    """A judge of the kinds of clause.

    Attributes:
        judge: from a draft to its kinds.
        said: what is to stand beside its figures, in sentences.
    """

    judge: Judge
    said: tuple[str, ...] = ()


def clause_judge_of(how: Drafts | None, judged: Judged) -> ClauseJudge | None:
    """The judge that a run asks for; None where it asks for none.

    Raises:
        DataError: a file cannot be used, nothing can be learnt of the labels, or nobody can tell
            whose the labelled documents are.
    """
    if how is None:
        return None
    if how.checklist is not None:
        return ClauseJudge(by_phrases(read_checklist(how.checklist)))
    if how.labelled is None:
        return None
    documents = read_labelled(how.labelled, judged.run.data.group or "group")
    teach = _of_training(documents, judged)
    kinds = ClauseKinds(teach)
    if len(kinds.check.weak) == len(kinds.kinds):
        raise DataError(
            "What the documents of 'evaluation.drafts.labelled' teach tells no kind of clause "
            "better than to say that every document has it: more of them are needed, or a "
            "'checklist' of phrases."
        )
    said = [kinds.check.sentence]
    if aside := len(documents) - len(teach):
        said.append(
            f"{aside} more labelled documents are of customers of the tune, calibration or test "
            "split, and taught it nothing."
        )
    return ClauseJudge(kinds, tuple(said))


def _of_training(documents: list[Labelled], judged: Judged) -> list[Labelled]:
    """Those of nobody in another split than train; who is in none is a stranger, and may teach."""
    private, prepared = judged.run.data.work / PRIVATE, judged.prepared
    if not (private / KEY_FILE).exists():
        raise DataError(
            "The pseudonyms' key is not in the work folder any more: whose the documents of "
            "'evaluation.drafts.labelled' are, and whether they are in the test, cannot be told."
        )
    names, site = Pseudonyms.load_or_create(private), judged.run.site_name
    held_out = set(prepared.cases["group_id"]) - set(prepared.of("train")["group_id"])
    return [one for one in documents if names.group(site, one.group) not in held_out]
