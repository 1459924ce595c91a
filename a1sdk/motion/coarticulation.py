"""Visemes flow into each other: how a mouth moves through a row of cues.

The method is Cohen and Massaro's ("Modeling coarticulation in synthetic visual speech", 1993):
each cue has a dominance over each group of articulators, highest while it is spoken and falling
exponentially before and after it, and the mouth is the mean of all targets, weighted by
dominance. A group that a sound does not need (the lips' rounding in `t`) has low dominance, so
the neighbors show through; rounding begins early, before its vowel; the jaw's dominance falls
slower than the lips', which makes it the slower of the two; and short sounds do not reach their
target, as in real fast speech. Here the corners of the exponentials are rounded off, so that
movement has no jerks, and they end after `REACH`, so that memory is bounded.

Means never quite reach a target, but a mouth that does not close on `p` is wrong at a glance.
Contacts are therefore laid over the mean: the lips shut for `PP`, however far the jaw still is
open, and the lower lip meets the upper teeth for `FF`. A contact is held for the middle of its
cue, and when that falls between two frames, the nearest frame shows it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.components.data import BLENDSHAPES
from a1sdk.errors import ConfigError
from a1sdk.motion.blendshapes import BLENDSHAPE_NAMES, INDEX
from a1sdk.motion.mix import smoothstep
from a1sdk.motion.visemes import VISEMES, Cue

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats

    Doubles = npt.NDArray[np.float64]

REACH = Fraction(2, 5)
"""Seconds before its start and after its end in which a cue moves the mouth."""

_BLOCK = 32  # frames computed at once
_CORNER = 0.02  # seconds within which the exponentials' corners are rounded off
_FOREVER = 1e9  # seconds
_NOTHING = 1e-9


@dataclass(frozen=True)
class _Dominance:
    """How strongly a viseme holds a group of articulators.

    Attributes:
        height: while it is spoken, relative to others.
        before: seconds in which its dominance falls to 1/e, back from its start.
        after: the same, on from its end.
    """

    height: float
    before: float
    after: float


def _dominances(
    jaw: float, lips: float, rounding: float, early: float = 0.03
) -> tuple[_Dominance, _Dominance, _Dominance]:
    """Dominances over the jaw, the lips, and their rounding, which may begin `early`."""
    return (
        _Dominance(jaw, 0.028, 0.028),
        _Dominance(lips, 0.018, 0.018),
        _Dominance(rounding, early, 0.04),
    )


_DOMINANCES = {
    "sil": _dominances(0.4, 0.4, 0.4),
    "PP": _dominances(1.5, 1.5, 0.15),
    "FF": _dominances(1.2, 1.5, 0.3),
    "TH": _dominances(0.7, 0.7, 0.15),
    "DD": _dominances(0.7, 0.6, 0.1),
    "kk": _dominances(0.3, 0.25, 0.1),
    "CH": _dominances(1.3, 0.8, 1.0, early=0.05),
    "SS": _dominances(1.5, 0.8, 0.3),
    "nn": _dominances(0.7, 0.6, 0.1),
    "RR": _dominances(0.5, 0.5, 0.6, early=0.045),
    "aa": _dominances(1.2, 1.0, 0.8),
    "E": _dominances(1.1, 1.0, 0.8),
    "ih": _dominances(1.0, 1.1, 0.9),
    "oh": _dominances(1.1, 1.0, 1.2, early=0.075),
    "ou": _dominances(1.3, 1.3, 1.5, early=0.09),
}


def _groups() -> tuple[npt.NDArray[np.intp], ...]:
    """Coefficients of the jaw, of the lips' rounding, and of all else; in the order of above."""
    jaw, rounding = ("jawOpen", "jawForward"), ("mouthFunnel", "mouthPucker")
    rest = [name for name in BLENDSHAPE_NAMES if name not in jaw + rounding]
    return tuple(np.array([INDEX[name] for name in names]) for names in (jaw, rest, rounding))


_GROUPS = _groups()


@dataclass(frozen=True)
class _Contact:
    """A contact of the lips that a viseme is not itself without.

    Attributes:
        viseme: whose coefficients the mouth takes on while there is contact.
        jaw: how far the jaw may be open; the lips make up for what it is open beyond.
        kept: coefficients that stay as the neighbors have them.
        closing, opening: seconds to make the contact and to release it.
    """

    viseme: str
    jaw: float
    kept: tuple[str, ...]
    closing: float = 0.065
    opening: float = 0.06

    @cached_property
    def left(self) -> list[int]:
        """Indices of the coefficients that the contact leaves alone."""
        return [INDEX[name] for name in (*self.kept, "jawOpen", "jawForward")]

    def degree(self, span: _Span, times: Doubles) -> Doubles:
        """How far a cue's contact is made: 1 in the middle half of the cue."""
        quarter = (span.end - span.start) / 4
        closed = _ease(1.0 - (span.start + quarter - times) / self.closing)
        return np.asarray(closed * _ease(1.0 - (times - span.end + quarter) / self.opening))


