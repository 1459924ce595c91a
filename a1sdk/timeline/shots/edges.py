"""Where a shot begins and ends: whole frames, handles, and what its media can give there."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from a1sdk.timeline.model import Span
from a1sdk.timing import FrameRange

if TYPE_CHECKING:
    from a1sdk.timeline.shots.binding import Binding
    from a1sdk.timeline.shots.casting import Cast
    from a1sdk.timeline.shots.drivers import Piece
    from a1sdk.timeline.shots.films import Film
    from a1sdk.timeline.shots.findings import Findings
    from a1sdk.timeline.walk import Placed

_HALF = Fraction(1, 2)


def record_frames(span: Span, rate: Fraction, found: Findings) -> FrameRange:
    """Return the frames that a span of record time has, halves rounded up.

    Both of two clips that share an edge round it alike, so that they still abut.
    """
    frames = whole_frames(span, rate)
    exact = span.start * rate, span.stop * rate
    if not len(frames):
        found.add("A1-TIME-FRACTIONAL", "error", "it is shorter than a frame, and has none")
    elif any(edge.denominator != 1 for edge in exact):
        lasts = float(exact[1] - exact[0])
        message = f"it has {lasts:.3f} frames of the cut; {len(frames)} whole ones are taken"
        found.add("A1-TIME-FRACTIONAL", "warning", message)
    return frames


def whole_frames(span: Span, rate: Fraction) -> FrameRange:
    """Return the frames that are nearest to a span's edges, halves up; none if it is too short."""
    return FrameRange(*(math.floor(edge * rate + _HALF) for edge in (span.start, span.stop)))


def on_frames(pieces: Sequence[Piece], rate: Fraction) -> list[Piece]:
    """Return drivers with their edges at the nearest frames, as those of shots are.

    What has no frame goes, so that a clip of another rate does not show in the shot after it.
    """
    return _with_edges(pieces, lambda time: math.floor(time * rate + _HALF) / rate)


def on_shot(pieces: Sequence[Piece], window: Span, rate: Fraction) -> list[Piece]:
    """Return voices with their edges at those of a shot where they are half a frame away or less.

    All other edges stay exact.
    """

    def settled(time: Fraction) -> Fraction:
        ends = (window.start, window.stop)
        return next((end for end in ends if abs(end - time) * rate <= _HALF), time)

    return _with_edges(pieces, settled)


def handles(
    one: Placed, cast: Cast, record: FrameRange, rate: Fraction, asked: tuple[int, int]
) -> tuple[int, int]:
    """Return the frames before and after a shot that are rendered too.

    As many as were asked for and the driver's media can give; a dissolve has all that it needs.

    Args:
        one: the portrait clip.
        cast: who performs in it.
        record: its frames in the cut.
        rate: frames per second of the cut.
        asked: frames to render before and after, at most.
    """
    window = Span(record.start / rate, record.stop / rate)
    first, last = _first(cast.drivers, window), _last(cast.drivers, window)
    head, tail = asked
    if first is not None:
        head = min(head, _before(first, window.start, rate, head))
    if last is not None:
        tail = min(tail, _after(last, window.stop, rate, tail))
    shown = Span(one.span.start - one.in_offset, one.span.stop + one.out_offset)
    if one.in_offset:
        head = max(head, record.start - math.floor(shown.start * rate))
    if one.out_offset:
        tail = max(tail, math.ceil(shown.stop * rate) - record.stop)
    return head, tail


