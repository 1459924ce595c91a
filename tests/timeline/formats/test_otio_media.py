"""Media references, and where on the media's own clock a clip starts."""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

import pytest

from a1sdk.errors import DecodeError
from a1sdk.timeline.model import Clip, Cut, Media

Json = Any
NTSC = F(24000, 1001)


def only(cut: Cut) -> Clip:
    [clip] = cut.tracks[0].items
    assert isinstance(clip, Clip)
    return clip


def media(otio: Json, reference: Json) -> Media:
    return only(otio.read(otio.clip(media=reference))).media


def test_a_file_has_a_url_a_clock_and_a_rate(otio: Json) -> None:
    found = media(otio, otio.media(86400, 240, 25, target_url="C:\\shots\\a b.mov"))
    assert (found.kind, found.url, found.name) == ("file", "C:\\shots\\a b.mov", "a b.mov")
    assert (found.rate, found.start, found.duration) == (25, F(86400, 25), F(240, 25))


@pytest.mark.parametrize("url", ["", None, 5])
def test_a_file_without_a_url_is_missing(otio: Json, url: Any) -> None:
    assert media(otio, otio.media(target_url=url)).kind == "missing"


def test_a_file_may_not_say_how_long_it_is(otio: Json) -> None:
    found = only(otio.read(otio.clip(50, 24, media=otio.media(available_range=None))))
    assert (found.media.rate, found.media.duration) == (None, None)
    assert found.source(F(0)) * 24 == 50


def test_a_clip_without_a_range_plays_all_of_its_media(otio: Json) -> None:
    clip = only(otio.read(otio.clip(source_range=None, media=otio.media(100, 48))))
    assert (clip.span.duration, clip.source(F(0)) * 24) == (2, 100)


def test_a_clip_without_any_range_is_empty_and_reported(otio: Json) -> None:
    clip = otio.clip(source_range=None, media=otio.media(available_range=None))
    cut = otio.read(otio.timeline(otio.track(clip, otio.clip())))
    assert cut.tracks[0].items[1].span.start == 0
    assert [(p.code, p.severity) for p in cut.problems] == [("A1-OTIO-INCOMPLETE", "error")]


def test_a_still_of_one_frame_is_held(otio: Json) -> None:
    clip = only(otio.read(otio.clip(0, 444, media=otio.media(0, 1, target_url="/m/a.png"))))
    assert clip.span.duration * 24 == 444
    assert clip.media.duration == F(1, 24)


def test_a_generator_is_not_media(otio: Json) -> None:
    bars = otio.object("GeneratorReference.1", generator_kind="SMPTEBars", parameters={"a": 1})
    cut = otio.read(otio.timeline(otio.track(otio.clip(media=bars))))
    found = only(cut).media
    assert (found.kind, found.name, found.metadata["parameters"]) == (
        "generator", "SMPTEBars", {"a": 1},
    )  # fmt: skip
    assert not cut.problems


def test_alternatives_are_kept_by_key(otio: Json) -> None:
    references = {"a": otio.media(target_url="/m/a.mov"), "b": otio.media(target_url="/m/b.mov")}
    clip = otio.clip(media_references=references, active_media_reference_key="b")
    found = only(otio.read(clip))
    assert found.media.url == "/m/b.mov"
    assert {key: other.url for key, other in found.alternatives.items()} == {"a": "/m/a.mov"}


@pytest.mark.parametrize(
    ("padding", "prefix", "pattern"),
    [
        (4, "a.", "a.%04d.exr"), (0, "a.", "a.%d.exr"), (1, "a_", "a_%d.exr"),
        (4, "100%.", "100%%.%04d.exr"), (99, "a.", "a.%d.exr"), (None, "a.", "a.%d.exr"),
    ],
)  # fmt: skip
def test_pictures_have_a_pattern(otio: Json, padding: Any, prefix: str, pattern: str) -> None:
    reference = otio.pictures(1001, 0, 50, frame_zero_padding=padding, name_prefix=prefix)
    found = media(otio, reference)
    assert (found.kind, found.pattern, found.first) == ("sequence", pattern, 1001)
    assert found.url == "/m/"


def test_pictures_may_have_a_step(otio: Json) -> None:
    assert media(otio, otio.pictures(1, 0, 9, frame_step=2)).metadata == {"frame_step": 2}


