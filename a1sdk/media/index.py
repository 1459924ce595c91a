"""When each picture of a film is shown, from its packets alone, and what rate that makes."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median_low

from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from a1sdk.errors import ConfigError, DecodeError
from a1sdk.timing import as_rate

_NTSC = tuple(Fraction(base * 1000, 1001) for base in (24, 30, 60))
_STANDARD_RATES = (*map(Fraction, (12, 15, 24, 25, 30, 48, 50, 60, 90, 100, 120, 240)), *_NTSC)
_FASTEST_GUESS = Fraction(240)  # beyond it, what a film of variable rate says is its tick
_FALLBACK_RATE = Fraction(25)


@dataclass(frozen=True, slots=True)
class PictureIndex:
    """Times of all distinct pictures, in ticks of `time_base`, ascending.

    Attributes:
        last: duration of the last picture in ticks; 0 where the file does not say.
        rate: nominal frames per second.
        pace: frames per second that the time stamps follow, `rate` before it was snapped; None
            when they follow no constant one.
        damaged: packets that the demuxer found damaged, and packets without a time.
        missing: pictures that the file's header announces and the file does not hold.
    """

    pts: array[int]
    time_base: Fraction
    last: int
    rate: Fraction
    pace: Fraction | None
    damaged: int
    missing: int

    @property
    def start(self) -> Fraction:
        """Seconds of the first picture on the file's clock."""
        return self.pts[0] * self.time_base

    @property
    def duration(self) -> Fraction:
        """Seconds from the first picture's start to the last one's end."""
        if self.pace is not None:
            return self.time_of(self.pts[-1]) + 1 / self.rate
        last = self.last * self.time_base or 1 / self.rate
        return self.time_of(self.pts[-1]) + last

    def time_of(self, pts: int) -> Fraction:
        """Return the seconds of a picture after the first one.

        At a constant rate that is a whole number of frames: time stamps in milliseconds, or at
        29.97 for 30000/1001, do not make frames slip.
        """
        seconds = (pts - self.pts[0]) * self.time_base
        return seconds if self.pace is None else Fraction(round(seconds * self.pace)) / self.rate

    def number(self, pts: int) -> int:
        """Return the number of the picture that begins at `pts`, or of the one before it."""
        return max(0, bisect_right(self.pts, pts) - 1)

    def number_from(self, time: Fraction) -> int:
        """Return the number of the first picture that begins at `time` or later.

        Args:
            time: seconds after the first picture began. After the last it is their count.
        """
        return bisect_left(self.pts, time, key=self.time_of)

    def at(self, time: Fraction) -> int:
        """Return the number of the picture that is shown `time` seconds after the first began."""
        return max(0, bisect_right(self.pts, time, key=self.time_of) - 1)


def read_index(container: InputContainer, stream: VideoStream, path: Path | str) -> PictureIndex:
    """Read the times of all pictures by demuxing the file once, without decoding.

    Pictures that come before the first key picture are left out: they cannot be decoded.

    Raises:
        DecodeError: no picture has a time.
    """
    seen = _Packets()
    try:
        for packet in container.demux(stream):
            seen.add(packet)
    except FFmpegError:
        seen.damaged += 1  # what came before it is good
    if not seen.pts:
        raise DecodeError(
            f"{str(path)!r} does not say when its pictures are shown.",
            path=str(path),
            hint="put it into a container: ffmpeg -i INPUT -c copy OUTPUT.mp4",
        )
    usable = seen.pts[seen.undecodable or 0 :]
    pts = array("q", sorted(set(usable)))
    base = Fraction(stream.time_base or 1)
    rate, pace = _rates(pts, base, stream)
    damaged = seen.damaged + len(usable) - len(pts)
    missing = max(0, stream.frames - seen.count)
    return PictureIndex(pts, base, seen.last[1], rate, pace, damaged, missing)


class _Packets:
    """What a film's packets say, in the order in which they are stored."""

    def __init__(self) -> None:
        self.pts: array[int] = array("q")
        self.undecodable: int | None = None  # before the first key picture; None without one
        self.last = (0, 0)  # time and duration
        self.damaged = self.count = 0

    def add(self, packet: Packet[VideoStream]) -> None:
        self.count += bool(packet.size)
        if not packet.size or packet.is_discard:
            return
        time = packet.pts if packet.pts is not None else packet.dts
        self.damaged += packet.is_corrupt or time is None
        if self.undecodable is None and packet.is_keyframe:
            self.undecodable = len(self.pts)
        if time is not None:
            self.pts.append(time)
            self.last = max(self.last, (time, packet.duration or 0))


def _rates(
    pts: array[int], base: Fraction, stream: VideoStream
) -> tuple[Fraction, Fraction | None]:
    """Return the nominal rate, and the constant pace of the time stamps or None."""
    declared = [stream.guessed_rate, stream.average_rate, stream.base_rate]
    candidates = [Fraction(rate) for rate in declared if rate]
    if len(pts) > 1:
        candidates.append(Fraction(len(pts) - 1) / ((pts[-1] - pts[0]) * base))
    for pace in [pace for rate in candidates for pace in (rate, _snapped(rate))]:
        rate = _snapped(pace) if pace is not None and _follows(pts, base, pace) else None
        if rate is not None:
            return rate, pace
    rate = _nominal(pts, base, candidates)
    return rate, rate if len(pts) == 1 else None


def _snapped(rate: Fraction) -> Fraction | None:
    try:
        return as_rate(rate)
    except ConfigError:
        return None


def _follows(pts: array[int], base: Fraction, pace: Fraction) -> bool:
    """Return whether picture k comes at k / pace, but for a tick or a sixteenth of a frame."""
    period = 1 / (pace * base)
    if period < 1:
        return False
    step, unit = period.numerator, period.denominator
    slack = max(unit, step // 16)
    zero = pts[0]
    return all(abs((time - zero) * unit - k * step) <= slack for k, time in enumerate(pts))


def _nominal(pts: array[int], base: Fraction, declared: list[Fraction]) -> Fraction:
    """Return the rate to call a film by that has no constant one."""
    usual = _FALLBACK_RATE
    if len(pts) > 1:
        usual = 1 / (median_low([b - a for a, b in pairwise(pts)]) * base)
    for rate in declared:
        snapped = _snapped(rate)
        if snapped is not None and usual / 2 <= snapped <= min(2 * usual, _FASTEST_GUESS):
            return snapped
    return min(_STANDARD_RATES, key=lambda standard: abs(standard - usual))
