"""A recorded performance, in the one form that every reader makes."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.plugin import BLENDSHAPE_NAMES, BLENDSHAPES
from a1sdk_mocap.sample import MOST_ROWS

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk_mocap.sample import Sample

    Floats = npt.NDArray[np.float32]
    Doubles = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]

OVERSHOOT = 0.05
"""How far outside 0..1 a coefficient may be: solvers overshoot; what is further is an error."""


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """A performance of `n` rows, as a file has it.

    Attributes:
        format: name of the file's format.
        times: seconds of the rows on the file's clock, ascending; None where it only says `rate`.
        coefficients: float32 [n, 52], 0..1, in the order of `BLENDSHAPE_NAMES`.
        present: bool [n]; False where there was no face.
        rate: rows per second, where the file says so.
        rotations: float64 [n, 3, 3], the head's, from facing the camera; None if not recorded.
        translations: float64 [n, 3], the head's way right, down and away, in face units; None
            if not recorded, so that the head turns about its neck.
        gaze: float64 [n, 3], where the eyes look, as unit vectors in the axes of `rotations`;
            None where the coefficients say it, or nothing does.
        confidence: float32 [n], 0..1.
        neutral_scores: float32 [52], what the tracker measures on a neutral face; the motion's
            coefficients are what is above it.
        rest: row that shows the neutral pose, where the format says which.
        notes: what is worth knowing: what was left out, what was assumed.
    """

    format: str
    times: Sequence[Fraction] | None
    coefficients: Floats
    present: Bools
    rate: Fraction | None = None
    rotations: Doubles | None = None
    translations: Doubles | None = None
    gaze: Doubles | None = None
    confidence: Floats | None = None
    neutral_scores: Floats | None = None
    rest: int | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.present)

    def part(self, rows: slice) -> Take:
        """Return consecutive rows; a neutral one that is not among them is not known any more."""
        per_row = ("times", "rotations", "translations", "gaze", "confidence")
        known = {name: value for name in per_row if (value := getattr(self, name)) is not None}
        kept = self.rest is not None and rows.start <= self.rest < rows.stop
        return replace(
            self,
            coefficients=self.coefficients[rows],
            present=self.present[rows],
            rest=self.rest - rows.start if kept and self.rest is not None else None,
            **{name: value[rows] for name, value in known.items()},
        )


class Rows:
    """Collects a take's rows, and refuses coefficients that cannot be.

    Args:
        sample: the file, for messages.
        clip: take values outside 0..1 for their nearest, for formats that promise no range.
    """

    def __init__(self, sample: Sample, *, clip: bool = False) -> None:
        self._sample = sample
        self._clip = clip
        self._values = array("f")
        self._present: list[bool] = []
        self._clipped = 0

    def __len__(self) -> int:
        return len(self._present)

    def add(self, where: str, values: Any) -> None:
        """Add a row of 52 coefficients; `where` names it in messages.

        Raises:
            DecodeError: a value is no number, or out of range.
        """
        row = np.asarray(values, np.float64)
        low, high = float(row.min()), float(row.max())
        if not (low >= -OVERSHOOT and high <= 1 + OVERSHOOT):
            self._refuse_unless_clipped(where, row)
        self._append(np.clip(row, 0.0, 1.0), True)

    def add_gap(self) -> None:
        """Add a row without a face."""
        self._append(np.zeros(BLENDSHAPES), False)

    def _append(self, row: Doubles, present: bool) -> None:
        if len(self._present) >= MOST_ROWS:
            self._sample.refuse(f"has more than {MOST_ROWS} rows")
        self._values.frombytes(row.astype(np.float32).tobytes())
        self._present.append(present)

    def _refuse_unless_clipped(self, where: str, row: Doubles) -> None:
        finite = bool(np.isfinite(row).all())
        if finite and self._clip:
            self._clipped += 1
            return
        wrong = ~np.isfinite(row) | (row < -OVERSHOOT) | (row > 1 + OVERSHOOT)
        index = int(np.flatnonzero(wrong)[0])
        self._sample.refuse(
            f"has {row[index]:.6g} for {BLENDSHAPE_NAMES[index]} in {where}, which is not 0 to 1",
            hint="mend or delete that row" if finite else None,
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What was changed in the rows."""
        if not self._clipped:
            return ()
        return (f"{self._clipped} rows had coefficients outside 0..1, which were clipped",)

    @property
    def coefficients(self) -> Floats:
        """Float32 [n, 52]."""
        return np.frombuffer(self._values, np.float32).reshape(-1, BLENDSHAPES)

    @property
    def present(self) -> Bools:
        """Bool [n].

        Raises:
            DecodeError: there is no row, or none shows a face.
        """
        if not any(self._present):
            self._sample.refuse("has no row with a face" if self._present else "has no rows")
        return np.array(self._present, bool)
