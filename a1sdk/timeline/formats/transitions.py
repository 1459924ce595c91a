"""Transitions between items: what they show of the clips on both sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

from a1sdk.timeline.model import Clip, Item, Span, Transition


def joined(items: Sequence[Item], overlong: Callable[[Item, str], None]) -> tuple[Item, ...]:
    """Return the items of a track, its clips with the handles that transitions need of them.

    A transition reaches no further than its neighbours do: what it has more is cut off, and
    `overlong` told. At the ends of a track there is nothing beyond the cut to show.
    """
    found = list(items)
    places = zip(_neighbours(items), reversed(_neighbours(items[::-1])), strict=True)
    for index, (item, (before, mirrored)) in enumerate(zip(items, places, strict=True)):
        if not isinstance(item, Transition):
            continue
        after = None if mirrored is None else len(items) - 1 - mirrored
        head, tail = item.cut - item.span.start, item.span.stop - item.cut
        room = _duration(items, before), _duration(items, after)
        if head > room[0] or tail > room[1]:
            overlong(item, "A transition is longer than what is beside it.")
            head, tail = min(head, room[0]), min(tail, room[1])
        found[index] = replace(item, span=Span(item.cut - head, item.cut + tail))
        _show(found, before, out_offset=tail)
        _show(found, after, in_offset=head)
    return tuple(found)


def _neighbours(items: Sequence[Item]) -> list[int | None]:
    """Return for every item the place of the last one before it that is no transition."""
    found: list[int | None] = []
    last = None
    for index, item in enumerate(items):
        found.append(last)
        if not isinstance(item, Transition):
            last = index
    return found


def _duration(items: Sequence[Item], index: int | None) -> Fraction:
    return Fraction(0) if index is None else items[index].span.duration


def _show(
    items: list[Item],
    index: int | None,
    in_offset: Fraction = Fraction(0),
    out_offset: Fraction = Fraction(0),
) -> None:
    clip = items[index] if index is not None else None
    if index is not None and isinstance(clip, Clip):
        items[index] = replace(
            clip,
            in_offset=max(clip.in_offset, in_offset),
            out_offset=max(clip.out_offset, out_offset),
        )
