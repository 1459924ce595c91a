"""Where items of an FCP 7 XML's track start and end, also beside transitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from xml.etree.ElementTree import Element

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.fcp7.document import number, rate
from a1sdk.timeline.formats.xml_document import text
from a1sdk.timeline.model import Span

TICKS = 254_016_000_000
"""Premiere's, per second."""


@dataclass(frozen=True)
class Edges:
    """Where an item lies.

    Attributes:
        span: when, in the sequence's time; beside a transition, up to its cut.
        late: seconds from what `in` means, the start of the transition before, to the span's start.
        in_offset: seconds that the transition before shows of it ahead of its start.
        out_offset: the same of the transition after, past its end.
        problem: what had to be concluded.
    """

    span: Span
    late: Fraction
    in_offset: Fraction
    out_offset: Fraction
    problem: str | None = None


def transition(element: Element, sequence_rate: Fraction) -> tuple[Span, Fraction]:
    """Return when a transition is, and the cut it lies around.

    Premiere says the cut in ticks. Without them the alignment decides; the middle of an odd number
    of frames is the earlier one, as Premiere has it.

    Raises:
        DecodeError: it has no start or end, or ends before it starts.
    """
    start, stop = number(element, "start"), number(element, "end")
    if start is None or stop is None or not 0 <= start <= stop:
        raise DecodeError(f"A transition lies from {start} to {stop}.")
    span = Span(start / sequence_rate, stop / sequence_rate)
    ticks = number(element, "cutPointTicks")
    if ticks is not None and ticks >= 0:
        return span, min(span.start + ticks / TICKS, span.stop)
    alignment = text(element, "alignment").lower()
    if alignment.startswith("start"):
        return span, span.start
    if alignment.startswith("end"):
        return span, span.stop
    return span, (start + (stop - start) // 2) / sequence_rate


def edges(elements: Sequence[Element], at: int, sequence_rate: Fraction) -> Edges:
    """Return where item number `at` among a track's elements lies.

    `end` minus `start` is trusted; `out` may be a frame short, and serves only where an end is
    neither written nor a transition's.

    Raises:
        DecodeError: it cannot be placed, or ends before it starts.
    """
    element = elements[at]
    before = _transition(elements, at - 1, sequence_rate)
    after = _transition(elements, at + 1, sequence_rate)
    start, stop = _edge(element, "start", sequence_rate), _edge(element, "end", sequence_rate)
    late = Fraction(0)
    problem = None
    if start is None and before is not None:
        start, late = before[1], before[1] - before[0].start
    if stop is None and after is not None:
        stop = after[1]
    if start is None or stop is None:
        start, stop = _by_length(element, start, stop, sequence_rate)
        problem = "has no start or no end; both follow from its in and out"
    if stop < start:
        raise DecodeError("It ends before it starts.")
    return Edges(
        Span(start, stop),
        late,
        max(start - before[0].start, Fraction(0)) if before is not None else Fraction(0),
        max(after[0].stop - stop, Fraction(0)) if after is not None else Fraction(0),
        problem,
    )


def _transition(
    elements: Sequence[Element], at: int, sequence_rate: Fraction
) -> tuple[Span, Fraction] | None:
    if not 0 <= at < len(elements) or elements[at].tag != "transitionitem":
        return None
    return transition(elements[at], sequence_rate)


def _edge(element: Element, tag: str, sequence_rate: Fraction) -> Fraction | None:
    value = number(element, tag)
    return None if value is None or value < 0 else value / sequence_rate


def _by_length(
    element: Element, start: Fraction | None, stop: Fraction | None, sequence_rate: Fraction
) -> tuple[Fraction, Fraction]:
    own = rate(element) or sequence_rate
    first, last = number(element, "in"), number(element, "out")
    if first is None or last is None or min(first, last) < 0 or (start is None and stop is None):
        raise DecodeError("It has neither start nor end.")
    length = (last - first) / own
    if start is not None:
        return start, start + length
    assert stop is not None
    return stop - length, stop
