"""What every motion writer holds to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from fractions import Fraction
from math import pi, sin
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

from a1sdk.components.data import BLENDSHAPES, Label, StreamInfo
from a1sdk.components.interfaces import MotionWriter
from a1sdk.components.registry import Chosen
from a1sdk.components.specs import Kind, MotionWriterSpec
from a1sdk.errors import Cancelled, CapabilityError
from a1sdk.motion.blendshapes import INDEX
from a1sdk.motion.clip import MotionClip
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.mix import at_rest
from a1sdk.render.context import HostContext
from a1sdk.testing.contract import ComponentContract, set_up
from a1sdk.testing.doubles import WatchedContext, open_resources
from a1sdk.testing.faces import performing

_FRAMES = 48
_GAP = range(20, 25)
_SPOKEN = (
    ("words", 5, 35, "papa"),
    *(("phones", at, at + 5, text) for at, text in ((5, "P"), (10, "AA"), (20, "P"), (30, "AA"))),
    *(
        ("visemes", at, at + 5, text)
        for at, text in ((5, "PP"), (10, "aa"), (20, "PP"), (30, "aa"))
    ),
)


class MotionWriterContract(ComponentContract):
    """Set `ref`, and `options` where the writer needs any."""

    kind: ClassVar[Kind] = "motion_writer"

    @pytest.fixture
    def clip(self) -> MotionClip:
        """The motion to write: a made-up performance with blendshapes, labels and a gap."""
        return made_up_clip()

    @pytest.fixture
    def suffix(self, spec: MotionWriterSpec) -> str:
        """The suffix of the files that most checks write."""
        return spec.outputs[0]

    @pytest.fixture
    def written(
        self, component: MotionWriter, clip: MotionClip, tmp_path: Path, suffix: str, ctx: Any
    ) -> bytes:
        """What the writer makes of the clip."""
        return _written(component, clip, tmp_path / f"take{suffix}", ctx)

    def test_says_what_it_writes(self, spec: MotionWriterSpec) -> None:
        """Name the suffixes in `outputs`: in small letters, with the dot."""
        assert spec.outputs
        assert all(s.startswith(".") and s == s.lower() and len(s) > 1 for s in spec.outputs)

    def test_writes_the_file_it_is_told(
        self,
        component: MotionWriter,
        clip: MotionClip,
        spec: MotionWriterSpec,
        tmp_path: Path,
        ctx: HostContext,
    ) -> None:
        """Write to `path` and nowhere else; what is temporary belongs into `ctx.scratch`."""
        for suffix in spec.outputs:
            folder = tmp_path / suffix.strip(".")
            folder.mkdir()
            with _in_folder(folder):
                component.write(clip, folder / f"take{suffix}", ctx)
            assert [path.name for path in folder.iterdir()] == [f"take{suffix}"]
            assert (folder / f"take{suffix}").stat().st_size > 0

    def test_same_clip_same_bytes(
        self,
        chosen: Chosen[Any],
        clip: MotionClip,
        written: bytes,
        tmp_path: Path,
        suffix: str,
        ctx: HostContext,
    ) -> None:
        """Write no dates and no random names, and keep nothing from one call to the next."""
        with closing(set_up(chosen, ctx)) as other:
            for name in ("one", "two"):
                path = tmp_path / f"{name}{suffix}"
                assert _written(other, clip, path, ctx) == written

    def test_what_happens_is_written(
        self, component: MotionWriter, written: bytes, tmp_path: Path, suffix: str, ctx: HostContext
    ) -> None:
        """Write the motion or the labels: a take in which nothing happens is another file."""
        nothing = _motionless(labels=())
        assert _tried(component, nothing, tmp_path / f"still{suffix}", ctx) != written

    def test_gaps_are_no_faces_at_rest(
        self, component: MotionWriter, written: bytes, tmp_path: Path, suffix: str, ctx: HostContext
    ) -> None:
        """Mark frames without a face as the format does, or raise `CapabilityError`."""
        _need_motion(component, written, tmp_path / f"still{suffix}", ctx)
        filled = made_up_clip(gap=_rest_of)
        assert _tried(component, filled, tmp_path / f"filled{suffix}", ctx) != written

    def test_rate_is_written(
        self, component: MotionWriter, written: bytes, tmp_path: Path, suffix: str, ctx: HostContext
    ) -> None:
        """Take times from `clip.info.rate`, which is exact; refuse with `CapabilityError`."""
        _need_motion(component, written, tmp_path / f"still{suffix}", ctx)
        ntsc = made_up_clip(rate=Fraction(30000, 1001))
        assert _tried(component, ntsc, tmp_path / f"ntsc{suffix}", ctx) != written

    @pytest.mark.parametrize("lacks", ["blendshapes", "labels", "faces", "frames"])
    def test_lean_clips_are_written_or_refused(
        self, component: MotionWriter, tmp_path: Path, suffix: str, lacks: str, ctx: HostContext
    ) -> None:
        """Where the format needs what a clip may lack, raise `CapabilityError` and say what."""
        path = tmp_path / f"take{suffix}"
        try:
            component.write(_lean_clip(lacks), path, ctx)
        except CapabilityError as error:
            assert str(error), "the error does not say what the clip lacks"
        else:
            assert path.is_file()

    def test_clip_is_left_alone(
        self, component: MotionWriter, clip: MotionClip, tmp_path: Path, suffix: str, ctx: Any
    ) -> None:
        """Copy what you change: the clip's arrays are not yours."""
        before = _values(clip)
        component.write(clip, tmp_path / f"take{suffix}", ctx)
        assert all(np.array_equal(a, b) for a, b in zip(before, _values(clip), strict=True))

    def test_stops_when_cancelled(
        self,
        component: MotionWriter,
        clip: MotionClip,
        host: WatchedContext,
        tmp_path: Path,
        suffix: str,
        ctx: HostContext,
    ) -> None:
        """Loop over `ctx.track(clip.frames())`, or call `ctx.check()`."""
        host.cancel()
        with pytest.raises(Cancelled):
            component.write(clip, tmp_path / f"take{suffix}", ctx)

    def test_leaves_nothing_open(
        self, chosen: Chosen[Any], clip: MotionClip, tmp_path: Path, suffix: str, ctx: HostContext
    ) -> None:
        """Open files in a `with`."""
        self._write(chosen, clip, tmp_path / f"one{suffix}", ctx)  # may open what stays
        before = open_resources()
        self._write(chosen, clip, tmp_path / f"two{suffix}", ctx)
        assert not open_resources() - before

    def _write(self, chosen: Chosen[Any], clip: MotionClip, path: Path, ctx: HostContext) -> None:
        with closing(set_up(chosen, ctx)) as writer:
            writer.write(clip, path, ctx)


