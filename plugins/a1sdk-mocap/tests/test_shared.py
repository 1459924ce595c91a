"""Real files: each imports with its rates, gaps and units, or is refused with the reason."""

from __future__ import annotations

import tempfile
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from a1sdk_mocap.formats import livelink
from a1sdk_mocap.sample import Sample

from a1sdk import HostContext, Registry
from a1sdk.plugin import A1Error, DecodeError, MotionClip, StreamInfo, coefficients, euler

pytestmark = pytest.mark.shared

NTSC = Fraction(30000, 1001)
TAKES = [  # file, rate, frames, gaps
    ("m01_livelinkface_MySlate_164_iPhone_cal.csv", Fraction("59.904"), 1895, 0),
    ("m02_arkit_generated_shapes_60fps.csv", 60, 610, 0),
    ("m04_openface_2x.csv", 1000, 100, 0),  # its time stamps are 1 ms apart
    ("m05_llv_jawopen.gesichter", 60, 66, 0),
    ("m05_llv_mouthpucker.gesichter", 60, 66, 0),
    ("m05_llv_recording.gesichter", 60, 187, 0),  # 180 packets, and 7 that were lost
    ("m06_liveportrait_d1.pkl", 30, 16, 0),
    ("m06_liveportrait_laugh.pkl", 25, 54, 0),
    ("m12_mediapipe_blendshapes_grid_d06.json", 25, 75, 0),
    ("m13_flame_synthetic_25fps.npz", 25, 75, 0),
    ("m14_llf_2997_dropframe.csv", NTSC, 300, 0),
]
CUES = ["m03_rhubarb_pizzas.dat", "m03_rhubarb_pizzas.json", "m03_rhubarb_pizzas.tsv"]
CUES += ["m03_rhubarb_pizzas.xml", "m07_librivox_0870.phones.json"]
REFUSED = {
    "m07_librivox_0870.words.json": "times of words",
    "m08_grid_swwp2s.align": "an alignment of words",
    "m09_imotions_v6.txt": "log-odds",
    "m10_affectiva.json": "one picture",
    "m11_coeffs_std.csv": "no time: statistics",
}
HOSTILE = {
    "json_nan_deep.json": "nested too deep",
    "llf_bad_values.csv": r"'NaN' in column EyeLookOutLeft of row 12 \(19:16:29:45.288\)",
    "llf_truncated_row.csv": r"row 32 \(19:16:30:05.321\) has 4 cells",
    "motion_npz_header_lies.npz": r"says it is float32 \[1000000000, 10000\], but has 64 bytes",
    "motion_pickle_executes.pkl": r"asks for posix\.mkdir",
}


@pytest.mark.parametrize(("name", "rate", "frames", "gaps"), TAKES)
def test_takes(shared: Path, play: Any, name: str, rate: Any, frames: int, gaps: int) -> None:
    take = play(shared / "data/mocap" / name)
    assert take.info.rate == rate
    assert take.info.count == len(take.frames) == frames
    assert len(take.gaps) == gaps


@pytest.mark.parametrize("name", CUES)
@pytest.mark.parametrize("ref", ["mocap/cues", "mocap/take"])
def test_cues(shared: Path, play: Any, name: str, ref: str) -> None:
    take = play(shared / "data/mocap" / name, ref, rate=25)
    lasts = {".dat": Fraction(160, 24), "phones.json": Fraction("7.1")}
    known = next((time for end, time in lasts.items() if name.endswith(end)), Fraction("6.92"))
    assert take.info.duration == known
    assert take.curve("jawOpen").max() > 0.25


@pytest.mark.parametrize("name", REFUSED)
def test_no_takes(shared: Path, play: Any, name: str) -> None:
    with pytest.raises(DecodeError, match=REFUSED[name]) as caught:
        play(shared / "data/mocap" / name)
    assert caught.value.hint


