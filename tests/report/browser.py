"""A Chromium that is here, with its network cut; tests skip where there is none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
SERIOUS = ("serious", "critical")
PATIENCE = 120_000  # ms: the machine may be busy


@dataclass
class Opened:
    """A page, and what it asked for and said."""

    page: Any
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser of playwright's; skips where it or a Chromium is missing."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium is here")
    with api.sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=found, args=["--no-sandbox"], timeout=PATIENCE
        )
        yield browser
        browser.close()


def opened(browser: Any, html: str, folder: Path, *, strict: bool = True) -> Opened:
    """Open a page from a file, offline.

    Args:
        browser: of ``chromium``.
        html: the page.
        folder: for the file.
        strict: whether its policy holds; a test's own script needs it lifted.
    """
    file = folder / "page.html"
    file.write_text(html, encoding="utf-8")
    context = browser.new_context(offline=True, bypass_csp=not strict)
    context.set_default_timeout(PATIENCE)
    found = Opened(context.new_page())
    own = file.as_uri()

    def ask(request: Any) -> None:
        if request.url != own and not request.url.startswith("data:"):
            found.asked.append(request.url)

    found.page.on("request", ask)
    found.page.on("console", lambda message: found.said.append(message.text))
    found.page.on("pageerror", lambda error: found.said.append(str(error)))
    found.page.goto(own)
    return found


def faults(browser: Any, html: str, folder: Path) -> list[str]:
    """Serious accessibility faults by axe-core; skips where it is not here.

    axe-core is looked for where MEDTUNE_AXE says, and in node_modules of the project.
    """
    home = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
    axe = Path(os.environ.get("MEDTUNE_AXE", home))
    if not axe.exists():
        pytest.skip("axe-core is not here: npm install axe-core, or MEDTUNE_AXE=.../axe.min.js")
    page = opened(browser, html, folder, strict=False).page
    page.evaluate(axe.read_text(encoding="utf-8"))
    violations = page.evaluate("axe.run()")["violations"]
    return [
        f"{each['impact']} {each['id']}: {each['nodes'][0]['html'][:200]}"
        for each in violations
        if each["impact"] in SERIOUS
    ]
