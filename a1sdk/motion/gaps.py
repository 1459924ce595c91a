"""Fill frames in which no face was seen, while the motion streams by."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal, get_args

from a1sdk.errors import ConfigError, NoFaceError
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.mix import at_rest, mix, resting, smoothstep
from a1sdk.timing import FrameRange, Timecode, frame_count

GapPolicy = Literal["hold", "interpolate", "neutral", "fail"]
"""What to do where no face was seen, see `fill_gaps`."""

Filling = Literal["held", "interpolated", "eased to neutral"]
"""What a gap was filled with."""

LONGEST_BRIDGE = Fraction(1, 2)
"""Seconds of the longest gap that `interpolate` bridges in one sweep."""

EASE = Fraction(2, 5)
"""Seconds that easing to the neutral face takes, and easing back from it."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Consecutive frames without a face, by their numbers, and what they were filled with."""

    frames: FrameRange
    filled: Filling


@dataclass
class GapLog:
    """Collects the gaps of a stream while it is pulled; complete when the stream has ended."""

    gaps: list[Gap] = field(default_factory=list)

    @property
    def frames(self) -> int:
        """How many frames were filled."""
        return sum(len(gap.frames) for gap in self.gaps)


def fill_gaps(
    frames: Iterable[MotionFrame],
    policy: GapPolicy,
    rate: Fraction,
    log: GapLog | None = None,
) -> Iterator[MotionFrame]:
    """Yield every frame of `frames`, those without a face filled; none is dropped or moved.

    - `interpolate` bridges gaps of up to `LONGEST_BRIDGE` between the faces on both sides. A
      longer gap eases to the neutral face within `EASE`, stays there, and eases back in the last
      `EASE` before the face returns.
    - `hold` repeats the last face.
    - `neutral` eases every gap to the neutral face.
    - `fail` raises.

    A gap at the start or end has one side only: up to `LONGEST_BRIDGE` it repeats the nearest
    face, beyond it eases as above (at the start also with `hold`). Resting faces look at the
    camera where the stream's head motion is absolute. Filled frames have confidence 0.

    Frames are held back while a gap lasts, at most the larger of `LONGEST_BRIDGE` and twice
    `EASE`, whatever the length of the gap.

    Raises:
        NoFaceError: a gap under `fail`; names frame and timecode.
        ConfigError: there is no such policy.
    """
    if policy not in get_args(GapPolicy):
        raise ConfigError(
            f"There is no gap policy {policy!r}.",
            hint=f"use one of {', '.join(get_args(GapPolicy))}",
        )
    filler = _Filler(policy, rate, log or GapLog())
    for frame in frames:
        yield from filler.push(frame)
    yield from filler.finish()


class _Filler:
    """The gap that is going on, and what to do with it."""

    def __init__(self, policy: GapPolicy, rate: Fraction, log: GapLog) -> None:
        self._policy, self._rate, self._log = policy, rate, log
        self._bridge = max(1, frame_count(LONGEST_BRIDGE, rate))
        self._ease = max(1, frame_count(EASE, rate))
        self._last: FaceMotion | None = None
        self._waiting: deque[int] = deque()
        self._start = 0
        self._length = 0

    def push(self, frame: MotionFrame) -> Iterator[MotionFrame]:
        if frame.face is None:
            yield from self._lose(frame.pts)
            return
        yield from self._close(frame.face)
        self._last = frame.face
        yield frame

    def finish(self) -> Iterator[MotionFrame]:
        yield from self._close(None)

    def _lose(self, pts: int) -> Iterator[MotionFrame]:
        if self._policy == "fail":
            raise NoFaceError(
                f"No face was found in frame {pts} ({Timecode(pts, self._rate)}).",
                hint="choose gap policy interpolate, hold or neutral",
            )
        if not self._length:
            self._start = pts
        self._length += 1
        self._waiting.append(pts)
        if self._policy == "hold" and self._last is not None:
            yield _filled(self._waiting.popleft(), self._last)
        elif self._length > max(self._bridge, 2 * self._ease):
            while len(self._waiting) > self._ease:
                face = self._leaving()
                yield _filled(self._waiting.popleft(), face)

    def _close(self, following: FaceMotion | None) -> Iterator[MotionFrame]:
        """Emit what waits, now that the end of the gap is known."""
        if self._length:
            kind = self._kind(following)
            while self._waiting:
                face = self._face(kind, following)
                yield _filled(self._waiting.popleft(), face)
            last = self._start + self._length
            self._log.gaps.append(Gap(FrameRange(self._start, last), kind))
            self._length = 0

    def _kind(self, following: FaceMotion | None) -> Filling:
        if self._policy == "hold" and self._last is not None:
            return "held"
        known = self._last is not None or following is not None
        if self._policy == "neutral" or self._length > self._bridge or not known:
            return "eased to neutral"
        return "held" if self._last is None or following is None else "interpolated"

    def _face(self, kind: Filling, following: FaceMotion | None) -> FaceMotion:
        nearest = self._last or following
        if kind == "eased to neutral" or nearest is None:
            return self._eased(following)
        if self._last is None or following is None:
            return nearest
        return mix(self._last, following, (self._place + 1) / (self._length + 1))

    @property
    def _place(self) -> int:
        """Position in the gap of the first frame that waits."""
        return self._length - len(self._waiting)

    def _leaving(self) -> FaceMotion:
        """Between the face before the gap and neutral."""
        if self._last is None:
            return resting()
        return mix(self._last, at_rest(self._last), self._share(self._place + 1))

    def _returning(self, following: FaceMotion) -> FaceMotion:
        """Between neutral and the face after the gap."""
        left = len(self._waiting)
        return mix(following, at_rest(following), self._share(left))

    def _share(self, frames: int) -> float:
        """How far easing has come after some frames."""
        return smoothstep(min(1.0, frames / (self._ease + 1)))

    def _eased(self, following: FaceMotion | None) -> FaceMotion:
        if following is None:
            return self._leaving()
        if self._last is None or self._place >= self._length - self._ease > self._ease:
            return self._returning(following)
        if self._length > 2 * self._ease:
            return self._leaving()
        weight = (self._place + 1) / (self._length + 1)
        return mix(self._leaving(), self._returning(following), weight)


def _filled(pts: int, face: FaceMotion) -> MotionFrame:
    return MotionFrame(pts, replace(face, confidence=0.0))
