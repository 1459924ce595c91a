"""The sound of a performance: whose layers are heard, and when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from a1sdk.errors import ConfigError
from a1sdk.media import AudioMontage, AudioSource, probe

if TYPE_CHECKING:
    from pathlib import Path

    from a1sdk.media import Audio
    from a1sdk.motion.timemap import Span
    from a1sdk.render.job import MotionLayer
    from a1sdk.render.performance import OpenLayer

    Piece = tuple[Fraction, AudioSource]


def sounding(
    people: Iterable[Iterable[tuple[MotionLayer, Collection[str]]]],
    has_sound: Callable[[Path], bool],
) -> list[list[MotionLayer]]:
    """Return the layers whose sound belongs to the film, of each person who performs in it.

    Of a person those that read sound, else the films. Of films, those that move a mouth, if any
    does: where only the head is taken from one, its sound fits no lips.

    Args:
        people: of each the layers, and the kinds of file that their sources read.
        has_sound: whether a file has sound.
    """
    found = [_sounding_of(list(layers), has_sound) for layers in people]
    fitting = [[one for one in layers if one.moves_mouth] for layers in found]
    return fitting if any(fitting) else found


def _sounding_of(
    layers: Sequence[tuple[MotionLayer, Collection[str]]], has_sound: Callable[[Path], bool]
) -> list[MotionLayer]:
    for kind in ("audio", "video"):
        read = (layer for layer, kinds in layers if kind in kinds)
        found = [one for one in read if one.path is not None and has_sound(one.path)]
        if found:
            return [one for one in found if one.moves_mouth] or found
    return []


def sound_of(
    people: Sequence[Sequence[OpenLayer]], duration: Fraction, warnings: list[str]
) -> Audio | None:
    """Return the sound of all who perform, for exactly a duration in seconds; None without any.

    What different people say is mixed, each at the level it has. A file that several of them take
    their motion from at the same time is heard once.

    Of one person nothing is mixed, as one mouth says one thing at a time. The sound of one layer
    goes on before and after it, as far as there is any. Of several, each is heard while it is
    there: one that begins later is heard instead of those that are there already; of those that
    begin together the first is heard.

    Args:
        people: of each who performs the layers, the base first.
        duration: of the film.
        warnings: gets what is not heard because it is retimed, while others are.

    Raises:
        ConfigError: all that sounds is retimed.
    """
    heard = _heard(people)
    everything = [one for layers in heard for one in layers]
    silent = [one.name for one in everything if _running(one) is None]
    if silent and len(silent) == len(everything):
        raise ConfigError(
            f"Layer {silent[0]!r} is retimed, and its sound cannot be.",
            hint="leave the sound out with --no-audio, in a job delivery.audio",
        )
    warnings.extend(f"Layer {name!r} is retimed, and is not heard." for name in silent)
    tracks = _each_once([_said(layers, duration) for layers in heard])
    if len(tracks) == 1 and len(tracks[0]) == 1 and tracks[0][0][1].duration == duration:
        return tracks[0][0][1]
    return AudioMontage(tuple(map(tuple, tracks)), Fraction(0), duration) if tracks else None


def _heard(people: Sequence[Sequence[OpenLayer]]) -> list[list[OpenLayer]]:
    """The layers that are heard, of each person."""
    read = [[(one.layer, one.planned.chosen.spec.inputs) for one in layers] for layers in people]
    found = sounding(read, lambda path: probe(path).audio is not None)
    return [
        [one for one in layers if any(one.layer is layer for layer in heard)]
        for layers, heard in zip(people, found, strict=True)
    ]


def _running(layer: OpenLayer) -> Span | None:
    return layer.layer.time.running(layer.duration)


def _said(layers: Sequence[OpenLayer], duration: Fraction) -> list[Piece]:
    """What one person says in a film of some duration, ascending."""
    only = layers[0] if len(layers) == 1 and _running(layers[0]) is not None else None
    if only is not None and only.layer.time.points is None:
        return [(Fraction(0), _source(only, Fraction(0), duration))]
    running = [(span, one) for one in layers if (span := _running(one)) is not None]
    turns = _turns([span for span, _ in running], duration)
    return [(at, _source(running[turn][1], at, end - at)) for turn, at, end in turns]


def _each_once(tracks: Iterable[list[Piece]]) -> list[list[Piece]]:
    """Return tracks without what an earlier one has at the same time of the same file."""
    played: dict[tuple[Path, Fraction], list[Piece]] = defaultdict(list)
    left = []
    for track in tracks:
        mine = [rest for one in track for rest in _without(one, played[_file_of(one)])]
        for one in mine:
            played[_file_of(one)].append(one)
        left.append(mine)
    return [track for track in left if track]


def _file_of(piece: Piece) -> tuple[Path, Fraction]:
    """Return a piece's file, and which time of it would be heard at the film's start."""
    at, source = piece
    return source.path.resolve(), source.start - at


def _without(piece: Piece, others: Iterable[Piece]) -> Iterator[Piece]:
    """Yield what is left of a piece where pieces of the same file, in step with it, are not."""
    begin, source = piece
    end = begin + source.duration
    for at, other in sorted(others, key=lambda one: one[0]):
        if begin < min(at, end):
            yield _part(piece, begin, min(at, end))
        begin = max(begin, at + other.duration)
    if begin < end:
        yield _part(piece, begin, end)


def _part(piece: Piece, begin: Fraction, end: Fraction) -> Piece:
    at, source = piece
    return begin, replace(source, start=source.start + begin - at, duration=end - begin)


def _source(layer: OpenLayer, at: Fraction, duration: Fraction) -> AudioSource:
    """Return what is heard of a layer, in its own time, from a time of the film on."""
    path = layer.layer.path
    assert path is not None  # what sounds has a file
    return AudioSource(path, layer.info.start + layer.layer.time.source_time(at), duration)


def _turns(spans: Sequence[Span], duration: Fraction) -> Iterator[tuple[int, Fraction, Fraction]]:
    """Yield which span has its turn, and from when to when, in a film of some duration."""
    begins = [max(span.start, Fraction(0)) for span in spans]
    ends = [duration if span.end is None else min(span.end, duration) for span in spans]

    def turn_in(step: tuple[Fraction, Fraction]) -> int | None:
        there = (n for n in range(len(spans)) if begins[n] <= step[0] and step[1] <= ends[n])
        return max(there, key=lambda n: (begins[n], -n), default=None)

    for turn, group in groupby(pairwise(sorted({*begins, *ends})), turn_in):
        if turn is not None:
            steps = list(group)
            yield turn, steps[0][0], steps[-1][1]
