"""Captures of Resolve, Hiero and Flame with the media ranges that AYON's own tests expect.

AYON gives the range of media frames that a clip takes, the last of them included, and its handles
in media frames. Of a film they are fractions; of numbered pictures whole numbers of files, which
it makes by cutting off or rounding, and counts in frames of the cut where the clip is retimed. So
films agree to six places, and pictures to less than one (`docs/decisions` has the table).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from a1sdk.timeline.formats.otio.reader import read
from a1sdk.timeline.model import Clip, Cut

pytestmark = pytest.mark.shared

CAPTURES = (
    "movie_with_handles", "qt_23.976_embedded_long_tc", "qt_retimed_speed", "qt_reverse_speed_2x",
    "qt_reverse_speed_0_7", "qt_freeze_frame", "img_seq_no_handles", "img_seq_with_handles",
    "img_seq_embedded_tc", "img_seq_23.976_metadata", "img_seq_24_to_23.976_no_legacy",
    "img_seq_reverse_speed_no_tc", "img_seq_reverse_speed_24_to_23.976fps",
    "img_seq_reverse_speed_0_7", "img_seq_2x_speed", "img_seq_freeze_frame",
    "img_seq_tw_beyond_range", "img_seq_multiple_tws",
)  # fmt: skip
REVERSED = tuple(name for name in CAPTURES if "reverse" in name)
WARPED = ("img_seq_tw_beyond_range", "img_seq_multiple_tws")
STEADY = tuple(
    name
    for name in CAPTURES
    if not any(word in name for word in ("retimed", "2x", "0_7", "freeze", "tw"))
)
FILM_TOLERANCE = Fraction(1, 10**5)  # frames; AYON's floats
ROUNDING = Fraction(1)  # frames; AYON's whole numbers


@dataclass
class Capture:
    """What a capture's clip shows, in frames of its media, numbered as AYON numbers them."""

    cut: Cut
    expected: dict[str, Any]
    requested: dict[str, int]

    @property
    def clip(self) -> Clip:
        [clip] = [item for track in self.cut.tracks for item in track.items]
        assert isinstance(clip, Clip)
        return clip

    @property
    def rate(self) -> Fraction:
        assert self.clip.media.rate is not None
        return self.clip.media.rate

    def number(self, time: Fraction) -> Fraction:
        return self.clip.media.first + (time - self.clip.media.start) * self.rate

    @property
    def shown(self) -> list[Fraction]:
        """The place in the media that each frame of the cut shows."""
        count = self.clip.span.duration * self.cut.rate
        assert count.denominator == 1
        return [self.number(self.clip.source(frame / self.cut.rate)) for frame in range(int(count))]

    @property
    def speed(self) -> Fraction:
        return Fraction(1) if self.clip.source.speed is None else self.clip.source.speed

    def taken(self) -> tuple[Fraction, Fraction]:
        """The first place that is taken from the media, and the one after the last."""
        step = abs(self.speed) * self.rate / self.cut.rate
        if self.speed < 0:
            last = min(step, Fraction(1))  # a reversed clip starts by this much before its end
            return min(self.shown) - step + last, max(self.shown) + last
        return min(self.shown), max(self.shown) + (step or 1)


@pytest.fixture(params=CAPTURES)
def capture(request: pytest.FixtureRequest, shared: Path) -> Capture:
    folder = shared / "timelines" / "ayon-core"
    about = json.loads((folder / "expected_media_ranges.json").read_text("utf-8"))
    known = about[f"{request.param}.json"]
    cut = read(folder / f"{request.param}.json", None)
    return Capture(cut, known["expected"], known["requested"])


def test_no_capture_is_left_out(shared: Path) -> None:
    known = json.loads((shared / "timelines/ayon-core/expected_media_ranges.json").read_text())
    assert {Path(name).stem for name in known} == set(CAPTURES)


def test_media_range_is_what_the_pipeline_expects(capture: Capture) -> None:
    first, stop = capture.taken()
    wrong = (
        abs(first - Fraction(capture.expected["mediaIn"])),
        abs(stop - 1 - Fraction(capture.expected["mediaOut"])),
    )
    film = capture.clip.media.kind == "file"
    assert max(wrong) < (FILM_TOLERANCE if film else ROUNDING)


def test_first_picture_is_the_file_that_the_pipeline_expects(capture: Capture) -> None:
    assert math.floor(capture.taken()[0]) == math.floor(capture.expected["mediaIn"])


@pytest.mark.parametrize("capture", STEADY, indirect=True)
def test_last_picture_at_full_speed_is_the_file_that_the_pipeline_expects(capture: Capture) -> None:
    assert math.floor(max(capture.shown)) == capture.expected["mediaOut"]


def test_speed_is_what_the_pipeline_expects(capture: Capture) -> None:
    assert abs(capture.speed - Fraction(capture.expected["speed"])) < Fraction(1, 10**6)


def test_handles_are_what_the_media_has_of_those_asked_for(capture: Capture) -> None:
    first, stop = capture.taken()
    media = capture.clip.media
    assert media.duration is not None
    room = (
        first - capture.number(media.start),
        capture.number(media.start + media.duration) - stop,
    )
    asked = capture.requested["handle_start"], capture.requested["handle_end"]
    if capture.speed < 0:
        asked = asked[1], asked[0]
    found = [
        min(math.floor(frames * abs(capture.speed) + Fraction(1, 2)), math.floor(there))
        for frames, there in zip(asked, room, strict=True)
    ]
    assert found == [capture.expected["handleStart"], capture.expected["handleEnd"]]


@pytest.mark.parametrize("capture", REVERSED, indirect=True)
def test_reversed_clips_start_with_their_last_picture(capture: Capture) -> None:
    first, stop = capture.taken()
    shown = [math.floor(place) for place in capture.shown]
    assert shown == sorted(shown, reverse=True)
    assert math.floor(stop - 1) <= shown[0] < stop
    assert math.floor(first) <= shown[-1]


@pytest.mark.parametrize("name", WARPED)
def test_time_warps_are_followed_frame_by_frame(name: str, shared: Path) -> None:
    folder = shared / "timelines" / "ayon-core"
    about = json.loads((folder / "expected_media_ranges.json").read_text("utf-8"))
    known = about[f"{name}.json"]
    found = Capture(read(folder / f"{name}.json", None), known["expected"], known["requested"])
    step = found.rate / found.cut.rate
    own = [place - frame * step for frame, place in enumerate(found.shown)]
    lookup = known["expected"]["timewarps"][0]["lookup"]
    if name == "img_seq_tw_beyond_range":
        late = [float(place - own[0]) for place in own]
        assert late == pytest.approx(lookup, abs=1e-4)
    assert math.floor(max(found.shown)) == known["expected"]["mediaOut"]
