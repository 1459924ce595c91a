"""Which second of a file a cut means: its own clock against the file's."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from a1sdk.errors import A1Error, DecodeError
from a1sdk.media import MediaInfo, probe
from a1sdk.timeline.numbers import timecode_seconds

if TYPE_CHECKING:
    from a1sdk.timeline.shots.drivers import Piece
    from a1sdk.timeline.shots.findings import Findings

_SAME_GRID = Fraction(2, 1000)  # 24 beside 23.976: two names for one row of frames


@dataclass(frozen=True, slots=True)
class FileClock:
    """From the time of a clip's media, as a cut counts it, to seconds after the file's first frame.

    Attributes:
        start: what the cut's clock says at the file's first frame.
        scale: seconds of the file for one of the cut's clock; 1 but where both count the same
            frames at slightly different rates.
        rate: frames per second of the file; None where it has no pictures.
        duration: seconds of the file; None where that is not known.
    """

    start: Fraction = Fraction(0)
    scale: Fraction = Fraction(1)
    rate: Fraction | None = None
    duration: Fraction | None = None

    def __call__(self, time: Fraction) -> Fraction:
        """Return the seconds after the file's first frame."""
        return (time - self.start) * self.scale


@dataclass
class FileClocks:
    """The clocks of media files, each of which is opened once."""

    _known: dict[Path, MediaInfo | None] = field(default_factory=dict)

    def of(self, piece: Piece, found: Findings) -> FileClock:
        """Return the clock of a piece's file, and note where cut and file disagree.

        What a cut says of its media counts before what the file says. A cut that says nothing
        counts the file's timecode, or from zero where that fits nothing.
        """
        path = piece.path
        info = None if path is None else self._facts(path)
        rate = info.video.rate if info is not None and info.video is not None else None
        duration = _duration(info)
        if piece.clip is None:  # a file that a setting names begins at its beginning
            clock = FileClock(rate=rate, duration=duration)
        else:
            media = piece.media
            start = media.start if media.duration is not None else _first_of(piece, info, duration)
            clock = FileClock(start, _scale(piece, info, found), rate, duration)
        self._check(piece, clock, found)
        return clock

    def check_length(
        self, piece: Piece, clock: FileClock, frame: Fraction, found: Findings
    ) -> None:
        """Note that a file is shorter than what is shown of it, where the cut does not know it.

        Args:
            piece: what is shown, without handles.
            clock: of its file.
            frame: seconds of a frame of the cut; less is not missed.
            found: is told.
        """
        if clock.duration is None or piece.media.duration is not None:
            return
        shown = piece.shown(frame)
        short = max(-clock(shown.start), clock(shown.stop) - clock.duration)
        if short >= frame:
            message = f"{piece.name!r:.60} lacks {float(short):.3f} s of media; its end is held"
            found.add("A1-DRIVE-SHORT", "warning", message)

    def sounds(self, path: Path) -> bool:
        """Whether a file has sound."""
        info = self._facts(path)
        return info is not None and info.audio is not None

    def _facts(self, path: Path) -> MediaInfo | None:
        """Return what is known of a file; None for what is no film and no sound."""
        if path not in self._known:
            try:
                self._known[path] = probe(path)
            except DecodeError:  # a take, or damaged: the source that reads it will say
                self._known[path] = None
        return self._known[path]

    def _check(self, piece: Piece, clock: FileClock, found: Findings) -> None:
        if clock.duration is None:
            return
        shown = [clock(time) for _, time in piece.points()]
        if max(shown) < 0 or min(shown) >= clock.duration:
            message = (
                f"{piece.name!r:.60} shows nothing of its file, which lasts "
                f"{float(clock.duration):.3f} s, from {float(min(shown)):.3f} s on"
            )
            hint = "relink it; its timecode is not the one that the cut counts"
            found.add("A1-MEDIA-TIMECODE", "error", message, hint)


def _duration(info: MediaInfo | None) -> Fraction | None:
    if info is None:
        return None
    if info.video is not None:
        return info.video.duration
    return info.audio.duration if info.audio is not None else None


def _first_of(piece: Piece, info: MediaInfo | None, duration: Fraction | None) -> Fraction:
    """Return the file's own timecode in seconds; 0 if it has none, or the piece is not in it."""
    if info is None or info.timecode is None or info.video is None:
        return Fraction(0)
    try:
        start = timecode_seconds(info.timecode, info.video.rate)
    except A1Error:
        return Fraction(0)
    shown = [time for _, time in piece.points()]
    counts_from_zero = max(shown) <= start and duration is not None and min(shown) < duration
    return Fraction(0) if counts_from_zero else start


def _scale(piece: Piece, info: MediaInfo | None, found: Findings) -> Fraction:
    """Return how much longer the file's frames last than the cut thinks."""
    video, said = info.video if info is not None else None, piece.media.rate
    if video is None or said is None or video.vfr or said == video.rate:
        return Fraction(1)
    scale = said / video.rate
    if abs(scale - 1) > _SAME_GRID:
        return Fraction(1)
    message = f"{piece.name!r:.60} has {video.rate} frames per second, and the cut says {said}"
    found.add("A1-MEDIA-RATE", "warning", f"{message}; its frames are counted, not its seconds")
    return scale
