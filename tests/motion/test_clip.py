from __future__ import annotations

import json
import os
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from a1sdk.components.data import Label, StreamInfo
from a1sdk.errors import ConfigError, DecodeError, EncodeError, StorageError
from a1sdk.motion.blendshapes import reference_face
from a1sdk.motion.clip import MotionClip, save_clip
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.testing import performing
from a1sdk.timing import FrameRange

INFO = StreamInfo(
    Fraction(24000, 1001), start=Fraction(1, 3), head="absolute", duration=Fraction(12512, 1000)
)


def _frames(count: int = 300, gaps: tuple[int, ...] = (0, 5, 6, 7, 299)) -> list[MotionFrame]:
    neutral = reference_face()
    scores = np.linspace(0, 1, 52, dtype=np.float32)
    return [
        MotionFrame(
            pts,
            None
            if pts in gaps
            else replace(performing(pts / count), blendshapes=scores, neutral=neutral),
        )
        for pts in range(count)
    ]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "take.a1motion"
    save_clip(path, _frames(), INFO, {"driver": "take.mov"})
    return path


def _same(one: FaceMotion | None, other: FaceMotion | None) -> bool:
    if one is None or other is None:
        return one is other
    assert one.blendshapes is not None and other.blendshapes is not None
    assert one.neutral is not None and other.neutral is not None
    return (
        np.abs(one.expression - other.expression).max() < 1e-3
        and np.array_equal(one.rotation, other.rotation)
        and np.array_equal(one.translation, other.translation)
        and np.array_equal(one.blendshapes, other.blendshapes)
        and np.array_equal(one.neutral, other.neutral)
        and one.confidence == pytest.approx(other.confidence)
    )


def test_round_trip(saved: Path) -> None:
    clip = MotionClip.load(saved)
    assert clip.info == replace(INFO, count=300)
    assert len(clip) == 300
    assert clip.header.source == {"driver": "take.mov"}
    assert clip.has_blendshapes
    assert clip.gaps() == [FrameRange(0, 1), FrameRange(5, 8), FrameRange(299, 300)]
    for before, after in zip(_frames(), clip.frames(), strict=True):
        assert after.pts == before.pts
        assert _same(before.face, after.face)


def test_frames_can_be_taken_out(saved: Path) -> None:
    clip = MotionClip.load(saved)
    some = list(clip.frames(120, 140))
    assert [frame.pts for frame in some] == list(range(120, 140))
    assert _same(some[3].face, _frames()[123].face)
    assert [frame.pts for frame in clip.frames(298, 900)] == [298, 299]
    assert list(clip.frames(10, 10)) == []


def test_in_memory_and_in_a_file_are_the_same(saved: Path, tmp_path: Path) -> None:
    clip = MotionClip.from_frames(_frames(), INFO, {"driver": "take.mov"})
    clip.save(tmp_path / "again.a1motion")
    assert (tmp_path / "again.a1motion").read_bytes() == saved.read_bytes()


def test_saving_a_loaded_clip_changes_nothing(saved: Path, tmp_path: Path) -> None:
    MotionClip.load(saved).save(tmp_path / "copy.a1motion")
    assert (tmp_path / "copy.a1motion").read_bytes() == saved.read_bytes()


def test_any_safetensors_reader_reads_it(saved: Path) -> None:
    from safetensors.numpy import load_file

    tensors = load_file(saved)
    assert tensors["expression"].shape == (300, 478, 3)
    assert tensors["present"].sum() == 295


def test_motion_without_subject_or_blendshapes(tmp_path: Path) -> None:
    path = tmp_path / "plain.a1motion"
    save_clip(path, [MotionFrame(0, performing(0.3)), MotionFrame(1, None)], INFO)
    clip = MotionClip.load(path)
    first = next(clip.frames())
    assert first.face is not None
    assert first.face.neutral is None and first.face.blendshapes is None
    assert not clip.has_blendshapes


def test_blendshapes_that_begin_late_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "late.a1motion"
    save_clip(path, _frames(300, gaps=tuple(range(200))), INFO)
    clip = MotionClip.load(path)
    (face,) = (frame.face for frame in clip.frames(200, 201))
    assert face is not None and face.blendshapes is not None
    assert face.blendshapes[-1] == 1
    assert clip.neutral is not None


LABELS = (
    Label("words", Fraction(1, 3), Fraction(5, 6), "hello"),
    Label("phones", Fraction(0), Fraction(1, 3), "HH"),
    Label("words", Fraction(5, 6), Fraction(1), "wörld"),
)


