from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from cuts import RATE, Folder, audio, clip, codes, seconds, span, video
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.timeline.shots import Shot
from a1sdk.timeline.shots.edges import record_frames
from a1sdk.timeline.shots.findings import Findings
from a1sdk.timing import FrameRange


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.media("perf.mov", "anna.png", "plate.mov", "dlg.wav")
    return made


def shot(folder: Folder, *, drive: object = None, **portrait: object) -> Shot:
    """A portrait over frames 50 to 100, and its driver."""
    driver = drive or clip("perf", 0, 500)
    anna = clip("anna", 50, 100, url="anna.png", **portrait)  # type: ignore[arg-type]
    return folder.one(video("A1 DRIVE", driver), video("A1 PORTRAIT", anna))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "stop", "frames", "code"),
    [
        ("10", "20", (10, 20), None),
        ("10.4", "20.5", (10, 21), "warning"),
        ("10.5", "11.4", (11, 11), "error"),
        ("10.6", "11.4", (11, 11), "error"),
        ("9.5", "10.5", (10, 11), "warning"),
    ],
)
def test_edges_are_whole_frames_halves_up(
    start: str, stop: str, frames: tuple[int, int], code: str | None
) -> None:
    found = Findings("x")
    record = record_frames(span(Fraction(start), Fraction(stop)), RATE, found)
    assert record == FrameRange(*frames)
    assert [one.severity for one in found.problems] == ([code] if code else [])
    assert {one.code for one in found.problems} <= {"A1-TIME-FRACTIONAL"}


@given(st.fractions(0, 50), st.fractions(0, 50), st.fractions(0, 50))
def test_neighbours_still_abut(a: Fraction, b: Fraction, c: Fraction) -> None:
    first, middle, last = sorted((a, b, c))
    one = record_frames(span(first, middle), RATE, Findings("x"))
    two = record_frames(span(middle, last), RATE, Findings("x"))
    assert one.stop == two.start


def test_a_portrait_shorter_than_a_frame_is_blocked(folder: Folder) -> None:
    tiny = clip("anna", Fraction("10.5"), Fraction("11.2"), url="anna.png")
    found = folder.one(
        video("A1 DRIVE", clip("perf", 0, 50)),
        video("A1 PORTRAIT", replace(tiny, metadata={"a1sdk": "x"})),
    )
    assert (found.state, len(found.record)) == ("blocked", 0)
    assert "A1-TIME-FRACTIONAL" in codes(found)


def test_handles_are_eight_or_as_many_as_are_asked_for(folder: Folder) -> None:
    assert (shot(folder).head, shot(folder).tail) == (8, 8)
    drive, portrait = clip("perf", 0, 500), clip("anna", 50, 100, url="anna.png")
    tracks = video("A1 DRIVE", drive), video("A1 PORTRAIT", portrait)
    (found,) = folder.find(*tracks, handles=3)
    assert (found.head, found.tail) == (3, 3)
    (found,) = folder.find(*tracks, handles=3, sidecar={"defaults": {"handles": 12}})
    assert (found.head, found.tail) == (12, 12)
    assert found.frames == FrameRange(38, 112)
    assert found.span == span(38, 112)


