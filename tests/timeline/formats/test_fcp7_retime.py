"""FCP 7 XML: speeds, speed graphs, reverse, freezes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from a1sdk.errors import DecodeError
from a1sdk.timeline.model import Clip, Cut, Nest

F = Fraction
BOUNDS = "<valuemin>-100000</valuemin><valuemax>100000</valuemax>"


def only(cut: Cut) -> Clip:
    (item,) = cut.tracks[0].items
    assert isinstance(item, Clip)
    return item


def shown(cut: Cut, *offsets: int) -> list[Fraction]:
    """Source frames at these frames of the item."""
    source = only(cut).source
    return [source(F(offset, 25)) * 25 for offset in offsets]


def codes(cut: Cut) -> list[str]:
    return [problem.code for problem in cut.problems]


def value(text: str, more: str = "") -> str:
    return f"<value>{text}</value>{more}"


def key(when: int, to: int, more: str = "") -> str:
    return f"<keyframe><when>{when}</when><value>{to}</value>{more}</keyframe>"


def retimed(xml: Any, *parameters: tuple[str, str], **clip: Any) -> Cut:
    """A cut of one clip, by default from frame 20 for 50 frames, with a remap."""
    more = clip.pop("more", "") + xml.file() + xml.remap(*parameters)
    return xml.cut(xml.clip(0, 50, clip.pop("begin", 20), more, **clip))


def test_a_speed_with_bounds_is_a_percentage_and_in_counts_as_it_plays(xml: Any) -> None:
    cut = retimed(xml, ("speed", value("200", BOUNDS)))

    assert (only(cut).source.speed, shown(cut, 0, 10)) == (2, [40, 60])
    assert cut.problems == ()


def test_in_and_out_of_the_media_are_recognised(xml: Any) -> None:
    # 100 frames from in to out for 50 of the cut: they are not retimed.
    cut = retimed(xml, ("speed", value("200", BOUNDS)), out=120)

    assert shown(cut, 0, 10) == [20, 40]


def test_a_factor_fits_the_durations(xml: Any) -> None:
    # As Hiero has it: 1000 frames of media last 4000.
    cut = retimed(xml, ("speed", value("0.25")), begin=400, more="<duration>4000.0</duration>")

    assert (shown(cut, 0, 40), cut.problems) == ([100, 110], ())


def test_a_small_percentage_fits_the_durations(xml: Any) -> None:
    cut = retimed(xml, ("speed", value("5")), begin=400, more="<duration>20000</duration>")

    assert (only(cut).source.speed, cut.problems) == (F(1, 20), ())


def test_a_speed_that_may_be_either_is_told(xml: Any) -> None:
    cut = retimed(xml, ("speed", value("2")))

    assert (only(cut).source.speed, codes(cut)) == (2, ["A1-FCP7-SPEED-UNIT"])


@pytest.mark.parametrize("speed", ["0", "0.0"])
def test_speed_0_is_a_freeze(xml: Any, speed: str) -> None:
    cut = retimed(xml, ("speed", value(speed, BOUNDS)))

    assert (only(cut).source.speed, shown(cut, 0, 10)) == (0, [20, 20])


@pytest.mark.parametrize(
    ("offset", "frame"), [("<stillframeoffset>7</stillframeoffset>", 7), ("", 20)]
)
def test_a_still_frame_is_a_freeze(xml: Any, offset: str, frame: int) -> None:
    still = f"<stillframe>TRUE</stillframe>{offset}{xml.file()}"
    cut = xml.cut(xml.clip(0, 50, 20, still))

    assert (only(cut).source.speed, shown(cut, 0, 10)) == (0, [frame, frame])


@pytest.mark.parametrize(
    "parameters",
    [
        (("speed", value("-100", BOUNDS)),),
        (("speed", value("100", BOUNDS)), ("reverse", value("TRUE"))),
    ],
)
def test_reverse_counts_back_from_the_end_of_the_media(
    xml: Any, parameters: tuple[tuple[str, str], ...]
) -> None:
    cut = retimed(xml, *parameters)

    # The clip's frame 0 is the media's last, 999; its frame 20 is 979.
    assert (only(cut).source.speed, shown(cut, 0, 10)) == (-1, [979, 969])
    assert codes(cut) == ["A1-RETIME-REVERSED"]


def test_reverse_counts_back_from_the_end_of_the_clip_where_it_has_a_length(xml: Any) -> None:
    cut = retimed(xml, ("speed", value("-200", BOUNDS)), more="<duration>100</duration>")

    # 100 frames at double speed are 200 of the media, the last of them 199.
    assert shown(cut, 0, 10) == [159, 139]


def test_a_speed_of_a_filter_that_is_off_does_nothing(xml: Any) -> None:
    off = xml.remap(("speed", value("200", BOUNDS))).replace(
        "<filter>", "<filter><enabled>FALSE</enabled>"
    )
    cut = xml.cut(xml.clip(0, 50, 20, xml.file() + off))

    assert (only(cut).source.speed, shown(cut, 0)) == (1, [20])


def test_a_remap_without_a_speed_is_told(xml: Any) -> None:
    cut = retimed(xml, ("reverse", value("FALSE")))

    assert (only(cut).source.speed, codes(cut)) == (1, ["A1-RETIME-UNSUPPORTED"])
    assert cut.problems[0].severity == "error"


def test_a_steady_speed_is_the_slope_between_the_items_own_keys(xml: Any) -> None:
    # The outermost keys are rounded: 42211 is not 5 x 8442.
    graph = (
        key(0, 0)
        + key(20, 100, "<speedkfin>TRUE</speedkfin>")
        + key(177, 885, "<speedkfout>TRUE</speedkfout>")
        + key(8442, 42211)
    )
    cut = retimed(xml, ("speed", value("500.012", BOUNDS)), ("graphdict", graph))

    assert (only(cut).source.speed, shown(cut, 0, 10)) == (5, [100, 150])
    assert cut.problems == ()


def test_a_steady_speed_without_such_keys_is_the_slope_of_the_whole(xml: Any) -> None:
    cut = retimed(xml, ("graphdict", key(0, 0) + key(100, 50)))

    assert shown(cut, 0, 10) == [10, 15]


def test_a_ramp_is_followed_from_key_to_key(xml: Any) -> None:
    cut = retimed(
        xml,
        ("variablespeed", value("1")),
        ("graphdict", key(0, 0) + key(30, 30) + key(50, 90) + key(100, 90)),
    )

    # In the item's frames: its frame 0 is frame 20 of the clip as it plays.
    assert shown(cut, 0, 5, 10, 15, 30, 45) == [20, 25, 30, 45, 90, 90]
    assert (only(cut).source.speed, cut.problems) == (None, ())


def test_a_graph_that_falls_is_played_backwards(xml: Any) -> None:
    cut = retimed(xml, ("graphdict", key(0, 100) + key(100, 0)))

    # An edge between two frames is where the earlier one appears.
    assert (only(cut).source.speed, shown(cut, 0, 10)) == (-1, [79, 69])
    assert cut.problems == ()


def test_a_flat_graph_is_a_freeze(xml: Any) -> None:
    cut = retimed(xml, ("graphdict", key(0, 40) + key(100, 40)))

    assert (only(cut).source.speed, shown(cut, 0, 10)) == (0, [40, 40])


def test_a_ramp_with_curves_is_told(xml: Any) -> None:
    bent = "<outbez><horiz>5</horiz><vert>0</vert></outbez>"
    cut = retimed(
        xml,
        ("variablespeed", value("1")),
        ("graphdict", key(0, 0, bent) + key(30, 60) + key(90, 70)),
    )

    assert (only(cut).source.speed, codes(cut)) == (2, ["A1-RETIME-UNSUPPORTED"])
    assert "curves" in cut.problems[0].message


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (key(10, 0) + key(10, 5), "do not follow one another in time"),
        (key(10, 0) + key(5, 5), "do not follow one another in time"),
        ("<keyframe><when>1</when></keyframe>" + key(2, 2), "without a time or a value"),
        (key(0, 0) + "<keyframe><when>x</when><value>1</value></keyframe>", "'x', not a number"),
    ],
)
def test_graphs_that_are_none_are_refused(xml: Any, graph: str, message: str) -> None:
    with pytest.raises(DecodeError, match=f"V1/a: .*{message}"):
        retimed(xml, ("graphdict", graph))


def test_the_media_timecode_is_added_to_the_graph(xml: Any) -> None:
    code = "<timecode><frame>90000</frame></timecode>"
    remap = xml.remap(("graphdict", key(0, 0) + key(100, 200)))
    cut = xml.cut(xml.clip(0, 50, 10, xml.file("f1", code) + remap))

    assert shown(cut, 0) == [90020]


def test_premieres_ticks_do_not_count_under_a_remap(xml: Any) -> None:
    cut = retimed(
        xml, ("speed", value("200", BOUNDS)), more="<pproTicksIn>254016000000</pproTicksIn>"
    )

    assert (shown(cut, 0), cut.problems) == ([40], ())


def test_nested_sequences_have_speeds_too(xml: Any) -> None:
    inner = xml.sequence(f"<track>{xml.clip(0, 200)}</track>", identity="in")
    remap = xml.remap(("speed", value("200", BOUNDS)))
    (nest,) = xml.cut(xml.clip(0, 50, 20, inner + remap)).tracks[0].items

    assert isinstance(nest, Nest)
    assert (nest.source.speed, nest.source(F(0))) == (2, F(40, 25))


def test_a_remap_is_no_effect(xml: Any) -> None:
    assert only(retimed(xml, ("speed", value("200", BOUNDS)))).effects == ()
