"""A site's page says of what its profile leaves out nothing that could be wrong."""

from __future__ import annotations

import re
from typing import Any

import pytest

from medtune.config.site import BANDS, SiteProfile
from medtune.report.site_page import site_html

FEW = "on the films of fewer than 10 patients, or on none"


def facts(smallest: int = 10, **group: Any) -> dict[str, str]:
    """What stands beside the figure of a group."""
    profile = SiteProfile.model_validate(
        {
            "site": "here",
            "made_by": "a test",
            "smallest_cell": smallest,
            "groups": [
                {
                    "scanner": "scanner 1",
                    "view": "PA",
                    "films": 18,
                    "measured": 18,
                    "greys": {"middle": [0.5] * 9, "spread": [0.1] * 9, "black": 0, "white": 0},
                    "sharpness": {"power": [-5.0] * BANDS, "spread": 0.1, "noise": 0.0,
                                  "correlation": 0.0},
                    **group,
                }
            ],
        }
    )  # fmt: skip
    page = site_html(profile)
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))


@pytest.mark.parametrize("what", ["Grid lines", "Borders", "Letters"])
def test_what_is_left_out_may_be_there(what: str):
    assert facts()[what] == FEW
    assert facts(smallest=1)[what] == "on no film"


def test_shares_that_are_left_out_are_told_in_words():
    said = facts(
        lines={"along": "down", "period": 5.0, "depth": 0.01},
        borders={
            "films": 0.5,
            "sides": [0.5, None, 0.0, None],
            "depth": {"middle": 0.1, "spread": 0},
        },
        letters={"height": {"middle": 0.04, "spread": 0.0}, "places": [{"row": 0, "column": 7}]},
        windows={"films": 1.0, "lut": 0.0},
    )
    assert said["Grid lines"].startswith("on all films but those of fewer than 10 patients, runn")
    assert said["Borders"] == (
        "on 50 % of the films (top 50 %, bottom not told, left 0 %, right not told)"
    )
    assert said["Letters"].startswith("on all films but those of fewer than 10 patients; ")
    assert said["Windows"] == "on 100 % of the films"


def test_sides_of_which_none_is_told_are_not_listed():
    borders = {"films": 0.28, "sides": [None] * 4}
    assert facts(borders=borders)["Borders"] == "on 28 % of the films"


@pytest.mark.parametrize("old", [{"films": 0.0, "text": 0.6}, {"text": 0.6}])
def test_text_without_letters(old: dict[str, float]):
    """Profiles used to hold 0 where letters were on too few films."""
    assert facts(letters=old)["Letters"] == f"{FEW}; lines of text on 60 % of the films"