@pytest.mark.parametrize(
    ("first", "speed", "media", "expected"),
    [
        (3, 1, (0, 1000), (3, 8)),
        (100, 1, (98, 1000), (2, 8)),
        (100, 1, (0, 155), (8, 5)),
        (3, 2, (0, 1000), (1, 8)),
        (0, 2, (0, 103), (0, 2)),
        (3, Fraction(1, 2), (0, 1000), (6, 8)),
        (0, Fraction(1, 2), (0, 26), (0, 2)),
        (149, -1, (100, 50), (0, 0)),
        (149, -1, (97, 55), (2, 3)),
        (198, -2, (97, 106), (2, 1)),
        (5, 0, (5, 1), (8, 8)),
        (0, 1, None, (8, 8)),
    ],
)
def test_handles_are_what_the_drivers_media_can_give(
    folder: Folder,
    first: int,
    speed: int | Fraction,
    media: tuple[int, int] | None,
    expected: tuple[int, int],
) -> None:
    drive = clip("perf", 50, 100, first=first, speed=speed, media=media)
    found = shot(folder, drive=drive)
    assert (found.head, found.tail) == expected
    assert "A1-DRIVE-SHORT" not in codes(found)
    (piece,) = found.cast.drivers
    assert piece.span == span(50 - expected[0], 100 + expected[1])
    if media:  # what is asked of the media is there, and a frame more would not be
        times = [piece.at(seconds(k)) * 25 for k in (50 - expected[0], 99 + expected[1])]
        assert all(media[0] <= time < sum(media) for time in times)


def test_dissolves_have_the_handles_they_need(folder: Folder) -> None:
    drive = clip("perf", 50, 100, first=3, media=(0, 60))
    found = shot(folder, drive=drive, dissolves=(12, 10))
    assert (found.head, found.tail) == (12, 10)
    found = shot(folder, drive=drive, dissolves=(2, 0))
    assert (found.head, found.tail) == (3, 7)


def test_dissolves_of_edges_between_frames_are_covered_too(folder: Folder) -> None:
    anna = clip("anna", Fraction("50.4"), 100, url="anna.png", dissolves=(12, 0))
    tracks = video("A1 DRIVE", clip("perf", 0, 500)), video("A1 PORTRAIT", anna)
    (found,) = folder.find(*tracks, handles=0)
    assert (found.record.start, found.head) == (50, 12)
    late = replace(anna, span=span(Fraction("50.6"), 100))
    (found,) = folder.find(tracks[0], video("A1 PORTRAIT", late), handles=0)
    assert (found.record.start, found.head) == (51, 13)


@pytest.mark.parametrize(("start", "head"), [(0, 5), (Fraction(2, 25), 7), (3600, 8)])
def test_no_handle_is_before_timecode_zero(
    folder: Folder, start: int | Fraction, head: int
) -> None:
    tracks = (
        video("A1 DRIVE", clip("perf", 0, 500)),
        video("A1 PORTRAIT", clip("anna", 5, 50, url="anna.png")),
    )
    assert folder.one(*tracks, start=Fraction(start)).head == head


def test_a_gap_at_the_end_leaves_the_handles(folder: Folder) -> None:
    found = shot(folder, drive=clip("perf", 60, 90, first=0, media=(0, 30)))
    assert (found.head, found.tail) == (8, 8)
    assert [piece.span for piece in found.cast.drivers] == [span(60, 90)]


@pytest.mark.parametrize(
    ("first", "speed", "media", "short"),
    [
        (0, 1, (0, 40), "10"),
        (0, 1, (20, 100), "20"),
        (0, 2, (0, 60), "40"),
        (49, -1, (10, 40), "10"),
        (49, -1, (0, 50), None),
        (59, -1, (0, 50), "10"),
        (99, -2, (0, 100), None),
        (0, 1, (0, 50), None),
        (0, 0, (0, 1), None),
        (3, 0, (0, 1), "2"),
    ],
)
def test_media_that_is_too_short_is_measured(
    folder: Folder, first: int, speed: int, media: tuple[int, int], short: str | None
) -> None:
    drive = clip("perf", 50, 100, first=first, speed=speed, media=media)
    found = shot(folder, drive=drive)
    messages = [one.message for one in found.problems if one.code == "A1-DRIVE-SHORT"]
    lacks = [f"'perf' lacks {int(short) / 25:.3f} s of media; its end is held"] if short else []
    assert messages == lacks
    assert found.state == "ready"


