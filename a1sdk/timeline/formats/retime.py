"""What a time effect makes of an item, where speeds and tables say it, as in OTIO and AAF."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from a1sdk.timeline.model import Severity, SourceMap

Issue = tuple[str, Severity, str]
"""Code, severity and message of a problem; the reader adds where."""


@dataclass(frozen=True, slots=True)
class Frames:
    """How long a frame lasts, in seconds: one of the cut, and one of the media."""

    record: Fraction
    media: Fraction


@lru_cache(maxsize=256)
def frames_of(record: Fraction, media: Fraction) -> Frames:
    """Return how long frames at two rates last."""
    return Frames(1 / record, 1 / media)


@dataclass(frozen=True, slots=True)
class Retime:
    """How an item's time effects change what it shows.

    Attributes:
        speed: seconds of media for one of the cut; negative is reversed, 0 frozen.
        table: instead of a speed, (seconds after the item's start, seconds of media after the
            start of its range), ascending in the former.
        issues: what could not be followed.
    """

    speed: Fraction = Fraction(1)
    table: tuple[tuple[Fraction, Fraction], ...] = ()
    issues: tuple[Issue, ...] = ()

    def source(self, start: Fraction, duration: Fraction, frames: Frames) -> SourceMap:
        """Return what is shown of media, whose range starts at `start` on its own clock.

        A reversed item starts with the range's last frame: one frame before its end, or where one
        frame of the cut is less than that, one step. It so ends at or after `start`.

        Args:
            start: the lowest media time of the range, in seconds.
            duration: seconds that the item lasts in the cut.
            frames: how long frames of cut and media last.
        """
        if self.table:
            return SourceMap(tuple((at, start + media) for at, media in self.table))
        if self.speed < 0:
            last = min(frames.media, -self.speed * frames.record)
            return SourceMap.linear(start - duration * self.speed - last, self.speed)
        return SourceMap.linear(start, self.speed)


def unsupported(name: str) -> Issue:
    """Return the problem of a time effect that cannot be followed."""
    return (
        "A1-RETIME-UNSUPPORTED",
        "error",
        f"Its speed changes by {name or 'a time effect'!r:.60}.",
    )