def test_every_file_is_covered(shared: Path) -> None:
    here = {path.name for path in (shared / "data/mocap").iterdir()}
    assert here == {take[0] for take in TAKES} | set(CUES) | REFUSED.keys()
    suffixes = (".csv", ".json", ".pkl", ".npz")
    bad = {path.name for path in (shared / "data/hostile").iterdir() if path.suffix in suffixes}
    assert bad == HOSTILE.keys() | {"llf_bom_crlf.csv", "llf_semicolon_decimal_comma.csv"}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(shared: Path, play: Any, name: str) -> None:
    marker = Path(tempfile.gettempdir()) / "A1_PICKLE_WAS_EXECUTED"
    assert not marker.exists()
    with pytest.raises(DecodeError, match=HOSTILE[name]):
        play(shared / "data/hostile" / name)
    assert not marker.exists()


def test_odd_spreadsheets_load_alike(shared: Path, play: Any) -> None:
    odd = ["llf_bom_crlf.csv", "llf_semicolon_decimal_comma.csv"]
    first, second = (play(shared / "data/hostile" / name) for name in odd)
    whole = play(shared / "data/mocap" / TAKES[0][0])
    for shape in ("jawOpen", "eyeBlinkLeft", "mouthSmileRight"):
        assert np.array_equal(first.curve(shape), second.curve(shape))
        assert np.array_equal(first.curve(shape), whole.curve(shape)[:60])


def _clip_of(take: Any) -> MotionClip:
    return MotionClip.from_frames(take.frames, take.info)


def _write(clip: MotionClip, path: Path) -> Path:
    chosen = Registry().choose("motion_writer", "mocap/livelink", {})
    with HostContext() as context, closing(chosen.build()) as writer:
        writer.write(clip, path, context.lend(chosen.spec))
    return path


def test_a_take_is_exported_as_it_was(shared: Path, tmp_path: Path, play: Any) -> None:
    """Every cell of the app's file but its eye angles, which follow from the coefficients."""
    path = shared / "data/mocap" / TAKES[0][0]
    back = _write(_clip_of(play(path)), tmp_path / "back.csv")
    there, here = path.read_text().splitlines(), back.read_text().splitlines()
    assert there[0] == here[0] and len(there) == len(here)
    for one, two in zip(there[1:], here[1:], strict=True):
        first, second = one.split(","), two.split(",")
        assert np.allclose(
            [float(cell) for cell in first[1:57]], [float(cell) for cell in second[1:57]], atol=1e-5
        )
        assert first[0].rsplit(":", 1)[0] == second[0].rsplit(":", 1)[0] or "59." in first[0]
    assert play(back).info.rate == Fraction("59.904")


def test_eye_angles_agree_with_the_apps(shared: Path, tmp_path: Path, play: Any) -> None:
    path = shared / "data/mocap" / TAKES[0][0]
    back = _write(_clip_of(play(path)), tmp_path / "back.csv")
    columns = [f"{side}Eye{axis}" for side in ("Left", "Right") for axis in ("Yaw", "Pitch")]
    tables = [
        np.genfromtxt(file, delimiter=",", names=True, usecols=columns) for file in (path, back)
    ]
    for column in columns:
        assert np.corrcoef(tables[0][column], tables[1][column])[0, 1] > 0.97, column


def test_gaps_and_heads_of_real_rows(shared: Path) -> None:
    take = livelink.read(Sample(shared / "data/mocap/m14_llf_2997_dropframe.csv"))
    assert take.times is not None and take.rotations is None
    steps = {later - time for time, later in zip(take.times, take.times[1:], strict=False)}
    assert steps == {1 / NTSC}  # also over the minute, where two numbers are left out


@pytest.fixture(scope="module")
def tracked(shared: Path) -> MotionClip:
    """The film that m12 was measured on, through the tracker."""
    registry = Registry()
    film = shared / "data/driving/d06_grid_swwp2s.mpg"
    options = {"path": film, "head": "absolute"}
    chosen = registry.choose("motion_source", "video/face", options)
    with HostContext() as context:
        finder = registry.choose("face_tracker", registry.default("face_tracker"))
        with closing(finder.build()) as tracker, closing(chosen.build()) as source:
            try:
                tracker.setup(context.lend(finder.spec))
            except A1Error as error:
                pytest.skip(f"no face tracker: {error}")
            lent = context.lend(chosen.spec, tracker=tracker)
            source.setup(lent)
            frames = list(source.stream(lent))
            if not any(frame.face and frame.face.blendshapes is not None for frame in frames):
                pytest.skip("the tracker has older models than the one that m12 was measured with")
            return MotionClip.from_frames(frames, source.probe())


