"""The motion of a shot: its drivers, voices and keys as layers, in the time of its film."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any

from a1sdk.motion.timemap import TimeMap
from a1sdk.render.arrange import FADE, arrange
from a1sdk.render.job import MotionLayer
from a1sdk.render.reading import source_for
from a1sdk.timeline.model import Span

if TYPE_CHECKING:
    from a1sdk.components.registry import Registry
    from a1sdk.timeline.rendering.clocks import FileClock, FileClocks
    from a1sdk.timeline.shots import Shot
    from a1sdk.timeline.shots.drivers import Piece
    from a1sdk.timeline.shots.findings import Findings

_PART = {"start", "duration"}
"""Options of sources that can take a part of their file."""

Points = tuple[tuple[Fraction, Fraction], ...]


@dataclass(frozen=True)
class Staging:
    """Turns who performs in a shot into layers.

    Attributes:
        registry: where motion sources are looked up.
        clocks: those of the files.
    """

    registry: Registry
    clocks: FileClocks

    def layers(self, shot: Shot, found: Findings) -> tuple[MotionLayer, ...]:
        """Return the layers of a shot, the base first; note what cannot be as the cut has it.

        The first piece of each role joins as `a1sdk.render.arrange` has it; the pieces after it
        replace it in their time. A driver's cut is a hard one; voices pass into each other.

        Raises:
            A1Error: a file is read by no source, or `from` makes no sense.
        """
        roles: dict[str, list[dict[str, Any]]] = {
            "driver": [self._layer(one, shot, found) for one in shot.cast.drivers],
            "voice": [self._layer(one, shot, found, speech=True) for one in shot.cast.voices],
            "keys": [*self._curves(shot), *(self._layer(k, shot, found) for k in shot.cast.keys)],
        }
        roles = {role: layers for role, layers in roles.items() if layers}
        share = shot.binding.get("gaze")
        if share is not None:
            for layer in roles.get("driver", ()):
                layer["regions"] = {"all": 1.0, "gaze": share}
        firsts: Mapping[str, Any] = {role: layers[0] for role, layers in roles.items()}
        take = shot.binding.get("take") or ()
        stack = arrange(firsts, take, self.registry)
        return tuple(_with_later(stack, roles))

    def _layer(
        self, piece: Piece, shot: Shot, found: Findings, *, speech: bool = False
    ) -> dict[str, Any]:
        assert piece.path is not None  # a shot whose files are not found is blocked
        use = source_for(piece.path, self.registry, speech=speech)
        clock = self.clocks.of(piece, found)
        record = Span(shot.record.start / shot.rate, shot.record.stop / shot.rate)
        seen = piece.span.within(record)
        if seen is not None:
            self.clocks.check_length(replace(piece, span=seen), clock, 1 / shot.rate, found)
        opening = shot.span.start
        points = tuple((at - opening, clock(time)) for at, time in piece.points())
        options: dict[str, Any] = {"path": str(piece.path)}
        begins = Fraction(0)
        if self.registry.option_names("motion_source", use) >= _PART:
            begins, lasts = _part(points, clock)
            options |= {"start": str(begins), "duration": str(lasts)}
        shown = tuple((at, time - begins) for at, time in points)
        whole = piece.span == shot.span
        return {"use": use, "options": options, "time": _time_map(shown, whole=whole)}

    def _curves(self, shot: Shot) -> Iterator[dict[str, Any]]:
        """Yield the keyframes that the cut itself carries, in record time or the portrait's own."""
        curves = shot.cast.curves
        if curves is None:
            return
        head = shot.head / shot.rate
        if curves.space == "record":
            time = TimeMap(offset=head)
        else:
            edges = (Fraction(0), shot.span.duration)
            shown = tuple((at, shot.shown(at - head)) for at in edges)
            time = _time_map(shown, whole=True)
        yield {"use": "keyframes/keys", "options": {"keys": curves.keys}, "time": time}


def _with_later(
    stack: Sequence[MotionLayer], roles: Mapping[str, Sequence[Mapping[str, Any]]]
) -> Iterator[MotionLayer]:
    """Yield each role's first layer, and after it those of its later pieces."""
    for first in stack:
        yield first
        joins: dict[str, Any] = {"fade_in": FADE, "fade_out": FADE} if first.name == "voice" else {}
        if first is not stack[0]:
            joins |= {"regions": first.regions, "mode": first.mode}
        for number, later in enumerate(roles[first.name][1:], start=2):
            yield MotionLayer.model_validate({**later, **joins, "name": f"{first.name}{number}"})


def _part(points: Points, clock: FileClock) -> tuple[Fraction, Fraction]:
    """Return start and duration of what is shown of a file, in whole frames, with one to spare.

    The frame before and the one after are what motion between frames is interpolated with.
    """
    times = [time for _, time in points]
    first, last = max(min(times), Fraction(0)), max(times)
    if clock.rate is not None:
        step = 1 / clock.rate
        first = max(Fraction(0), (floor(first / step) - 1) * step)
        last = (floor(last / step) + 2) * step
    if clock.duration is not None:
        last = min(last, clock.duration)
    return first, last - first


def _time_map(points: Points, *, whole: bool) -> TimeMap:
    """Return the map through points; a steady one where a take runs through the whole film."""
    (first, shown), (last, shown_last) = points[0], points[-1]
    speed = (shown_last - shown) / (last - first)
    steady = all(time - shown == (at - first) * speed for at, time in points)
    if whole and steady and speed > 0:
        return TimeMap(offset=first - shown / speed, speed=speed)
    return TimeMap(points=points)
