from __future__ import annotations

from fractions import Fraction
from math import radians, sin
from typing import Any

import numpy as np
import pytest
from a1sdk_keyframes.model import KeysFile
from a1sdk_keyframes.performance import Performance, length_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from a1sdk import HostContext, Registry
from a1sdk.plugin import BLENDSHAPE_NAMES, FaceMotion, euler, from_coefficients

BUSY = {
    "channels": {
        "smile": [[0, 0], ["1/3", 0.7], ["2s", 0.2, "linear"], ["3s", 0]],
        "head.yaw": {
            "keys": [[0, -5], ["0.7s", 5], ["1.4s", -5]],
            "loop": {"from": 0, "to": "1.4s"},
        },
    },
    "presets": [{"preset": "blink", "at": "0.5s"}, {"preset": "look", "at": 1, "yaw": 20}],
    "idle": {"blinks": {"per_minute": 40}},
}
RATES = st.sampled_from(["1", "12", "24000/1001", "24", "25", "30000/1001", "50", "120"])
ANY = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


def stream(options: dict[str, Any], seed: int = 7) -> list[FaceMotion]:
    chosen = Registry().choose("motion_source", "keyframes/keys", options)
    with HostContext(seed=seed) as context:
        source, lent = chosen.build(), context.lend(chosen.spec)
        source.setup(lent)
        found = [frame.face for frame in source.stream(lent)]
        source.close()
    return found


def test_frames_are_sampled_at_exact_times() -> None:
    keys = {"rate": "30000/1001", "channels": {"jawOpen": [[0, 0, "linear"], ["30f", 1]]}}
    frames = stream({"keys": keys})
    jaw = BLENDSHAPE_NAMES.index("jawOpen")
    assert [frame.blendshapes[jaw] for frame in frames] == [np.float32(n / 30) for n in range(30)]
    expected = from_coefficients(frames[7].blendshapes)
    assert np.array_equal(frames[7].expression, expected.expression)


@given(RATES, st.integers(0, 200), st.integers(0, 3))
@ANY
def test_motion_depends_on_time_alone(rate: str, frame: int, seed: int) -> None:
    file, time = KeysFile.model_validate(BUSY), frame / Fraction(rate)
    performance = Performance(file, seed)
    after_others = [performance.values(n / Fraction(rate)) for n in range(frame + 1)][-1]
    assert after_others == Performance(file, seed).values(time)


def test_a_stream_can_be_taken_again() -> None:
    options = {"keys": BUSY, "duration": "3s"}
    for one, two in zip(stream(options), stream(options), strict=True):
        assert np.array_equal(one.expression, two.expression)
        assert np.array_equal(one.translation, two.translation)


def test_seeds_differ() -> None:
    options = {"keys": {"idle": {}}, "duration": "3s"}
    one, two = stream(options, seed=1), stream(options, seed=2)
    assert not np.allclose(one[-1].rotation, two[-1].rotation, atol=1e-4)


def test_everything_adds_up_and_is_clipped(played: Any) -> None:
    data = {
        "channels": {"eyeBlinkLeft": 0.2, "eyeBlink": 0.5, "blink": 0.1},
        "presets": [{"preset": "blink", "at": 0}],
    }
    first, shut = played(data, 0, "0.12s")
    assert first["eyeBlinkLeft"] == pytest.approx(0.8)
    assert first["eyeBlinkRight"] == pytest.approx(0.6)
    assert shut["eyeBlinkLeft"] == 1.0


def test_directions_are_no_sides(played: Any, read: Any) -> None:
    (values,) = played({"channels": {"jawLeft": 0.4, "mouthRight": 0.3}}, 0)
    assert (values["jawLeft"], values["jawRight"], values["mouthLeft"]) == (0.4, 0.0, 0.0)
    assert values["mouthRight"] == 0.3


def test_the_head_turns_about_the_neck() -> None:
    keys = {"duration": "1s", "channels": {"head.yaw": 20, "head.pitch": -10, "head.roll": 5}}
    face = stream({"keys": keys})[0]
    assert euler(face.rotation) == pytest.approx((20, -10, 5), abs=1e-4)
    right, down, _ = face.translation
    assert right > 0.2 and down > 0.05  # the face goes where it turns to
    still = stream({"keys": {"duration": "1s", "channels": {"head.x": 0.1, "head.z": -0.2}}})[0]
    assert still.translation.tolist() == pytest.approx([0.1, 0, -0.2])


def test_gaze_turns_both_eyes_alike(played: Any) -> None:
    right, left, down, up = (
        played({"channels": {name: value}}, 0)[0]
        for name, value in (
            ("gaze.yaw", 40), ("gaze.yaw", -20), ("gaze.pitch", -33), ("gaze.pitch", 10)
        )
    )  # fmt: skip
    assert right["eyeLookOutLeft"] == right["eyeLookInRight"] == 1
    half = sin(radians(20)) / sin(radians(40))
    assert left["eyeLookInLeft"] == left["eyeLookOutRight"] == pytest.approx(half)
    assert down["eyeLookDownLeft"] == down["eyeLookDownRight"] == 1
    assert 0 < up["eyeLookUpLeft"] == up["eyeLookUpRight"] < 1
    assert right["eyeLookInLeft"] == right["eyeLookUpLeft"] == down["eyeLookOutLeft"] == 0


