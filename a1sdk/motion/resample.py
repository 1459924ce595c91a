"""Bring motion to another rate or another time, exactly."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Protocol, runtime_checkable

from a1sdk.errors import CapabilityError
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.mix import mix
from a1sdk.motion.timemap import REAL_TIME, Span, TimeMap
from a1sdk.timing import frame_count

Sample = tuple[Fraction, FaceMotion | None]
"""A time in seconds and the motion at that time; None where no face was seen."""


@runtime_checkable
class Replayable(Protocol):
    """Motion that is read at any place, such as a `MotionClip` or a `Spool`."""

    def __len__(self) -> int:
        """Return how many frames there are."""

    def frames(self, start: int, stop: int) -> Iterator[MotionFrame]:
        """Yield frames `start` to `stop`, excluded."""


def resample(
    frames: Iterable[MotionFrame] | Replayable,
    source: Fraction,
    target: Fraction,
    duration: Fraction | None = None,
    time: TimeMap = REAL_TIME,
) -> Iterator[MotionFrame]:
    """Yield motion sampled at `source` frames per second at `target` frames per second instead.

    Frame `n` of the result is the motion at `n / target` seconds: linear between the two frames
    around it, the shortest turn for rotations. Where one of the two has no face, the nearer one
    decides. As many frames come out as the duration has at the new rate, see `frame_count`; those
    after the last source frame repeat it. Without `duration` each source frame lasts
    `1 / source`. At equal rates the frames pass through unchanged.

    With a time map, frame `n` is the motion that the map shows at `n / target` seconds. The first
    and last frame are those nearest to the ends of the map's span, so that takes which follow
    each other in time do so in frames; none is before frame 0. Times before the first source
    frame show that, times after the last one show the last. Where the map goes back, `frames` has
    to be read at any place; one frame that is shown is in memory then, and its neighbour.

    Raises:
        CapabilityError: the map goes back, and `frames` is a stream.
    """
    if isinstance(frames, Replayable):
        return _replayed(frames, source, target, duration, time)
    if time.goes_back:
        raise CapabilityError(
            "Motion that is a stream cannot be played backwards.",
            hint="give a MotionClip, or a Spool of the stream",
        )
    if source == target and time.is_identity:
        return iter(frames)
    samples = ((Fraction(number) / source, frame.face) for number, frame in enumerate(frames))
    return to_grid(samples, target, last=1 / source, duration=duration, time=time)


def to_grid(
    samples: Iterable[Sample],
    rate: Fraction,
    *,
    last: Fraction,
    duration: Fraction | None = None,
    time: TimeMap = REAL_TIME,
) -> Iterator[MotionFrame]:
    """Yield motion known at any ascending times, the first at 0, on a constant grid of frames.

    Interpolates as `resample` does. Holds one sample back.

    Args:
        samples: times and motion.
        rate: frames per second of the grid.
        last: how long the last sample lasts, in seconds.
        duration: of the whole stream, in seconds; the last time plus `last` if not given.
        time: which of the samples' times is shown when.
    """
    number, limit = frames_of(time.span(duration), rate)
    before: Sample | None = None
    ready: deque[MotionFrame] = deque()  # at most one: the grid's last frame may round away
    for sample in samples:
        known = limit if duration is not None else frames_of(time.span(sample[0]), rate)[1]
        while ready and (known is None or ready[0].pts < known):
            yield ready.popleft()
        while before is not None and number != limit:
            shown = time.source_time(number / rate)
            if shown >= sample[0]:
                break
            frame = MotionFrame(number, _between(before, sample, shown))
            number += 1
            if known is None or frame.pts < known:
                yield frame
            else:
                ready.append(frame)
        if number == limit and time.points is not None:
            return  # by points, nothing that follows is shown: leave it unmade
        before = sample
    if before is not None:
        if duration is None:
            limit = frames_of(time.span(before[0] + last), rate)[1]
        assert limit is not None  # a stream that has ended is no longer than that
        yield from (frame for frame in ready if frame.pts < limit)
        yield from (MotionFrame(held, before[1]) for held in range(number, limit))


def frames_of(span: Span, rate: Fraction) -> tuple[int, int | None]:
    """Return the first frame of a span, at 0 or after, and the one after its last, if any."""
    first = max(0, frame_count(span.start, rate))
    return first, None if span.end is None else max(first, frame_count(span.end, rate))


def _replayed(
    clip: Replayable,
    source: Fraction,
    target: Fraction,
    duration: Fraction | None,
    time: TimeMap,
) -> Iterator[MotionFrame]:
    """Yield motion that is read wherever the map says, as a stream of it would be shown."""
    length = len(clip)
    first, stop = frames_of(time.span(duration or length / source), target)
    assert stop is not None  # a clip ends
    for number in range(first, stop if length else first):
        shown = time.source_time(number / target)
        place = min(max(int(shown * source), 0), length - 1)
        around = [
            (near.pts / source, near.face) for near in clip.frames(place, min(place + 2, length))
        ]
        yield MotionFrame(number, _between(around[0], around[-1], shown))


def _between(before: Sample, after: Sample, time: Fraction) -> FaceMotion | None:
    if time <= before[0] or before is after:
        return before[1]
    weight = (time - before[0]) / (after[0] - before[0])
    if before[1] is None or after[1] is None:
        return before[1] if weight < Fraction(1, 2) else after[1]
    return mix(before[1], after[1], float(weight))