_LIPS = _Contact("PP", jaw=0.0, kept=("mouthPucker", "mouthSmileLeft", "mouthSmileRight"))
_TEETH = _Contact("FF", jaw=0.06, kept=("mouthSmileLeft", "mouthSmileRight"))


def articulate(
    cues: Iterable[Cue],
    rate: Fraction,
    count: int,
    beside: Iterable[tuple[Cue, float]] = (),
) -> Iterator[Floats]:
    """Yield the mouth's coefficients, float32 [52], of frames 0 to `count` - 1 at `n / rate`.

    The mouth follows one smooth curve that does not depend on `rate`, except that each cue `PP`
    or `FF` shows its contact on at least one frame. A mouth `REACH` away from any cue is exactly
    at rest. Cues are taken from the iterables as they are needed, 32 frames and `REACH` ahead, and
    of `cues` first.

    Args:
        cues: in the order of time, not overlapping; gaps between them are rests.
        rate: frames per second.
        count: number of frames.
        beside: what may be spoken instead, each cue with a weight of 0 or more that its dominance
            is multiplied by: with 1 it counts as much as a cue of `cues`. They make no contacts.

    Raises:
        ConfigError: a cue starts before the one ahead of it ends.
    """
    score = _Score(((cue, 1.0) for cue in cues), rate, count)
    others = _Score(beside, rate, count, rest=0.0)
    for first in range(0, count, _BLOCK):
        frames = np.arange(first, min(first + _BLOCK, count))
        times = frames * rate.denominator / rate.numerator
        spoken = score.around(times[0], times[-1])
        instead = (span for span in others.around(times[0], times[-1]) if span.weight > 0)
        mouth = _mean([*spoken, *instead], times)
        _make_contacts(mouth, spoken, frames, times)
        yield from np.clip(mouth, 0.0, 1.0).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Span:
    """A cue, or a rest between cues, in floating seconds.

    Attributes:
        weight: factor on its dominance.
        shown_on: the frame that shows the cue's contact, in any case.
    """

    start: float
    end: float
    viseme: str = "sil"
    strength: float = 0.0
    weight: float = 1.0
    shown_on: int | None = None


class _Score:
    """The cues near a stretch of time, with their weights, and the rests between them."""

    def __init__(
        self, cues: Iterable[tuple[Cue, float]], rate: Fraction, count: int, rest: float = 1.0
    ) -> None:
        self._coming = iter(cues)
        self._rate, self._count, self._rest = rate, count, rest
        self._spans: deque[_Span] = deque([self._silence(-_FOREVER, -_FOREVER)])
        self._shown: tuple[str, int] = ("sil", -1)

    def around(self, start: float, end: float) -> list[_Span]:
        """Return what is within reach of `start` to `end`; neither may go back."""
        reach = float(REACH)
        while self._spans[-1].start < end + reach:
            self._take(*next(self._coming, (None, 0.0)))
        while self._spans[0].end < start - reach:
            self._spans.popleft()
        return [span for span in self._spans if span.start < end + reach]

    def _silence(self, start: float, end: float) -> _Span:
        return _Span(start, end, weight=self._rest)

    def _take(self, cue: Cue | None, weight: float) -> None:
        """Append a cue and the rest before it; after the last cue, rest for ever."""
        silent_from = self._spans[-1].end
        if cue is None:
            ends = pairwise((silent_from, _FOREVER, 2 * _FOREVER))
            self._spans += [self._silence(*span) for span in ends]
            return
        start, end = float(cue.start), float(cue.end)
        if start < silent_from:
            raise ConfigError(
                f"Cue {cue.viseme!r} starts at {start:.3f} s, before the one ahead of it ends "
                f"({silent_from:.3f} s).",
                hint="order cues by time, and let none overlap",
            )
        if start > silent_from:
            self._spans.append(self._silence(silent_from, start))
        shown_on = self._frame_for(cue)
        self._spans.append(_Span(start, end, cue.viseme, cue.strength, weight, shown_on))

    def _frame_for(self, cue: Cue) -> int | None:
        """The frame nearest to the middle of a cue with contact; not one that shows another."""
        in_film = cue.end > 0 and cue.start * self._rate < self._count
        if cue.viseme not in (_LIPS.viseme, _TEETH.viseme) or cue.strength == 0 or not in_film:
            return None
        nearest = round((cue.start + cue.end) / 2 * self._rate)
        viseme, frame = self._shown
        if viseme != cue.viseme and nearest == frame:
            nearest += 1
        nearest = min(max(nearest, 0), self._count - 1)
        self._shown = cue.viseme, nearest
        return nearest