@pytest.mark.slow
def test_head_agrees_with_the_picture(shared: Path, play: Any, tracked: MotionClip) -> None:
    """MediaPipe's matrices of a film, against the pose tracked in that film."""
    take = play(shared / "data/mocap/m12_mediapipe_blendshapes_grid_d06.json", head="absolute")
    theirs = np.array([euler(frame.face.rotation) for frame in take.frames])
    ours = np.array([euler(frame.face.rotation) for frame in tracked.frames() if frame.face])
    assert np.sqrt(np.square(theirs - ours).mean(0)).max() < 1.0  # degrees; 0.4 to 0.85 measured
    for axis in range(3):
        assert np.corrcoef(theirs[:, axis], ours[:, axis])[0, 1] > 0.7
    moved = np.array([frame.face.translation for frame in take.frames])
    followed = np.array([frame.face.translation for frame in tracked.frames() if frame.face])
    for axis in range(3):
        assert np.corrcoef(moved[:, axis], followed[:, axis])[0, 1] > 0.65


@pytest.mark.slow
def test_a_video_becomes_an_editable_take(tmp_path: Path, play: Any, tracked: MotionClip) -> None:
    back = play(_write(tracked, tmp_path / "d06.csv"), head="absolute")
    assert back.info.rate == 25 and len(back.frames) == 75
    for there, here in zip(tracked.frames(), back.frames, strict=True):
        assert there.face is not None and here.face is not None
        solved = coefficients(there.face.expression, there.face.neutral)
        assert np.allclose(solved, here.face.blendshapes, atol=1e-5)
        assert np.allclose(there.face.rotation, here.face.rotation, atol=1e-5)


def test_openface_pose_agrees_with_its_own_landmarks(shared: Path, play: Any) -> None:
    """The rotation that the pose says, against that of the 3D landmarks in the same rows."""
    path = shared / "data/mocap/m04_openface_2x.csv"
    take = play(path, head="absolute")
    table = np.genfromtxt(path, delimiter=",", names=True, autostrip=True)
    stable = [27, 28, 29, 30, 36, 39, 42, 45, 0, 16]
    points = np.array([[table[f"{axis}_{n}"] for n in stable] for axis in "XYZ"]).transpose(2, 1, 0)
    points = points - points.mean(1, keepdims=True)
    off = []
    for number in range(len(points)):
        u, _, v = np.linalg.svd(points[number].T @ points[0])
        seen = u @ np.diag([1, 1, np.linalg.det(u @ v)]) @ v
        said = take.rotation(number) @ take.rotation(0).T
        off.append(np.array(euler(seen)) - np.array(euler(said)))
    assert np.abs(off).max() < 1.0


@pytest.mark.slow
def test_ten_minutes_read_in_bounded_memory(shared: Path, tmp_path: Path, play: Any) -> None:
    """Nineteen times m01: 36000 rows, 29 MB."""
    import tracemalloc

    from a1sdk_mocap.formats import find_format

    header, *rows = (shared / "data/mocap" / TAKES[0][0]).read_text().splitlines()
    path = tmp_path / "long.csv"
    with path.open("w") as file:
        print(header, file=file)
        for number in range(36000):
            seconds, frame = divmod(number, 60)
            clock = f"10:{seconds // 60:02}:{seconds % 60:02}:{frame:02}.000"
            print(clock, rows[number % len(rows)].partition(",")[2], sep=",", file=file)
    sample = Sample(path)
    found = find_format(sample, "auto")
    assert found is not None
    tracemalloc.start()
    take = found.read(sample)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(take) == 36000 and peak < 60e6


def test_info_is_exact(shared: Path, play: Any) -> None:
    info: StreamInfo = play(shared / "data/mocap/m14_llf_2997_dropframe.csv").info
    assert info.start == (59 * 30 + 18) / NTSC and info.duration == 300 / NTSC
