"""Ratios between ways of doing the same thing, measured in turns, and how they are written down."""

from __future__ import annotations

import gc
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from medtune.tables.schema import write_text

RESULTS = Path(__file__).parent / "results"
LOOSE = 1.5  # a noisy machine may miss a goal by this much before a test fails
FLAGS = ("sse4_2", "avx2", "avx512f", "avx512_bf16", "amx_bf16")  # what libraries choose by


@dataclass(frozen=True)
class Ratio:
    """Time of one way over the time of another, in the same repetition.

    Attributes:
        median, q25, q75: over the repetitions.
    """

    median: float
    q25: float
    q75: float


CLOCKS = {"wall": "perf_counter", "cpu": "process_time"}  # of all threads of this process


def take_turns(
    candidates: Mapping[str, Callable[[], object]],
    repetitions: int,
    seed: int = 0,
    clock: str = "wall",
) -> dict[str, list[float]]:
    """Time every candidate once in each repetition, in an order drawn anew each time.

    Every candidate runs once before the clock does. The collector of garbage rests meanwhile.

    Args:
        candidates: name to what it does.
        repetitions: how often.
        seed: of the order.
        clock: ``wall``, or ``cpu`` for what computes for so long that other work on the machine
            would be measured with it.

    Returns:
        Seconds of each candidate, one number a repetition.
    """
    now: Callable[[], float] = getattr(time, CLOCKS[clock])
    for run in candidates.values():
        run()
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    rng = np.random.default_rng(seed)
    gc.collect()
    gc.disable()
    try:
        for _ in range(repetitions):
            for name in map(str, rng.permutation(list(candidates))):
                gc.collect(1)
                start = now()
                candidates[name]()
                seconds[name].append(now() - start)
    finally:
        gc.enable()
    return seconds


def ratio_of(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """Median and quartiles of the ratios of the repetitions."""
    q25, median, q75 = np.quantile(np.array(ours) / np.array(theirs), [0.25, 0.5, 0.75])
    return Ratio(float(median), float(q25), float(q75))


@contextmanager
def threads_of(count: int) -> Iterator[None]:
    """Let every library that is loaded use so many threads."""
    with ExitStack() as stack:
        stack.enter_context(threadpool_limits(count))
        for name, get, put in (
            ("torch", "get_num_threads", "set_num_threads"),
            ("cv2", "getNumThreads", "setNumThreads"),
            ("pyarrow", "cpu_count", "set_cpu_count"),
        ):
            if name in sys.modules:
                library = sys.modules[name]
                stack.callback(getattr(library, put), getattr(library, get)())
                getattr(library, put)(count)
        if "SimpleITK" in sys.modules:
            filters = sys.modules["SimpleITK"].ProcessObject
            stack.callback(
                filters.SetGlobalDefaultNumberOfThreads, filters.GetGlobalDefaultNumberOfThreads()
            )
            filters.SetGlobalDefaultNumberOfThreads(count)
        yield


def measured(
    candidates: Mapping[str, Callable[[], object]],
    goals: Mapping[str, float],
    *,
    ours: str,
    repetitions: int,
    threads: int,
    clock: str = "wall",
) -> dict[str, Any]:
    """Time the candidates and compare one of them with its named peers.

    Args:
        candidates: name to what it does; all do the same, and the caller has made sure of that.
        goals: name of a peer to the ratio that is aimed at.
        ours: the candidate that is compared.
        repetitions: how often.
        threads: of every library.
        clock: ``wall`` or ``cpu``.

    Returns:
        ``seconds`` (median of each candidate) and ``ratios`` (peer to median, quartiles, goal and
        whether it was met).
    """
    with threads_of(threads):
        seconds = take_turns(candidates, repetitions, clock=clock)
    ratios = {}
    for peer, goal in goals.items():
        found = ratio_of(seconds[ours], seconds[peer])
        ratios[peer] = {
            "median": found.median,
            "q25": found.q25,
            "q75": found.q75,
            "goal": goal,
            "met": found.median <= goal,
        }
    return {
        "ours": ours,
        "seconds": {name: float(np.median(times)) for name, times in seconds.items()},
        "ratios": ratios,
        "repetitions": repetitions,
        "threads": threads,
        "clock": clock,
    }


def circumstances(packages: Sequence[str]) -> dict[str, Any]:
    """When, on what kind of machine, and with which versions; nothing that names the machine."""
    cpu = _cpu()
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cpu": cpu.get("model name", platform.machine()),
        "cpu_flags": [flag for flag in FLAGS if flag in cpu.get("flags", "").split()],
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),  # of the last minute, this process included
        "python": platform.python_version(),
        "versions": {name: installed(name) for name in packages},
    }


def installed(package: str) -> str | None:
    """Version of a package, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpu() -> dict[str, str]:
    """The first core, as Linux describes it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
    except OSError:
        return {}
    return {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}


def write_result(benchmark: str, result: Mapping[str, Any]) -> None:
    """Write ``results/<benchmark>.json``."""
    write_text(json.dumps(result, indent=1) + "\n", RESULTS / f"{benchmark}.json")


def table_of_ratios(folder: Path = RESULTS) -> str:
    """All measured ratios as one Markdown table."""
    lines = [
        "| what | against | ratio [quartiles] | goal | met | medtune, ms | peer, ms | date |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for path in sorted(folder.glob("*.json")):
        result = json.loads(path.read_text())
        for peer, ratio in result.get("ratios", {}).items():
            ours, theirs = result["seconds"][result["ours"]], result["seconds"][peer]
            version = result["versions"].get(peer.split()[0])
            lines.append(
                f"| {result['what']} | {peer}{f' {version}' if version else ''} "
                f"| {ratio['median']:.3g} [{ratio['q25']:.3g} to {ratio['q75']:.3g}] "
                f"| {ratio['goal']:.3g} | {'yes' if ratio['met'] else 'no'} "
                f"| {_milliseconds(ours)} | {_milliseconds(theirs)} | {result['date']} |"
            )
    return "\n".join(lines) + "\n"


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.0f}" if seconds >= 0.1 else f"{1000 * seconds:.3g}"


def write_readme(folder: Path = RESULTS) -> str:
    """Rewrite the page of results from the files beside it; returns its table of ratios."""
    table = table_of_ratios(folder)
    results = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    machines = sorted(
        {f"{one['cpu']}, {one['cores']} cores ({', '.join(one['cpu_flags'])})" for one in results}
    )
    pages = [
        f"- [{path.stem}]({path.name}): {path.read_text().splitlines()[0].lstrip('# ')}\n"
        for path in sorted(folder.glob("*.md"))
        if path.name != "README.md"
    ]
    text = (
        "# Results of the benchmarks\n\n"
        "Written by `scripts/bench` from the JSON files in this folder. A ratio is taken within "
        "each repetition, in which all candidates take turns in an order drawn anew; below 1 "
        "medtune is faster. Absolute times are of shared machines and are no promise; those of "
        "trainings are of the processor, not of the clock on the wall.\n\n"
        f"{table}\n{''.join(pages)}\nMachines: {'; '.join(machines)}.\n"
    )
    write_text(text, folder / "README.md")
    return table
