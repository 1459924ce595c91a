"""Find the cuts of a film: where one shot ends and another begins."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.media.sampling import cell_levels, spread

if TYPE_CHECKING:
    from fractions import Fraction

    import numpy.typing as npt

    from a1sdk.media.sampling import Pixels

CUT = 0.4
"""How unlike two pictures are between which there may be a cut, see `Outline.unlike`."""

_LUMA = np.array([0.2126, 0.7152, 0.0722])
_HALF = 4.0  # levels from cell to cell that count half as much as the sharpest edge
_FLAT = 0.5  # levels from cell to cell, root mean square; a picture with less has no outline
_LEVEL = 15.0  # levels between two pictures without outlines that are not the same
_SHORTEST = 4  # pictures of a shot
_AROUND = 6  # pictures on either side, that say how much the camera moves


@dataclass(frozen=True, eq=False)
class Outline:
    """What tells a picture from one of another shot: where it becomes lighter and darker.

    Attributes:
        edges: by how much luma changes from each of 32 x 32 cells to the next ones, [n], soft
            edges nearly as much as sharp ones, so that all of the picture counts; their length is
            1. None where it hardly changes anywhere.
        level: mean luma, 0..255.
    """

    edges: npt.NDArray[np.float32] | None
    level: float

    @classmethod
    def of(cls, pixels: Pixels) -> Outline:
        """Return the outline of a picture, RGB of 8 or 16 bits."""
        luma = cell_levels(spread(pixels)[..., :3]) @ _LUMA
        steps = np.diff(luma, axis=0)[:, :-1], np.diff(luma, axis=1)[:-1]
        edges = np.concatenate([one.ravel() for one in steps])
        if float(np.square(edges).mean()) < _FLAT**2:
            return cls(None, float(luma.mean()))
        edges = edges / (np.abs(edges) + _HALF)
        return cls((edges / np.linalg.norm(edges)).astype(np.float32), float(luma.mean()))

    def unlike(self, other: Outline) -> float:
        """Return 1 less the correlation of the edges, 0..2; unmoved by exposure and by tints.

        On films of people who speak, two pictures in a row come to 0.3 at most, and to 0.5 where
        the camera pans fast; two shots come to 0.7 at least, and to 0.5 where the same person
        stands in the same place before another background.
        """
        if self.edges is not None and other.edges is not None:
            return 1 - float(self.edges @ other.edges)
        same = self.edges is other.edges and abs(self.level - other.level) < _LEVEL
        return 0.0 if same else 1.0


class CutWatch:
    """Sees pictures one after the other, and says at once where there may be a cut.

    Flashes, fast pans and jumps of exposure may look like one; `shots_of` looks ahead, and tells
    them apart.
    """

    def __init__(self) -> None:
        self._before: Outline | None = None

    def is_cut(self, pixels: Pixels) -> bool:
        """Return whether the next picture is the first of a shot, as the very first one is."""
        before, now = self._before, Outline.of(pixels)
        self._before = now
        if before is None:
            return True
        return before.unlike(now) > CUT or abs(before.level - now.level) > _LEVEL


def shots_of(pictures: Iterable[Pixels], rate: Fraction) -> Iterator[range]:
    """Yield the frames of each shot of a film, in order; memory does not grow with the film.

    A cut is where two pictures are unlike, by more than those around them: a pan is none. Nor is a
    disturbance, such as a black frame or a flash, after which within half a second the picture is
    back that was there before; what lasts for less than four frames belongs to the shot before.
    Dissolves and fades are not found.

    Args:
        pictures: of the film.
        rate: pictures per second.
    """
    begin = count = 0
    for count, cut in enumerate(_confirmed(_steps(pictures), max(1, round(rate / 2))), start=1):
        if cut and count > 1:
            yield range(begin, count - 1)
            begin = count - 1
    if count:
        yield range(begin, count)


@dataclass(slots=True)
class _Step:
    """From one picture to the next: the next one's outline, and how unlike the two are."""

    before: Outline
    after: Outline
    unlike: float
    cut: bool = False


def _steps(pictures: Iterable[Pixels]) -> Iterator[_Step]:
    before: Outline | None = None
    for pixels in pictures:
        after = Outline.of(pixels)
        before = before or after
        yield _Step(before, after, before.unlike(after))
        before = after


def _confirmed(steps: Iterable[_Step], longest: int) -> Iterator[bool]:
    """Yield for each picture whether a shot begins with it, once that is known."""
    waiting: deque[_Step] = deque()
    for step in _standing_out(steps):
        waiting.append(step)
        if step.cut:
            _doubt_earlier(waiting)
        if len(waiting) > longest:
            yield waiting.popleft().cut
    yield from (step.cut for step in waiting)


def _doubt_earlier(waiting: deque[_Step]) -> None:
    """Take back earlier cuts, now that the last picture begins a shot as well.

    If it is like the picture before an earlier one, nothing was cut since; and what lasted a few
    pictures only is no shot, but what went wrong at the end of one.
    """
    *earlier, last = waiting
    for number, step in enumerate(earlier):
        if step.cut and step.before.unlike(last.after) <= CUT:
            for other in (*earlier[number:], last):
                other.cut = False
            return
    for step in earlier[-_SHORTEST + 1 :]:
        step.cut = False


def _standing_out(steps: Iterable[_Step]) -> Iterator[_Step]:
    """Yield the steps, with those marked as cuts that stand out among those around them."""
    near: deque[_Step] = deque(maxlen=2 * _AROUND + 1)
    ahead = 0
    for step in steps:
        near.append(step)
        ahead += 1
        if ahead > _AROUND:
            ahead -= 1
            yield _marked(near, -1 - _AROUND)
    for left in range(ahead, 0, -1):
        yield _marked(near, -left)


def _marked(near: deque[_Step], place: int) -> _Step:
    step = near[place]
    usual = float(np.median([one.unlike for one in near]))
    step.cut = step.unlike > usual + CUT
    return step
