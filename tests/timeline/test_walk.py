"""Clips through nested sequences: against an oracle that looks into the cut from the top.

The oracle knows nothing of origins, windows or composed maps: for one time of the cut it looks up
what lies there on every track, and where that is a sequence, looks into it at the time it shows.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction as F
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.timeline.model import Clip, Cut, Gap, Item, Media, Nest, SourceMap, Span, Track
from a1sdk.timeline.walk import Placed, placed, problems

FRAME = F(1, 24)
SPEEDS = (F(1), F(2), F(1, 2), F(3, 4), F(7, 10), F(25, 24))
CLIP_SPEEDS = (*SPEEDS, F(0), F(-1), F(-2), F(-1, 2))
Seen = tuple[tuple[int, ...], F, bool]
"""The items from the outermost nest to the clip, by identity; media time; whether it is on."""


def frames(most: int, least: int = 0) -> st.SearchStrategy[F]:
    rates = st.sampled_from((F(24), F(25), F(30), F(24000, 1001)))
    return st.builds(lambda n, rate: n / rate, st.integers(least, most), rates)


def clips() -> st.SearchStrategy[Clip]:
    ramp = st.builds(
        lambda a, b: SourceMap(((F(0), F(0)), (F(1, 2), a), (F(3), b))), frames(90), frames(90)
    )
    linear = st.builds(SourceMap.linear, frames(500), st.sampled_from(CLIP_SPEEDS))
    return st.builds(
        Clip,
        name=st.just("clip"),
        span=spans(),
        media=st.builds(Media, rate=st.sampled_from((F(24), F(30), None))),
        source=linear | ramp,
        enabled=st.booleans(),
        in_offset=frames(8),
        out_offset=frames(8),
    )


def spans() -> st.SearchStrategy[Span]:
    """Spans that start at 0; `in_order` puts the items one after another."""
    return st.builds(lambda length: Span(F(0), length), frames(60))


def gaps() -> st.SearchStrategy[Gap]:
    return st.builds(Gap, name=st.just(""), span=spans())


def nests(children: st.SearchStrategy[Item]) -> st.SearchStrategy[Nest]:
    return st.builds(
        Nest,
        name=st.just("nest"),
        span=spans(),
        enabled=st.booleans(),
        source=st.builds(SourceMap.linear, frames(40, -10), st.sampled_from(SPEEDS)),
        rate=st.just(F(24)),
        tracks=st.lists(tracks(children), max_size=2).map(tuple),
    )


def tracks(children: st.SearchStrategy[Item]) -> st.SearchStrategy[Track]:
    return st.builds(
        Track,
        name=st.just("track"),
        kind=st.just("video"),
        number=st.just(1),
        enabled=st.booleans(),
        items=st.lists(children, max_size=4).map(in_order),
    )


def in_order(items: list[Item]) -> tuple[Item, ...]:
    at, found = F(0), []
    for item in items:
        found.append(replace(item, span=item.span.moved(at)))
        at = found[-1].span.stop
    return tuple(found)


def cuts() -> st.SearchStrategy[Cut]:
    leaf = clips() | gaps()
    items = st.recursive(leaf, nests, max_leaves=12)
    return st.lists(tracks(items | nests(items)), min_size=1, max_size=2).map(cut_of)


def cut_of(found: list[Track]) -> Cut:
    return Cut(path=Path("cut"), dialect="otio", name="", rate=F(24), tracks=tuple(found))


def seen(
    tracks: tuple[Track, ...], at: F, above: tuple[int, ...] = (), on: bool = True, step: F = FRAME
) -> Iterator[Seen]:
    """What every track shows at a time of its sequence, in which a frame of the cut is a step."""
    for track in tracks:
        for item in track.items:
            if not item.span.start <= at < item.span.stop:
                continue
            path, lit = (*above, id(item)), on and track.enabled and item.enabled
            if isinstance(item, Clip):
                yield path, media_time(item, at - item.span.start, step), lit
            elif isinstance(item, Nest):
                inner = item.source(at - item.span.start)
                fast = item.source.speed or F(1)
                yield from seen(item.tracks, inner, path, lit, step * fast)


def media_time(item: Clip, after: F, step: F) -> F:
    """What a clip shows; a reversed one counts back from the end of its range."""
    speed, rate = item.source.speed, item.media.rate
    if speed is None or speed >= 0 or rate is None:
        return item.source(after)
    end = item.source(F(0)) + min(1 / rate, -speed * FRAME)
    return end + speed * after - min(1 / rate, -speed * step)


def shown(found: list[Placed], at: F) -> Iterator[Seen]:
    for one in found:
        if at in one.span:
            path = (*(id(step) for step in one.path if isinstance(step, Nest)), id(one.clip))
            yield path, one.source(at - one.span.start), one.enabled


@given(cuts())
def test_every_frame_shows_what_looking_from_the_top_shows(cut: Cut) -> None:
    found = list(placed(cut))
    last = max((item.span.stop for track in cut.tracks for item in track.items), default=F(0))
    for frame in range(int(last * cut.rate) + 2):
        at = frame / cut.rate
        assert sorted(shown(found, at)) == sorted(seen(cut.tracks, at))


@given(cuts())
def test_spans_are_exact_at_their_edges(cut: Cut) -> None:
    found = list(placed(cut))
    edges = sorted({edge for one in found for edge in (one.span.start, one.span.stop)})
    between = [(a + b) / 2 for a, b in pairwise(edges)]
    for at in [*edges, *between]:
        assert sorted(shown(found, at)) == sorted(seen(cut.tracks, at))


@given(cuts())
def test_clips_come_in_the_order_of_tracks_and_time(cut: Cut) -> None:
    found = list(placed(cut))
    places = [(cut.tracks.index(one.outermost), one.span.start) for one in found]
    outer = [place for place, one in zip(places, found, strict=True) if len(one.path) == 1]
    assert [place for place, _ in places] == sorted(place for place, _ in places)
    assert outer == sorted(outer)


@given(cuts())
def test_a_window_only_takes_away(cut: Cut) -> None:
    for one in placed(cut):
        assert one.whole.start <= one.span.start < one.span.stop <= one.whole.stop
        assert one.in_offset >= 0 and one.out_offset >= 0
        for step in one.path:
            assert isinstance(step, (Track, Nest))
        assert one.track is one.path[-1]


def clip(start: int, stop: int, **more: object) -> Clip:
    return Clip(
        name="c", span=Span(F(start), F(stop)), media=Media(), source=SourceMap.linear(F(100)),
        **more,  # type: ignore[arg-type]
    )  # fmt: skip


def track(*items: Item, enabled: bool = True) -> Track:
    return Track(name="t", kind="video", number=1, items=items, enabled=enabled)


def nest(start: F | int, stop: F | int, source: SourceMap, *items: Item) -> Nest:
    return Nest(
        name="n", span=Span(F(start), F(stop)), source=source, rate=F(24), tracks=(track(*items),)
    )


def test_a_trimmed_nest_moves_and_cuts_what_is_in_it() -> None:
    inner = nest(45, 65, SourceMap.linear(F(5)), clip(0, 10), clip(10, 40))
    first, second = placed(cut_of([track(inner)]))
    assert (first.whole, first.span) == (Span(F(40), F(50)), Span(F(45), F(50)))
    assert (second.whole, second.span) == (Span(F(50), F(80)), Span(F(50), F(65)))
    assert first.source(F(0)) == 105 and second.source(F(0)) == 100


def test_a_nest_at_double_speed_halves_times_and_doubles_speeds() -> None:
    [one] = placed(cut_of([track(nest(10, 20, SourceMap.linear(F(2), F(2)), clip(4, 8)))]))
    assert one.span == Span(F(11), F(13))
    assert one.source.speed == 2 and one.source(F(1)) == 102


@pytest.mark.parametrize(
    ("source", "how"),
    [
        (SourceMap.linear(F(2), F(0)), "frozen"),
        (SourceMap.linear(F(12) - F(1, 24), F(-1)), "reversed"),
        (SourceMap(((F(0), F(2)), (F(1), F(3)), (F(2), F(6)))), "ramped"),
    ],
)
def test_a_nest_not_played_steadily_is_placed_at_full_speed_and_reported(
    source: SourceMap, how: str
) -> None:
    cut = cut_of([track(nest(0, 10, source, clip(0, 5), clip(5, 20)))])
    first, second = placed(cut)
    assert (first.span, second.span) == (Span(F(0), F(3)), Span(F(3), F(10)))
    [problem] = problems(cut)
    assert problem.code == "A1-NEST-RETIME" and how in problem.message


@pytest.mark.parametrize("around", [F(1, 2), F(3, 4), F(1), F(2), F(3)])
@pytest.mark.parametrize("speed", [F(-1, 2), F(-7, 10), F(-1), F(-2)])
def test_a_reversed_clip_shows_all_of_its_range_whatever_the_speed_around_it(
    around: F, speed: F
) -> None:
    range_end = 100 + 10 * -speed  # a whole frame
    source = SourceMap.linear(range_end - min(FRAME, -speed * FRAME), speed)
    inner = replace(clip(0, 10), media=Media(rate=F(24)), source=source)
    outer = nest(0, 10 / around, SourceMap.linear(F(0), around), inner)
    [one] = placed(cut_of([track(outer)]))
    count = int(one.span.duration * 24)
    shown = [math.floor(one.source(n * FRAME) * 24) for n in range(count)]
    assert shown == sorted(shown, reverse=True)
    assert shown[0] == range_end * 24 - 1
    assert 2400 <= shown[-1] <= 2400 + max(0, -speed * around - 1)


def test_handles_reach_no_further_than_the_nest_around_shows() -> None:
    inner = clip(4, 8, in_offset=F(3), out_offset=F(3))
    [one] = placed(cut_of([track(nest(0, 6, SourceMap.linear(F(3)), inner))]))
    assert (one.span, one.in_offset, one.out_offset) == (Span(F(1), F(5)), F(1), F(1))
    [bare] = placed(cut_of([track(inner)]))
    assert (bare.in_offset, bare.out_offset) == (F(3), F(3))


def test_what_is_off_around_a_clip_switches_it_off() -> None:
    off = replace(nest(0, 5, SourceMap.linear(F(0)), clip(0, 5)), enabled=False)
    [one] = placed(cut_of([track(off)]))
    [other] = placed(cut_of([track(clip(0, 5), enabled=False)]))
    assert not one.enabled and not other.enabled and one.clip.enabled


def test_a_sequence_used_twice_yields_its_clips_twice() -> None:
    inner = nest(0, 5, SourceMap.linear(F(0)), clip(0, 5))
    again = replace(inner, span=Span(F(5), F(10)))
    assert [one.span.start for one in placed(cut_of([track(inner, again)]))] == [0, 5]


def timed(clips: int) -> float:
    items = [nest(n, n + 1, SourceMap.linear(F(0)), clip(0, 1)) for n in range(clips)]
    cut = cut_of([track(*items)])
    begin = time.perf_counter()
    assert len(list(placed(cut))) == clips
    return time.perf_counter() - begin


def test_time_grows_with_the_clips_and_not_with_their_square() -> None:
    few, many = (min(timed(count) for _ in range(3)) for count in (400, 4000))
    assert many < 40 * few  # 10 times is linear, 100 times is not
