"""FCPXML: which time of its media a clip shows, through time maps and conformed rates."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from documents import Fcpxml

from a1sdk.errors import DecodeError
from a1sdk.timeline.model import Clip, Cut, SourceMap

F = Fraction


def mapped(*points: str) -> str:
    """A time map of points written as `TIME>VALUE`, or `TIME>VALUE INTERP IN OUT`."""
    written = []
    for point in points:
        times, *more = point.split()
        time, value = times.split(">")
        smooth = "".join(
            f' {key}="{one}"'
            for key, one in zip(("interp", "inTime", "outTime"), more, strict=False)
        )
        written.append(f'<timept time="{time}" value="{value}"{smooth}/>')
    return f"<timeMap>{''.join(written)}</timeMap>"


def clip(cut: Cut, place: int = 0) -> Clip:
    found = cut.tracks[0].items[place]
    assert isinstance(found, Clip)
    return found


def frames(source: SourceMap, *record: int) -> list[int]:
    """Which frame of media at 24 fps is shown at frames of the record at 24 fps."""
    return [math.floor(source(F(frame, 24)) * 24) for frame in record]


def test_clips_play_from_their_start_at_full_speed(fcp: Fcpxml) -> None:
    source = clip(fcp.cut(fcp.clip("5s", "10s", start="241/24s"))).source
    assert source.speed == 1
    assert frames(source, 0, 1, 100) == [241, 242, 341]


@pytest.mark.parametrize(
    ("points", "start", "speed", "shown"),
    [
        (("0s>0s", "50s>100s"), "0s", 2, [0, 2, 48]),
        (("0s>0s", "50s>100s"), "10s", 2, [480, 482, 528]),
        (("0s>0s", "200s>100s"), "10s", F(1, 2), [120, 120, 132]),
        (("3600s>3600s", "3610s>3620s"), "3605s", 2, [86640, 86642, 86688]),
        (("0s>100s", "100s>0s"), "0s", -1, [2399, 2398, 2375]),
        (("0s>100s", "50s>0s"), "10s", -2, [1919, 1917, 1871]),
        (("0s>7s", "10s>7s"), "2s", 0, [168, 168, 168]),
    ],
)
def test_time_maps_of_one_speed(
    fcp: Fcpxml, points: tuple[str, ...], start: str, speed: Fraction, shown: list[int]
) -> None:
    cut = fcp.cut(fcp.clip("0s", "5s", mapped(*points), start=start))
    source = clip(cut).source
    assert source.speed == speed
    assert frames(source, 0, 1, 24) == shown
    assert not cut.problems


def test_ramps_of_straight_lines_are_followed(fcp: Fcpxml) -> None:
    points = mapped("0s>0s linear", "2s>1s linear", "4s>5s linear", "6s>5s linear")
    source = clip(fcp.cut(fcp.clip("0s", "5s", points, start="1s"))).source
    assert source.speed is None
    assert frames(source, 0, 24, 48, 72, 96) == [12, 24, 72, 120, 120]


def test_points_on_a_line_are_left_out(fcp: Fcpxml) -> None:
    points = mapped("0s>0s", "1s>2s", "2s>4s", "3s>6s")
    assert clip(fcp.cut(fcp.clip("0s", "3s", points))).source.points == ((0, 0), (1, 2))


def test_forwards_and_back_shows_every_frame_once_each_way(fcp: Fcpxml) -> None:
    points = mapped("0s>0s linear", "1s>1s linear", "2s>0s linear")
    source = clip(fcp.cut(fcp.clip("0s", "2s", points))).source
    assert frames(source, *range(48)) == [*range(24), *range(23, -1, -1)]
    assert [at for at, _ in source.points] == sorted({at for at, _ in source.points})


def test_sound_played_backwards_begins_where_it_ends(fcp: Fcpxml) -> None:
    points = mapped("0s>100s", "100s>0s")
    assert clip(fcp.cut(fcp.clip("0s", "5s", points, ref="heard"))).source.points[0] == (0, 100)


def test_holds_show_the_frame_they_stop_at(fcp: Fcpxml) -> None:
    points = mapped("0s>0s linear", "1s>1s linear", "2s>1s linear", "3s>2s linear")
    source = clip(fcp.cut(fcp.clip("0s", "3s", points))).source
    assert frames(source, 23, 24, 30, 47, 48, 49) == [23, 24, 24, 24, 24, 25]


RAMP = ("0s>0s smooth2", "4s>4s smooth2 1s 1s", "8s>12s smooth2 1s 1s")


@pytest.mark.parametrize(("start", "length"), [("0s", "4s"), ("4s", "1s"), ("2s", "5s")])
def test_curves_that_are_shown_cannot_be_followed(fcp: Fcpxml, start: str, length: str) -> None:
    cut = fcp.cut(fcp.clip("0s", length, mapped(*RAMP), start=start))
    (problem,) = cut.problems
    assert (problem.code, problem.severity) == ("A1-RETIME-UNSUPPORTED", "error")
    assert problem.where == "lane 0/seen @ 00:00:00:00"
    assert clip(cut).source.speed == (2 if start == "4s" else 1)


@pytest.mark.parametrize(
    ("start", "length", "shown"), [("0s", "3s", [0, 24]), ("5s", "3s", [144, 192])]
)
def test_curves_beside_what_is_shown_do_not_matter(
    fcp: Fcpxml, start: str, length: str, shown: list[int]
) -> None:
    cut = fcp.cut(fcp.clip("0s", length, mapped(*RAMP), start=start))
    assert not cut.problems
    assert frames(clip(cut).source, 0, 24) == shown


def test_what_old_versions_call_smooth_is_a_curve_from_point_to_point(fcp: Fcpxml) -> None:
    def codes(*points: str) -> list[str]:
        return [one.code for one in fcp.cut(fcp.clip("0s", "2s", mapped(*points))).problems]

    assert codes("0s>0s smooth", "4s>4s smooth", "8s>12s smooth") == ["A1-RETIME-UNSUPPORTED"]
    assert codes("0s>0s smooth", "4s>4s smooth", "8s>8s smooth") == []


def test_a_time_map_of_one_point_is_told_of(fcp: Fcpxml) -> None:
    cut = fcp.cut(fcp.clip("0s", "2s", mapped("0s>0s")))
    assert [one.code for one in cut.problems] == ["A1-RETIME-UNSUPPORTED"]
    assert clip(cut).source.speed == 1
    assert not fcp.cut(fcp.clip("0s", "2s", "<timeMap/>")).problems


@pytest.mark.parametrize(
    "points", [("0s>0s", "0s>1s"), ("1s>0s", "0s>1s"), ("0s>0s", "1/90000s>9000s")]
)
def test_time_maps_that_cannot_be_are_refused(fcp: Fcpxml, points: tuple[str, ...]) -> None:
    with pytest.raises(DecodeError, match="'seen': "):
        fcp.cut(fcp.clip("0s", "2s", mapped(*points)))


@pytest.mark.parametrize(
    ("source", "timeline", "played"),
    [
        ("23.98", F(24), F(24)),
        ("23.98", F(25), F(25)),
        ("23.98", F(30), F(24)),
        ("23.98", F(60000, 1001), F(24)),
        ("24", F(24000, 1001), F(24000, 1001)),
        ("25", F(24), F(24)),
        ("25", F(24000, 1001), F(24000, 1001)),
        ("29.97", F(60), F(30)),
        ("59.94", F(30), F(60)),
        ("60", F(30000, 1001), F(60000, 1001)),
        ("50", F(24), F(48)),
    ],
)
def test_conformed_media_plays_at_the_rate_that_meets_the_timelines(
    fcp: Fcpxml, source: str, timeline: Fraction, played: Fraction
) -> None:
    conform = f'<conform-rate srcFrameRate="{source}"/>'
    spine = fcp.clip("0s", "10s", conform + fcp.clip("2s", "1s", lane="1"), start="1s")
    form = f'<format id="x" frameDuration="{1 / timeline}s"/>'
    body = f'<project><sequence format="x"><spine>{spine}</spine></sequence></project>'
    cut = fcp.read(body, form)
    rates = {"23.98": F(24000, 1001), "29.97": F(30000, 1001), "59.94": F(60000, 1001)}
    rate = rates.get(source) or F(source)
    assert clip(cut).source.speed == played / rate
    over = cut.tracks[1].items[0].span
    assert over.start == rate / played  # a local second later
    assert over.duration == 1
    assert not cut.problems


def test_media_that_keeps_its_rate_plays_in_real_time(fcp: Fcpxml) -> None:
    conform = '<conform-rate scaleEnabled="0" srcFrameRate="29.97"/>'
    assert clip(fcp.cut(fcp.clip("0s", "9s", conform))).source.speed == 1
    assert not fcp.cut(fcp.clip("0s", "9s", '<conform-rate srcFrameRate="24"/>')).problems


def test_the_rate_that_is_conformed_is_the_medias_own_where_none_is_written(fcp: Fcpxml) -> None:
    asset = '<asset id="x" hasVideo="1" duration="9s" format="r25" src="file:///x.mov"/>'
    cut = fcp.cut(fcp.clip("0s", "9s", "<conform-rate/>", ref="x"), resources=asset)
    assert clip(cut).source.speed == F(24, 25)


def test_unknown_ways_to_conform_are_told_of(fcp: Fcpxml) -> None:
    cut = fcp.cut(fcp.clip("0s", "9s", '<conform-rate srcFrameRate="29.97"/>'))
    (problem,) = cut.problems
    assert (problem.code, problem.severity) == ("A1-FCPXML-CONFORM", "warning")
    assert "conforms 29.97 to 24 frames" in problem.message
    assert clip(cut).source.speed == 1


def test_markers_and_what_is_connected_are_in_the_time_that_the_map_has_made(fcp: Fcpxml) -> None:
    """As in Final Cut Pro's exports: they lie on frames when counted from `start`."""
    inside = mapped("0s>0s", "50s>100s") + fcp.clip("12s", "1s", lane="1")
    marker = '<marker start="13s" duration="1/24s" value="m"/>'
    cut = fcp.cut(fcp.clip("3s", "5s", inside + marker, start="10s"))
    assert cut.tracks[1].items[0].span.start == 5
    assert clip(cut).markers[0].span.start == 6