def made_up_clip(
    *,
    rate: Fraction = Fraction(25),
    blendshapes: bool = True,
    labels: tuple[Label, ...] | None = None,
    gap: Any = lambda face: None,
) -> MotionClip:
    """Return the clip that the contract writes: somebody says "papa", and is lost for a moment.

    Args:
        rate: frames per second.
        blendshapes: whether the motion has them.
        labels: words, phones and visemes if absent.
        gap: what to put in place of the faces in the gap.
    """
    faces = [_speaking(number, blendshapes) for number in range(_FRAMES)]
    frames = [
        MotionFrame(number, gap(face) if number in _GAP else face)
        for number, face in enumerate(faces)
    ]
    spoken = tuple(
        Label(track, Fraction(start, 25), Fraction(end, 25), text)
        for track, start, end, text in _SPOKEN
    )
    return MotionClip.from_frames(
        frames,
        StreamInfo(rate),
        {"driver": "papa.mov"},
        labels=lambda: spoken if labels is None else labels,
    )


def _speaking(number: int, blendshapes: bool) -> FaceMotion:
    face = performing(number / _FRAMES)
    if not blendshapes:
        return face
    values = np.zeros(BLENDSHAPES, np.float32)
    values[INDEX["jawOpen"]] = sin(pi * number / _FRAMES) ** 2
    return replace(face, blendshapes=values)


def _rest_of(face: FaceMotion) -> FaceMotion:
    return replace(at_rest(face), confidence=1.0)


def _motionless(labels: tuple[Label, ...] | None = None) -> MotionClip:
    clip = made_up_clip(labels=labels)
    frames = (MotionFrame(n, _rest_of(_speaking(n, blendshapes=True))) for n in range(_FRAMES))
    return MotionClip.from_frames(frames, clip.info, clip.header.source, lambda: clip.labels)


def _lean_clip(lacks: str) -> MotionClip:
    if lacks == "blendshapes":
        return made_up_clip(blendshapes=False)
    if lacks == "labels":
        return made_up_clip(labels=())
    lost = [] if lacks == "frames" else [MotionFrame(number, None) for number in range(_FRAMES)]
    return MotionClip.from_frames(lost, StreamInfo(Fraction(25)))


def _need_motion(writer: MotionWriter, written: bytes, path: Path, ctx: HostContext) -> None:
    """Skip the check for writers that write labels alone."""
    if _tried(writer, _motionless(), path, ctx) == written:
        pytest.skip("the format holds labels, and no motion")


def _written(writer: MotionWriter, clip: MotionClip, path: Path, ctx: HostContext) -> bytes:
    writer.write(clip, path, ctx)
    return path.read_bytes()


def _tried(writer: MotionWriter, clip: MotionClip, path: Path, ctx: HostContext) -> bytes | None:
    """Return what the writer makes of a clip; None where it refuses it."""
    try:
        return _written(writer, clip, path, ctx)
    except CapabilityError:
        return None


def _values(clip: MotionClip) -> list[Any]:
    """Return copies of a clip's values: they may be what the clip itself holds."""
    faces = [frame.face for frame in clip.frames() if frame.face is not None]
    return [
        np.array(part)
        for face in faces
        for part in (face.expression, face.rotation, face.translation, face.blendshapes)
    ]


@contextmanager
def _in_folder(folder: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(folder)
        yield
