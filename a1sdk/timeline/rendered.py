"""What a shot was rendered to: what the hand-back has to know of it, and nothing more."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a1sdk.timeline.filenames import PictureName
from a1sdk.timeline.remarks import Remark
from a1sdk.timing import FrameRange, Timecode

if TYPE_CHECKING:
    from a1sdk.timeline.shots import Shot


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """The media of a shot, which runs at the cut's rate.

    Attributes:
        shot: the shot.
        path: the film; of numbered pictures a pattern, `sh010.%04d.exr`. Absolute.
        timecode: record timecode of the media's first frame, which is a handle where there is one.
        frames: how many frames the media has, handles included.
        size: width and height in pixels.
        codec: name of the codec in `a1sdk.media.CODECS`.
        alpha: whether the media keeps transparency.
        first: of numbered pictures, the number of the first file.
        provenance: what else the hand-back's media references are to say of it in
            `metadata["a1sdk"]`, such as its digest: plain JSON.
        remarks: what is to be a marker on it in the cut.
    """

    shot: Shot
    path: Path
    timecode: Timecode
    frames: int
    size: tuple[int, int]
    codec: str
    alpha: bool = False
    first: int | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()

    @property
    def rate(self) -> Fraction:
        """Frames per second."""
        return self.shot.rate

    @property
    def pictures(self) -> PictureName | None:
        """The name of numbered pictures; None of a film."""
        return None if self.first is None else PictureName.parsed(self.path.name)

    @property
    def whole(self) -> Path:
        """Numbered pictures as one name, `sh010.[1001-1100].exr`; a film as it is."""
        pictures, first = self.pictures, self.first
        if pictures is None or first is None:
            return self.path
        return self.path.with_name(pictures.ranged(first, first + self.frames - 1))

    @property
    def shown(self) -> FrameRange:
        """The media's frames that the cut shows, counted from its first: without handles."""
        return FrameRange(self.shot.head, self.shot.head + len(self.shot.record))

    def marked(self, first: int, last: int) -> FrameRange | None:
        """Return on which of the media's frames a marker of some of them is.

        It is on those that the cut shows. Frames that only a transition shows are beyond the edge
        of their clip; the frame at the edge is marked for them.

        Args:
            first: the first of the frames.
            last: the last of them.

        Returns:
            Frames counted from the media's first; None where the cut shows none of them.
        """
        shown, placed = self.shown, self.shot.placed
        early, late = (math.ceil(t * self.rate) for t in (placed.in_offset, placed.out_offset))
        if not len(shown) or last < shown.start - early or first >= shown.stop + late:
            return None
        start = min(max(first, shown.start), shown.stop - 1)
        return FrameRange(start, max(min(last + 1, shown.stop), start + 1))
