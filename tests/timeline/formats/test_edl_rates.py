"""Edit decision lists: at which rate their times are counted, and what each label then means."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.edl.reader import read
from a1sdk.timeline.model import Clip, Cut

F = Fraction
NTSC24, NTSC30, NTSC60 = F(24000, 1001), F(30000, 1001), F(60000, 1001)

Reads = Callable[..., Cut]


@pytest.fixture
def edl(tmp_path: Path) -> Reads:
    """Read a list that is given as text."""

    def made(text: str, rate: Fraction | None = None) -> Cut:
        path = tmp_path / "cut.edl"
        path.write_text(text, encoding="utf-8")
        return read(path, rate)

    return made


def event(record: str, source: str = "00:00:00:00 00:00:01:00", number: int = 1) -> str:
    return f"{number:03}  TAPE     V     C        {source} {record}\n"


def codes(cut: Cut) -> list[str]:
    return [problem.code for problem in cut.problems]


@pytest.mark.parametrize("rate", [F(24), F(25), F(30), F(50), F(60), NTSC24, NTSC30, NTSC60])
def test_a_given_rate_counts_without_a_guess(edl: Reads, rate: Fraction) -> None:
    cut = edl(event("01:00:00:00 01:00:01:12", "10:00:00:00 10:00:01:12"), rate)

    base = round(rate)
    assert (cut.rate, cut.drop_frame, cut.problems) == (rate, False, ())
    assert cut.start == 3600 * base / rate
    (clip,) = cut.tracks[0].items
    assert (clip.span.start, clip.span.stop) == (0, (base + 12) / rate)
    assert isinstance(clip, Clip)
    assert clip.source.points[0] == (0, 36000 * base / rate)


@pytest.mark.parametrize(("frame", "rate"), [(23, 24), (24, 25), (29, 30), (49, 50), (59, 60)])
def test_the_highest_frame_number_tells_the_lowest_rate(edl: Reads, frame: int, rate: int) -> None:
    # As long as its source at every rate, so that nothing else decides.
    record = f"01:00:00:{frame:02} 01:00:01:{frame:02}"
    cut = edl(event(record, record.replace("01:00:0", "02:00:0")))

    assert (cut.rate, codes(cut)) == (rate, ["A1-EDL-RATE-GUESSED"])
    assert f"highest frame number is {frame}" in cut.problems[0].message


def test_source_and_record_lengths_tell_the_rate(edl: Reads) -> None:
    # 13 frames at 25: the source does not cross a second and the record does.
    cut = edl(event("01:00:00:20 01:00:01:08", "00:00:00:00 00:00:00:13"))

    assert (cut.rate, codes(cut)) == (25, ["A1-EDL-RATE-GUESSED"])
    assert "agree best" in cut.problems[0].message


@pytest.mark.parametrize(
    ("comment", "rate"),
    [
        ("* FRAME RATE: 25", F(25)),
        ("* FPS: 23.976", NTSC24),
        ("* 29.97 fps", NTSC30),
        ("*FCM: DIGITAL TV 24P", F(24)),
    ],
)
def test_a_comment_may_state_the_rate(edl: Reads, comment: str, rate: Fraction) -> None:
    cut = edl(f"TITLE: T\n{comment}\n" + event("01:00:00:00 01:00:01:00"))

    assert (cut.rate, codes(cut)) == (rate, ["A1-EDL-RATE-GUESSED"])
    assert "comment" in cut.problems[0].message


@pytest.mark.parametrize("comment", ["* FPS: 00", "* FRAME RATE 720", "* 13 FPS", "* 1080P"])
def test_a_comment_that_states_no_usual_rate_is_passed_over(edl: Reads, comment: str) -> None:
    cut = edl(f"{comment}\n" + event("01:00:00:00 01:00:01:00"))

    assert (cut.rate, "comment" in cut.problems[0].message) == (24, False)


def test_a_stated_rate_without_the_frames_that_are_there_is_not_taken(edl: Reads) -> None:
    assert edl("* 24 FPS\n" + event("01:00:00:28 01:00:01:28")).rate == 30


@pytest.mark.parametrize("mark", [";", ","])
def test_a_drop_frame_mark_means_29_97(edl: Reads, mark: str) -> None:
    cut = edl(event(f"00:00:59{mark}29 00:01:00{mark}02"))

    assert (cut.rate, cut.drop_frame) == (NTSC30, True)
    (clip,) = cut.tracks[0].items
    assert clip.span.duration == 1 / NTSC30  # labels 00 and 01 of the minute do not exist
    assert "drop-frame" in cut.problems[0].message


def test_drop_frame_labels_from_30_up_mean_59_94(edl: Reads) -> None:
    cut = edl(event("00:00:59;59 00:01:00;04"))

    assert (cut.rate, cut.tracks[0].items[0].span.duration) == (NTSC60, 1 / NTSC60)


def test_a_first_fcm_line_makes_colons_drop_frame(edl: Reads) -> None:
    cut = edl("FCM: DROP FRAME\n" + event("00:10:00:00 00:11:00:02", "00:00:00:00 00:01:00:02"))

    assert (cut.rate, cut.drop_frame) == (NTSC30, True)
    assert cut.start == 17982 / NTSC30
    (clip,) = cut.tracks[0].items
    assert isinstance(clip, Clip)
    assert (clip.span.duration, clip.source.speed) == (1800 / NTSC30, 1)


def test_a_given_rate_that_has_no_drop_frame_overrules_the_fcm_line(edl: Reads) -> None:
    cut = edl("FCM: DROP FRAME\n" + event("00:01:00:00 00:01:01:00"), F(25))

    (clip,) = cut.tracks[0].items
    assert isinstance(clip, Clip)
    assert (cut.drop_frame, cut.start, clip.source.points[0][1]) == (False, 60, 0)
    assert cut.problems == ()


def test_reels_with_colons_are_non_drop_where_the_record_has_semicolons(edl: Reads) -> None:
    cut = edl(event("00:00:00;00 00:00:01;00", "01:00:00:00 01:00:01:00"))

    (clip,) = cut.tracks[0].items
    assert isinstance(clip, Clip)
    assert clip.source.points[0][1] == 108000 / NTSC30


def test_fcm_lines_between_events_say_it_of_the_reels(edl: Reads) -> None:
    cut = edl(
        "FCM: NON-DROP FRAME\n"
        + event("01:00:00:00 01:00:01:00", "01:00:00:00 01:00:01:00")
        + "FCM: DROP FRAME\n"
        + event("01:00:01:00 01:00:02:29", "01:00:00:00 01:00:01:29").replace("TAPE", "DROP")
    )

    assert (cut.rate, cut.drop_frame, cut.start) == (NTSC30, False, 108000 / NTSC30)
    non_drop, drop = (item for item in cut.tracks[0].items if isinstance(item, Clip))
    assert non_drop.source.points[0][1] == 108000 / NTSC30
    assert drop.source.points[0][1] == 107892 / NTSC30


def test_a_drop_frame_reel_in_a_film_cut_is_counted_at_its_own_rate(edl: Reads) -> None:
    cut = edl(event("01:00:00:00 01:00:01:00", "00:00:59;29 00:01:01;01"), F(24))

    (clip,) = cut.tracks[0].items
    assert isinstance(clip, Clip)
    assert clip.source.points[0][1] == 1799 / NTSC30
    assert "A1-EDL-SOURCE-RATE" in codes(cut)


def test_a_drop_frame_reel_with_more_than_30_frames_is_counted_at_59_94(edl: Reads) -> None:
    cut = edl(event("01:00:00:00 01:00:01:00", "00:00:00;40 00:00:01;40"), F(25))

    (clip,) = cut.tracks[0].items
    assert isinstance(clip, Clip)
    assert clip.source.points[0][1] == 40 / NTSC60


def test_source_times_that_do_not_exist_are_refused(edl: Reads) -> None:
    with pytest.raises(DecodeError, match=r"Line 1: Timecode '00:01:00;00' names a frame that"):
        edl(event("01:00:00;00 01:00:01;00", "00:01:00;00 00:01:01;00"))


def test_a_reel_with_frames_the_cut_has_not_is_counted_at_the_next_rate(edl: Reads) -> None:
    cut = edl(event("01:00:00:00 01:00:01:00", "10:00:00:29 10:00:01:29"), F(24))

    (clip,) = cut.tracks[0].items
    assert isinstance(clip, Clip)
    assert clip.source.points == ((0, 36000 + F(29, 30)), (1, 36001 + F(29, 30)))
    assert codes(cut) == ["A1-EDL-SOURCE-RATE"]


@pytest.mark.parametrize("rate", [F(25), NTSC24, NTSC30])
def test_a_cut_may_go_on_after_midnight(edl: Reads, rate: Fraction) -> None:
    cut = edl(
        event("23:59:59:00 00:00:00:00") + event("00:00:00:00 00:00:01:00", number=2),
        rate,
    )

    first, second = cut.tracks[0].items
    second_long = round(rate) / rate
    assert (first.span.start, first.span.stop) == (0, second_long)
    assert (second.span.start, second.span.stop) == (second_long, 2 * second_long)


def test_a_drop_frame_cut_may_go_on_after_midnight(edl: Reads) -> None:
    cut = edl(event("23:59:59;28 00:00:00;02"), NTSC30)

    assert cut.tracks[0].items[0].span.duration == 4 / NTSC30


def test_times_may_be_frame_numbers(edl: Reads) -> None:
    cut = edl(event("0           48", "1009        1057"), F(24))

    (clip,) = cut.tracks[0].items
    assert isinstance(clip, Clip)
    assert (clip.span.stop, clip.source.points[0][1]) == (2, F(1009, 24))


@pytest.mark.parametrize(
    ("record", "rate", "message", "hint"),
    [
        ("01:00:00:24 01:00:01:24", F(24), "frame 24 .* does not exist at 24 fps", "25"),
        ("01:00:00;00 01:00:01;00", F(25), "drop-frame, which does not exist", "29.97"),
        ("01:00:00:000 01:00:01:130", None, "frame 130 .* no usual rate", "--rate"),
        ("00:01:00;00 00:01:01;00", None, "Line 1: .*does not exist", ""),
        ("00:75:00:00 00:76:00:00", None, "not a timecode", ""),
    ],
)
def test_times_that_do_not_exist_are_refused(
    edl: Reads, record: str, rate: Fraction | None, message: str, hint: str
) -> None:
    with pytest.raises(DecodeError, match=message) as caught:
        edl(event(record), rate)
    assert hint in (caught.value.hint or "")


def test_clips_on_one_reel_of_files_are_counted_each_for_itself(edl: Reads) -> None:
    """`AX` stands for whatever has no tape: files of different rates are on it."""
    fast = event("01:00:00:00 01:00:01:00", "00:00:10:29 00:00:11:29").replace("TAPE", "AX  ")
    slow = event("01:00:01:00 01:00:02:00", "00:00:10:12 00:00:11:12", 2).replace("TAPE", "AX  ")
    cut = edl(f"{fast}* FROM CLIP NAME: a.mov\n{slow}* FROM CLIP NAME: b.mov\n", F(24))

    one, other = (item for item in cut.tracks[0].items if isinstance(item, Clip))
    assert one.source.points[0][1] == 10 + F(29, 30)
    assert other.source.points[0][1] == 10 + F(12, 24)
    assert [problem.message for problem in cut.problems] == [
        "The source times of 'a.mov' (reel AX) are counted at 30 fps."
    ]
