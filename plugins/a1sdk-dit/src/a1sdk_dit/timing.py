"""The model's own rate and the delivery rate: which instant lies between which two pictures."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from a1sdk_dit.interpolation.protocol import Bytes, Floats, InBetween

NATIVE = 12
"""Pictures per second that the model was trained on."""

SLACK = Fraction(1, 20)
"""How far the native rate may be from that, so that every n-th frame delivered is a native one."""


def native_rate(rate: Fraction, nominal: int = NATIVE) -> Fraction:
    """Return how many pictures per second the model is to draw for a film of `rate`.

    That is the whole part of `rate` nearest to `nominal` where it is within 5 % of it, as 12.5 is
    for 25 frames per second, and `nominal` otherwise.
    """
    parts = max(1, round(rate / nominal))
    part = rate / parts
    return part if abs(part - nominal) <= nominal * SLACK else Fraction(nominal)


def native_pictures(count: int, rate: Fraction) -> int:
    """Return how many pictures the model draws for so many frames at a rate."""
    return ceil((count - 1) / rate * native_rate(rate)) + 1 if count else 0


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Where the face has to be in one frame delivered; `landmarks` is [478, 2 or 3], in pixels."""

    pts: int
    landmarks: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """A frame to deliver, and the native pictures before and after it.

    Attributes:
        target: where the face has to be.
        a: the native picture before it, uint8 [height, width, 3].
        b: the one after it; `a` itself where the frame is at a native instant.
        points_a: where the face is in `a`.
        points_b: where it is in `b`.
        weight: of the way in time from `a` to `b`, at least 0 and below 1.
    """

    target: Target
    a: Bytes
    b: Bytes
    points_a: Floats
    points_b: Floats
    weight: Fraction

    def draw(self, between: InBetween) -> Bytes:
        """Return the frame's picture: the native one where there is one, else one in between."""
        if not self.weight:
            return self.a
        points = (self.points_a, self.points_b, self.target.landmarks)
        return between(self.a, self.b, *points, float(self.weight))


class NativeTrack:
    """One stream of targets, serving whoever draws the native pictures and whoever delivers.

    Target `n` is at `n / rate` seconds and native picture `k` at `k / native`. There are as many
    native pictures as it takes for the last one to be at the last target, or after it. Targets
    are pulled as `controls` is; what is kept is what lies between the picture delivered last and
    the control pulled last, and no target is pulled before it is needed.
    """

    def __init__(self, targets: Iterable[Target], rate: Fraction, native: Fraction) -> None:
        """Take the targets, at `rate` per second, and how many native pictures there are in one."""
        self._targets = iter(targets)
        self._rate = rate
        self._native = native
        self._pulled = 0
        self._waiting: deque[Target] = deque()  # pulled, not delivered
        self._points: deque[Floats] = deque()  # of native instants not delivered
        self._around: tuple[Target, ...] = ()  # the last two targets pulled

    def controls(self) -> Iterator[Floats]:
        """Yield the landmarks at each native instant: linear between targets, the last one held."""
        number = 0
        while self._reach(number):
            points = self._at(number / self._native)
            self._points.append(points)
            yield points
            number += 1

    def deliveries(self, pictures: Iterable[Bytes]) -> Iterator[Delivery]:
        """Yield one delivery per target, in order, as soon as the picture after it is there.

        Args:
            pictures: one native picture per item of `controls`, whether that was pulled before or
                is pulled by them.

        Raises:
            RuntimeError: there are more pictures than controls, or fewer.
        """
        delivered = 0
        before: tuple[Bytes, Floats] | None = None
        for number, picture in enumerate(pictures):
            if not self._points:
                raise RuntimeError(f"Native picture {number} was drawn for no target.")
            after = picture, self._points.popleft()
            while self._waiting and delivered / self._rate <= number / self._native:
                place = delivered / self._rate * self._native - (number - 1)
                yield _delivery(self._waiting.popleft(), before or after, after, place)
                delivered += 1
            before = after
        if self._waiting or self._points:
            raise RuntimeError(f"Native pictures ended before frame {delivered} was delivered.")

    def _reach(self, number: int) -> bool:
        """Pull targets up to native instant `number`; return whether that one is needed."""
        time = number / self._native
        while not self._pulled or (self._pulled - 1) / self._rate < time:
            target = next(self._targets, None)
            if target is None:
                last = (self._pulled - 1) / self._rate
                return last > (number - 1) / self._native if self._pulled else False
            self._around = (*self._around[-1:], target)
            self._waiting.append(target)
            self._pulled += 1
        return True

    def _at(self, time: Fraction) -> Floats:
        last = (self._pulled - 1) / self._rate
        if time >= last or len(self._around) == 1:
            return self._around[-1].landmarks
        earlier, later = self._around
        share = float(1 - (last - time) * self._rate)
        mixed = (1 - share) * earlier.landmarks + share * later.landmarks
        return mixed.astype(later.landmarks.dtype, copy=False)


def _delivery(
    target: Target, before: tuple[Bytes, Floats], after: tuple[Bytes, Floats], place: Fraction
) -> Delivery:
    if place == 1:
        before, place = after, Fraction(0)
    return Delivery(target, before[0], after[0], before[1], after[1], place)
