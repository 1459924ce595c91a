"""Every frame of a shot's media is made of the driver's frame that the cut shows there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest

Json = dict[str, Any]
NTSC24 = Fraction(24000, 1001)
NTSC30 = Fraction(30000, 1001)


def time(value: float, rate: float) -> Json:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": value}


def span(start: float, frames: float, rate: float, start_rate: float | None = None) -> Json:
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": time(start, start_rate or rate),
        "duration": time(frames, rate),
    }


def clip(url: str, window: Json, available: Json | None, *effects: Json, note: str = "") -> Json:
    marker = {
        "OTIO_SCHEMA": "Marker.2", "name": "A1", "comment": note, "color": "RED",
        "marked_range": window, "metadata": {},
    }  # fmt: skip
    return {
        "OTIO_SCHEMA": "Clip.2", "name": url, "source_range": window, "metadata": {},
        "effects": list(effects), "markers": [marker] if note else [], "enabled": True,
        "active_media_reference_key": "DEFAULT_MEDIA",
        "media_references": {"DEFAULT_MEDIA": {
            "OTIO_SCHEMA": "ExternalReference.1", "target_url": url, "name": "", "metadata": {},
            "available_range": available,
        }},
    }  # fmt: skip


def still(frames: int, rate: float, note: str) -> Json:
    return clip("anna.png", span(0, frames, rate), span(0, 1, rate), note=note)


def warp(speed: float) -> Json:
    return {
        "OTIO_SCHEMA": "LinearTimeWarp.1", "name": "", "effect_name": "LinearTimeWarp",
        "time_scalar": speed, "metadata": {}, "enabled": True,
    }  # fmt: skip


def gap(frames: int, rate: float) -> Json:
    return {
        "OTIO_SCHEMA": "Gap.1", "name": "", "source_range": span(0, frames, rate),
        "metadata": {}, "effects": [], "markers": [], "enabled": True,
    }  # fmt: skip


def dissolve(frames_in: int, frames_out: int, rate: float) -> Json:
    return {
        "OTIO_SCHEMA": "Transition.1", "name": "", "transition_type": "SMPTE_Dissolve",
        "in_offset": time(frames_in, rate), "out_offset": time(frames_out, rate), "metadata": {},
    }  # fmt: skip


def track(name: str, *children: Json) -> Json:
    return {
        "OTIO_SCHEMA": "Track.1", "name": name, "kind": "Video", "children": list(children),
        "source_range": None, "metadata": {}, "effects": [], "markers": [], "enabled": True,
    }  # fmt: skip


def stack(*tracks: Json, window: Json | None = None, effects: Sequence[Json] = ()) -> Json:
    return {
        "OTIO_SCHEMA": "Stack.1", "name": "nest", "children": list(tracks), "markers": [],
        "source_range": window, "metadata": {}, "effects": list(effects), "enabled": True,
    }  # fmt: skip


def timeline(rate: float, *tracks: Json, start: int = 86400) -> str:
    return json.dumps({
        "OTIO_SCHEMA": "Timeline.1", "name": "cut", "metadata": {},
        "global_start_time": time(start, rate), "tracks": stack(*tracks),
    })  # fmt: skip


def drive(start: float, frames: float, rate: float, media_rate: float, *effects: Json) -> Json:
    window = span(start, frames, rate, media_rate)
    return clip("perf.mkv", window, span(0, 200, media_rate), *effects)


@pytest.fixture
def shown(studio, driver):
    """Render a cut of an OTIO document and return the numbers of a shot."""

    def render(document: str, shot: str = "sh010", handles: int = 0, **film: Any):
        if not (studio.folder / "perf.mkv").exists():
            driver(**film)
        path = studio.folder / "cut.otio"
        path.write_text(document)
        return studio.numbers(studio.render(path, handles=handles), shot)

    return render


def near(numbers: Sequence[Fraction], wanted: Sequence[Fraction | int]) -> bool:
    """Whether numbers are those to the thousandth that is painted, floats having made them."""
    assert len(numbers) == len(wanted)
    wrong = [
        (n, float(a), float(b))
        for n, (a, b) in enumerate(zip(numbers, wanted, strict=True))
        if abs(a - b) > Fraction(2, 1000)
    ]
    assert wrong == []
    return True


def test_a_cut_at_the_drivers_rate(shown):
    cut = timeline(25, track("A1 DRIVE", gap(5, 25), drive(30, 40, 25, 25)),
                   track("A1 PORTRAIT", gap(5, 25), still(40, 25, "sh010")))  # fmt: skip
    assert near(shown(cut), range(30, 70))


def test_handles_go_on_where_the_driver_does(shown):
    cut = timeline(25, track("A1 DRIVE", drive(30, 40, 25, 25)),
                   track("A1 PORTRAIT", still(40, 25, "sh010")))  # fmt: skip
    assert near(shown(cut, handles=8), range(22, 78))


@pytest.mark.parametrize("speed", [2, 0.5, 0.7, 3])
def test_speeds(shown, speed):
    cut = timeline(25, track("A1 DRIVE", drive(10, 50, 25, 25, warp(speed))),
                   track("A1 PORTRAIT", still(50, 25, "sh010")))  # fmt: skip
    assert near(shown(cut), [10 + k * Fraction(str(speed)) for k in range(50)])


@pytest.mark.parametrize("speed", [-1, -2, -0.5])
def test_reverse(shown, speed):
    cut = timeline(25, track("A1 DRIVE", drive(20, 40, 25, 25, warp(speed))),
                   track("A1 PORTRAIT", still(40, 25, "sh010")))  # fmt: skip
    step = Fraction(str(-speed))
    top = 20 + 40 * step - min(1, step)  # frames 20 up to 20 + 40 steps, each shown alike long
    assert near(shown(cut), [top + k * Fraction(str(speed)) for k in range(40)])


def test_freeze(shown):
    cut = timeline(25, track("A1 DRIVE", drive(33, 25, 25, 25, warp(0))),
                   track("A1 PORTRAIT", still(25, 25, "sh010")))  # fmt: skip
    assert near(shown(cut), [33] * 25)


def test_a_driver_that_is_cut(shown):
    cut = timeline(
        25,
        track("A1 DRIVE", drive(100, 20, 25, 25), drive(5, 20, 25, 25, warp(2)),
              drive(60, 10, 25, 25, warp(-1))),
        track("A1 PORTRAIT", gap(3, 25), still(45, 25, "sh010")),
    )  # fmt: skip
    wanted = [*range(103, 120), *range(5, 45, 2), *range(69, 61, -1)]
    assert near(shown(cut), wanted)


@pytest.mark.parametrize(
    ("media", "cut"),
    [(30, 25), (25, 24), (25, 30), (50, 25), (NTSC30, 24), (24, NTSC30), (25, NTSC24)],
)
def test_mixed_rates(shown, media, cut):
    media, cut = Fraction(media), Fraction(cut)
    document = timeline(
        float(cut), track("A1 DRIVE", drive(12, 48, float(cut), float(media))),
        track("A1 PORTRAIT", still(48, float(cut), "sh010")), start=0,
    )  # fmt: skip
    numbers = shown(document, rate=media)
    assert near(numbers, [12 + k * media / cut for k in range(48)])


@pytest.mark.parametrize(("media", "said", "cut"), [(NTSC24, 24, 24), (24, 23.976, 23.976)])
def test_the_same_frames_at_nearly_the_same_rate(shown, media, said, cut):
    """24 beside 23.976: where the cut thinks that a file counts as it does, frames are counted."""
    document = timeline(cut, track("A1 DRIVE", drive(12, 48, cut, said)),
                        track("A1 PORTRAIT", still(48, cut, "sh010")), start=0)  # fmt: skip
    assert near(shown(document, rate=Fraction(media)), range(12, 60))


def test_a_dissolve_shows_both_shots_longer(shown):
    cut = timeline(
        25,
        track("A1 DRIVE", drive(20, 40, 25, 25), drive(100, 40, 25, 25)),
        track("A1 PORTRAIT", still(40, 25, "sh010"), dissolve(4, 6, 25), still(40, 25, "sh020")),
    )
    assert near(shown(cut), range(20, 66))
    assert near(shown(cut, "sh020"), range(96, 140))


def test_nests(shown):
    """Three deep, each with a window, one at double speed."""
    inner = stack(
        track("A1 DRIVE", drive(10, 100, 25, 25)),
        track("A1 PORTRAIT", still(100, 25, "sh010")),
        window=span(8, 80, 25),
    )
    middle = stack(track("V1", gap(5, 25), inner), window=span(11, 60, 25))
    outer = stack(track("V1", middle), window=span(4, 20, 25), effects=[warp(2)])
    cut = timeline(25, track("V1", gap(7, 25), outer))
    first = 10 + 8 + (11 - 5) + 4
    assert near(shown(cut), [first + 2 * k for k in range(20)])


def test_a_driver_outside_a_nest(shown):
    inner = stack(track("A1 PORTRAIT", still(60, 25, "sh010")), window=span(10, 30, 25))
    cut = timeline(25, track("A1 DRIVE", drive(50, 60, 25, 25)), track("V2", gap(12, 25), inner))
    assert near(shown(cut), range(62, 92))


def test_a_driver_of_variable_rate(shown):
    shifts = [0, 7, -5, 11, 3]
    times = [40 * k + shifts[k % 5] * (k > 0) for k in range(200)]
    cut = timeline(25, track("A1 DRIVE", drive(20, 40, 25, 25)),
                   track("A1 PORTRAIT", still(40, 25, "sh010")))  # fmt: skip
    numbers = shown(cut, milliseconds=times)

    def at(milliseconds: int) -> Fraction:
        k = max(n for n, t in enumerate(times) if t <= milliseconds)
        return k + Fraction(milliseconds - times[k], times[k + 1] - times[k])

    assert near(numbers, [at(40 * k) for k in range(20, 60)])


def test_drop_frame_record_time(studio, driver, shown):
    rate = 30000 / 1001
    cut = timeline(rate, track("A1 DRIVE", drive(15, 60, rate, rate)),
                   track("A1 PORTRAIT", still(60, rate, "sh010")), start=107892)  # fmt: skip
    assert near(shown(cut, rate=NTSC30), range(15, 75))


def test_half_frames_are_rounded_up_at_both_ends(shown):
    """Neighbours that meet between two frames still abut."""
    halves = [clip("anna.png", span(0, frames, 25), span(0, 1, 25), note=note)
              for frames, note in ((20.5, "sh010"), (19.5, "sh020"))]  # fmt: skip
    cut = timeline(25, track("A1 DRIVE", drive(50, 40, 25, 25)), track("A1 PORTRAIT", *halves))
    assert near(shown(cut), range(50, 71))
    assert near(shown(cut, "sh020"), range(71, 90))
