"""Edit decision lists: which events become which items, on which tracks, when."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.edl.reader import MAX_OVERLAP, read
from a1sdk.timeline.model import Clip, Cut, Gap, Item, Track, Transition

F = Fraction
Reads = Callable[[str], Cut]


@pytest.fixture
def edl(tmp_path: Path) -> Reads:
    """Read a list that is given as text, at 25 fps."""

    def made(text: str) -> Cut:
        path = tmp_path / "cut.edl"
        path.write_text(text, encoding="utf-8")
        return read(path, F(25))

    return made


def event(
    number: int,
    record: tuple[int, int],
    *,
    channels: str = "V",
    kind: str = "C",
    reel: str = "TAPE",
) -> str:
    """An event whose record times are whole seconds of the hour 1, its source's of the hour 0."""
    start, stop = record
    times = f"00:00:{start:02}:00 00:00:{stop:02}:00 01:00:{start:02}:00 01:00:{stop:02}:00"
    return f"{number:03}  {reel:<8} {channels:<4}  {kind:<8} {times}\n"


def spans(track: Track, kind: type[Item] = Clip) -> list[tuple[str, Fraction, Fraction]]:
    found = [item for item in track.items if isinstance(item, kind)]
    return [(item.name, item.span.start, item.span.stop) for item in found]


def codes(cut: Cut) -> list[str]:
    return [problem.code for problem in cut.problems]


def test_events_become_clips_where_their_record_times_say(edl: Reads) -> None:
    cut = edl("TITLE: My cut \nFCM: NON-DROP FRAME\n\n" + event(1, (0, 2)) + event(2, (3, 5)))

    assert (cut.name, cut.dialect, cut.start, cut.markers) == ("My cut", "edl", 3600, ())
    (track,) = cut.tracks
    assert (track.kind, track.number, track.name, track.enabled) == ("video", 1, "", True)
    assert spans(track) == [("TAPE", 0, 2), ("TAPE", 3, 5)]
    assert [item.origin for item in track.items] == ["1@4", "2@5"]
    assert cut.metadata == {"edl": {"comments": ["FCM: NON-DROP FRAME"]}}


def test_a_list_without_a_title_has_no_name(edl: Reads) -> None:
    assert edl(event(1, (0, 1))).name == ""


def test_columns_may_be_wider_or_lacking(edl: Reads) -> None:
    times = "00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00"
    wide = f"000001 A_REEL_OF_THIRTY_AND_TWO_LETTERS V     C        {times}\n"
    narrow = f"2 B V C {times}\n"
    spaced = f"003  MY TAPE  AA/V  C        {times}\n".replace(" 01:00:0", " 02:00:0")
    cut = edl(wide + narrow.replace("01:00:0", "01:01:0") + spaced)

    reels = [item.metadata["edl"]["reel"] for item in cut.tracks[0].items]
    assert reels == ["A_REEL_OF_THIRTY_AND_TWO_LETTERS", "B", "MY TAPE"]


@pytest.mark.parametrize(
    ("channels", "tracks"),
    [
        ("V", ["V"]),
        ("V2", ["V"]),
        ("A", ["A1"]),
        ("A2", ["A2"]),
        ("AA", ["A1", "A2"]),
        ("AA/V", ["V", "A1", "A2"]),
        ("A2/V", ["V", "A2"]),
        ("B", ["V", "A1"]),
        ("A12", ["A12"]),
    ],
)
def test_an_event_goes_to_its_channels(edl: Reads, channels: str, tracks: list[str]) -> None:
    cut = edl(event(1, (0, 1), channels=channels))

    assert [track.metadata["edl"]["channel"] for track in cut.tracks] == tracks
    assert [track.kind for track in cut.tracks] == [
        "video" if name == "V" else "audio" for name in tracks
    ]
    assert all(spans(track) == [("TAPE", 0, 1)] for track in cut.tracks)


def test_aud_lines_add_channels_three_and_four(edl: Reads) -> None:
    cut = edl(event(1, (0, 1)) + "AUD  3    4\n" + event(2, (1, 2), channels="AA"))

    channels = [track.metadata["edl"]["channel"] for track in cut.tracks]
    assert channels == ["V", "A1", "A2", "A3", "A4"]
    assert [track.number for track in cut.tracks] == [1, 1, 2, 3, 4]


def test_events_of_no_channel_are_left_out_and_told_once(edl: Reads) -> None:
    cut = edl("".join(event(n, (n, n + 1), channels="NONE") for n in range(5)) + event(9, (5, 6)))

    assert [spans(track) for track in cut.tracks] == [[("TAPE", 5, 6)]]
    (problem,) = cut.problems
    assert problem.code == "A1-EDL-NO-CHANNEL"
    assert problem.message.startswith("5 events (0, 1, 2, ...) go to no channel")


@pytest.mark.parametrize("reel", ["BL", "bl", "BLK", "BLACK"])
def test_black_is_a_gap(edl: Reads, reel: str) -> None:
    cut = edl(event(1, (0, 1)) + event(2, (1, 3), reel=reel) + event(3, (3, 4)))

    assert spans(cut.tracks[0], Gap) == [("BL", 1, 3)]
    assert spans(cut.tracks[0]) == [("TAPE", 0, 1), ("TAPE", 3, 4)]


def test_black_under_something_is_not_in_its_way(edl: Reads) -> None:
    cut = edl(event(1, (0, 4), reel="BL") + event(2, (1, 2)))

    assert [[type(item) for item in track.items] for track in cut.tracks] == [[Clip]]
    assert cut.problems == ()