@pytest.mark.parametrize("speed", [-1, Fraction(-1, 2), -4])
def test_a_driver_may_be_played_backwards(folder: Folder, speed: int | Fraction) -> None:
    found = shot(folder, drive=clip("perf", 0, 200, first=900, speed=speed))
    assert (found.state, codes(found)) == ("ready", set())
    assert found.cast.drivers[0].speeds == (speed,)


@pytest.mark.parametrize("speed", [2, Fraction(1, 2), -1, 0])
def test_the_sound_of_a_retimed_voice_is_left_out(folder: Folder, speed: int | Fraction) -> None:
    voice = clip("dlg", 0, 200, url="dlg.wav", first=500, speed=speed)
    found = shot(folder, drive=voice)
    assert codes(found) == {"A1-VOICE-RETIME"}
    assert found.state == "ready"


def test_the_speed_of_a_still_is_noted_unless_it_is_a_freeze(folder: Folder) -> None:
    assert codes(shot(folder, speed=2)) == {"A1-PORTRAIT-RETIME"}
    assert codes(shot(folder, speed=0)) == set()


@pytest.mark.parametrize("kind", ["file", "sequence"])
def test_a_moving_portrait_needs_to_know_its_picture(folder: Folder, kind: str) -> None:
    tracks = video("A1 DRIVE", clip("perf", 0, 500))
    plate = clip("plate", 50, 100, kind=kind)  # type: ignore[arg-type]
    found = folder.one(tracks, video("A1 PORTRAIT", plate))
    assert found.moving
    assert found.state == "blocked"
    (problem,) = found.problems
    assert problem.code == "A1-PORTRAIT-MOVING"
    assert "still=0" in problem.message
    told = folder.one(tracks, video("A1 PORTRAIT", plate), sidecar={"defaults": {"still": 0}})
    assert (told.state, told.moving, told.binding.get("still")) == ("ready", True, 0)


def test_a_moving_portrait_is_known_by_its_name_while_it_is_offline(folder: Folder) -> None:
    found = folder.one(
        video("A1 DRIVE", clip("perf", 0, 500)), video("A1 PORTRAIT", clip("lost", 0, 9))
    )
    assert found.moving
    assert codes(found) == {"A1-MEDIA-OFFLINE", "A1-PORTRAIT-MOVING"}


@pytest.mark.parametrize(
    ("past", "names"), [(Fraction(1, 100), ["two"]), (Fraction(3, 5), ["one", "two"])]
)
def test_drivers_change_at_the_nearest_frame_as_shots_do(
    folder: Folder, past: Fraction, names: list[str]
) -> None:
    """A clip of 29.97 ends a little after a frame of 25; it must not open the next shot."""
    folder.media("one.mov", "two.mov")
    drive = video("A1 DRIVE", clip("one", 0, 50 + past), clip("two", 50 + past, 100))
    found = folder.one(drive, video("A1 PORTRAIT", clip("anna", 50, 100, url="anna.png")))
    drivers = found.cast.drivers
    assert [one.name for one in drivers] == names
    assert drivers[0].span.start == seconds(50 - 8)
    assert all((one.span.start * RATE).denominator == 1 for one in drivers)
    assert drivers[-1].at(seconds(60)) == seconds(10 - past)  # the edges move, the pictures do not


def test_voices_that_end_with_a_shot_leave_nothing_in_the_next(folder: Folder) -> None:
    folder.media("one.wav", "two.wav")
    edge = 50 + Fraction(1, 10)
    lines = [("one", 0, edge), ("two", edge, 60 + Fraction(1, 3)), ("one", 70, 100)]
    voices = [clip(name, start, stop, url=f"{name}.wav") for name, start, stop in lines]
    found = folder.one(
        audio("A1 VOICE", *voices), video("A1 PORTRAIT", clip("anna", 50, 100, url="anna.png"))
    )
    spans = [(one.name, one.span) for one in found.cast.voices]
    assert spans == [("two", span(42, 60 + Fraction(1, 3))), ("one", span(70, 108))]