def reaching(cast: Cast, window: Span, head: Fraction, tail: Fraction) -> Cast:
    """Return the cast with the pieces at a shot's ends going on over its handles."""

    def longer(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        return tuple(_longer(piece, window, head, tail) for piece in pieces)

    return replace(
        cast, drivers=longer(cast.drivers), voices=longer(cast.voices), keys=longer(cast.keys)
    )


def check_film(one: Placed, film: Film, binding: Binding, found: Findings) -> None:
    """Note what is wrong where a portrait's clip shows the film that was rendered of it.

    A film that somebody has changed, as a grade does, is theirs, and would be written over.
    """
    name, slate, still = film.path.name, film.record.slate, binding.get("still")
    if film.changed:
        hint = "put the portrait back to have it rendered again, or say skip to leave it as it is"
        message = f"it shows {name!r}, which was rendered for it and has been changed since"
        found.add("A1-SHOT-FILM-CHANGED", "error", message, hint)
        return
    if one.source.speed != 1:
        message = f"{name!r} is retimed and who performs in it is not: it is handed back in sync"
        found.add("A1-SHOT-FILM-SYNC", "warning", message, "retime the driver instead")
    if slate.still is not None and still not in (None, slate.still):
        hint = "put the portrait's own film back into the cut"
        message = f"still={still}, and {name!r} was rendered of still={slate.still}"
        found.add("A1-PORTRAIT-MOVING", "error", message, hint)


def check_sync(slip: Fraction, found: Findings) -> None:
    """Note that a film is slipped against who performs in it."""
    if slip:
        frames = f"{abs(slip)} frames {'later' if slip > 0 else 'earlier'}"
        message = f"its film shows {frames} than who performs lies in the cut: it is handed back"
        found.add("A1-SHOT-FILM-SYNC", "warning", f"{message} in sync", "slip the driver instead")


def check_portrait(one: Placed, moving: bool, binding: Binding, found: Findings) -> None:
    """Note what cannot be done with a portrait, or is not."""
    if moving and binding.get("still") is None:
        hint = "say which picture of it to animate: still=0 takes the first"
        found.add("A1-PORTRAIT-MOVING", "error", "its portrait is a film, not a still", hint)
    if not moving and len(one.source.points) > 1 and one.source.speed != 1:
        found.add("A1-PORTRAIT-RETIME", "note", "the speed of its still portrait has no meaning")


def check_cast(cast: Cast, rate: Fraction, found: Findings) -> None:
    """Note what cannot be performed as the cut has it."""
    for piece in cast.voices:
        if any(speed != 1 for speed in piece.speeds):
            message = f"{piece.name!r:.60} is retimed: the mouth follows it, the sound is left out"
            found.add("A1-VOICE-RETIME", "warning", message)
    for piece in cast.drivers:
        short = _missing(piece, 1 / rate)
        if short:
            message = f"{piece.name!r:.60} lacks {float(short):.3f} s of media; its end is held"
            found.add("A1-DRIVE-SHORT", "warning", message)


def extent(piece: Piece) -> Span | None:
    """Return the media's time that there is, as far as the cut says."""
    media = piece.media
    if media.duration is None or media.duration <= 0:
        return None
    return Span(media.start, media.start + media.duration)


def _with_edges(pieces: Sequence[Piece], settled: Callable[[Fraction], Fraction]) -> list[Piece]:
    """Return pieces with their edges moved, without those that last no time then."""
    spans = [Span(settled(one.span.start), settled(one.span.stop)) for one in pieces]
    kept = zip(pieces, spans, strict=True)
    return [replace(one, span=span) for one, span in kept if span.duration > 0]


def _missing(piece: Piece, frame: Fraction) -> Fraction:
    """Return how many seconds a piece shows from beyond its media; 0 for less than a frame."""
    there = extent(piece)
    if there is None:
        return Fraction(0)
    shown = piece.shown(frame)
    short = max(there.start - shown.start, shown.stop - there.stop)
    return short if short >= frame else Fraction(0)


def _first(pieces: Sequence[Piece], window: Span) -> Piece | None:
    return pieces[0] if pieces and pieces[0].span.start == window.start else None


def _last(pieces: Sequence[Piece], window: Span) -> Piece | None:
    return pieces[-1] if pieces and pieces[-1].span.stop == window.stop else None


def _before(piece: Piece, edge: Fraction, rate: Fraction, most: int) -> int:
    """Return the frames before an edge for which a driver has media; `most` for no limit."""
    there, step = extent(piece), _step(piece, edge, rate)
    if there is None or step == 0:
        return most
    time = piece.at(edge)
    if step > 0:
        return max(0, math.floor((time - there.start) / step))
    return max(0, math.ceil((there.stop - time) / -step) - 1)


def _after(piece: Piece, edge: Fraction, rate: Fraction, most: int) -> int:
    """Return the frames after an edge for which a driver has media; `most` for no limit."""
    there, step = extent(piece), _step(piece, edge, rate)
    if there is None or step == 0:
        return most
    time = piece.at(edge)
    if step > 0:
        return max(0, math.ceil((there.stop - time) / step))
    return max(0, math.floor((time - there.start) / -step) + 1)


def _step(piece: Piece, edge: Fraction, rate: Fraction) -> Fraction:
    """Return how much of the media passes in the frame before an edge; below 0 backwards."""
    return piece.at(edge) - piece.at(edge - 1 / rate)


def _longer(piece: Piece, window: Span, head: Fraction, tail: Fraction) -> Piece:
    start, stop = piece.span.start, piece.span.stop
    start = start - head if start == window.start else start
    stop = stop + tail if stop == window.stop else stop
    return replace(piece, span=Span(start, stop))
