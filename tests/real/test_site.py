"""Two real hospitals measured and compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from medtune.config.site_words import letters_on_few
from medtune.workflow.site import compare, measure


@pytest.mark.slow
def test_nih_and_guangzhou_are_measured_and_told_apart(real_data: Path, tmp_path: Path):
    for name in ("nih", "guangzhou"):
        films = real_data / "xray" / name / "images"
        found = measure(films, tmp_path / f"{name}.yaml", site=name, most_films=60, show=False)
        assert not found.unreadable
        for group in found.profile.groups:
            assert group.measured == 60
            assert group.noise is not None
            assert group.sharpness is not None
            assert group.letters is not None
            # None: on the films of all but a few of the patients
            assert group.letters.films is None or group.letters.films > 0.5
            assert not letters_on_few(group.letters)
            assert group.lines is None
    nih, guangzhou = (tmp_path / f"{name}.yaml" for name in ("nih", "guangzhou"))
    told = {found.topic: found for found in compare(nih, guangzhou).differences}
    assert told["view"].amount > 0.7  # all of Guangzhou's films are AP
    assert "cannot be compared" in told["noise"].sentence  # 512 pixels and 224
    assert told["sharpness"].amount > 0
