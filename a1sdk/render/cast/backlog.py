"""Faces that were found and are not asked for yet, in constant memory."""

from __future__ import annotations

from collections import deque
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from a1sdk.components.data import BLENDSHAPES, LANDMARKS, FaceObservation, TrackedFrame
from a1sdk.media.files import write_error

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from a1sdk.render.context import HostContext

_FACE = np.dtype(
    [
        ("pts", "i8"),
        ("present", "?"),
        ("scored", "?"),
        ("score", "f8"),
        ("track", "i8"),
        ("blendshapes", "f4", (BLENDSHAPES,)),
        ("landmarks", "f4", (LANDMARKS, 3)),
    ]
)

_MOST = 512
"""Pictures whose face waits in memory, 3 MB: five times what it takes to tell a neutral face."""


class Backlog:
    """One face for each picture of a film, or none, first in, first out.

    Some wait in memory, and all that come after them in a file, 6 kB each, bit for bit. The file
    has no name, and is gone when all of it was read, or when the process ends.
    """

    def __init__(self, context: HostContext, most: int = _MOST) -> None:
        """Keep up to `most` in memory, others in the scratch folder of `context`."""
        self._context, self._most = context, most
        self._first: deque[TrackedFrame] = deque()
        self._file: IO[bytes] | None = None
        self._read = self._written = 0
        self.is_closed = False

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._first) + self._written - self._read

    def append(self, frame: TrackedFrame) -> None:
        """Take a picture's face; nothing once it is closed.

        Raises:
            StorageError: there is no space for it.
        """
        if self.is_closed:
            return
        if self._file is None and len(self._first) < self._most:
            self._first.append(frame)
            return
        self._store(_packed(frame).tobytes())
        self._written += 1

    def popleft(self) -> TrackedFrame:
        """Return the face that has waited longest."""
        if self._first:
            return self._first.popleft()
        assert self._file is not None
        self._file.seek(self._read * _FACE.itemsize)
        record = np.frombuffer(self._file.read(_FACE.itemsize), _FACE)[0]
        self._read += 1
        if self._read == self._written:
            self._forget()
        return _unpacked(record)

    def close(self) -> None:
        """Forget all that waits, and what is still to come. Safe to call twice."""
        self.is_closed = True
        self._first.clear()
        self._forget()

    def _forget(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._read, self._written = None, 0, 0

    def _store(self, record: bytes) -> None:
        folder: Path = self._context.scratch
        try:
            if self._file is None:
                self._file = TemporaryFile(dir=folder)
            self._file.seek(self._written * _FACE.itemsize)
            self._file.write(record)
        except OSError as error:
            raise write_error(folder, error) from error


def _packed(frame: TrackedFrame) -> npt.NDArray[Any]:
    record = np.zeros((), _FACE)
    record["pts"] = frame.pts
    for face in frame.faces:
        record["present"], record["score"], record["track"] = True, face.score, face.track
        record["landmarks"] = face.landmarks
        if face.blendshapes is not None:
            record["scored"], record["blendshapes"] = True, face.blendshapes
    return record


def _unpacked(record: Any) -> TrackedFrame:
    pts = int(record["pts"])
    if not record["present"]:
        return TrackedFrame(pts, ())
    face = FaceObservation(
        landmarks=record["landmarks"].copy(),  # aligned, as it was
        score=float(record["score"]),
        track=int(record["track"]),
        blendshapes=record["blendshapes"].copy() if record["scored"] else None,
    )
    return TrackedFrame(pts, (face,))
