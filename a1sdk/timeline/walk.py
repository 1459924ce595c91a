"""Where every clip of a cut lies, through nested sequences of any depth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from a1sdk.timeline.model import Clip, Cut, Nest, Problem, SourceMap, Span, Track


@dataclass(frozen=True, slots=True)
class Placed:
    """A clip, where it is seen or heard in the whole cut.

    Attributes:
        clip: the clip as its track has it.
        span: when, in the cut's time: what all sequences around it let through.
        whole: when it would be, if none of them cut it off.
        source: which time of the media is shown when, from `span.start` on, with the speeds of the
            sequences around it.
        in_offset: seconds before `span.start` that a transition shows of it.
        out_offset: the same after `span.stop`.
        enabled: whether it, its track and everything around them is switched on.
        path: the tracks and nested sequences it lies in, the outermost track first.
    """

    clip: Clip
    span: Span
    whole: Span
    source: SourceMap
    in_offset: Fraction
    out_offset: Fraction
    enabled: bool
    path: tuple[Track | Nest, ...]

    @property
    def track(self) -> Track:
        """The track the clip itself lies on."""
        track = self.path[-1]
        assert isinstance(track, Track)
        return track

    @property
    def outermost(self) -> Track:
        """The track of the cut that leads to it."""
        track = self.path[0]
        assert isinstance(track, Track)
        return track

    def where(self, cut: Cut) -> str:
        """Return where the clip is, for people: `track/clip @ timecode`."""
        return f"{self.track.called}/{self.clip.called} @ {cut.timecode(self.span.start)}"


@dataclass(frozen=True, slots=True)
class _Frame:
    """A sequence's own time in the cut's: cut time = origin + own time / speed, within a window.

    `step` is a frame of the cut, in the sequence's own time.
    """

    origin: Fraction
    speed: Fraction
    step: Fraction
    window: Span | None
    enabled: bool
    path: tuple[Track | Nest, ...]

    def span(self, own: Span) -> Span:
        if self.speed == 1:
            return own.moved(self.origin) if self.origin else own
        return Span(self.origin + own.start / self.speed, self.origin + own.stop / self.speed)

    def visible(self, span: Span) -> Span | None:
        if self.window is None:
            return span if span.start < span.stop else None
        return span.within(self.window)

    def entered(self, nest: Nest) -> _Frame | None:
        """Return the frame of what is inside a nest; None where nothing of it is seen."""
        window = self.visible(self.span(nest.span))
        if window is None:
            return None
        first, speed = _linear(nest, self.step)
        origin = self.origin + (nest.span.start - first / speed) / self.speed
        enabled = self.enabled and nest.enabled
        path = (*self.path, nest)
        return _Frame(origin, self.speed * speed, self.step * speed, window, enabled, path)


def placed(cut: Cut) -> Iterator[Placed]:
    """Yield every clip of every track, lowest track first, in order of time on each.

    A clip inside a nested sequence comes once for every time the sequence is used, and not at all
    where no part of it is let through. A sequence that is not played forwards at one speed is
    placed at full speed, from the first of its times that is shown (`problems` says so).
    """
    yield from _within(cut.tracks, _Frame(Fraction(0), Fraction(1), 1 / cut.rate, None, True, ()))


def problems(cut: Cut) -> tuple[Problem, ...]:
    """Return what keeps clips of a cut from being placed exactly."""
    return tuple(_nest_problems(cut, cut.tracks))


def _within(tracks: tuple[Track, ...], frame: _Frame) -> Iterator[Placed]:
    for track in tracks:
        enabled = frame.enabled and track.enabled
        here = replace(frame, enabled=enabled, path=(*frame.path, track))
        for item in track.items:
            if isinstance(item, Clip):
                found = _placed(item, here)
                if found is not None:
                    yield found
            elif isinstance(item, Nest):
                inner = here.entered(item)
                if inner is not None:
                    yield from _within(item.tracks, inner)


def _placed(clip: Clip, frame: _Frame) -> Placed | None:
    whole = frame.span(clip.span)
    span = frame.visible(whole)
    if span is None:
        return None
    return Placed(
        clip=clip,
        span=span,
        whole=whole,
        source=_composed(clip, span.start - whole.start, frame),
        in_offset=_handle(clip.in_offset, whole.start, frame, before=True),
        out_offset=_handle(clip.out_offset, whole.stop, frame, before=False),
        enabled=frame.enabled and clip.enabled,
        path=frame.path,
    )


def _composed(clip: Clip, later: Fraction, frame: _Frame) -> SourceMap:
    points = clip.source.points
    if len(points) == 1 or (frame.speed == 1 and not later):
        return clip.source
    by = _turned(clip, frame)
    return SourceMap(tuple((at / frame.speed - later, time + by) for at, time in points))


def _turned(clip: Clip, frame: _Frame) -> Fraction:
    """Return how much later in its media a reversed clip starts for the speed around it.

    It starts before the end of its range by a frame, or by a step where that is less (`source`
    of `formats.retime.Retime`), and steps are shorter in a slower sequence.
    """
    speed, rate = clip.source.speed, clip.media.rate
    if speed is None or speed >= 0 or rate is None:
        return Fraction(0)
    own, here = (min(1 / rate, -speed * step) for step in (frame.step / frame.speed, frame.step))
    return own - here


def _handle(offset: Fraction, edge: Fraction, frame: _Frame, *, before: bool) -> Fraction:
    """Return how much of a handle is let through beside an edge."""
    if not offset or frame.window is None:
        return offset
    room = edge - frame.window.start if before else frame.window.stop - edge
    return max(Fraction(0), min(offset / frame.speed, room))


def _linear(nest: Nest, step: Fraction) -> tuple[Fraction, Fraction]:
    """Return the first inner time and the speed; full speed for what is not forwards and steady."""
    first, speed = nest.source(Fraction(0)), nest.source.speed
    if speed is not None and speed > 0:
        return first, speed
    last = nest.source(max(nest.span.duration - step, Fraction(0)))
    return min(first, last), Fraction(1)


def _nest_problems(cut: Cut, tracks: tuple[Track, ...]) -> Iterator[Problem]:
    for track in tracks:
        for item in track.items:
            if not isinstance(item, Nest):
                continue
            speed = item.source.speed
            if speed is None or speed <= 0:
                how = "ramped" if speed is None else "reversed" if speed < 0 else "frozen"
                where = f"{track.called}/{item.name} @ {cut.timecode(item.span.start)}"
                message = f"The nested sequence {item.name!r:.60} is {how}."
                yield Problem("A1-NEST-RETIME", "error", message, where)
            yield from _nest_problems(cut, item.tracks)
