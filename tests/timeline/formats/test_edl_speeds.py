"""Edit decision lists: speeds that are written, that follow from the lengths, and freezes."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from a1sdk.timeline.formats.edl.reader import read
from a1sdk.timeline.model import Clip, Cut

F = Fraction
PAL = F(25)
Reads = Callable[..., Cut]


@pytest.fixture
def edl(tmp_path: Path) -> Reads:
    """Read a list that is given as text; at 25 fps where nothing else is said."""

    def made(text: str, rate: Fraction | None = PAL) -> Cut:
        path = tmp_path / "cut.edl"
        path.write_text(text, encoding="utf-8")
        return read(path, rate)

    return made


def event(source: str, record: str = "01:00:00:00 01:00:02:00") -> str:
    return f"001  TAPE     V     C        {source} {record}\n"


def clip(cut: Cut) -> Clip:
    (found,) = (item for item in cut.tracks[0].items if isinstance(item, Clip))
    return found


def codes(cut: Cut) -> list[str]:
    return [problem.code for problem in cut.problems]


@pytest.mark.parametrize(
    ("source", "fps", "speed", "first"),
    [
        ("00:00:10:00 00:00:12:00", "025.0", F(1), F(10)),
        ("00:00:10:00 00:00:14:00", "050.0", F(2), F(10)),
        ("00:00:10:00 00:00:11:00", "012.5", F(1, 2), F(10)),
        ("00:00:10:00 00:00:12:00", "-25.0", F(-1), F(12) - F(1, 25)),
        ("00:00:10:00 00:00:14:00", "-050.0", F(-2), F(14) - F(1, 25)),
        ("00:00:10:00 00:00:11:00", "-12.5", F(-1, 2), F(11) - F(1, 50)),
        ("00:00:10:00 00:00:10:01", "-25.0", F(-1), F(10)),
        ("00:00:10:00 00:00:10:01", "000.0", F(0), F(10)),
        ("00:00:10:00 00:00:10:00", "000", F(0), F(10)),
        ("00:00:10:00 00:00:14:00", "+50", F(2), F(10)),
    ],
)
def test_m2_says_the_speed_in_frames_per_second(
    edl: Reads, source: str, fps: str, speed: Fraction, first: Fraction
) -> None:
    cut = edl(event(source) + f"M2   TAPE     {fps}                00:00:10:00\n")

    assert (clip(cut).source.speed, clip(cut).source(F(0))) == (speed, first)
    assert cut.problems == ()


def test_a_freeze_of_a_long_source_is_told(edl: Reads) -> None:
    cut = edl(event("00:00:10:00 00:00:12:00") + "M2   TAPE     000.0     00:00:10:00\n")

    assert (clip(cut).source.points, codes(cut)) == (((0, 10),), ["A1-EDL-SPEED-MISMATCH"])


def test_m2_is_kept_as_written(edl: Reads) -> None:
    cut = edl(event("00:00:10:00 00:00:14:00") + "M2   MY TAPE  050.0     00:00:10:00\n")

    assert clip(cut).metadata["edl"]["m2"] == ["MY TAPE 050.0 00:00:10:00"]


def test_m2_may_lack_reel_and_time(edl: Reads) -> None:
    assert clip(edl(event("00:00:10:00 00:00:14:00") + "M2 050.0\n")).source.speed == 2


def test_an_m2_line_without_a_speed_is_a_comment(edl: Reads) -> None:
    cut = edl(event("00:00:10:00 00:00:12:00") + "M2   TAPE     fast     00:00:10:00\n")

    assert clip(cut).metadata["edl"]["comments"] == ["M2 TAPE fast 00:00:10:00"]
    assert (clip(cut).source.speed, cut.problems) == (1, ())


@pytest.mark.parametrize("fps", ["048.0", "047.95", "47.952"])
def test_m2_at_an_ntsc_rate(edl: Reads, fps: str) -> None:
    rate = F(24000, 1001)
    cut = edl(event("00:00:10:00 00:00:14:00") + f"M2   TAPE     {fps}    00:00:10:00\n", rate)

    assert clip(cut).source.speed == 2


def test_m2_that_does_not_fit_the_source_is_told(edl: Reads) -> None:
    cut = edl(event("00:00:10:00 00:00:12:00") + "M2   TAPE     100.0     00:00:10:00\n")

    assert (clip(cut).source.speed, codes(cut)) == (4, ["A1-EDL-SPEED-MISMATCH"])
    assert cut.problems[0].where == "TAPE @ 01:00:00:00"


def test_the_speeds_under_a_transition_go_to_their_clips(edl: Reads) -> None:
    text = (
        "001  A        V     C        00:00:10:00 00:00:14:00 01:00:00:00 01:00:02:00\n"
        "M2   A        050.0                00:00:10:00\n"
        "002  A        V     C        00:00:14:00 00:00:14:00 01:00:02:00 01:00:02:00\n"
        "002  B        V     D    010 00:00:20:00 00:00:22:00 01:00:02:00 01:00:04:00\n"
        "M2   A        050.0                00:00:14:00\n"
    )
    both = edl(text + "M2   B        -25.0                00:00:20:00\n")

    def speeds(cut: Cut) -> list[Fraction | None]:
        return [item.source.speed for item in cut.tracks[0].items if isinstance(item, Clip)]

    assert speeds(edl(text)) == [2, 1]
    assert speeds(both) == [2, -1]


@pytest.mark.parametrize(
    "comment", ["* FREEZE FRAME", "* * FREEZE FRAME", "* COMMENT: freeze frame of this"]
)
def test_a_freeze_may_be_a_comment(edl: Reads, comment: str) -> None:
    cut = edl(event("00:00:10:00 00:00:10:01") + comment + "\n")

    assert clip(cut).source.points == ((0, F(10)),)
    assert cut.problems == ()


@pytest.mark.parametrize(
    ("source", "speed"),
    [
        ("00:00:10:00 00:00:14:00", F(2)),
        ("00:00:10:00 00:00:13:24", F(2)),  # 99 frames in 50
        ("00:00:10:00 00:00:11:00", F(1, 2)),
        ("00:00:10:00 00:00:13:00", F(3, 2)),
    ],
)
def test_lengths_that_differ_imply_the_plainest_speed(
    edl: Reads, source: str, speed: Fraction
) -> None:
    cut = edl(event(source))

    assert (clip(cut).source.speed, clip(cut).source(F(0))) == (speed, 10)
    assert codes(cut) == ["A1-EDL-SPEED-IMPLIED"]


@pytest.mark.parametrize("stop", ["00:00:11:24", "00:00:12:01"])
def test_a_frame_more_or_less_is_no_speed(edl: Reads, stop: str) -> None:
    cut = edl(event(f"00:00:10:00 {stop}"))

    assert (clip(cut).source.speed, codes(cut)) == (1, ["A1-EDL-SOURCE-ROUNDED"])


@pytest.mark.parametrize("stop", ["00:00:10:00", "00:00:09:00"])
def test_no_source_at_all_is_full_speed(edl: Reads, stop: str) -> None:
    cut = edl(event(f"00:00:10:00 {stop}"))

    assert (clip(cut).source.speed, clip(cut).source(F(0))) == (1, 10)
    assert codes(cut) == ["A1-EDL-SOURCE-EMPTY"]
    assert clip(cut).span.duration == 2  # the record is the truth


def test_a_problem_of_many_events_names_three(edl: Reads) -> None:
    lines = [
        event("00:00:00:00 00:00:00:00", f"01:00:{n:02}:00 01:00:{n + 1:02}:00") for n in range(5)
    ]
    numbered = [line.replace("001", f"{n:03}", 1) for n, line in enumerate(lines)]
    (problem,) = edl("".join(numbered)).problems

    assert problem.message.startswith("5 events (0, 1, 2, ...) have no length of source")
    assert (problem.severity, problem.where) == ("note", "")


def test_a_reel_at_another_rate_plays_at_full_speed(edl: Reads) -> None:
    cut = edl(event("00:00:10:29 00:00:12:29"), F(24))

    assert clip(cut).source.points == ((0, 10 + F(29, 30)), (1, 11 + F(29, 30)))
    assert codes(cut) == ["A1-EDL-SOURCE-RATE"]


def test_m2_speeds_help_to_find_the_rate(edl: Reads) -> None:
    # 40 frames of source in 20 at 25 fps, and neither agrees at 24.
    text = (
        event("00:00:00:00 00:00:02:00", "00:00:00:00 00:00:01:00") + "M2 TAPE 50.0 00:00:00:00\n"
    )

    assert edl(text, None).rate == 25
