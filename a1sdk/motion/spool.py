"""Keep a stretch of a stream of motion on disk, to play it backwards in constant memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from a1sdk.components.data import BLENDSHAPES, LANDMARKS
from a1sdk.media.files import write_error
from a1sdk.motion.frame import FaceMotion, MotionFrame

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats
    from a1sdk.timing import FrameRange

_FRAME = np.dtype(
    [
        ("present", "?"),
        ("scored", "?"),
        ("neutral", "i4"),  # which of the neutral faces
        ("confidence", "f8"),
        ("rotation", "f4", (3, 3)),
        ("translation", "f4", (3,)),
        ("blendshapes", "f4", (BLENDSHAPES,)),
        ("expression", "f4", (LANDMARKS, 3)),
    ]
)


class Spool:
    """Frames of a stream, bit for bit as they came, to be read in any order; 6 kB a frame.

    Unlike a motion file, which rounds displacements and keeps one neutral face, it loses nothing:
    motion that is played backwards is what is played forwards. Nothing is pulled before it is
    first asked for something, and nothing after the frames wanted. Its file has no name, and is
    gone when it is closed, or when the process ends. Neutral faces are kept in memory, one for
    each subject that the stream has from cut to cut.
    """

    def __init__(self, frames: Iterable[MotionFrame], wanted: FrameRange, folder: Path) -> None:
        """Keep the `wanted` ones of `frames`, numbered from 0, in a file within `folder`."""
        self._frames: Iterable[MotionFrame] | None = frames
        self._wanted, self._folder = wanted, folder
        self._file: IO[bytes] | None = None
        self._neutrals: list[Floats | None] = [None]
        self._start = self._stop = 0

    def __len__(self) -> int:
        """Return the number after the last frame that is kept: 0 only if the stream was empty.

        Raises:
            StorageError: there is no space for the frames.
        """
        self._fill()
        return self._stop

    def frames(self, start: int, stop: int) -> Iterator[MotionFrame]:
        """Yield frames `start` to `stop`, excluded; all of them have to be among those kept.

        Raises:
            StorageError: there is no space for the frames.
        """
        self._fill()
        assert self._start <= start <= stop <= self._stop
        return map(self._read, range(start, stop))

    def close(self) -> None:
        """Remove the file. Safe to call twice."""
        if self._file is not None:
            self._file.close()

    def _fill(self) -> None:
        frames, self._frames = self._frames, None
        if frames is None:
            return
        try:
            self._file = TemporaryFile(dir=self._folder)
        except OSError as error:
            raise write_error(self._folder, error) from error
        for frame in _stretch(frames, self._wanted):
            if not self._stop:
                self._start = frame.pts
            self._append(self._packed(frame.face).tobytes())
            self._stop = frame.pts + 1

    def _append(self, record: bytes) -> None:
        assert self._file is not None
        try:
            self._file.write(record)
        except OSError as error:
            raise write_error(self._folder, error) from error

    def _packed(self, face: FaceMotion | None) -> npt.NDArray[Any]:
        record = np.zeros((), _FRAME)
        if face is None:
            return record
        record["present"], record["scored"] = True, face.blendshapes is not None
        record["neutral"] = self._numbered(face.neutral)
        for name in ("confidence", "rotation", "translation", "expression"):
            record[name] = getattr(face, name)
        if face.blendshapes is not None:
            record["blendshapes"] = face.blendshapes
        return record

    def _numbered(self, neutral: Floats | None) -> int:
        if neutral is None:
            return 0
        last = self._neutrals[-1]
        if last is not neutral and (last is None or not np.array_equal(last, neutral)):
            self._neutrals.append(neutral)
        return len(self._neutrals) - 1

    def _read(self, number: int) -> MotionFrame:
        assert self._file is not None
        self._file.seek((number - self._start) * _FRAME.itemsize)
        record = np.frombuffer(self._file.read(_FRAME.itemsize), _FRAME)[0]
        if not record["present"]:
            return MotionFrame(number, None)
        face = FaceMotion(
            expression=record["expression"],
            rotation=record["rotation"],
            translation=record["translation"],
            blendshapes=record["blendshapes"] if record["scored"] else None,
            confidence=float(record["confidence"]),
            neutral=self._neutrals[record["neutral"]],
        )
        return MotionFrame(number, face)


def _stretch(frames: Iterable[MotionFrame], wanted: FrameRange) -> Iterator[MotionFrame]:
    """Yield the frames wanted; where the stream ends before them, its last."""
    last = None
    for last in islice(frames, wanted.stop):
        if last.pts >= wanted.start:
            yield last
    if last is not None and last.pts < wanted.start:
        yield last
