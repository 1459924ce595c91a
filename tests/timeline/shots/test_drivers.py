from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from cuts import audio, clip, made, nest, seconds, span, video
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.timeline.model import SourceMap, Track
from a1sdk.timeline.shots.binding import labels_of, role_of
from a1sdk.timeline.shots.drivers import Ambiguous, Candidate, Drivers, Lane, Piece
from a1sdk.timeline.walk import placed

FRAME = seconds(1)


def candidates(*tracks: Track) -> list[Candidate]:
    return [
        Candidate(one, role_of(one.outermost.name), height, labels_of(one.path))
        for height, one in enumerate(placed(made(*tracks)))
    ]


def drivers(*tracks: Track) -> Drivers:
    return Drivers(candidates(*tracks))


def frames(pieces: list[Piece] | None) -> list[Any]:
    """Name, first and last frame, and the frame of the media that is shown first."""
    assert pieces is not None
    return [
        (one.name, one.span.start * 25, one.span.stop * 25, one.at(one.span.start) * 25)
        for one in pieces
    ]


def test_a_role_has_the_pieces_of_its_tracks_in_order_of_time() -> None:
    found = drivers(
        video("A1 DRIVE", clip("b", 30, 60, first=5), clip("a", 0, 20)),
        video("other", clip("x", 0, 99)),
    ).on_tracks("DRIVE", "", span(10, 50))
    assert frames(found) == [("a", 10, 20, 10), ("b", 30, 50, 5)]
    assert [one.layer for one in found] == ["track", "track"]


def test_the_upper_of_several_tracks_is_seen() -> None:
    found = drivers(
        video("A1 DRIVE", clip("low", 0, 100)),
        video("A1 DRIVE", clip("high", 20, 30), clip("off", 40, 50, enabled=False)),
    ).on_tracks("DRIVE", "", span(10, 60))
    assert frames(found) == [("low", 10, 20, 10), ("high", 20, 30, 0), ("low", 30, 60, 30)]


def test_a_group_has_its_own_tracks_or_everybodys() -> None:
    found = drivers(
        video("A1 DRIVE", clip("all", 0, 10)),
        video("A1 DRIVE BOB", clip("bob", 5, 10)),
        audio("A1 VOICE", clip("voice", 0, 10)),
    )
    window = span(0, 10)
    assert frames(found.on_tracks("DRIVE", "bob", window)) == [("bob", 5, 10, 0)]
    assert frames(found.on_tracks("DRIVE", "al", window)) == [("all", 0, 10, 0)]
    assert frames(found.on_tracks("VOICE", "bob", window)) == [("voice", 0, 10, 0)]
    assert found.on_tracks("KEYS", "bob", window) == []
    assert found.groups() == {"bob"}


def test_a_track_may_be_switched_off_and_a_clip_may_not() -> None:
    inner = video("", clip("n", 0, 10))
    off = drivers(
        video(
            "A1 DRIVE", clip("a", 0, 10, enabled=False), nest("n", 10, 20, [inner], enabled=False)
        ),
    )
    assert off.on_tracks("DRIVE", "", span(0, 20)) == []
    assert len(off.disabled("DRIVE", "", span(0, 20))) == 2
    on = drivers(video("A1 DRIVE", clip("a", 0, 10), enabled=False))
    assert len(on.on_tracks("DRIVE", "", span(0, 20))) == 1


def test_clips_in_nested_sequences_play_at_the_speed_of_both() -> None:
    inner = [video("", clip("a", 0, 100, first=10, speed=2))]
    found = drivers(video("A1 DRIVE", nest("n", 50, 60, inner, first=20, speed=3)))
    (piece,) = found.on_tracks("DRIVE", "", span(0, 100))
    assert frames([piece]) == [("a", 50, 60, 10 + 20 * 2)]
    assert piece.speeds == (6,)


@pytest.mark.parametrize("name", ["perf", "PERF", "take 7", "take 7.MOV", "A&B", "A&B.mov"])
def test_clips_are_called_by_their_and_their_medias_names(name: str) -> None:
    found = drivers(
        video("V", clip("perf", 0, 10, url="file:///x/take%207.mov")),
        video("V", clip("x", 0, 10, url="C:\\y\\a&b.mov")),
    )
    assert len(found.called(name, "video", span(0, 10))) == 1


def test_a_clip_in_the_window_plays_as_it_lies_there() -> None:
    found = drivers(video("V", clip("a", 0, 30, first=7), clip("a", 40, 70)))
    assert frames(found.called("a", "video", span(10, 50))) == [("a", 10, 30, 17), ("a", 40, 50, 0)]


def test_the_nearest_clip_plays_from_its_first_frame() -> None:
    found = drivers(video("V", clip("a", 0, 30), clip("a", 100, 130, first=7)))
    assert frames(found.called("a", "video", span(80, 95))) == [("a", 80, 95, 7)]
    assert frames(found.called("a", "video", span(60, 99))) == [("a", 60, 90, 7)]
    assert found.called("b", "video", span(60, 99)) == []


def test_clips_that_are_as_near_are_ambiguous() -> None:
    found = drivers(video("V", clip("a", 0, 30), clip("a", 70, 100)))
    with pytest.raises(Ambiguous, match="'a' means 2 clips that are equally near") as caught:
        found.called("a", "video", span(40, 60))
    assert "drive=V1@" in (caught.value.hint or "")


def test_of_clips_above_each_other_the_one_seen_longest_is_meant() -> None:
    found = drivers(
        video("V", clip("a", 0, 30)), video("V", clip("a", 10, 50)), video("V", clip("b", 0, 99))
    )
    assert frames(found.called("a", "video", span(0, 45))) == [("a", 10, 45, 0)]
    with pytest.raises(Ambiguous):
        found.called("a", "video", span(10, 30))


