"""How many films fit through the network at once: tried, with real passes, before a stage."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import torch

from medtune.errors import RunError
from medtune.learning.adapt import ParameterGroup, freeze_all_but, set_modes
from medtune.learning.hardware import Hardware
from medtune.learning.task import Batch, Network, Samples, Task

SPARE = 0.1  # of a GPU's memory: for what other batches, exchanges and fragments need
USABLE = 0.8  # of the main memory that is free: the rest is for everybody else

CGROUP = Path("/sys/fs/cgroup")
PROCESS = Path("/proc/self")


class Room:
    """Tries numbers of films; the network is left as it was.

    Args:
        task: gives the loss.
        network: at the start of a stage.
        groups: what learns.
        samples: cases that teach; the first ones are tried, again and again where there are few.
        hardware: where it runs.
        batch_norm_moves: as the stage will do it.
        sharing: processes on this machine that share its main memory.
    """

    def __init__(
        self,
        task: Task,
        network: Network,
        groups: list[ParameterGroup],
        samples: Samples,
        hardware: Hardware,
        *,
        batch_norm_moves: bool,
        sharing: int = 1,
    ) -> None:
        self.task, self.network, self.groups = task, network, groups
        self.samples, self.hardware = samples, hardware
        self.batch_norm_moves = batch_norm_moves
        self.budget = USABLE * free_memory() / sharing
        self.largest = (0, 0)  # films that were tried in main memory, and bytes that they took

    def most(self, limit: int) -> int:
        """The most films that fit, ``limit`` at most.

        Raises:
            RunError: not even one fits.
        """
        before = {name: t.detach().clone() for name, t in self.network.state_dict().items()}
        freeze_all_but(self.network, self.groups)
        try:
            found = most_that_fit(limit, self._fits)
        finally:
            self.network.load_state_dict(before)
            self._forget()
        if found == 0:
            raise RunError(
                "There is not enough memory to teach this network with a single film. Take a "
                "smaller 'model.image_size' or backbone, or 'model.adapt: linear_probe'."
            )
        return found

    def _fits(self, films: int) -> bool:
        on_gpu = self.hardware.device == "cuda"
        tried, took = self.largest
        if not on_gpu and tried and took * films / tried > self.budget:
            return False  # foreseen from fewer, so that the machine is never short of memory
        try:
            if on_gpu:
                torch.cuda.reset_peak_memory_stats()
            with peak_of_process() as peak:
                self._pass(films)
        except torch.OutOfMemoryError:
            return False
        finally:
            self._forget()
        if on_gpu:
            whole = torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory
            return torch.cuda.max_memory_reserved() <= (1 - SPARE) * whole
        self.largest = max(self.largest, (films, peak()))
        return peak() <= self.budget

    def _pass(self, films: int) -> None:
        """Forward, backward and a step that changes no weight, with the optimiser's memory."""
        numbers = [i % len(self.samples) for i in range(films)]
        batch: Batch = self.samples.__getitems__(numbers).to(self.hardware.device)
        optimizer = torch.optim.AdamW([{**group, "lr": 0.0} for group in self.groups])
        set_modes(self.network, batch_norm_moves=self.batch_norm_moves and films > 1)
        with torch.random.fork_rng(), torch.enable_grad():
            for _ in range(2):  # the second meets the gradients and averages of the first
                with self.hardware.autocast():
                    total, _ = self.task.loss(self.network(*batch.seen), batch)
                total.backward()  # type: ignore[no-untyped-call]
                optimizer.step()

    def _forget(self) -> None:
        self.network.zero_grad(set_to_none=True)
        if self.hardware.device == "cuda":
            torch.cuda.empty_cache()


def most_that_fit(limit: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to ``limit`` that fits, 0 if none does.

    Doubled until one does not fit, then by halves between: nothing is tried that is more than
    twice what fitted before.
    """
    good, bad = 0, limit + 1
    while good < limit:
        step = min(limit, 2 * good or 1) if bad > limit else (good + bad) // 2
        if step == good:
            break
        if fits(step):
            good = step
        else:
            bad = step
    return good


def free_memory() -> int:
    """Bytes of main memory that this process may still take, within its container too."""
    free = int(psutil.virtual_memory().available)
    with suppress(OSError, ValueError, KeyError):  # no such limit
        limit = int((CGROUP / "memory.max").read_text())
        lines = (CGROUP / "memory.stat").read_text().splitlines()
        taken = {name: int(size) for name, size in (line.split() for line in lines)}
        free = min(free, limit - taken["anon"])
    return max(0, free)


@contextmanager
def peak_of_process() -> Iterator[Callable[[], int]]:
    """By how many bytes this process grew at most since then.

    Linux remembers the largest size, and lets a process begin anew. Where that is not allowed it
    is the largest size of its whole life, which is no less.
    """
    gc.collect()  # what could go at any time must not hide what comes
    with suppress(OSError):
        (PROCESS / "clear_refs").write_text("5")  # proc(5): forget the largest size
    before = psutil.Process().memory_info().rss

    def grew() -> int:
        lines = (PROCESS / "status").read_text().splitlines()
        (highest,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
        return max(0, 1024 * int(highest) - before)

    yield grew
