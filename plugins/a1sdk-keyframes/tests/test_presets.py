from __future__ import annotations

from fractions import Fraction
from typing import Any, get_args

import pytest
from a1sdk_keyframes.channels import GAZE, HEAD
from a1sdk_keyframes.presets import AnyPreset, Blink

PRESETS = [cls.model_fields["preset"].default for cls in get_args(get_args(AnyPreset)[0])]
LOOK = {"yaw": 25, "pitch": -8}


def times(stop: float, rate: int = 200) -> list[Fraction]:
    return [Fraction(n, rate) for n in range(int(stop * rate) + 1)]


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("duration", [None, "0.1s", "5s"])
def test_presets_begin_and_end_at_rest(
    played: Any, read: Any, name: str, duration: str | None
) -> None:
    given = {"preset": name, "at": "0.5s", **(LOOK if name == "look" else {})}
    if duration is not None:
        given["duration"] = duration
    (preset,) = read(presets=[given]).presets
    end = Fraction(1, 2) + preset.length
    before, after, middle = played({"presets": [given]}, "0.5s", end, 100)[:3]
    at_rest = played({}, 0)[0]
    assert before == pytest.approx(at_rest) and after == at_rest and middle == at_rest
    inside = played({"presets": [given]}, *times(float(end)))
    assert any(values != at_rest for values in inside)
    for values in inside:
        assert abs(values["head.yaw"]) < 26 and abs(values["head.pitch"]) < 26


@pytest.mark.parametrize("name", PRESETS)
def test_amounts_scale(played: Any, name: str) -> None:
    given = {"preset": name, "at": 0, **(LOOK if name == "look" else {})}
    one, half = (
        played({"presets": [{**given, "amount": amount}]}, "0.2s")[0] for amount in (1.0, 0.5)
    )
    for channel in (*HEAD, *GAZE):
        assert half[channel] == pytest.approx(one[channel] / 2)
    (none,) = played({"presets": [{**given, "amount": 0}]}, "0.2s")
    assert none == played({}, 0)[0]


def test_a_blink_closes_faster_than_it_opens(played: Any) -> None:
    at = times(0.35, 1000)
    lids = [
        values["eyeBlinkLeft"] for values in played({"presets": [Blink(at=0).model_dump()]}, *at)
    ]
    half = [float(time) for time, lid in zip(at, lids, strict=True) if lid >= 0.5]
    assert max(lids) == 1.0
    assert 0.03 < half[0] < 0.07 and 0.05 < 0.35 - half[-1] and 0.35 - half[-1] > 2 * half[0]


@pytest.mark.parametrize("rate", ["24000/1001", "24", "25", "30"])
def test_a_blink_is_shut_on_a_frame_of_every_film(played: Any, rate: str) -> None:
    frames = [n / Fraction(rate) for n in range(20)]
    for start in range(20):
        data = {"presets": [{"preset": "blink", "at": f"{start}ms"}]}
        assert max(values["eyeBlinkLeft"] for values in played(data, *frames)) == 1.0


def test_one_side_winks(played: Any) -> None:
    data = {"presets": [{"preset": "blink", "at": 0, "side": "left"}]}
    (values,) = played(data, "0.12s")
    assert (values["eyeBlinkLeft"], values["eyeBlinkRight"]) == (1.0, 0.0)


def test_a_kept_smile_has_the_beginning_of_a_short_one(played: Any) -> None:
    short, long = (
        [values["mouthSmileLeft"] for values in played({"presets": [given]}, *times(0.6, 50))]
        for given in (
            {"preset": "smile", "at": 0},
            {"preset": "smile", "at": 0, "duration": "8s"},
        )
    )
    assert short == pytest.approx(long)


def test_looks_go_eyes_first_and_keep_their_target(played: Any) -> None:
    data = {"presets": [{"preset": "look", "at": 0, "yaw": 20, "duration": "3s"}]}
    early, kept = played(data, "0.07s", "1.5s")
    assert early["gaze.yaw"] > 18 and abs(early["head.yaw"]) < 1
    assert kept["gaze.yaw"] + kept["head.yaw"] == pytest.approx(20)
    assert kept["head.yaw"] == pytest.approx(8)


def test_a_count_plays_it_in_a_row(played: Any) -> None:
    data = {"presets": [{"preset": "blink", "at": 0, "count": 3}]}
    lids = [v["eyeBlinkLeft"] for v in played(data, "0.125s", "0.475s", "0.825s", "1.175s")]
    assert lids == [1, 1, 1, 0]