@cache
def _target(viseme: str) -> Doubles:
    target = np.zeros(BLENDSHAPES)
    for name, value in VISEMES[viseme].items():
        target[INDEX[name]] = value
    return target


def _mean(spoken: Sequence[_Span], times: Doubles) -> Doubles:
    """The mean of the targets [times, 52], weighted by dominance group by group."""
    starts = np.array([span.start for span in spoken])
    ends = np.array([span.end for span in spoken])
    early, late = starts - times[:, None], times[:, None] - ends
    near = _ease(2.0 - 2.0 * np.maximum(early, late) / float(REACH))
    early, late = _rounded(early), _rounded(late)
    near *= np.array([span.weight for span in spoken])
    targets = np.stack([span.strength * _target(span.viseme) for span in spoken])
    mouth = np.zeros((len(times), BLENDSHAPES))
    for number, group in enumerate(_GROUPS):
        held = [_DOMINANCES[span.viseme][number] for span in spoken]
        height, before, after = np.array([(d.height, d.before, d.after) for d in held]).T
        dominance = near * height * np.exp(-early / before - late / after)
        share = dominance / dominance.sum(axis=1, keepdims=True)
        mouth[:, group] = share @ targets[:, group]
    return mouth


def _rounded(distance: Doubles) -> Doubles:
    """A distance where positive, 0 where negative, without a corner at 0."""
    return np.asarray((distance + np.sqrt(np.square(distance) + _CORNER**2)) / 2)


def _ease(x: Doubles) -> Doubles:
    """0 below 0, 1 above 1, and a smooth step between."""
    return np.asarray(smoothstep(np.clip(x, 0.0, 1.0)))


def _make_contacts(
    mouth: Doubles, spoken: Sequence[_Span], frames: npt.NDArray[np.intp], times: Doubles
) -> None:
    """Lay both kinds of contact over `mouth` [frames, 52], in place.

    Where one kind goes over into the other, each is whole as long as it is held.
    """
    lips, teeth = _Touch(_LIPS, spoken, frames, times), _Touch(_TEETH, spoken, frames, times)
    shut, bitten = lips.degree(), teeth.degree()
    shut[teeth.shown] = bitten[lips.shown] = 0.0
    apart = np.maximum(1.0 - shut * bitten, _NOTHING)
    shares = shut * (1.0 - bitten) / apart, bitten * (1.0 - shut) / apart
    poses = lips.pose(mouth), teeth.pose(mouth)
    mouth += sum(share[:, None] * (pose - mouth) for share, pose in zip(shares, poses, strict=True))


class _Touch:
    """One kind of contact in some frames."""

    def __init__(
        self,
        contact: _Contact,
        spoken: Sequence[_Span],
        frames: npt.NDArray[np.intp],
        times: Doubles,
    ) -> None:
        self._contact = contact
        spans = [span for span in spoken if span.viseme == contact.viseme and span.strength > 0]
        self._strengths = np.array([span.strength for span in spans])
        self._degrees = np.zeros((len(spans), len(frames)))
        for degree, span in zip(self._degrees, spans, strict=True):
            degree[:] = contact.degree(span, times)
            degree[frames == span.shown_on] = 1.0
        self.shown = np.isin(frames, [span.shown_on for span in spans if span.shown_on is not None])

    def degree(self) -> Doubles:
        """How far there is contact, [frames], 0 to 1."""
        return np.asarray(1.0 - np.prod(1.0 - self._degrees, axis=0))

    def pose(self, mouth: Doubles) -> Doubles:
        """The mouth [frames, 52] in contact, with what of `mouth` the contact leaves alone."""
        strength = self._strengths @ self._degrees / (self._degrees.sum(0) + _NOTHING)
        target = np.asarray(strength[:, None] * _target(self._contact.viseme))
        target[:, INDEX["mouthClose"]] = (mouth[:, INDEX["jawOpen"]] - self._contact.jaw).clip(0)
        target[:, self._contact.left] = mouth[:, self._contact.left]
        return target
