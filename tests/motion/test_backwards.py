"""Motion that is played backwards, and maps that show more than the take has."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from a1sdk.components.data import StreamInfo
from a1sdk.errors import CapabilityError
from a1sdk.motion.clip import MotionClip
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.layers import Blend, LayerInput, layered
from a1sdk.motion.mix import mix, resting
from a1sdk.motion.resample import resample
from a1sdk.motion.rotation import from_euler
from a1sdk.motion.spool import Spool
from a1sdk.motion.timemap import TimeMap
from a1sdk.testing import Counted
from a1sdk.timing import FrameRange, frame_count

RATES = st.sampled_from([Fraction(12), Fraction(24000, 1001), Fraction(25), Fraction(50)])
RATE = Fraction(25)
WHOLE = FrameRange(0, 1 << 20)


Spooler = Callable[..., Spool]


@pytest.fixture
def spooled(tmp_path: Path) -> Iterator[Spooler]:
    """Spool a stream of motion; every spool is closed after the test."""
    spools = []

    def spool(frames: Iterable[MotionFrame], wanted: FrameRange = WHOLE) -> Spool:
        spools.append(Spool(frames, wanted, tmp_path))
        return spools[-1]

    yield spool
    for one in spools:
        one.close()


def _face(number: int) -> FaceMotion:
    """A face that no other frame has, with values that no half float has."""
    value = np.float32(number / 3)
    return replace(
        resting(),
        expression=np.full((478, 3), value / 100, np.float32),
        rotation=from_euler(number / 7, 0, 0).astype(np.float32),
        translation=np.array([value, 0, -value], np.float32),
        confidence=1 / (number + 3),
    )


def _take(count: int, lost: frozenset[int] = frozenset()) -> list[MotionFrame]:
    return [MotionFrame(n, None if n in lost else _face(n)) for n in range(count)]


def _same(one: FaceMotion | None, other: FaceMotion | None) -> bool:
    if one is None or other is None:
        return one is other
    arrays = ("expression", "rotation", "translation")
    alike = all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays)
    return alike and one.confidence == other.confidence


def _shown(points: tuple[tuple[Fraction, Fraction], ...], time: Fraction) -> Fraction:
    """What time of the take is shown, found by walking from point to point."""
    if time <= points[0][0]:
        return points[0][1]
    for (start, first), (end, last) in pairwise(points):
        if time <= end:
            done = (time - start) / (end - start)
            return (1 - done) * first + done * last
    return points[-1][1]


def _oracle(take: list[MotionFrame], source: Fraction, shown: Fraction) -> FaceMotion | None:
    """The face at a time of the take: of two frames the mixture, outside it the nearest."""
    earlier = [frame for frame in take if frame.pts / source <= shown]
    later = [frame for frame in take if frame.pts / source > shown]
    if not earlier or not later:
        return take[0 if not earlier else -1].face
    one, two = earlier[-1].face, later[0].face
    share = shown * source - earlier[-1].pts
    if one is None or two is None:
        return one if share < Fraction(1, 2) else two
    return mix(one, two, float(share))


def _times(least: int, most: int) -> st.SearchStrategy[Fraction]:
    return st.integers(least * 600, most * 600).map(lambda tick: Fraction(tick, 600))


@st.composite
def maps(draw: st.DrawFn) -> TimeMap:
    """Maps that run either way, begin before film or take do, and end after the take."""
    count = draw(st.integers(1, 4))
    steps = [draw(_times(0, 1)) + Fraction(1, 600) for _ in range(count)]
    film = accumulate([draw(_times(-1, 1)), *steps])
    take = [draw(_times(-1, 3)) for _ in range(count + 1)]
    return TimeMap(points=tuple(zip(film, take, strict=True)))


TAKES = st.builds(
    lambda count, lost: _take(count, frozenset(lost)),
    st.integers(1, 45),
    st.sets(st.integers(0, 45), max_size=8),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TAKES, RATES, RATES, maps())
def test_every_frame_shows_its_time_of_the_take(
    spooled: Spooler, take: list[MotionFrame], source: Fraction, target: Fraction, time: TimeMap
) -> None:
    assert time.points is not None
    first = max(0, frame_count(max(time.points[0][0], Fraction(0)), target))
    stop = max(first, frame_count(max(time.points[-1][0], Fraction(0)), target))
    got = list(resample(spooled(take), source, target, time=time))
    assert [frame.pts for frame in got] == list(range(first, stop))
    for frame in got:
        shown = _shown(time.points, frame.pts / target)
        assert _same(frame.face, _oracle(take, source, shown)), frame.pts
    if not time.goes_back:
        streamed = list(resample(take, source, target, time=time))
        assert all(_same(a.face, b.face) for a, b in zip(got, streamed, strict=True))


def test_a_whole_take_backwards_is_the_take_from_its_end(spooled: Spooler) -> None:
    take = _take(30, frozenset({3, 4}))
    time = TimeMap.model_validate({"points": [[0, "29/25"], ["30/25", "-1/25"]]})
    spool = spooled(take)
    got = list(resample(spool, RATE, RATE, time=time))
    assert all(_same(a.face, b.face) for a, b in zip(got, reversed(take), strict=True))


def test_a_spool_gives_back_what_it_took_bit_for_bit(spooled: Spooler) -> None:
    neutrals = [np.full((478, 3), shade, np.float32) for shade in (0.1, 0.2)]
    scores = np.linspace(0, 1, 52, dtype=np.float32)
    take = [
        MotionFrame(0, replace(_face(0), neutral=neutrals[0], blendshapes=scores)),
        MotionFrame(1, replace(_face(1), neutral=neutrals[0].copy())),
        MotionFrame(2, None),
        MotionFrame(3, replace(_face(3), neutral=neutrals[1])),
        MotionFrame(4, _face(4)),
    ]
    spool = spooled(take)
    assert len(spool) == 5
    got = [frame for n in (4, 3, 2, 1, 0) for frame in spool.frames(n, n + 1)][::-1]
    for old, new in zip(take, got, strict=True):
        assert old.pts == new.pts
        assert _same(old.face, new.face)
        if old.face is not None and new.face is not None:
            assert (old.face.neutral is None) == (new.face.neutral is None)
            if old.face.neutral is not None:
                assert new.face.neutral is not None
                assert np.array_equal(old.face.neutral, new.face.neutral)
    first, second = got[0].face, got[1].face
    assert first is not None and second is not None
    assert first.neutral is second.neutral  # frames measured against one face share one array
    assert first.blendshapes is not None and second.blendshapes is None
    assert np.array_equal(first.blendshapes, scores)


def test_only_what_is_wanted_is_pulled_and_nothing_before_it_is_asked_for(spooled: Spooler) -> None:
    frames = Counted(_take(100))
    spool = spooled(frames, FrameRange(40, 60))
    assert frames.pulled == 0
    assert len(spool) == 60
    assert frames.pulled == 60
    assert [frame.pts for frame in spool.frames(40, 42)] == [40, 41]


@pytest.mark.parametrize(("wanted", "shown"), [((0, 9), 3), ((2, 9), 3), ((7, 9), 3)])
def test_where_the_take_ends_early_its_last_frame_is_held(
    spooled: Spooler, wanted: tuple[int, int], shown: int
) -> None:
    spool = spooled(_take(4), FrameRange(*wanted))
    time = TimeMap.model_validate({"points": [[0, "8/25"], ["1/25", "7/25"]]})
    (only,) = resample(spool, RATE, RATE, time=time)
    assert _same(only.face, _face(shown))


def test_an_empty_take_has_no_frames(spooled: Spooler) -> None:
    time = TimeMap.model_validate({"points": [[0, 1], [1, 0]]})
    assert list(resample(spooled([]), RATE, RATE, time=time)) == []


def test_the_file_of_a_spool_is_gone_when_it_is_closed(tmp_path: Path, spooled: Spooler) -> None:
    spool = spooled(_take(3))
    assert len(spool) == 3
    spool.close()
    spool.close()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="closed"):
        next(spool.frames(0, 1))


def test_no_more_frames_are_in_memory_the_longer_the_take_is(spooled: Spooler) -> None:
    most = 0

    def counted(frame: MotionFrame) -> MotionFrame:
        nonlocal most
        assert frame.face is not None
        refs.append(weakref.ref(frame.face.expression))
        most = max(most, sum(ref() is not None for ref in refs))
        return frame

    def take(count: int) -> Iterator[MotionFrame]:
        return (counted(MotionFrame(number, _face(number))) for number in range(count))

    held = []
    for count in (50, 500):
        refs: list[weakref.ref[np.ndarray]] = []
        most = 0
        points = [[0, str(count / RATE)], [str(count / RATE), 0]]
        frames = resample(
            spooled(take(count)), RATE, RATE, time=TimeMap.model_validate({"points": points})
        )
        assert len([None for frame in frames if counted(frame).face]) == count
        held.append(most)
    assert held[0] == held[1] <= 6


def test_a_stream_cannot_be_played_backwards_and_a_clip_can() -> None:
    info = StreamInfo(RATE, 10)
    back = Blend(time=TimeMap.model_validate({"points": [[0, "9/25"], ["10/25", "-1/25"]]}))
    with pytest.raises(CapabilityError, match="cannot be played backwards") as raised:
        list(layered([LayerInput(iter(_take(10)), info, back)], RATE))
    assert "MotionClip" in str(raised.value.hint)
    clip = MotionClip.from_frames(_take(10), info)
    mixed = layered([LayerInput(clip, info, back)], RATE, 10)
    for got, kept in zip(mixed, reversed(list(clip.frames())), strict=True):
        assert got.face is not None and kept.face is not None
        assert np.array_equal(got.face.expression, kept.face.expression)


def test_a_stream_is_pulled_no_further_than_points_show() -> None:
    frames = Counted(_take(1000))
    time = TimeMap.model_validate({"points": [[0, "2/25"], ["10/25", "12/25"]]})
    got = list(resample(frames, RATE, RATE, time=time))
    assert len(got) == 10
    assert frames.pulled == 13


@settings(deadline=None)
@given(maps(), maps(), RATES)
def test_layers_that_follow_each_other_leave_no_frame_out_and_none_twice(
    one: TimeMap, other: TimeMap, target: Fraction
) -> None:
    assert one.points is not None and other.points is not None
    seam = one.points[-1][0]
    moved = seam - other.points[0][0]
    following = TimeMap(points=tuple((time + moved, shown) for time, shown in other.points))
    clip = MotionClip.from_frames(_take(30), StreamInfo(RATE, 30))
    numbers = [
        frame.pts for time in (one, following) for frame in resample(clip, RATE, target, time=time)
    ]
    assert numbers == list(range(numbers[0] if numbers else 0, (numbers or [-1])[-1] + 1))


@pytest.mark.parametrize(
    ("start", "end", "there"),
    [("0", "4/25", range(4)), ("3/25", "7/25", range(3, 7)), ("5/50", "13/50", range(3, 7)),
     ("-2/25", "2/25", range(2)), ("8/25", "3", range(8, 12)), ("-2", "-1", range(0))],
)  # fmt: skip
@pytest.mark.parametrize("back", [False, True])
def test_a_layer_is_there_from_its_first_point_to_its_last(
    start: str, end: str, there: range, back: bool
) -> None:
    info, first, last = StreamInfo(RATE, 30), Fraction(start), Fraction(end)
    shown = (Fraction(9, 25), Fraction(8, 25)) if back else (Fraction(8, 25), Fraction(9, 25))
    points = ((first, shown[0]), (last, shown[1]))
    top = LayerInput(
        MotionClip.from_frames(_take(30), info), info, Blend(time=TimeMap(points=points))
    )
    ground = LayerInput((MotionFrame(n, resting()) for n in range(12)), info)
    moved = [
        frame.pts
        for frame in layered([ground, top], RATE, 12)
        if frame.face is not None and frame.face.expression.any()
    ]
    assert moved == list(there)
