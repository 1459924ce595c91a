"""The sound of a performance: which of its layers are heard, and when."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
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


def sounding(
    layers: Iterable[tuple[MotionLayer, Collection[str]]], has_sound: Callable[[Path], bool]
) -> list[MotionLayer]:
    """Return the layers whose sound belongs to the film: those that read sound, else the films.

    Of films, those that move the mouth, if any does: where only the head is taken from one, its
    sound fits no lips.

    Args:
        layers: layers, and the kinds of file that their sources read.
        has_sound: whether a file has sound.
    """
    known = list(layers)
    for kind in ("audio", "video"):
        read = (layer for layer, kinds in known if kind in kinds)
        found = [one for one in read if one.path is not None and has_sound(one.path)]
        if found:
            return [one for one in found if one.moves_mouth] or found
    return []


def sound_of(layers: Sequence[OpenLayer], duration: Fraction, warnings: list[str]) -> Audio | None:
    """Return the sound of a performance for exactly a duration in seconds; None without any.

    The sound of one layer goes on before and after it, as far as there is any. Of several, each is
    heard while it is there and nothing is mixed: one that begins later is heard instead of those
    that are there already, as one mouth says one thing at a time; of those that begin together the
    first is heard.

    Args:
        layers: the layers, the base first.
        duration: of the film.
        warnings: gets what is not heard because it is retimed, while others are.

    Raises:
        ConfigError: all that sounds is retimed.
    """
    heard = _heard(layers)
    if not heard:
        return None
    first = heard[0]
    if len(heard) == 1 and first.layer.time.points is None and first.layer.time.speed == 1:
        return _source(first, Fraction(0), duration)
    spans = {one.name: one.layer.time.running(one.duration) for one in heard}
    silent = [name for name, span in spans.items() if span is None]
    if len(silent) == len(heard):
        raise ConfigError(
            f"Layer {silent[0]!r} is retimed, and its sound cannot be.",
            hint="leave the sound out with --no-audio, in a job delivery.audio",
        )
    warnings.extend(f"Layer {name!r} is retimed, and is not heard." for name in silent)
    running = [(span, one) for one in heard if (span := spans[one.name]) is not None]
    turns = _turns([span for span, _ in running], duration)
    pieces = tuple((at, _source(running[turn][1], at, end - at)) for turn, at, end in turns)
    return AudioMontage(pieces, Fraction(0), duration) if pieces else None


def _heard(layers: Sequence[OpenLayer]) -> list[OpenLayer]:
    read = ((one.layer, one.planned.chosen.spec.inputs) for one in layers)
    names = {one.name for one in sounding(read, lambda path: probe(path).audio is not None)}
    return [one for one in layers if one.name in names]


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
