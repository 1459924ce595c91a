"""A performance of known length, in memory or in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.components.data import Label, StreamInfo
from a1sdk.motion.clipfile import BLOCK, read_tracks, write_tracks
from a1sdk.motion.clipformat import ClipHeader, Slices, pack, unpack
from a1sdk.timing import FrameRange

if TYPE_CHECKING:
    from a1sdk.components.data import Floats
    from a1sdk.motion.frame import MotionFrame


class MotionClip:
    """Motion that can be gone through again and again; frames are read when asked for.

    Attributes:
        header: rate, start, length, head reference, source and labels.
        neutral: float32 [478, 3], the first subject's neutral face in face space, or None.
    """

    def __init__(
        self, header: ClipHeader, tracks: Mapping[str, Slices], neutral: Floats | None = None
    ) -> None:
        """Make a clip of checked tracks; use `load` or `from_frames`."""
        self.header = header
        self.neutral = neutral
        self._tracks = tracks

    @classmethod
    def load(cls, path: Path | str) -> MotionClip:
        """Open a motion file. All of it is checked, none of it is kept in memory.

        Raises:
            DecodeError: it cannot be read, is no motion file, or holds what motion cannot be.
        """
        return cls(*read_tracks(Path(path)))

    @classmethod
    def from_frames(
        cls,
        frames: Iterable[MotionFrame],
        info: StreamInfo,
        source: Mapping[str, str] | None = None,
        labels: Callable[[], Iterable[Label]] = tuple,
    ) -> MotionClip:
        """Collect motion in memory, in the precision of the file: 3 kB a frame."""
        kept = list(frames)
        faces = [frame.face for frame in kept if frame.face is not None]
        scored = bool(faces) and faces[0].blendshapes is not None
        header = ClipHeader.of(info, len(kept), source or {}, labels())
        neutral = faces[0].neutral if faces else None
        return cls(header, pack(kept, blendshapes=scored), neutral)

    def save(self, path: Path | str) -> None:
        """Write the clip to a motion file; raises as `save_clip` does."""
        write_tracks(Path(path), self.frames(), self.info, self.header.source, lambda: self.labels)

    @property
    def info(self) -> StreamInfo:
        """The stream that `frames` yields."""
        return self.header.info

    @cached_property
    def labels(self) -> tuple[Label, ...]:
        """What is known of its time: words, phones, visemes, markers."""
        return self.header.timed_labels()

    @property
    def has_blendshapes(self) -> bool:
        """Whether the motion carries blendshapes."""
        return "blendshapes" in self._tracks

    def __len__(self) -> int:
        return self.header.frames

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[MotionFrame]:
        """Yield frames `start` to `stop` (excluded; to the end if None), gaps included."""
        end = len(self) if stop is None else min(stop, len(self))
        for first in range(start, end, BLOCK):
            block = slice(first, min(first + BLOCK, end))
            arrays = {name: track[block] for name, track in self._tracks.items()}
            yield from unpack(arrays, first, self.neutral)

    def gaps(self) -> list[FrameRange]:
        """Return the runs of frames without a face."""
        present = np.asarray(self._tracks["present"][0 : len(self)], np.int8)
        steps = np.diff(present, prepend=1, append=1)
        starts, stops = np.flatnonzero(steps < 0), np.flatnonzero(steps > 0)
        return [FrameRange(int(a), int(b)) for a, b in zip(starts, stops, strict=True)]


def save_clip(
    path: Path | str,
    frames: Iterable[MotionFrame],
    info: StreamInfo,
    source: Mapping[str, str] | None = None,
    labels: Callable[[], Iterable[Label]] = tuple,
) -> ClipHeader:
    """Write a stream of motion, of any length and in constant memory, to a motion file.

    Args:
        path: where to; its name ends with `.a1motion`, and it appears when it is complete.
        frames: motion, numbered from 0.
        info: its rate, start and head reference; `count` is not relied on.
        source: where the motion comes from, by name: such as `driver`, `sha256`.
        labels: called once, after the last frame, for the labels of the performance: a source
            knows them when its stream has ended.

    Raises:
        ConfigError: the suffix is another.
        EncodeError: the motion is none: frames out of order, values no number or far too large;
            or the labels are none.
        StorageError: no space, no permission, no such folder.
    """
    return write_tracks(Path(path), frames, info, source or {}, labels)