def test_labels_are_asked_for_when_the_stream_has_ended(tmp_path: Path) -> None:
    known: list[Label] = []

    def stream() -> Iterator[MotionFrame]:
        yield from _frames()
        known.extend(LABELS)

    path = tmp_path / "talk.a1motion"
    save_clip(path, stream(), INFO, labels=lambda: known)
    clip = MotionClip.load(path)
    assert clip.labels == LABELS
    clip.save(tmp_path / "copy.a1motion")
    assert (tmp_path / "copy.a1motion").read_bytes() == path.read_bytes()
    kept = MotionClip.from_frames(_frames(), INFO, labels=lambda: LABELS)
    assert kept.labels == LABELS


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"track": "Words"}, "not like 'words'"),
        ({"text": ""}, "1 to 200 characters"),
        ({"text": "a\tb"}, "cannot be shown"),
        ({"start": Fraction(2)}, "from 2 s to 5/6 s"),
        ({"start": Fraction(-1)}, "from -1 s"),
        ({"end": Fraction(12)}, "after the performance"),
    ],
)
def test_labels_that_are_none_are_refused(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    wrong = replace(LABELS[0], **changes)  # type: ignore[arg-type]
    info = replace(INFO, duration=None)
    with pytest.raises(EncodeError, match=words):
        save_clip(tmp_path / "x.a1motion", _frames(200, ()), info, labels=lambda: [wrong])
    assert list(tmp_path.iterdir()) == []


def test_labels_are_in_order_within_a_track(tmp_path: Path) -> None:
    with pytest.raises(EncodeError, match="label 1 starts before the one before it"):
        save_clip(tmp_path / "x.a1motion", _frames(), INFO, labels=lambda: [LABELS[2], LABELS[0]])


def test_empty_motion(tmp_path: Path) -> None:
    save_clip(tmp_path / "none.a1motion", [], INFO)
    clip = MotionClip.load(tmp_path / "none.a1motion")
    assert len(clip) == 0 and list(clip.frames()) == [] and clip.gaps() == []


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    path = tmp_path / "long.a1motion"
    face = performing(0.4)

    def endless(count: int) -> Iterator[MotionFrame]:
        for pts in range(count):
            yield MotionFrame(pts, face)

    tracemalloc.start()
    save_clip(path, endless(3000), INFO)
    assert sum(1 for _ in MotionClip.load(path).frames()) == 3000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert path.stat().st_size > 8e6
    assert peak < 6e6


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([MotionFrame(0, performing(0)), MotionFrame(2, None)], "frame 2 came where 1"),
        ([MotionFrame(0, replace(performing(0), confidence=float("nan")))], "confidence"),
        (
            [MotionFrame(0, replace(performing(0), expression=np.full((478, 3), 9, np.float32)))],
            "more than 4.0 face units",
        ),
        (
            [MotionFrame(0, replace(performing(0), rotation=2 * np.eye(3, dtype=np.float32)))],
            "rotation",
        ),
    ],
)
def test_what_is_no_motion_is_not_written(
    tmp_path: Path, frames: list[MotionFrame], words: str
) -> None:
    with pytest.raises(EncodeError, match=words):
        save_clip(tmp_path / "bad.a1motion", frames, INFO)
    assert list(tmp_path.iterdir()) == []


def test_a_failing_source_leaves_nothing(tmp_path: Path) -> None:
    def failing() -> Iterator[MotionFrame]:
        yield from _frames(200)
        raise DecodeError("the film ended early")

    (tmp_path / "take.a1motion").write_text("what was there before")
    with pytest.raises(DecodeError, match="ended early"):
        save_clip(tmp_path / "take.a1motion", failing(), INFO)
    assert [path.name for path in tmp_path.iterdir()] == ["take.a1motion"]
    assert (tmp_path / "take.a1motion").read_text() == "what was there before"


def test_the_suffix_and_the_folder_have_to_be_right(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"\.a1motion"):
        save_clip(tmp_path / "take.npz", [], INFO)
    with pytest.raises(StorageError):
        save_clip(tmp_path / "no" / "such" / "take.a1motion", [], INFO)


