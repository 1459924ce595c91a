"""Time warps of an AAF: which time of its input an effect shows when.

Avid writes the curve that the editor drew, of speed or of position, and beside a curve of speed the
positions that the program worked out from it, a point each half frame. Where those are there they
are taken. A curve alone is followed each half frame by pyaaf2, which works out what Avid does: to
0.0000005 frames in the curves of all kinds that were at hand with both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from a1sdk.timeline.formats.aaf.file import exact, many
from a1sdk.timeline.formats.retime import Retime, unsupported

MOST_FRAMES = 5000
"""How much of a cut has curves that are worked out here; each frame takes some milliseconds."""

_FINE = 10**6  # largest denominator of a place on a curve, in frames
_POSITIONS = ("PARAM_SPEED_OFFSET_MAP_U", "PARAM_OFFSET_MAP_U")

Point = tuple[Fraction, Fraction]


@dataclass
class Curves:
    """The time warps of a cut.

    Attributes:
        left: frames whose curve may still be worked out.
    """

    left: int = MOST_FRAMES

    def retime(self, effect: Any, name: str, length: int, taken: int, rate: Fraction) -> Retime:
        """Return what a time warp does.

        Args:
            effect: its operation group.
            name: what it is called.
            length: edit units that it lasts.
            taken: edit units that its input lasts.
            rate: edit units a second.

        Returns:
            The speed, or the table from seconds after its start to seconds after its input's start.
        """
        parameters = {str(found.name): found for found in many(effect, "Parameters")}
        points = _ascending(self._points(parameters, length))
        speeds = {(b - a) / (t - s) for (s, a), (t, b) in pairwise(points)}
        if len(speeds) == 1 and not any(points[0]):
            return _steady(speeds.pop())
        if points:
            return Retime(table=tuple((at / rate, shown / rate) for at, shown in points))
        speed = _constant(parameters.get("SpeedRatio"), taken)
        return Retime(issues=(unsupported(name),)) if speed is None else _steady(speed)

    def _points(self, parameters: dict[str, Any], length: int) -> Iterable[tuple[Any, Any]]:
        """Return (frame of the effect, frame of its input); none where no curve can be followed."""
        from aaf2.misc import generate_offset_map  # type: ignore[import-untyped]

        for name in _POSITIONS:
            if hasattr(parameters.get(name), "pointlist"):
                return self._positions(parameters[name], length)
        speeds = parameters.get("PARAM_SPEED_MAP_U")
        if not hasattr(speeds, "pointlist") or not self._affords(length):
            return ()
        found: list[tuple[float, float]] = generate_offset_map(speeds, 0, length)
        return found

    def _positions(self, curve: Any, length: int) -> Iterable[tuple[Any, Any]]:
        from aaf2.misc import LinearInterp

        keys = many(curve, "PointList")
        if curve.interpolationdef.auid == LinearInterp or len(keys) < 2:
            return [(exact(key["Time"].value), exact(key["Value"].value)) for key in keys]
        halves = (Fraction(n, 2) for n in range(2 * length + 1))
        return [(at, curve.value_at(at)) for at in halves] if self._affords(length) else ()

    def _affords(self, length: int) -> bool:
        enough = 0 < length <= self.left
        self.left -= length if enough else 0
        return enough


def _steady(speed: Fraction) -> Retime:
    if speed >= 0:
        return Retime(speed)
    message = "It is reversed, and nothing in the file says which frame comes first."
    return Retime(speed, issues=(("A1-RETIME-REVERSED", "warning", message),))


def _constant(parameter: Any, taken: int) -> Fraction | None:
    """Return the speed of a constant ratio, which AAF gives as its inverse; one frame is frozen."""
    if parameter is None:
        return None
    ratio = exact(parameter.value)
    return 1 / ratio if ratio and taken > 1 else Fraction(0)


def _ascending(points: Iterable[tuple[Any, Any]]) -> tuple[Point, ...]:
    """Return points as short fractions, without those that do not come later than the last."""
    found: list[Point] = []
    for at, shown in points:
        at = Fraction(at).limit_denominator(_FINE)
        if not found or at > found[-1][0]:
            found.append((at, Fraction(shown).limit_denominator(_FINE)))
    return tuple(found)
