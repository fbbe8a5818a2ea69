"""One command in several processes on this machine, by torch's own launcher."""

from __future__ import annotations

import logging
import signal
import sys
import tempfile
import uuid
from collections.abc import Sequence

from medtune.errors import ElsewhereError, MedtuneError

CAUGHT = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)  # by the launcher


def launch(arguments: Sequence[str], processes: int) -> None:
    """Run ``python ARGUMENTS`` so many times at once, and wait for all.

    As soon as one fails the others are ended.

    Args:
        arguments: of Python, e.g. ["-m", "medtune.cli", "train", "run.yaml"].
        processes: how many; each finds its number in its environment, as ``torchrun`` has it.

    Raises:
        ElsewhereError: one has failed, and has said why.
        MedtuneError: one was ended by a signal.
        KeyboardInterrupt: it was stopped by hand, and so were they.
    """
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    logging.getLogger("torch.distributed").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        config = LaunchConfig(
            min_nodes=1,
            max_nodes=1,
            nproc_per_node=processes,
            run_id=uuid.uuid4().hex,
            rdzv_backend="c10d",
            rdzv_endpoint="127.0.0.1:0",
            local_addr="127.0.0.1",
            max_restarts=0,
            logs_specs=DefaultLogsSpecs(log_dir=folder),
        )
        handlers = {number: signal.getsignal(number) for number in CAUGHT}
        try:
            elastic_launch(config, sys.executable)(*arguments)
        except SignalException as stopped:
            raise KeyboardInterrupt from stopped
        except ChildFailedError as failed:
            _explain({rank: failure.exitcode for rank, failure in failed.failures.items()})
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)


def _explain(codes: dict[int, int]) -> None:
    """Raise what the exit codes of those that failed say; a signal from elsewhere comes first."""
    for rank, code in sorted(codes.items()):
        if code < 0 and -code != signal.SIGTERM:  # which the launcher sends to the rest
            raise MedtuneError(
                f"Process {rank + 1} of the run was ended by {signal.Signals(-code).name}; the "
                "machine may be out of memory. 'medtune train' goes on where it was last saved."
            )
    raise ElsewhereError(2 if 2 in codes.values() else 1)
