"""The family of errors. A user never sees a traceback unless asked for with ``--trace``.

* MedtuneError                 anything medtune says about its input or itself; exit code 1
  + ElsewhereError             another process of the run has failed, and has said why
  + InputError                 your input needs correcting; exit code 2
    - ConfigError              a run file: one or several problems, each with its line
    - DataError                images, labels, cases
      . LeakError              one patient (or one film) on both sides of a split
        - SealError            the sealed test split, its plan or the log of looks was altered
    - UnreadableFile           one DICOM file that cannot be used, with a reason from a closed list
    - WeightsError             a file of weights that is missing, damaged or does not fit
    - RunError                 a run folder that cannot be used as asked
"""

from __future__ import annotations


class MedtuneError(Exception):
    """Root of the family: has a plain message that names no patient."""

    exit_code = 1


class ElsewhereError(MedtuneError):
    """Another process of the same run has failed and has said why; nothing is said again.

    Args:
        exit_code: its exit code.
    """

    def __init__(self, exit_code: int) -> None:
        self.exit_code = exit_code
        super().__init__("Another process of this run has failed.")


class InputError(MedtuneError):
    """The user's input needs correcting."""

    exit_code = 2


class ConfigError(InputError):
    """A run file with problems, all of them at once, in file order.

    Args:
        problems: one plain sentence a problem, each starting with "file, line N: ".
        not_done: what was not done because of them, e.g. "Nothing was trained."
    """

    def __init__(self, problems: list[str], not_done: str = "") -> None:
        self.problems = list(problems)
        self.not_done = not_done
        super().__init__("\n".join([*self.problems, *([not_done] if not_done else [])]))


class DataError(InputError):
    """Images, labels or cases that cannot be used as they are."""


class LeakError(DataError):
    """The same patient (or film) stands on both sides of a split."""


class SealError(LeakError):
    """The sealed test split, its plan or the log of looks is not what was written."""


class UnreadableFile(InputError):
    """One DICOM file that cannot be used.

    Args:
        reason: a word of ``medtune.dicom.REASONS``.
        detail: what was found, in plain words, naming no patient and no path.
    """

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{detail} [{reason}]")

    def __reduce__(self) -> tuple[type[UnreadableFile], tuple[str, str]]:
        """Survive the way back from a worker process."""
        return type(self), (self.reason, self.detail)


class WeightsError(InputError):
    """A file of weights is missing, damaged, or does not fit the network."""


class RunError(InputError):
    """A run folder that cannot be used as asked."""