def test_overlapping_events_go_to_a_track_above(edl: Reads) -> None:
    cut = edl(event(1, (0, 4)) + event(2, (4, 6)) + event(3, (1, 5)) + event(4, (5, 6)))

    lower, upper = cut.tracks
    assert (lower.number, upper.number, upper.kind) == (1, 2, "video")
    assert spans(lower) == [("TAPE", 0, 4), ("TAPE", 4, 6)]
    assert spans(upper) == [("TAPE", 1, 5), ("TAPE", 5, 6)]
    assert codes(cut) == ["A1-EDL-OVERLAP"]


def test_lists_sorted_by_reel_come_back_in_order_of_time(edl: Reads) -> None:
    cut = edl(event(3, (4, 6), reel="A") + event(1, (0, 2), reel="B") + event(2, (2, 4), reel="C"))

    assert spans(cut.tracks[0]) == [("B", 0, 2), ("C", 2, 4), ("A", 4, 6)]


def test_too_much_at_once_is_refused(edl: Reads) -> None:
    with pytest.raises(DecodeError, match=f"More than {MAX_OVERLAP} events are at 01:00:00:00"):
        edl("".join(event(n, (0, 1)) for n in range(MAX_OVERLAP + 1)))


def test_events_without_length_leave_nothing(edl: Reads) -> None:
    cut = edl(event(1, (1, 1)) + event(2, (1, 2)))

    assert spans(cut.tracks[0]) == [("TAPE", 0, 1)]
    assert cut.problems == ()


def test_a_list_of_nothing_but_events_without_length_has_no_track(edl: Reads) -> None:
    assert edl(event(1, (1, 1))).tracks == ()


def test_an_event_that_ends_before_it_starts_is_left_out(edl: Reads) -> None:
    cut = edl(event(1, (0, 2)) + event(2, (4, 3)))

    assert spans(cut.tracks[0]) == [("TAPE", 0, 2)]
    (problem,) = cut.problems
    assert (problem.code, problem.where) == ("A1-EDL-RECORD-BACKWARDS", "TAPE @ 01:00:04:00")
    assert "Event 2 (line 2)" in problem.message


def test_a_dissolve_takes_its_frames_from_the_cut_on(edl: Reads) -> None:
    cut = edl(
        event(1, (0, 2))
        + event(2, (2, 2))
        + event(2, (2, 5), kind="D    025", reel="NEXT")
        + "EFFECTS NAME IS CROSS DISSOLVE\n"
    )

    before, dissolve, after = cut.tracks[0].items
    assert isinstance(before, Clip)
    assert isinstance(dissolve, Transition)
    assert isinstance(after, Clip)
    assert (dissolve.name, dissolve.kind, dissolve.cut) == ("CROSS DISSOLVE", "dissolve", 2)
    assert (dissolve.span.start, dissolve.span.stop) == (2, 3)
    assert (before.span.stop, before.out_offset) == (2, 1)
    assert (after.span.start, after.in_offset) == (2, 0)
    assert after.source.points[0][1] == 2


def test_a_wipe_has_its_code(edl: Reads) -> None:
    cut = edl(event(1, (0, 2)) + event(2, (2, 5), kind="W001 010"))

    wipe = cut.tracks[0].items[1]
    assert isinstance(wipe, Transition)
    assert (wipe.kind, wipe.name, wipe.span.duration) == ("wipe", "W001", F(10, 25))
    assert wipe.metadata == {"edl": {"code": "W001", "frames": 10}}


def test_a_fade_from_and_to_black(edl: Reads) -> None:
    cut = edl(
        event(1, (0, 0), reel="BL")
        + event(1, (0, 2), kind="D    010")
        + event(2, (2, 2))
        + event(2, (2, 4), kind="D    020", reel="BL")
    )

    up, clip, down, black = cut.tracks[0].items
    assert [type(item) for item in (up, clip, down, black)] == [Transition, Clip, Transition, Gap]
    assert (up.span.stop, down.span.start, down.span.stop) == (F(2, 5), 2, F(14, 5))
    assert isinstance(clip, Clip)
    assert (clip.in_offset, clip.out_offset) == (0, F(4, 5))


def test_an_overlong_transition_ends_with_its_clip(edl: Reads) -> None:
    cut = edl(event(1, (0, 2)) + event(2, (2, 3), kind="D    040"))

    assert [(item.span.start, item.span.stop) for item in cut.tracks[0].items] == [
        (0, 2),
        (2, 3),
        (2, 3),
    ]
    assert codes(cut) == ["A1-TIME-OVERLONG-TRANSITION"]


@pytest.mark.parametrize("kind", ["K", "KB", "K B", "KO", "K    010"])
def test_keys_are_clips_above(edl: Reads, kind: str) -> None:
    cut = edl(event(1, (0, 2)) + event(2, (0, 2), kind=kind, reel="FRONT"))

    assert [spans(track) for track in cut.tracks] == [[("TAPE", 0, 2)], [("FRONT", 0, 2)]]
    assert "A1-EDL-KEY" in codes(cut)


def test_a_line_that_is_nearly_an_event_is_told(edl: Reads) -> None:
    torn = event(2, (1, 2)).replace("01:00:02:00", "01:00:")
    cut = edl(event(1, (0, 1)) + torn + event(3, (2, 3)))

    assert spans(cut.tracks[0]) == [("TAPE", 0, 1), ("TAPE", 2, 3)]
    (problem,) = cut.problems
    assert (problem.code, problem.message.startswith("Line 2 ")) == ("A1-EDL-LINE", True)
