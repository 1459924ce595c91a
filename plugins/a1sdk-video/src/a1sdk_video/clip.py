"""The motion source `video/clip`: motion that was saved before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from a1sdk.plugin import MotionClip, MotionFrame, MotionSource, StreamInfo

if TYPE_CHECKING:
    from a1sdk.plugin import Label, RunContext
    from a1sdk_video.options import ClipOptions


class SavedClip(MotionSource):
    """Plays a motion file, in constant memory."""

    def __init__(self, options: ClipOptions) -> None:
        super().__init__(options)
        self._clip: MotionClip | None = None

    def setup(self, ctx: RunContext) -> None:
        """Open the file and check it.

        Raises:
            DecodeError: it is no motion file, or damaged.
        """
        self._clip = MotionClip.load(self.options.path)

    def close(self) -> None:
        """Let go of the file."""
        self._clip = None

    @property
    def _opened(self) -> MotionClip:
        if self._clip is None:
            raise RuntimeError("SavedClip is used before setup() or after close()")
        return self._clip

    def probe(self) -> StreamInfo:
        """Describe the motion by the file's header."""
        return self._opened.info

    def stream(self, ctx: RunContext) -> Iterator[MotionFrame]:
        """Yield all frames."""
        yield from ctx.track(self._opened.frames(), total=len(self._opened))

    def labels(self) -> Sequence[Label]:
        """Return the labels that are kept in the file."""
        return self._opened.labels
