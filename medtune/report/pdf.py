"""The report on paper: by WeasyPrint (medtune[pdf]), or by a Chromium that is here."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from medtune.errors import InputError
from medtune.tables.schema import write_whole

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATIENCE = 300  # seconds for a browser
Printer = Callable[[str, Path], None]


def printer() -> Printer:
    """What prints a page here: takes the HTML and the file, which is written whole.

    Raises:
        InputError: neither WeasyPrint nor a Chromium is here.
    """
    if _weasyprint_is_here():
        return _by_weasyprint
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is not None:
        return lambda html, out: _by_browser(browser, html, out)
    raise InputError(
        "A PDF needs WeasyPrint (pip install 'medtune[pdf]') or a Chromium, and neither is here. "
        "Without 'report.pdf' the report is written as report.html, which any browser prints."
    )


def _weasyprint_is_here() -> bool:
    """Whether it can be used: it may be installed without the libraries that it draws with."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def _by_weasyprint(html: str, out: Path) -> None:
    from weasyprint import HTML

    page = HTML(string=html, url_fetcher=_only_from_the_page)
    write_whole(out, lambda partial: partial.write_bytes(page.write_pdf()))


def _only_from_the_page(url: str, *args: Any, **more: Any) -> Any:
    """Pictures that stand in the page are read; nothing is fetched."""
    if not url.startswith("data:"):
        raise InputError("The report refers to something outside of itself.")
    from weasyprint import default_url_fetcher

    return default_url_fetcher(url, *args, **more)


def _by_browser(browser: str, html: str, out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        page, printed = Path(folder) / "report.html", Path(folder) / "report.pdf"
        page.write_text(html, encoding="utf-8")
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--proxy-server=127.0.0.1:1",  # whatever it wants of the network leads nowhere
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
            f"--print-to-pdf={printed}",
            page.as_uri(),
        ]
        if _is_root():
            command.insert(1, "--no-sandbox")  # Chromium refuses to start for root with one
        try:
            done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise InputError(f"The browser could not print the report: {_why(error)}.") from None
        if done.returncode or not printed.exists():
            raise InputError(
                f"The browser could not print the report: it ended with {done.returncode}. "
                "pip install 'medtune[pdf]' prints it without one."
            )
        content = printed.read_bytes()
    write_whole(out, lambda partial: partial.write_bytes(content))


def _why(error: Exception) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"it took more than {PATIENCE} seconds"
    return type(error).__name__


def _is_root() -> bool:
    import os

    return hasattr(os, "geteuid") and os.geteuid() == 0
