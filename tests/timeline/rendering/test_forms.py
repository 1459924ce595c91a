"""One cut in every format gives the same frames: gaps, two speeds, a reverse, at 25 fps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from forms import SPANS, WANTED, edl, fcp7, fcpxml, label, otio

from a1sdk.timeline.model import Cut


@pytest.mark.parametrize("form", [otio, edl, fcp7, fcpxml])
def test_the_same_frames_in_every_form(studio, driver, form: Callable[[Path], Cut]):  # type: ignore[no-untyped-def]
    driver()
    cut = form(studio.folder)
    assert cut.rate == 25
    report = studio.render(cut)
    assert [(one.shot.name, one.timecode) for one in report.shots] == [
        (name, label(90000 + a)) for name, (a, _) in SPANS.items()
    ]
    for name, wanted in WANTED.items():
        assert studio.numbers(report, name) == wanted, name