def test_a_clips_medium_is_reached_through_both_their_times(fcp: Fcpxml) -> None:
    video = fcp.item("video", "10s", "80s", mapped("0s>0s", "40s>80s"), ref="seen")
    body = mapped("0s>0s", "45s>90s") + video
    source = clip(fcp.cut(fcp.item("clip", "0s", "5s", body, start="10s"))).source
    # 10 s into the clip is 20 s of its inside, which is 10 s into the video, 20 s of the medium
    assert (source(F(0)), source.speed) == (20, 4)


def test_ramps_within_ramps_are_followed(fcp: Fcpxml) -> None:
    inner = mapped("0s>0s linear", "4s>4s linear", "8s>12s linear")
    video = fcp.item("video", "0s", "8s", inner, ref="seen")
    outer = mapped("0s>0s linear", "2s>2s linear", "4s>8s linear")
    source = clip(fcp.cut(fcp.item("clip", "0s", "4s", outer + video))).source
    expected = {0: 0, 1: 1, 2: 2, F(8, 3): 4, 3: 6, 4: 12}
    assert {at: source(F(at)) for at in expected} == expected
    assert [at for at, _ in source.points if 0 < at < 4] == [2, F(8, 3)]


def test_a_clip_of_a_still_frame_shows_it_all_along(fcp: Fcpxml) -> None:
    video = fcp.item("video", "0s", "8s", mapped("0s>3s", "8s>3s"), ref="seen")
    source = clip(fcp.cut(fcp.item("clip", "0s", "4s", video, start="2s"))).source
    assert source.points == ((0, 3),)