def test_a_film_and_its_sound_are_not_ambiguous() -> None:
    film, sound = clip("a", 0, 30), [clip("a", 0, 30), clip("a", 0, 30)]
    found = drivers(video("V", film), audio("A", sound[0]), audio("A", sound[1]))
    (driver,) = found.called("a", "video", span(0, 30))
    (voice,) = found.called("a", "audio", span(0, 30))
    assert driver.clip is film
    assert voice.clip is sound[0]


def test_only_sound_is_taken_where_there_is_no_picture() -> None:
    found = drivers(audio("A", clip("a", 0, 30, url="a.wav")))
    assert len(found.called("a", "video", span(0, 30))) == 1


def test_a_clip_that_is_switched_off_is_not_called() -> None:
    assert (
        drivers(video("V", clip("a", 0, 9, enabled=False))).called("a", "video", span(0, 9)) == []
    )


def test_tracks_are_called_by_name_or_number() -> None:
    inner = [video("Inner", clip("n", 0, 10))]
    found = drivers(
        video("Perf", clip("a", 0, 10)), video("", nest("n", 0, 10, inner)), audio("Perf")
    )
    window = span(0, 10)
    for label in ("perf", "V1", "v1"):
        assert frames(found.on_track(label, window)) == [("a", 0, 10, 0)]
    for label in ("V2", "inner"):
        assert frames(found.on_track(label, window)) == [("n", 0, 10, 0)]
    assert found.on_track("V3", window) is None
    assert found.at_place("V3", seconds(0), window) is None


def test_a_place_plays_what_lies_there_from_there_on() -> None:
    found = drivers(video("V", clip("a", 0, 30), clip("b", 30, 60)))
    assert frames(found.at_place("V1", seconds(25), span(100, 110))) == [
        ("a", 100, 105, 25),
        ("b", 105, 110, 0),
    ]
    assert found.at_place("V1", seconds(90), span(0, 10)) == []


def test_names_are_guessed_for_the_first_few_only() -> None:
    found = drivers(video("V", clip("perf_anna", 0, 30)))
    assert found.hint("perf_ana") == "did you mean 'perf_anna'?"
    for number in range(30):
        found.hint(f"perf_ann{number}")
    assert found.hint("perf_annn") is None
    assert found.hint("perf_ana") == "did you mean 'perf_anna'?"


def test_voices_that_are_hidden_by_others_are_measured() -> None:
    low, high = audio("A1 VOICE", clip("a", 0, 30)), audio("A1 VOICE", clip("b", 20, 50))
    assert drivers(low, high).overlap("VOICE", "", span(0, 100)) == seconds(10)
    assert drivers(low, low).overlap("VOICE", "", span(0, 100)) == 0
    assert drivers(low).overlap("VOICE", "", span(0, 100)) == 0


def piece(points: Sequence[tuple[int, int]], stop: int) -> Piece:
    (one,) = drivers(video("A1 DRIVE", clip("a", 0, stop))).on_tracks("DRIVE", "", span(0, stop))
    source = SourceMap(tuple((seconds(at), seconds(time)) for at, time in points))
    return Piece(
        name="a",
        span=one.span,
        origin=one.origin,
        source=source,
        media=one.media,
        layer="track",
    )


@pytest.mark.parametrize(
    ("points", "start", "stop"),
    [
        ([(0, 100), (1, 101)], 100, 110),
        ([(0, 100), (1, 102)], 100, 120),
        ([(0, 109), (1, 108)], 100, 110),
        ([(0, 119), (1, 117)], 101, 120),
        ([(0, 100)], 100, 100),
        ([(0, 100), (5, 105), (10, 125)], 100, 125),
    ],
)
def test_what_is_shown_of_the_media(points: list[tuple[int, int]], start: int, stop: int) -> None:
    assert piece(points, 10).shown(FRAME) == span(start, stop)


def test_speeds_in_order_once_each() -> None:
    assert piece([(0, 0), (2, 2), (4, 4), (6, 8)], 10).speeds == (1, 2)
    assert piece([(0, 5)], 10).speeds == (0,)
    assert piece([(0, 0), (20, 20), (30, 50)], 10).speeds == (1,)


SPANS = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 15)), min_size=1, max_size=12)


@given(SPANS, st.integers(0, 30), st.integers(1, 30))
def test_pieces_are_what_an_eye_sees(clips: list[tuple[int, int]], start: int, length: int) -> None:
    tracks = [video("A1 DRIVE", clip(str(n), at, at + long)) for n, (at, long) in enumerate(clips)]
    found = drivers(*tracks).on_tracks("DRIVE", "", span(start, start + length))
    for frame in range(start, start + length):
        seen = [str(n) for n, (at, long) in enumerate(clips) if at <= frame < at + long]
        there = [one.name for one in found if seconds(frame) in one.span]
        assert there == seen[-1:]
    assert found == sorted(found, key=lambda one: one.span)


@given(SPANS, st.integers(0, 50), st.integers(1, 30))
def test_lanes_find_what_overlaps(clips: list[tuple[int, int]], start: int, length: int) -> None:
    lane = Lane(candidates(*(video("V", clip(str(a), a, a + n)) for a, n in clips)))
    under = lane.under(span(start, start + length))
    assert sorted((one.span.start, one.span.stop) for one in under) == sorted(
        (seconds(a), seconds(a + n)) for a, n in clips if a < start + length and a + n > start
    )
    at = lane.at(seconds(start))
    assert len(at) == sum(a <= start < a + n for a, n in clips)
