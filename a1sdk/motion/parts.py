"""The parts of a face that jitter as one, and how much of their jitter is to be taken out.

Trackers see lids and lips more sharply than cheeks, so each part has its own size of jitter. How
strongly a part is cleaned is said by region; where regions fade into each other, so does that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.components.data import LANDMARKS
from a1sdk.errors import ConfigError
from a1sdk.motion.landmarks import EYES, LIDS, LIPS
from a1sdk.motion.regions import REGIONS, by_region, point_weights, shape_shares

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats

    Doubles = npt.NDArray[np.float64]

MAX_STRENGTH = 4.0


@dataclass(frozen=True)
class Part:
    """A part of the face that moves as one.

    Attributes:
        points: its landmarks.
        window: seconds on each side of a frame that belong together.
        jitter: root mean square of the tracker's jitter, in face units.
    """

    points: npt.NDArray[np.intp]
    window: Fraction
    jitter: float


def _rest_of_face() -> list[int]:
    return sorted(set(range(LANDMARKS)) - {*LIDS, *LIPS, *EYES})


PARTS = (
    Part(np.array(LIDS), Fraction(2, 25), 0.0010),
    Part(np.array(LIPS), Fraction(2, 25), 0.0015),
    Part(np.array(EYES), Fraction(3, 25), 0.0030),
    Part(np.array(_rest_of_face()), Fraction(4, 25), 0.0030),
)
HEAD_WINDOW = Fraction(5, 25)
ANGLE_JITTER = 0.004  # radians
MOVE_JITTER = np.array([0.004, 0.004, 0.03])  # face units; depth comes from a small change of size
SCORE_JITTER = 0.02


def _part_of_point() -> npt.NDArray[np.intp]:
    parts = np.zeros(LANDMARKS, np.intp)
    for number, part in enumerate(PARTS):
        parts[part.points] = number
    return parts


_PART_OF = _part_of_point()
_VALUES = 3.0 * np.bincount(_PART_OF)


def pooled(values: npt.NDArray[np.floating[Any]]) -> Doubles:
    """Return the mean square of values [478, 3] over each part."""
    return np.asarray(np.bincount(_PART_OF, np.square(values).sum(1)) / _VALUES)


@dataclass(frozen=True, eq=False)
class Strengths:
    """How strongly each region is cleaned: factors on the size of what is taken for jitter."""

    regions: Mapping[str, float]

    @classmethod
    def of(cls, strength: float | Mapping[str, float]) -> Strengths:
        """Return the strengths of one number, or of numbers by region or group, others being 1.

        Raises:
            ConfigError: there is no such region, or a strength is not in 0..`MAX_STRENGTH`.
        """
        given = strength if isinstance(strength, Mapping) else {"all": strength}
        for name, value in given.items():
            if not 0 <= value <= MAX_STRENGTH:
                where = f" of {name!r}" if isinstance(strength, Mapping) else ""
                raise ConfigError(
                    f"Smoothing strength {value!r}{where} is not between 0 and {MAX_STRENGTH}."
                )
        return cls({**dict.fromkeys(REGIONS, 1.0), **by_region(given)})

    def __bool__(self) -> bool:
        return any(self.regions.values())

    @property
    def head(self) -> float:
        """The strength of the head's motion."""
        return self.regions["head"]

    @cached_property
    def shapes(self) -> Floats:
        """The strength of each blendshape, [52]."""
        return shape_shares(self.regions)

    @cached_property
    def by_region(self) -> Doubles:
        """The strength of each region, [regions, 1]."""
        return np.array([[self.regions[region]] for region in REGIONS])

    def spread(self, factors: Doubles) -> Doubles:
        """Return the factor [478, 1] of each landmark from those by region and part."""
        return np.asarray((_weights() * factors[:, _PART_OF]).sum(0)[:, None])


@cache
def _weights() -> Floats:
    return np.stack([point_weights(region) for region in REGIONS])
