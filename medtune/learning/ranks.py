"""The processes that train one run together, a device each: who is who, and how they agree."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from lightning.fabric.plugins.environments import (
    ClusterEnvironment,
    SLURMEnvironment,
    TorchElasticEnvironment,
)
from torch import Tensor, nn

from medtune.config.training import Training
from medtune.errors import ElsewhereError, InputError, MedtuneError, RunError

T = TypeVar("T")

PATIENCE = timedelta(days=7)  # the first decodes all films while the others wait
STEP = timedelta(minutes=30)  # of one exchange between devices


@dataclass(frozen=True)
class Ranks:
    """This process among those of a run.

    Attributes:
        rank: its number, from 0.
        world: how many there are, on all machines.
        environment: who started them; None where there is one.
        talk: the group in which they agree on plain values; None where there is one.
    """

    rank: int = 0
    world: int = 1
    environment: ClusterEnvironment | None = None
    talk: Any = None

    @property
    def first(self) -> bool:
        """Whether it is the one that writes files and speaks."""
        return self.rank == 0

    def share(self, cases: int) -> slice:
        """Which of so many cases are its own: the shares differ by one in size, the first larger.

        A share is empty where there are fewer cases than processes.
        """
        least, larger = divmod(cases, self.world)
        start = self.rank * least + min(self.rank, larger)
        return slice(start, start + least + (self.rank < larger))

    def largest(self, cases: int) -> int:
        """How many cases the largest share has."""
        return -(-cases // self.world)

    def agreed(self, value: T) -> T:
        """What the first has here."""
        if self.world == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, 0, group=self.talk)
        return box[0]

    def gathered(self, value: T) -> list[T]:
        """What every one has here, in their order."""
        if self.world == 1:
            return [value]
        box: list[Any] = [None] * self.world
        dist.all_gather_object(box, value, group=self.talk)
        return box

    def lead(self, work: Callable[[], T]) -> T | None:
        """Let the first do something while the others wait.

        Returns:
            What the work returns, to the first; None to the others.

        Raises:
            ElsewhereError: for the others, where the first could not do it.
        """
        if self.world == 1:
            return work()
        done: T | None = None
        failed: BaseException | None = None
        if self.first:
            try:
                done = work()
            except BaseException as error:
                failed = error
        code = self.agreed(0 if failed is None else getattr(failed, "exit_code", 1))
        if failed is not None:
            raise failed
        if code:
            raise ElsewhereError(code)
        return done

    def make_same(self, network: nn.Module) -> None:
        """Give every one the weights and buffers that the first has; on the run's device."""
        if self.world > 1:
            for tensor in network.state_dict().values():
                dist.broadcast(tensor, 0)


ALONE = Ranks()


def started_by() -> ClusterEnvironment | None:
    """Who started this process as one of several; None where nobody did."""
    if TorchElasticEnvironment.detect():
        return TorchElasticEnvironment()
    if int(os.environ.get("SLURM_STEP_NUM_TASKS", "1")) > 1:
        return SLURMEnvironment(auto_requeue=False)
    return None


def must_be_launched(training: Training) -> bool:
    """Whether several processes are asked for and nobody has started them.

    Raises:
        InputError: several machines are asked for, where only their users can start something; or
            other numbers of processes were started than the run asks for.
    """
    environment, wanted = started_by(), training.devices * training.nodes
    if environment is None:
        if training.nodes > 1:
            raise InputError(
                f"'training.nodes: {training.nodes}' is started on every machine: 'torchrun "
                f"--nnodes {training.nodes} --nproc-per-node {training.devices} --rdzv-backend "
                "c10d --rdzv-endpoint FIRST_MACHINE:29500 -m medtune.cli train RUN.yaml', or by "
                f"SLURM: 'srun --nodes {training.nodes} --ntasks-per-node {training.devices} "
                "medtune train RUN.yaml'."
            )
        return wanted > 1
    if environment.world_size() != wanted:
        raise InputError(
            f"The run was started in {environment.world_size()} processes, but 'training.devices' "
            f"x 'training.nodes' is {training.devices} x {training.nodes}."
        )
    return False


@contextmanager
def joined(training: Training, device: str) -> Iterator[Ranks]:
    """Join the other processes of the run, and leave them at the end.

    Args:
        training: the run's training section.
        device: cpu or cuda.

    Raises:
        RunError: another process has ended before its time.
    """
    environment = started_by()
    if environment is None or environment.world_size() == 1:
        yield ALONE
        return
    os.environ["MASTER_ADDR"] = environment.main_address
    os.environ["MASTER_PORT"] = str(environment.main_port)
    if device == "cuda":
        torch.cuda.set_device(environment.local_rank())
    elif "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, (os.cpu_count() or 1) // training.devices))
    rank, world = environment.global_rank(), environment.world_size()
    backend = "nccl" if device == "cuda" else "gloo"
    try:
        dist.init_process_group(backend, rank=rank, world_size=world, timeout=STEP)
        yield Ranks(rank, world, environment, dist.new_group(backend="gloo", timeout=PATIENCE))
        dist.barrier()
    except MedtuneError:
        raise
    except (dist.DistError, RuntimeError) as error:
        if isinstance(error, dist.DistError) or "gloo" in str(error):
            raise RunError(
                "Another process of the run has ended before its time; this one ends too. "
                "'medtune train' goes on where it was last saved."
            ) from error
        raise
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


def sum_over(value: Tensor, ranks: Ranks) -> Tensor:
    """The sum of a tensor over all processes, on its device."""
    if ranks.world > 1:
        dist.all_reduce(value)
    return value
