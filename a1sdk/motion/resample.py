"""Bring motion to another rate, exactly in time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction

from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.mix import mix
from a1sdk.timing import frame_count

Sample = tuple[Fraction, FaceMotion | None]
"""A time in seconds and the motion at that time; None where no face was seen."""


def resample(
    frames: Iterable[MotionFrame],
    source: Fraction,
    target: Fraction,
    duration: Fraction | None = None,
) -> Iterator[MotionFrame]:
    """Yield motion sampled at `source` frames per second at `target` frames per second instead.

    Frame `n` of the result is the motion at `n / target` seconds: linear between the two frames
    around it, the shortest turn for rotations. Where one of the two has no face, the nearer one
    decides. As many frames come out as the duration has at the new rate, see `frame_count`; those
    after the last source frame repeat it. Without `duration` each source frame lasts
    `1 / source`. At equal rates the frames pass through unchanged.
    """
    if source == target:
        return iter(frames)
    samples = ((Fraction(number) / source, frame.face) for number, frame in enumerate(frames))
    return to_grid(samples, target, last=1 / source, duration=duration)


def to_grid(
    samples: Iterable[Sample], rate: Fraction, *, last: Fraction, duration: Fraction | None = None
) -> Iterator[MotionFrame]:
    """Yield motion known at any ascending times, the first at 0, on a constant grid of frames.

    Interpolates as `resample` does. Holds one sample back.

    Args:
        samples: times and motion.
        rate: frames per second of the grid.
        last: how long the last sample lasts, in seconds.
        duration: of the whole stream, in seconds; the last time plus `last` if not given.
    """
    number = 0
    before: Sample | None = None
    ready: deque[MotionFrame] = deque()  # at most one: the grid's last frame may round away
    total = None if duration is None else frame_count(duration, rate)
    for sample in samples:
        while before is not None and number != total and number / rate < sample[0]:
            ready.append(MotionFrame(number, _between(before, sample, number / rate)))
            number += 1
        known = frame_count(sample[0], rate) if total is None else total
        while ready and ready[0].pts < known:
            yield ready.popleft()
        before = sample
    if before is not None:
        count = frame_count(before[0] + last, rate) if total is None else total
        yield from (frame for frame in ready if frame.pts < count)
        yield from (MotionFrame(held, before[1]) for held in range(number, count))


def _between(before: Sample, after: Sample, time: Fraction) -> FaceMotion | None:
    weight = (time - before[0]) / (after[0] - before[0])
    if before[1] is None or after[1] is None:
        return before[1] if weight < Fraction(1, 2) else after[1]
    return mix(before[1], after[1], float(weight))
