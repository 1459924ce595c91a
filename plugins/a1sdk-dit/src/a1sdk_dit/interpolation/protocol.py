"""What makes a picture between two others."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]
Bytes = npt.NDArray[np.uint8]


class InBetween(Protocol):
    """Makes the picture at an instant between two pictures of one shot."""

    def __call__(
        self,
        a: Bytes,
        b: Bytes,
        points_a: Floats,
        points_b: Floats,
        points_t: Floats,
        weight: float,
    ) -> Bytes:
        """Return the picture, uint8 [height, width, 3], a fresh array.

        Args:
            a: the picture before, uint8 [height, width, 3].
            b: the picture after, as `a`.
            points_a: landmarks in `a`, [478, 2 or 3], pixels from the corner of the first one.
            points_b: landmarks in `b`.
            points_t: landmarks at the instant.
            weight: of the way in time from `a` to `b`, above 0 and below 1.
        """