@pytest.mark.parametrize(("first", "number"), [(1001.0, 1001), (1001.5, 0), (None, 0), ("1", 0)])
def test_first_numbers_that_are_none_cost_a_problem(otio: Json, first: Any, number: int) -> None:
    reference = otio.pictures(0, 0, 50, start_frame=first)
    cut = otio.read(otio.timeline(otio.track(otio.clip(media=reference))))
    assert only(cut).media.first == number
    assert [p.code for p in cut.problems] == (["A1-OTIO-INCOMPLETE"] if number == 0 else [])


def test_pictures_without_a_range_have_their_rate(otio: Json) -> None:
    assert media(otio, otio.pictures(1, 0, 9, available_range=None, rate=23.976)).rate == NTSC


@pytest.mark.parametrize("rate", [None, "24", [24], True])
def test_pictures_without_any_rate_have_none(otio: Json, rate: Any) -> None:
    assert media(otio, otio.pictures(1, 0, 9, available_range=None, rate=rate)).rate is None


def picture(clip: Clip) -> F:
    """The number of the first picture that a clip shows."""
    assert clip.media.rate is not None
    return clip.media.first + (clip.source(F(0)) - clip.media.start) * clip.media.rate


@pytest.mark.parametrize(
    ("first", "start", "clip", "number"),
    [
        (1001, 0, 12, 1013),  # the clock starts at 0
        (1001, 86400, 86412, 1013),  # the clock is a timecode
        (1001, 1001, 1013, 1013),  # the clock is the number
        (1001, 1001, 12, 1013),  # the clock is the number, the clip counts from the first
        (1001, 1001, 995, 995),  # before the first picture, by number: there are but 100
        (50, 50, 60, 60),  # by number, though 60 would be a place as well
        (0, 0, 12, 12),
    ],
)
def test_pictures_are_found_by_clock_or_number(
    otio: Json, first: int, start: int, clip: int, number: int
) -> None:
    reference = otio.pictures(first, start, 100)
    assert picture(only(otio.read(otio.clip(clip, 5, media=reference)))) == number


@pytest.mark.parametrize(
    ("start", "rate", "clock", "media_rate", "frame"),
    [
        (1937905.9905694576, 23.976024627685547, 1937896, 23.976, 8),  # single precision
        (29.970030784606934, 23.976024627685547, 0, 24, 30),
        (909986.0387191772, 23.976024627685547, 948674, 25, 176),
        (50, 25, 0, 24, 48),
        (86400 + 1, 23.976, 86400, 24000 / 1001, 1),
        (12.5, 24, 0, 24, F(25, 2)),
    ],
)  # fmt: skip
def test_clips_that_count_at_another_rate_start_at_a_whole_frame(
    otio: Json, start: float, rate: float, clock: int, media_rate: float, frame: F
) -> None:
    reference = otio.media(clock, 10**6, media_rate)
    clip = only(otio.read(otio.clip(start, 5, rate=rate, media=reference)))
    assert clip.media.rate is not None
    assert (clip.source(F(0)) - clip.media.start) * clip.media.rate == frame


def test_a_clip_that_starts_between_frames_stays_there(otio: Json) -> None:
    reference = otio.media(87399, 101, 24)
    clip = only(otio.read(otio.clip(91046.625, 74, rate=25, media=reference)))
    assert (clip.source(F(0)) - clip.media.start) * 24 == F(144, 25)


@pytest.mark.parametrize(
    ("value", "rate"),
    [(1, 0), (1, -24), (1, None), (1, "24"), (None, 24), ("1", 24), (True, 24), (1, True),
     (1, float("nan")), (float("inf"), 24), (1e300, 24), (10**400, 24), (1, 10**400), (1, 1e-30)],
)  # fmt: skip
@pytest.mark.parametrize("place", ["source_range", "available_range"])
def test_times_that_are_none_are_refused_with_their_clip(
    otio: Json, place: str, value: Any, rate: Any
) -> None:
    wrong = otio.range(0, 24)
    wrong["start_time"] |= {"value": value, "rate": rate}
    more = {"source_range": wrong} if place == "source_range" else {
        "media": otio.media(available_range=wrong)
    }  # fmt: skip
    with pytest.raises(DecodeError, match=r"(Rate|Time) .* \(V1/a @ 00:00:00:00\)"):
        otio.read(
            otio.timeline(otio.track(otio.clip(name="a", **more)), global_start_time=None), F(24)
        )
