"""The other formats: values, rates, gaps, axes and units."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from a1sdk_mocap.formats import FORMATS, packets
from a1sdk_mocap.names import shape_index

from a1sdk.plugin import (
    BLENDSHAPE_NAMES,
    ConfigError,
    DecodeError,
    ResourceError,
    euler,
    gaze_shapes,
)

from .conftest import COUNT, values_at

JAW = [values_at(number)["jawOpen"] for number in range(COUNT)]
LEFT = [values_at(number)["eyeBlinkLeft"] for number in range(COUNT)]


@pytest.mark.parametrize(
    "name", ["eyeBlinkLeft", "EyeBlink_L", "eyeblink-left", "a|b.eyeBlinkLeft"]
)
def test_names_have_many_spellings(name: str) -> None:
    assert BLENDSHAPE_NAMES[shape_index(name) or 0] == "eyeBlinkLeft"


def test_all_names_are_told_apart() -> None:
    assert [shape_index(name) for name in BLENDSHAPE_NAMES] == list(range(52))
    assert shape_index("eyeBlink") is None and shape_index("tail") is None


def test_arkit(made: Any, play: Any) -> None:
    take = play(made.arkit(), head="absolute")
    assert take.info.rate == 25 and take.gaps == [5]
    assert np.allclose(np.delete(take.curve("jawOpen"), 5), np.delete(JAW, 5))
    assert np.allclose(euler(take.rotation(8)), (8, 0, 0), atol=1e-4)
    moved = take.frames[11].face.translation - take.frames[0].face.translation
    assert np.allclose(moved, (1.1 / 8.89, 0, 0), atol=1e-5)  # centimetres to face units


@pytest.mark.parametrize("layout", ["list", "categories", "numbers", "columns", "milliseconds"])
def test_arkit_layouts(made: Any, play: Any, layout: str) -> None:
    named = [dict.fromkeys(BLENDSHAPE_NAMES, 0.0) | values_at(number) for number in range(COUNT)]
    frames: Any = [{"t": number / 25, "blendshapes": face} for number, face in enumerate(named)]
    document: Any = {"fps": 25, "frames": frames}
    if layout == "list":
        document = frames
    elif layout == "categories":
        for frame, face in zip(frames, named, strict=True):
            scores = [{"categoryName": name, "score": value} for name, value in face.items()]
            frame["faceBlendshapes"] = [{"categories": scores}]
            del frame["blendshapes"]
    elif layout == "numbers":
        document = {"rate": "25", "names": BLENDSHAPE_NAMES}
        document["data"] = [{"coefficients": list(face.values())} for face in named]
    elif layout == "columns":
        for number, frame in enumerate(frames):
            frame["matrix"] = made.matrix(number).T.tolist()
    elif layout == "milliseconds":
        for number, frame in enumerate(frames):
            frame["timestamp_ms"] = number * 40
            del frame["t"]
    take = play(made.json("take.json", document))
    assert take.info.rate == 25 and np.allclose(take.curve("jawOpen"), JAW)
    if layout == "columns":
        turned = euler(take.rotation(11)).yaw - euler(take.rotation(0)).yaw
        assert turned == pytest.approx(11, abs=1e-3)


def test_arkit_matrices_in_metres(made: Any, play: Any) -> None:
    document = {"fps": 60, "frames": [
        {"blendShapes": dict.fromkeys(BLENDSHAPE_NAMES, 0.1), "transform": matrix.T.tolist()}
        for matrix in (np.diag([1.0, 1, 1, 1]) + np.eye(4, k=3) * at for at in (0.0, 0.0889))
    ]}  # fmt: skip
    for frame in document["frames"]:  # type: ignore[attr-defined]
        frame["transform"][3][2] = -0.4
    first, second = play(made.json("take.json", document)).frames
    assert np.allclose(second.face.translation - first.face.translation, (1, 0, 0), atol=1e-5)


def test_mediapipe_scores_of_a_neutral_face_move_nothing(made: Any, play: Any) -> None:
    frames = [{"blendshapes": {"_neutral": 0.0, **dict.fromkeys(BLENDSHAPE_NAMES[:51], 0.0)}}] * 3
    frames[1] = {"blendshapes": frames[0]["blendshapes"] | {"eyeSquintLeft": 0.2, "jawOpen": 0.5}}
    take = play(made.json("take.json", {"fps": 25, "frames": frames}))
    assert not take.curve("eyeSquintLeft").any()
    assert take.curve("jawOpen")[1] > 0.4


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fps": "fast"}, "says a wrong rate"),
        ({"frames": [{"blendshapes": {
            name.replace("jawOpen", "jawOepn"): 0 for name in BLENDSHAPE_NAMES}}]},
         "names 'jawOepn', which is no shape"),
        ({"frames": [{"blendshapes": dict.fromkeys(BLENDSHAPE_NAMES, 2.0)}]}, "2 for browDown"),
        ({"frames": [{"blendshapes": dict.fromkeys(BLENDSHAPE_NAMES, "x")}]}, "nan for browDown"),
        ({"frames": [{"blendshapes": dict.fromkeys(BLENDSHAPE_NAMES, 0), "matrix": [1] * 16}]},
         "turns and moves no head"),
        ({"frames": [{"blendshapes": dict.fromkeys(BLENDSHAPE_NAMES, 0), "t": "soon"}]},
         "'soon' where a time"),
        ({"frames": [{"found": False, "blendshapes": {}}]}, "no row with a face"),
    ],
)  # fmt: skip
def test_arkit_refuses(made: Any, play: Any, changes: Any, said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        play(made.arkit(**changes))


def test_openface(made: Any, play: Any) -> None:
    take = play(made.openface(), head="absolute")
    assert take.info.rate == 30 and take.gaps == [4]
    assert np.nanmax(take.curve("jawOpen")) == 0.5  # intensity 2.5 of 5
    for side in ("Left", "Right"):
        assert take.curve(f"mouthSmile{side}")[8] == pytest.approx(0.4)
    angles = euler(take.rotation(10))
    assert angles.pitch == pytest.approx(np.degrees(-0.1), abs=0.1)  # OpenFace's is down
    assert angles.yaw == pytest.approx(np.degrees(-0.1), abs=0.1)


def test_openface_eyes_stay_on_the_camera(made: Any, play: Any) -> None:
    take = play(made.openface(), head="absolute")
    up = gaze_shapes(0, -euler(take.rotation(8)).pitch)  # the head is down: the eyes are up
    assert take.curve("eyeLookUpLeft")[8] == pytest.approx(up["eyeLookUpLeft"], rel=0.05) != 0
    assert play(made.openface(), head="off").curve("eyeLookUpLeft")[8] == 0


def test_openface_follows_one_face(made: Any, play: Any) -> None:
    take = play(made.openface(faces=(1, 0)))
    assert len(take.frames) == COUNT
    assert np.nanmax(take.curve("jawOpen")) == 0.5  # the nearer face's


def test_openface_rates_no_camera_has_are_doubted(made: Any, play: Any, caplog: Any) -> None:
    assert play(made.openface(fps=1000)).info.rate == 1000
    assert "no camera records" in caplog.text


@pytest.mark.parametrize("legacy", [False, True])
def test_liveportrait(made: Any, play: Any, legacy: bool) -> None:
    take = play(made.liveportrait(legacy=legacy))
    assert take.info.rate == 25 and len(take.frames) == COUNT
    assert take.curve("jawOpen")[11] == pytest.approx(11 / 12, abs=1e-3)
    assert np.array_equal(take.rotation(0), np.eye(3))  # frame 0 is neutral
    left, right = take.curve("eyeBlinkLeft")[11], take.curve("eyeBlinkRight")[11]
    assert (left > 0.6 if legacy else left == 0) and right == 0


def test_audio2face(made: Any, play: Any) -> None:
    take = play(made.audio2face())
    assert take.info.rate == 30
    assert np.allclose(take.curve("jawOpen"), JAW) and np.allclose(take.curve("eyeBlinkLeft"), LEFT)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"facsNames": ["A", "B", "C", "D", "E", "F"]}, "by no ARKit shapes"),
        (
            {
                "facsNames": [
                    "EyeBlinkLeft",
                    "JawOepn",
                    "MouthSmileRight",
                    "BrowInnerUp",
                    "CheekPuff",
                    "Teeth",
                ]
            },
            "names 'JawOepn', which is no shape",
        ),
        ({"weightMat": [[0, 1]]}, "other than 6 weights in frame 0"),
        ({"exportFps": None}, "no rate in `exportFps`"),
        ({"weightMat": []}, "has no rows"),
    ],
)
def test_audio2face_refuses(made: Any, play: Any, changes: Any, said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        play(made.audio2face(**changes))


class TestUsd:
    @pytest.fixture(autouse=True)
    def _usd(self) -> None:
        pytest.importorskip("pxr", reason="usd-core is not installed")

    @pytest.mark.parametrize("per_second", [24, 30])
    def test_time_samples(self, made: Any, play: Any, per_second: int) -> None:
        take = play(made.usd(per_second=per_second))
        assert take.info.rate == per_second and take.info.start == Fraction(100, per_second)
        assert np.allclose(take.curve("jawOpen"), JAW)
        assert np.allclose(take.curve("eyeBlinkLeft"), LEFT)

    def test_binary(self, made: Any, play: Any) -> None:
        from pxr import Sdf

        text = made.usd()
        Sdf.Layer.FindOrOpen(str(text)).Export(str(text.with_suffix(".usdc")))
        assert np.allclose(play(text.with_suffix(".usdc")).curve("jawOpen"), JAW)

    def test_damage_is_named(self, made: Any, play: Any) -> None:
        with pytest.raises(DecodeError, match=r"damaged USD: .*x\.usda:2:3: Expected"):
            play(made.text("x.usda", "#usda 1.0\n( oops"))

    @pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe"])
    def test_damaged(self, made: Any, play: Any, damage: bytes) -> None:
        path = made.usd()
        path.write_bytes(path.read_bytes()[:200] + damage)
        with pytest.raises(DecodeError, match="USD"):
            play(path)

    def test_other_names(self, made: Any, play: Any) -> None:
        with pytest.raises(DecodeError, match="USD by another name"):
            play(made.usd(name="take.txt"))


def test_usd_says_what_it_needs(made: Any, play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pxr", None)
    with pytest.raises(ResourceError, match="usd-core") as caught:
        play(made.usd())
    assert caught.value.hint == "pip install 'a1sdk-mocap[usd]'"


def test_maya(made: Any, play: Any) -> None:
    take = play(made.maya())
    jaw, left = take.curve("jawOpen"), take.curve("eyeBlinkLeft")
    assert take.info.rate == 24 and len(jaw) == 12
    assert jaw[0] == 0 and jaw[6] == pytest.approx(0.8) and jaw[11] == 0
    assert list(left[:4]) == [0.5] * 4 and left[4] == 0  # steps


@pytest.mark.parametrize(("unit", "rate"), [("ntscf", 60), ("29.97fps", Fraction(30000, 1001))])
def test_maya_time_units(made: Any, play: Any, unit: str, rate: Any) -> None:
    assert play(made.maya(unit=unit)).info.rate == rate


@pytest.mark.parametrize(
    ("first", "second", "middle"),
    [
        ("linear linear 1 1 0", "linear linear 1 1 0", 0.5),
        ("flat flat 1 1 0", "flat flat 1 1 0", 0.5),
        ("step step 1 1 0", "step step 1 1 0", 0.0),
        ("stepnext stepnext 1 1 0", "stepnext stepnext 1 1 0", 1.0),
        # out of the first at a quarter a frame, flat into the second
        ("fixed fixed 1 1 0 0 1 14.0362434679 1", "fixed fixed 1 1 0 0 1 0 1", 0.625),
    ],
)
def test_maya_tangents(made: Any, play: Any, first: str, second: str, middle: float) -> None:
    take = play(made.maya(f"0 0 {first};\n 4 1 {second};"))
    assert take.curve("jawOpen")[2] == pytest.approx(middle, abs=1e-6)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("0 zero flat flat 1 1 0;", "no key in line 12"),
        ("1 0 flat flat 1 1 0;\n 0 1 flat flat 1 1 0;", "not after the one before"),
        ("0 nan flat flat 1 1 0;", "not finite"),
        ("0 0 flat flat 1 1 0;\n 9999999 1 flat flat 1 1 0;", "are the most"),
    ],
)
def test_maya_refuses(made: Any, play: Any, keys: str, said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        play(made.maya(keys))


def test_flame(made: Any, play: Any) -> None:
    take = play(made.flame(), head="absolute")
    assert take.info.rate == 25
    assert take.curve("jawOpen")[11] == pytest.approx(0.2 / 0.35)
    assert np.allclose(euler(take.rotation(7)), (7, 0, 0), atol=1e-3)  # to the subject's left


def test_flame_eyes_and_lids(made: Any, play: Any) -> None:
    eyes = np.zeros((COUNT, 6), np.float32)
    half = np.arcsin(np.sin(np.radians(40)) / 2)
    eyes[:, [1, 4]] = half  # about the axis that points up: to the subject's left
    lids = np.tile(np.array([[1, 0.25]], np.float32), (COUNT, 1))
    take = play(made.flame(eyes_pose=eyes, eyelid=lids))
    assert take.curve("eyeLookOutLeft")[0] == pytest.approx(0.5, abs=1e-3)
    assert take.curve("eyeLookOutRight")[0] == 0
    assert take.curve("eyeBlinkLeft")[0] == 1 and take.curve("eyeBlinkRight")[0] == 0.25


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"jaw_pose": np.zeros((COUNT, 4))}, r"jaw of shape \[12, 4\]"),
        ({"jaw_pose": np.zeros((3, 3))}, "as many frames as of the others"),
        ({"jaw_pose": np.full((COUNT, 3), np.nan)}, "jaw that are not finite"),
        ({"jaw_pose": np.zeros((COUNT, 3), "S4")}, "not numbers"),
        ({"fps": np.float32(-1)}, "wrong rate"),
    ],
)
def test_flame_refuses(made: Any, play: Any, arrays: Any, said: str) -> None:
    with pytest.raises(DecodeError, match=said):
        play(made.flame(**arrays))


def test_flame_without_a_rate_needs_one(made: Any, play: Any) -> None:
    path = made.flame()
    with np.load(path) as arrays:
        np.savez(path, jaw_pose=arrays["jaw_pose"])
    with pytest.raises(DecodeError, match="does not say its rate") as caught:
        play(path)
    assert "row_rate" in (caught.value.hint or "")
    assert play(path, row_rate="30000/1001").info.rate == Fraction(30000, 1001)


@pytest.mark.parametrize("form", ["gzip", "plain", "lines"])
def test_packets(made: Any, play: Any, form: str) -> None:
    take = play(made.packets(form=form), head="absolute")
    assert take.info.rate == 60 and take.info.start == Fraction(8001, 480)
    assert np.allclose(take.curve("jawOpen"), JAW) and np.allclose(take.curve("eyeBlinkLeft"), LEFT)
    assert np.allclose(take.curve("mouthSmileRight"), 0.25)
    assert euler(take.rotation(10)).yaw == pytest.approx(np.degrees(-0.1), abs=1e-3)


def test_packets_that_got_lost_are_filled(made: Any, play: Any) -> None:
    take = play(made.packets(skip=[4, 5]))
    assert len(take.frames) == COUNT and not take.gaps


def test_packets_know_every_shape() -> None:
    assert sorted(packets._ORDER) == sorted(BLENDSHAPE_NAMES)


def test_formats_are_told_apart(made: Any) -> None:
    from a1sdk_mocap.sample import Sample

    files = {
        "livelink": made.livelink(),
        "arkit": made.arkit(),
        "openface": made.openface(),
        "liveportrait": made.liveportrait(),
        "audio2face": made.audio2face(),
        "usd": made.usd(),
        "maya": made.maya(),
        "flame": made.flame(),
        "packets": made.packets(),
    }
    for name, path in files.items():
        assert [form.name for form in FORMATS if form.matches(Sample(path))] == [name]


def test_a_wrong_format_is_named(made: Any, play: Any) -> None:
    with pytest.raises(ConfigError, match="no take format 'livelnk'") as caught:
        play(made.livelink(), format="livelnk")
    assert caught.value.hint == "did you mean 'livelink'?"
