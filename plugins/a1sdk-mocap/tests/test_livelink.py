"""Live Link Face CSV: columns, clocks, gaps, axes, and what is refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from a1sdk_mocap.head import from_rest

from a1sdk.plugin import BLENDSHAPE_NAMES, ConfigError, DecodeError, euler, from_euler

from .conftest import COUNT, values_at


def test_columns_are_read_by_name(made: Any, play: Any) -> None:
    take = play(made.livelink())
    for name in BLENDSHAPE_NAMES:
        expected = [values_at(number).get(name, 0.0) for number in range(COUNT)]
        assert np.allclose(take.curve(name), expected, atol=1e-6), name


@pytest.mark.parametrize("title", [str.lower, lambda t: t[0].lower() + t[1:], lambda t: f" {t} "])
def test_titles_may_be_written_otherwise(made: Any, play: Any, title: Any) -> None:
    assert np.array_equal(
        play(made.livelink(title=title)).curve("jawOpen"), play(made.livelink()).curve("jawOpen")
    )


@pytest.mark.parametrize(
    ("timecodes", "rate"),
    [
        ([f"10:00:00:{n:02}.000" for n in range(60)], 60),
        ([f"10:00:00:{2 * n:02}.500" for n in range(30)], 30),
        ([f"10:00:{n // 24:02}:{n % 24:02}" for n in range(72)], 24),
        ([f"10:00:{n // 25:02}:{n % 25:02}" for n in range(75)], 25),
        ([f"00:00:59;{28 + n:02}" for n in range(2)] + [f"00:01:00;{2 + n:02}" for n in range(9)],
         Fraction(30000, 1001)),
        ([f"10:00:00:{int(n):02}.{round(n % 1 * 1000):03}" for n in np.arange(0, 50, 1.001)],
         Fraction(60000, 1001)),
    ],
)  # fmt: skip
def test_rate_comes_from_the_time_codes(
    made: Any, play: Any, timecodes: list[str], rate: Fraction
) -> None:
    take = play(made.livelink(timecodes))
    assert take.info.rate == rate
    assert take.info.count == len(take.frames) == len(timecodes)


def test_an_unusual_rate_is_kept(made: Any, play: Any) -> None:
    places = [n * 1.0016 for n in range(1000)]
    codes = [f"10:00:{int(at // 60):02}:{int(at % 60):02}.{int(at % 1 * 1000):03}" for at in places]
    take = play(made.livelink(codes))
    assert take.info.rate == Fraction("59.904")
    assert len(take.frames) == 1000  # rows are frames, and none is made up


def test_digits_may_be_milliseconds_of_the_second(made: Any, play: Any) -> None:
    codes = [f"00:00:00:{int(n * 0.999):02}.{n * 1000 // 60:03}" for n in range(50)]
    take = play(made.livelink(codes))
    assert take.info.rate == 60 and len(take.frames) == 50


def test_midnight_may_pass(made: Any, play: Any) -> None:
    codes = ["23:59:59:58.000", "23:59:59:59.000", "00:00:00:00.000", "00:00:00:01.000"]
    assert len(play(made.livelink(codes)).frames) == 4


def test_starts_at_the_first_time_code(made: Any, play: Any) -> None:
    assert play(made.livelink()).info.start == 36000 + Fraction(1, 240)


def test_rows_without_a_face_are_gaps(made: Any, play: Any) -> None:
    assert play(made.livelink(gaps=[3, 4])).gaps == [3, 4]


def test_short_holes_are_filled_and_long_ones_are_gaps(made: Any, play: Any) -> None:
    codes = [f"10:00:00:{n:02}.000" for n in (0, 1, 4, 5, 40, 41)]
    take = play(made.livelink(codes))
    assert len(take.frames) == 42
    assert take.gaps == list(range(6, 40))
    jaw = take.curve("jawOpen")
    assert jaw[1] < jaw[2] < jaw[3] < jaw[4]


def test_uneven_rows_keep_their_times(made: Any, play: Any) -> None:
    codes = [f"10:00:00:{int(at):02}.{round(at % 1 * 1000):03}" for at in (0, 1.4, 2.1, 3.5, 4.0)]
    take = play(made.livelink(codes), rate="60")
    known = [values_at(n)["jawOpen"] for n in range(5)]
    expected = np.interp(range(5), (0, 1.4, 2.1, 3.5, 4.0), known)
    assert np.allclose(take.curve("jawOpen")[:5], expected, atol=1e-4)


def test_head_axes(made: Any, play: Any) -> None:
    """The app's angles are positive to the subject's right, down, and clockwise."""
    take = play(made.livelink(head=(0.2, 0.1, -0.05)), head="absolute")
    angles = np.array(euler(take.rotation(11)))
    assert np.allclose(angles, np.degrees(np.array([-0.2, -0.1, -0.05]) * 11 / 12), atol=1e-3)


def test_head_can_be_flipped_and_left_still(made: Any, play: Any) -> None:
    path = made.livelink(head=(0.2, 0.1, -0.05))
    turned = np.array(euler(play(path, head="absolute", flip="yaw,roll").rotation(11)))
    assert np.allclose(turned, np.degrees(np.array([0.2, -0.1, 0.05]) * 11 / 12), atol=1e-3)
    assert np.array_equal(play(path, head="off").rotation(11), np.eye(3))


def test_relative_heads_are_measured_from_the_usual_pose(made: Any, play: Any) -> None:
    take = play(made.livelink(head=(0.3, 0.0, 0.0)))
    yaws = [euler(take.rotation(n)).yaw for n in range(COUNT)]
    assert take.info.head == "relative"
    assert min(yaws) < -5 and max(yaws) > 5


def test_relative_heads_do_not_move_when_they_are_measured_again() -> None:
    chance = np.random.default_rng(5)
    angles = np.cumsum(chance.normal(0, 2, (300, 3)), axis=0) + np.array([20, -10, 8])
    turned = np.stack([from_euler(*row) for row in angles])
    present = chance.random(300) < 0.9
    once = from_rest(turned, present, None)
    assert np.allclose(from_rest(once, present, None), once, atol=1e-6)
    other = from_rest(from_euler(30, 20, -40) @ turned, present, None)
    assert np.allclose(other, once, atol=1e-6)


def test_the_usual_pose_is_that_of_most_rows() -> None:
    straight, away = from_euler(5, 0, 0), from_euler(60, 10, 0)
    turned = np.stack([straight] * 70 + [away] * 30)
    usual = from_rest(turned, np.ones(100, bool), None)
    assert np.allclose(usual[0], np.eye(3), atol=1e-3)


def test_head_columns_of_zeros_mean_no_head(made: Any, play: Any) -> None:
    take = play(made.livelink(head=()))
    assert all(np.array_equal(frame.face.rotation, np.eye(3)) for frame in take.frames)


@pytest.mark.parametrize(
    ("given", "to", "said", "hint"),
    [
        (
            "JawOpen",
            "JawOpne",
            "names 'JawOpne', which is no shape, and has no 'jawOpen'",
            "jawOpen",
        ),
        ("EyeBlinkLeft", "EyeBilnk_L", "'EyeBilnk_L', which is no shape", "eyeBlinkLeft"),
        ("HeadYaw", "HeadYwa", "'HeadYwa', which is no shape, and has no 'headyaw'", "headyaw"),
        ("JawOpen", "mouthClose", "names 'MouthClose' twice", "delete one of both"),
    ],
)
def test_misspelled_and_doubled_columns(
    made: Any, play: Any, given: str, to: str, said: str, hint: str
) -> None:
    with pytest.raises(DecodeError, match=said) as caught:
        play(made.livelink(title=lambda name: to if name == given else name))
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize("other", ["BrowInnerUp_L", "Frame", "JawOpenSpeed"])
def test_columns_of_other_things_are_left_out(made: Any, play: Any, other: str) -> None:
    take = play(made.livelink(title=lambda name: other if name == "BrowInnerUp" else name))
    assert not take.curve("browInnerUp").any() and take.curve("jawOpen").max() > 0.3


def test_part_of_a_take(made: Any, play: Any) -> None:
    path = made.livelink()
    whole, part = play(path), play(path, start="50ms", end="150ms")
    assert np.array_equal(part.curve("jawOpen"), whole.curve("jawOpen")[3:9])
    assert part.info.start == whole.info.start + Fraction(3, 60)
    with pytest.raises(ConfigError, match="no face between"):
        play(path, start="9s")


def test_row_rate_overrules_the_times(made: Any, play: Any) -> None:
    codes = ["10:00:00:00.000"] * COUNT
    with pytest.raises(DecodeError, match="does not go forward in time"):
        play(made.livelink(codes))
    assert play(made.livelink(codes), row_rate=30).info.rate == 30


def test_gain(made: Any, play: Any) -> None:
    path = made.livelink()
    assert np.allclose(play(path, gain=0.5).curve("jawOpen"), play(path).curve("jawOpen") / 2)
    assert play(path, gain=3).curve("jawOpen").max() == 1


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("NaN", "'NaN' in column MouthClose of row 9 .10:00:00:07.250.*not a number"),
        ("inf", "'inf' in column MouthClose of row 9"),
        ("", "'' in column MouthClose of row 9"),
        ("abc", "'abc' in column MouthClose of row 9"),
        ("1.7", "1.7 for mouthClose in row 9 .10:00:00:07.250.*not 0 to 1"),
        ("-0.4", "-0.4 for mouthClose in row 9"),
    ],
)
def test_a_bad_cell_is_named(made: Any, play: Any, cell: str, said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        play(made.livelink(cells={(7, "MouthClose"): cell}))


def test_a_little_overshoot_is_clipped(made: Any, play: Any) -> None:
    path = made.livelink(cells={(7, "JawOpen"): "1.02", (8, "JawOpen"): "-0.004"})
    assert list(play(path).curve("jawOpen")[7:9]) == [1, 0]


def test_a_cut_row_is_named(made: Any, play: Any) -> None:
    path = made.livelink()
    path.write_text(path.read_text()[:-300])
    with pytest.raises(
        DecodeError, match=r"row 13 \(10:00:00:11.250\) has \d+ cells, up to column"
    ):
        play(path)


def test_angles_in_degrees_are_refused(made: Any, play: Any) -> None:
    with pytest.raises(DecodeError, match="none in radians"):
        play(made.livelink(head=(20, 0, 0)))


def test_a_wrong_time_code_is_named(made: Any, play: Any) -> None:
    with pytest.raises(DecodeError, match="'10:00:99:00' in row 3"):
        play(made.livelink(["10:00:00:00", "10:00:99:00", "10:00:00:02"]))


@pytest.mark.parametrize("change", [
    lambda text: "\ufeff" + text.replace("\n", "\r\n"),
    lambda text: text.replace(".", "§").replace(",", ";").replace("§", ","),
    lambda text: text.replace(",", "\t"),
])  # fmt: skip
def test_tables_as_spreadsheets_write_them(made: Any, play: Any, change: Any) -> None:
    path = made.livelink()
    expected = play(path).curve("jawOpen")
    path.write_text(change(path.read_text()), encoding="utf-8", newline="")
    assert np.array_equal(play(path).curve("jawOpen"), expected)
