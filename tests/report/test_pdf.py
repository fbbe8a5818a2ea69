from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from medtune.errors import InputError
from medtune.report import pdf

PAGE = """<!DOCTYPE html><html lang="en"><head><title>x</title><style>
@page { size: A4 } .b { break-after: page }</style></head>
<body><p class="b">A gain is shown</p><p>Second page</p></body></html>"""


def read(path: Path) -> list[str]:
    return [page.extract_text() for page in PdfReader(path).pages]


def test_weasyprint_prints_the_pages(tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", reason="medtune[pdf] is not installed")
    pdf.printer()(PAGE, tmp_path / "report.pdf")
    first, second = read(tmp_path / "report.pdf")
    assert "A gain is shown" in first
    assert "Second page" in second
    assert [path.name for path in tmp_path.iterdir()] == ["report.pdf"]


def test_nothing_outside_of_the_page_is_fetched(tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", reason="medtune[pdf] is not installed")
    with pytest.raises(InputError, match="outside of itself"):
        pdf._only_from_the_page("https://example.org/pixel.png")


def test_a_browser_prints_them_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not any(pdf.shutil.which(name) for name in pdf.BROWSERS):
        pytest.skip("no Chromium is here")
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    pdf.printer()(PAGE, tmp_path / "report.pdf")
    assert len(read(tmp_path / "report.pdf")) == 2


def test_weasyprint_without_its_libraries_leaves_it_to_the_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weasyprint").mkdir()
    (tmp_path / "weasyprint" / "__init__.py").write_text("raise OSError('no libpango')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(pdf.shutil, "which", {"chromium": "/bin/chromium"}.get)
    asked: list[str] = []

    def ran(command: list[str], **more: object) -> subprocess.CompletedProcess[bytes]:
        asked.append(command[0])
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(pdf.subprocess, "run", ran)
    with pytest.raises(InputError, match="ended with 3"):
        pdf.printer()(PAGE, tmp_path / "report.pdf")
    assert asked == ["/bin/chromium"]


def test_a_browser_that_fails_leaves_nothing(tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text("#!/bin/sh\nexit 3\n")
    browser.chmod(0o755)
    with pytest.raises(InputError, match="ended with 3"):
        pdf._by_browser(str(browser), PAGE, tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()


def test_where_nothing_prints_it_is_said_with_what_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    with pytest.raises(InputError, match=r"medtune\[pdf\]"):
        pdf.printer()
