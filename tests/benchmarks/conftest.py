"""What every benchmark may ask for: ratios, peers, and films to read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.benchmarks import data
from tests.benchmarks.rig import (
    LOOSE,
    RESULTS,
    circumstances,
    measured,
    table_of_ratios,
    write_readme,
    write_result,
)

WITHOUT_ITS_DEPENDENCIES = ("litdata",)  # their pins would change ours


@pytest.fixture
def ratio() -> Callable[..., dict[str, Any]]:
    """Compare ``ours`` with peers, write ``results/<benchmark>.json``, and hold it to its goals.

    ``ratio("decode-native", "reading a native film", {"medtune": f, "pydicom": g},
    {"pydicom": 0.2})`` asks for at most a fifth of pydicom's time. The test fails above 1.5 times
    the goal; the table shows whether the goal itself was met. Packages are named for their
    versions. The caller has asserted before that all candidates give the same.
    """

    def compare(
        benchmark: str,
        what: str,
        candidates: Mapping[str, Callable[[], object]],
        goals: Mapping[str, float],
        *,
        ours: str = "medtune",
        packages: Sequence[str] = (),
        repetitions: int = 15,
        threads: int = 1,
        clock: str = "wall",
    ) -> dict[str, Any]:
        found = measured(
            candidates, goals, ours=ours, repetitions=repetitions, threads=threads, clock=clock
        )
        write_result(benchmark, {"what": what, **found, **circumstances(packages)})
        for peer, one in found["ratios"].items():
            assert one["median"] <= LOOSE * one["goal"], f"{what} against {peer}: {one}"
        return found

    return compare


@pytest.fixture
def peer() -> Callable[..., ModuleType]:
    """Import a library to compare with, or skip and say how to install it."""

    def load(module: str, package: str | None = None) -> ModuleType:
        package = package or module
        alone = "--no-deps " if package in WITHOUT_ITS_DEPENDENCIES else ""
        try:
            return import_module(module)
        except ImportError:
            pytest.skip(
                f"{package} is not installed: pip install {alone}--constraint constraints.txt "
                f"{package}"
            )

    return load


@pytest.fixture(scope="session")
def headers(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """600 films with full headers, for reading headers: their pixels are all zero."""
    return data.write_headers(tmp_path_factory.mktemp("headers"), 600)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One large simulated film in every kind of compression, by the name of the kind."""
    return data.write_pictures(tmp_path_factory.mktemp("pictures"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Bring the page of results up to date where anything was measured."""
    if any(item.get_closest_marker("bench") for item in session.items):
        write_readme()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table after the tests."""
    ran = terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
    if RESULTS.exists() and any("bench" in report.keywords for report in ran):
        terminalreporter.write_sep("=", "ratios")
        terminalreporter.write(table_of_ratios())
