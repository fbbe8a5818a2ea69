"""What this machine has: versions, device, memory, readable films, and calls to the network."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "torch",
    "torchvision",
    "lightning",
    "timm",
    "monai",
    "pydicom",
    "imagecodecs",
    "albumentations",
    "scikit-learn",
    "pandas",
    "peft",
    "transformers",
)
GIBIBYTE = 2**30
LITTLE_MEMORY = 8 * GIBIBYTE
LITTLE_DISK = 20 * GIBIBYTE


@dataclass(frozen=True)
class Fact:
    """One thing about this machine.

    Attributes:
        part: Software, Machine, Learning, X-rays or Network.
        name: what it is about.
        value: what was found, in words.
        fine: False where it stands in the way of something; the words say of what.
    """

    part: str
    name: str
    value: str
    fine: bool = True


def doctor() -> list[Fact]:
    """Look at the machine. Changes nothing, asks nothing of the network."""
    return [*_software(), *_machine(), *_learning(), *_films(), *_network()]


def lines(facts: Sequence[Fact]) -> list[str]:
    """The facts for a person, under the names of their parts."""
    said: list[str] = []
    for part in dict.fromkeys(fact.part for fact in facts):
        said += [
            part,
            *(
                f"  {'ok' if fact.fine else '!!'}  {fact.name}: {fact.value}"
                for fact in facts
                if fact.part == part
            ),
        ]
    return said


def _software() -> Iterator[Fact]:
    yield Fact("Software", "python", platform.python_version())
    for package in ("medtune", *PACKAGES):
        try:
            yield Fact("Software", package, version(package))
        except PackageNotFoundError:
            yield Fact("Software", package, "not installed: install medtune again", fine=False)


def _machine() -> Iterator[Fact]:
    supported = platform.system() == "Linux"
    words = f"{platform.system()} {platform.machine()}"
    yield Fact("Machine", "system", words if supported else f"{words}, not tested", supported)
    if supported:
        yield Fact("Machine", "cores", str(len(os.sched_getaffinity(0))))
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        yield _size("memory", memory, LITTLE_MEMORY, "little for images of 512 pixels a side")
    disk = shutil.disk_usage(Path.cwd()).free
    yield _size("free disk here", disk, LITTLE_DISK, "little for a store of decoded films")


def _size(name: str, found: int, little: int, warning: str) -> Fact:
    words = f"{found / GIBIBYTE:.1f} GiB"
    return Fact(
        "Machine", name, words if found >= little else f"{words}, {warning}", found >= little
    )


def _learning() -> Iterator[Fact]:
    from medtune.config.training import Training
    from medtune.learning.hardware import choose, cpu_has_bf16

    yield Fact("Learning", "'fastest' takes", choose(Training()).words)
    bf16 = "in hardware" if cpu_has_bf16() else "not in hardware: float32 is faster on this CPU"
    yield Fact("Learning", "bf16 on the CPU", bf16)


def _films() -> Iterator[Fact]:
    from medtune.dicom.decoders import available

    for uid, name, reader in available():
        words = f"read by {reader}" if reader else "cannot be read: install imagecodecs again"
        yield Fact("X-rays", f"{name} ({uid})", words, reader is not None)


def _network() -> Iterator[Fact]:
    quiet = os.environ.get("NO_ALBUMENTATIONS_UPDATE") == "1"
    words = "switched off" if quiet else "on: NO_ALBUMENTATIONS_UPDATE is not 1"
    yield Fact("Network", "albumentations' call for updates", words, quiet)
    offline = os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE")
    hub = (
        "never asked (HF_HUB_OFFLINE is set)"
        if offline
        else ("asked only for 'weights: pretrained'; set HF_HUB_OFFLINE=1 to never ask")
    )
    yield Fact("Network", "the hub of weights", hub)
