"""What is known of a media file without decoding all of it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

MediaKind = Literal["video", "audio", "still"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Color:
    """How numbers become colors, in FFmpeg's names; `unknown` where the file does not say."""

    primaries: str = "unknown"
    transfer: str = "unknown"
    matrix: str = "unknown"
    full_range: bool = False

    @property
    def hdr(self) -> bool:
        """Whether the transfer function is PQ or HLG (BT.2100)."""
        return self.transfer in ("smpte2084", "arib-std-b67")


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFacts:
    """A picture stream.

    Attributes:
        codec: FFmpeg's name of it.
        width: pixels as shown: after rotation, and with square pixels.
        height: as `width`.
        rate: nominal frames per second, exact.
        vfr: whether pictures do not all last 1 / `rate`.
        start: seconds of the first picture on the file's clock.
        duration: seconds from the first picture's start to the last one's end.
        count: how many distinct pictures there are; None when only decoding would tell.
        rotation: degrees clockwise that the stored pictures are turned for showing.
        interlaced: whether pictures are stored as two fields.
        depth: bits per channel.
        alpha: whether there is a transparency channel.
    """

    codec: str
    width: int
    height: int
    rate: Fraction
    vfr: bool
    start: Fraction
    duration: Fraction
    count: int | None
    rotation: int = 0
    interlaced: bool = False
    depth: int = 8
    alpha: bool = False
    color: Color = Color()


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFacts:
    """A sound stream; `start` and `duration` are seconds on the file's clock."""

    codec: str
    sample_rate: int
    channels: int
    start: Fraction
    duration: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class StillFacts:
    """A picture file; width and height are pixels as shown, after orientation."""

    format: str
    width: int
    height: int
    depth: int
    alpha: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo:
    """A media file; `container` is FFmpeg's name of it, or a picture format's.

    Attributes:
        timecode: label of the first picture as the file writes it, or None.
    """

    path: Path
    kind: MediaKind
    container: str
    video: VideoFacts | None = None
    audio: AudioFacts | None = None
    still: StillFacts | None = None
    timecode: str | None = None