def test_the_iris_goes_where_the_gaze_does() -> None:
    keys = {"duration": "1s", "channels": {"gaze.yaw": 25, "gaze.pitch": 15}}
    expression = stream({"keys": keys})[0].expression
    for iris in (468, 473):
        right, down, _ = expression[iris].tolist()
        assert right == pytest.approx(0.11 * sin(radians(25)), rel=0.1)
        assert down == pytest.approx(-0.11 * sin(radians(15)), rel=0.1)


def test_gains_scale_their_region_alone(played: Any) -> None:
    channels = {"smile": 0.4, "jawOpen": 0.5, "browUp": 0.3, "head.yaw": 10, "gaze.yaw": 9}
    for region, moved in {
        "lips": {"mouthSmileLeft", "mouthSmileRight", "mouthDimpleLeft", "mouthDimpleRight"},
        "jaw": {"jawOpen"},
        "cheeks": {"cheekSquintLeft", "cheekSquintRight"},
        "brows": {"browInnerUp", "browOuterUpLeft", "browOuterUpRight"},
        "head": {"head.yaw"},
        "gaze": {"gaze.yaw", "eyeLookOutLeft", "eyeLookInRight"},
    }.items():
        (plain,) = played({"channels": channels}, 0)
        gained, later = played(
            {"channels": {**channels, f"gain.{region}": [[0, 0.5, "hold"], [1, 2]]}}, 0, 1
        )
        for name, value in plain.items():
            if name in moved:
                bent = 0.02 if name.startswith("eyeLook") else 1e-9  # by the sine
                assert gained[name] == pytest.approx(0.5 * value, rel=bent)
                assert later[name] == pytest.approx(2 * value, rel=bent)
            elif name != f"gain.{region}":
                assert gained[name] == value


@given(st.fractions(0, 10, max_denominator=50), st.integers(0, 5))
@ANY
def test_endless_loops_are_periodic(played: Any, time: Fraction, passes: int) -> None:
    keys = [[0, 0], ["0.5s", 3], ["1.5s", -3], [2, 0]]
    data = {"channels": {"head.roll": {"keys": keys, "loop": {"from": 0, "to": 2}}}}
    here, later = played(data, time, time + 2 * passes)
    assert here["head.roll"] == later["head.roll"]


def test_loops_join_without_a_jolt(played: Any) -> None:
    keys = [[0, 0], ["0.5s", 3], ["1.5s", -3], [2, 0]]
    data = {"channels": {"head.roll": {"keys": keys, "loop": {"from": 0, "to": 2}}}}
    around = [values["head.roll"] for values in played(data, "1.999s", "2s", "2.001s")]
    assert around[2] - around[1] == pytest.approx(around[1] - around[0], rel=0.02)
    assert around[2] - around[1] > 0.005


def test_counted_loops_go_on_with_what_follows(played: Any, read: Any) -> None:
    keys = [[0, 0, "linear"], [1, 1, "linear"], [2, 0]]
    data = {
        "channels": {"jawOpen": {"keys": keys, "loop": {"from": "0.5s", "to": "1s", "count": 3}}}
    }
    times = ("0.75s", "1s", "1.25s", "1.5s", "2s", "2.5s", "3s")
    found = [values["jawOpen"] for values in played(data, *times)]
    assert found == [0.75, 0.5, 0.75, 0.5, 1.0, 0.5, 0.0]
    assert length_of(read(**data)) == 3


def test_the_whole_file_loops_presets_too(played: Any, read: Any) -> None:
    data = {
        "channels": {"jawOpen": [[0, 0, "linear"], [1, 0.5]]},
        "presets": [{"preset": "blink", "at": "0.25s"}, {"preset": "blink", "at": "1.5s"}],
        "loop": {"from": 0, "to": 1, "count": 3},
    }
    shut = [values["eyeBlinkLeft"] for values in played(data, *(f"{n}.375s" for n in range(4)))]
    assert shut == [1, 1, 1, 0]
    assert played(data, "3.625s")[0]["eyeBlinkLeft"] == 1
    assert played(data, "2.5s")[0]["jawOpen"] == 0.25
    assert length_of(read(**data)) == Fraction("1.85") + 2


@pytest.mark.parametrize(
    ("data", "length"),
    [
        ({"idle": {}}, None),
        ({"channels": {"smile": 0.5}}, None),
        ({"channels": {"smile": [[0, 0], ["1.5s", 1]]}, "idle": {}}, Fraction(3, 2)),
        ({"presets": [{"preset": "nod", "at": "1s", "count": 3}]}, Fraction(37, 10)),
        ({"idle": {}, "duration": "4s"}, Fraction(4)),
        ({"channels": {"smile": [[0, 0], [1, 1]]}, "loop": {"from": 0, "to": 1}}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_length(read: Any, data: dict[str, Any], length: Fraction | None) -> None:
    assert length_of(read(**data)) == length


def test_smooth_slopes_and_handles(played: Any) -> None:
    keys = [{"at": 0, "value": 0, "slope_out": 1}, {"at": 1, "value": 1, "slope_in": 1}]
    (values,) = played({"channels": {"jawOpen": keys}}, "0.3s")
    assert values["jawOpen"] == pytest.approx(0.3)
    keys = [
        {"at": 0, "value": 0, "interpolation": "bezier", "handle_out": ["1s", 0]},
        {"at": 2, "value": 1, "handle_in": ["1s", 0]},
    ]
    (values,) = played({"channels": {"jawOpen": keys}}, "1s")
    assert values["jawOpen"] == pytest.approx(0.5)