def _rewrite(path: Path, change) -> None:  # type: ignore[no-untyped-def]
    """Change the JSON header of a safetensors file, leaving the data alone."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    entries = json.loads(data[8 : 8 + length])
    change(entries)
    text = json.dumps(entries).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + length :])


def _set_header(**values: object):  # type: ignore[no-untyped-def]
    def change(entries: dict[str, dict[str, str]]) -> None:
        header = json.loads(entries["__metadata__"]["header"]) | values
        entries["__metadata__"]["header"] = json.dumps(header)

    return change


LIES = {
    "no metadata": lambda entries: entries.pop("__metadata__"),
    "other schema": _set_header(schema_version="a1.motion/9"),
    "other length": _set_header(frames=299),
    "huge length": _set_header(frames=10**12),
    "negative length": _set_header(frames=-1),
    "zero rate": _set_header(rate="0"),
    "rate over zero": _set_header(rate="25/0"),
    "rate beyond reason": _set_header(rate="999999"),
    "negative duration": _set_header(duration="-1"),
    "float rate": _set_header(rate="23.976"),
    "other landmarks": _set_header(landmarks="dlib-68"),
    "unknown key": _set_header(extra=1),
    "source is no text": _set_header(source={"driver": 5}),
    "label backwards": _set_header(
        labels=[{"track": "words", "start": "1", "end": "1/2", "text": "no"}]
    ),
    "label with a float": _set_header(
        labels=[{"track": "words", "start": 0.5, "end": "1", "text": "no"}]
    ),
    "header is no JSON": lambda entries: entries["__metadata__"].update(header="{"),
    "header is deep": lambda entries: entries["__metadata__"].update(header="[" * 100_000),
    "wrong type": lambda entries: entries["expression"].update(dtype="BF16"),
    "wrong shape": lambda entries: entries["expression"].update(shape=[300, 1434]),
    "unknown track": lambda entries: entries.update(other=entries.pop("blendshapes")),
    "missing track": lambda entries: entries.update(blendshapes=entries.pop("rotation")),
    "beyond the end": lambda entries: entries["present"].update(data_offsets=[0, 10**9]),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_header_lies_are_found(saved: Path, lie) -> None:  # type: ignore[no-untyped-def]
    _rewrite(saved, lie)
    with pytest.raises(DecodeError) as caught:
        MotionClip.load(saved)
    assert caught.value.path == str(saved)
    assert caught.value.hint


def _poison(path: Path, track: str, offset: int, value: bytes) -> None:
    data = bytearray(path.read_bytes())
    length = int.from_bytes(data[:8], "little")
    start = 8 + length + json.loads(data[8 : 8 + length])[track]["data_offsets"][0]
    data[start + offset : start + offset + len(value)] = value
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("track", "offset", "value", "words"),
    [
        ("expression", 200 * 478 * 3 * 2, np.float16("nan").tobytes(), "frame 200"),
        ("expression", 2 * 478 * 3 * 2, np.float16(5).tobytes(), "frame 2: a landmark"),
        ("rotation", 7 * 36, np.float32(3).tobytes(), "frame 7: its rotation"),
        ("translation", 12, np.float32("inf").tobytes(), "frame 1: its translation"),
        ("confidence", 0, np.float32("nan").tobytes(), "frame 0: its confidence"),
        ("present", 150, b"\x07", "frame 150: its present"),
        ("neutral", 8, np.float32("nan").tobytes(), "neutral face"),
    ],
)
def test_damaged_values_are_found(
    saved: Path, track: str, offset: int, value: bytes, words: str
) -> None:
    _poison(saved, track, offset, value)
    with pytest.raises(DecodeError, match=words):
        MotionClip.load(saved)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.2, 0.999])
def test_truncated_files_are_refused(saved: Path, share: float) -> None:
    data = saved.read_bytes()
    saved.write_bytes(data[: int(share * len(data))])
    with pytest.raises(DecodeError):
        MotionClip.load(saved)


def test_files_of_another_kind_are_refused_in_short(tmp_path: Path) -> None:
    take = tmp_path / "take.csv"
    take.write_text("Timecode,BlendShapeCount,EyeBlinkLeft\n")
    with pytest.raises(DecodeError, match=r"take.csv' is no motion file\.$") as raised:
        MotionClip.load(take)
    assert raised.value.hint == "make motion files with `a1 motion extract`"


def test_folders_and_missing_files_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.a1motion"):
        with pytest.raises(DecodeError):
            MotionClip.load(path)


@pytest.mark.shared
def test_hostile_files_are_refused(shared: Path) -> None:
    files = [path for path in (shared / "data" / "hostile").iterdir() if path.is_file()]
    assert len(files) > 20
    for path in files:
        with pytest.raises(DecodeError):
            MotionClip.load(path)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_said_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import a1sdk.motion.clipfile as module

    monkeypatch.setattr(module, "TemporaryFile", lambda dir: open("/dev/full", "w+b"))
    with pytest.raises(StorageError, match="full"):
        save_clip(tmp_path / "take.a1motion", _frames(), INFO)
    assert list(tmp_path.iterdir()) == []
