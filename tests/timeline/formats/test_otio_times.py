"""Rates, start timecodes, trimmed tracks and stacks, nests: where things come to lie."""

from __future__ import annotations

from fractions import Fraction as F
from typing import Any

import pytest

from a1sdk.timeline.model import Clip, Cut, Nest
from a1sdk.timeline.walk import placed

Json = Any
NTSC = F(24000, 1001)


def codes(cut: Cut) -> list[str]:
    return [problem.code for problem in cut.problems]


def frames(cut: Cut) -> list[tuple[str, F, F, F]]:
    """Name, start and stop of each clip, and the first frame it shows."""
    return [
        (p.clip.name, p.span.start * cut.rate, p.span.stop * cut.rate, p.source(F(0)) * cut.rate)
        for p in placed(cut)
    ]


@pytest.mark.parametrize(
    ("rate", "exact"),
    [
        (23.976, NTSC), (23.98, NTSC), (23.976024627685547, NTSC), (24000 / 1001, NTSC),
        (29.97, F(30000, 1001)), (59.94, F(60000, 1001)), (59.94006, F(60000, 1001)),
        (24, F(24)), (24.0, F(24)), (25.0, F(25)), (12, F(12)), (15.5, F(31, 2)),
    ],
)  # fmt: skip
def test_rates_are_exact(otio: Json, rate: float, exact: F) -> None:
    clip = otio.clip(10, 48, rate=rate)
    cut = otio.read(otio.timeline(otio.track(clip, clip)))
    assert cut.rate == exact
    assert [item.span.start * exact for item in cut.tracks[0].items] == [0, 48]
    assert not cut.problems


@pytest.mark.parametrize(
    ("given", "ours", "start", "clip", "rate"),
    [
        (F(50), [25, 1], 30, 24, 50),
        (None, [30000, 1001], 30, 24, F(30000, 1001)),
        (None, "24000/1001", 30, 24, NTSC),
        (None, "nonsense", 30, 24, 30),
        (None, [1, 0], 30, 24, 30),
        (None, None, 29.97, 24, F(30000, 1001)),
        (None, None, 48000, 24, 24),
        (None, None, 600, 24, 24),
        (None, None, None, 24, 24),
    ],
)
def test_rates_are_as_given_else_as_stated_else_of_the_start_else_of_the_clips(
    otio: Json, given: F | None, ours: Any, start: Any, clip: float, rate: F
) -> None:
    document = otio.timeline(
        otio.track(otio.clip(rate=clip)),
        metadata={"a1sdk": {"rate": ours}},
        global_start_time=None if start is None else otio.time(0, start),
    )
    assert otio.read(document, given).rate == rate


def test_rates_of_pictures_count_more_than_of_sound(otio: Json) -> None:
    sound = otio.track(otio.clip(rate=30), kind="Audio")
    cut = otio.read(otio.timeline(sound, otio.track(otio.clip(rate=25))))
    assert cut.rate == 25 and not cut.problems
    assert otio.read(otio.timeline(sound)).rate == 30


def test_a_cut_of_sound_alone_has_no_rate(otio: Json) -> None:
    sound = otio.track(otio.clip(0, 96000, rate=48000), kind="Audio")
    cut = otio.read(otio.timeline(sound))
    assert (cut.rate, codes(cut)) == (24, ["A1-TIME-NO-RATE"])
    assert cut.tracks[0].items[0].span.duration == 2


def test_mixed_rates_take_the_first_and_are_reported(otio: Json) -> None:
    items = (otio.clip(0, 25, rate=25), otio.clip(0, 36, rate=30), otio.gap(12, 24))
    cut = otio.read(otio.timeline(otio.track(*items)))
    assert cut.rate == 25
    assert [item.span.duration for item in cut.tracks[0].items] == [1, F(6, 5), F(1, 2)]
    assert codes(cut) == ["A1-TIME-MIXED-RATES", "A1-TIME-FRACTIONAL"]


def test_edges_between_frames_are_reported_once(otio: Json) -> None:
    items = (otio.clip(0, 10.5, name="a"), otio.clip(0, 10, name="b"), otio.clip(0, 10.5))
    cut = otio.read(otio.timeline(otio.track(*items), global_start_time=otio.time(86400)))
    [problem] = cut.problems
    assert problem.code == "A1-TIME-FRACTIONAL"
    assert problem.where == "V1/a @ 01:00:00:00" and problem.message.startswith("3 items")


def test_sums_of_odd_times_do_not_grow_without_end(otio: Json) -> None:
    clips = [otio.clip(0, 1 + n / 997, rate=1 + n / 7919) for n in range(1, 400)]
    items = otio.items(*clips)
    wanted = sum((1 + n / 997) / (1 + n / 7919) for n in range(1, 400))
    assert float(items[-1].span.stop) == pytest.approx(wanted, abs=1e-5)
    assert max(item.span.stop.denominator for item in items) < 10**30


@pytest.mark.parametrize(
    ("value", "rate", "start"),
    [(86400, 24, 3600), (107892, 29.97, F(107892 * 1001, 30000)), (0, 24, 0), (-24, 24, -1)],
)
def test_the_start_timecode_is_kept_apart_from_the_items(
    otio: Json, value: int, rate: float, start: F
) -> None:
    document = otio.timeline(otio.track(otio.clip()), global_start_time=otio.time(value, rate))
    cut = otio.read(document)
    assert cut.start == start
    assert cut.tracks[0].items[0].span.start == 0


def test_lengths_below_zero_are_none(otio: Json) -> None:
    cut = otio.read(otio.timeline(otio.track(otio.clip(5, -8, name="a"), otio.clip())))
    assert [item.span.duration for item in cut.tracks[0].items] == [0, 1]
    [problem] = cut.problems
    assert (problem.code, problem.severity) == ("A1-TIME-NEGATIVE", "error")
    assert problem.where == "V1/a @ 00:00:00:00"


@pytest.mark.parametrize(
    ("window", "seen"),
    [
        ((0, 20), [("a", 0, 10, 100), ("b", 10, 20, 200)]),
        ((4, 10), [("a", 0, 6, 104), ("b", 6, 10, 200)]),
        ((-5, 10), [("a", 5, 10, 100)]),
        ((12, 90), [("b", 0, 8, 202)]),
        ((30, 5), []),
        ((3, -2), []),
    ],
)
@pytest.mark.parametrize("owner", ["track", "stack", "nested stack", "nested track"])
def test_a_range_of_a_track_or_stack_shows_that_part_from_its_start(
    otio: Json, owner: str, window: tuple[int, int], seen: list[tuple[str, int, int, int]]
) -> None:
    clips = otio.clip(100, 10, name="a"), otio.clip(200, 10, name="b")
    part = {"source_range": otio.range(*window)}
    if owner == "track":
        document = otio.timeline(otio.track(*clips, **part))
    elif owner == "stack":
        document = otio.timeline(tracks=otio.stack(otio.track(*clips), **part))
    elif owner == "nested stack":
        document = otio.timeline(otio.track(otio.stack(otio.track(*clips), **part)))
    else:
        document = otio.timeline(otio.track(otio.track(*clips, **part)))
    assert frames(otio.read(document)) == seen


def test_what_follows_a_trimmed_nest_follows_its_range(otio: Json) -> None:
    inner = otio.stack(otio.track(otio.clip(0, 100)), source_range=otio.range(5, 20))
    whole = otio.stack(otio.track(otio.clip(0, 30)), otio.track(otio.gap(50)))
    items = otio.items(inner, whole, otio.clip())
    assert [item.span.start * 24 for item in items] == [0, 20, 70]


def test_nests_four_deep_with_speeds(otio: Json) -> None:
    node = otio.clip(1000, 480, name="deep")
    for factor in (2, 0.5, 3, 2):
        node = otio.stack(
            otio.track(otio.gap(4), node),
            effects=[otio.speed(factor)],
            source_range=otio.range(2, 240),
        )
    cut = otio.read(otio.timeline(otio.track(otio.gap(10), node)))
    [one] = placed(cut)
    # a nest that starts n frames before its clip moves it by 4 - 2 of its frames, each level at
    # the speeds around it: 2/2 + 2/(2*3) + 2/(2*3*0.5) + 2/(2*3*0.5*2)
    assert one.span.start * 24 == 10 + 1 + F(1, 3) + F(2, 3) + F(1, 3)
    assert one.source.speed == 6 and one.source(F(0)) * 24 == 1000
    assert sum(isinstance(step, Nest) for step in one.path) == 4


def test_a_clip_stack_or_track_may_be_the_whole_file(otio: Json) -> None:
    clip = otio.clip(100, 24, name="alone")
    cut = otio.read(clip)
    assert (cut.name, cut.tracks[0].origin, cut.tracks[0].items[0].origin) == ("alone", "", "")
    track = otio.read(otio.track(clip, clip, name="V"))
    assert [item.origin for item in track.tracks[0].items] == ["/children/0", "/children/1"]
    stack = otio.read(otio.stack(otio.track(clip), clip))
    origins = [item.origin for track in stack.tracks for item in track.items]
    assert origins == ["/children/0/children/0", "/children/1"]


def test_what_a_file_says_of_itself_is_no_order_to_the_reader(otio: Json) -> None:
    stack = otio.stack(otio.track(otio.clip()), otio.track(otio.clip()), lone=True, alone=True)
    cut = otio.read(otio.timeline(tracks=stack))
    assert [track.origin[-1] for track in cut.tracks] == ["0", "1"]


def test_what_is_switched_off_stays_and_is_off(otio: Json) -> None:
    off = otio.track(otio.clip(), enabled=False)
    nest = otio.stack(otio.track(otio.clip()), enabled=False)
    cut = otio.read(otio.timeline(off, otio.track(otio.clip(enabled=False), otio.clip(), nest)))
    assert [track.enabled for track in cut.tracks] == [False, True]
    assert [one.enabled for one in placed(cut)] == [False, False, True, False]


def test_a_trimmed_track_that_is_off_is_off(otio: Json) -> None:
    track = otio.track(otio.clip(), enabled=False, source_range=otio.range(0, 5))
    cut = otio.read(otio.timeline(track))
    assert not cut.tracks[0].enabled
    assert [one.enabled for one in placed(cut)] == [False]


def test_tracks_are_numbered_by_kind_from_the_lowest(otio: Json) -> None:
    kinds = ("Video", "Audio", "audio_stereo", "Subtitle", "")
    cut = otio.read(otio.timeline(*[otio.track(kind=kind) for kind in kinds]))
    found = [(track.kind, track.number) for track in cut.tracks]
    assert found == [("video", 1), ("audio", 1), ("audio", 2), ("video", 2), ("video", 3)]


@pytest.mark.parametrize("start", [None, 86400])
def test_tracks_at_minus_their_record_time_are_put_there(otio: Json, start: Any) -> None:
    low = otio.track(otio.clip(0, 48), source_range=otio.range(-86400, 48))
    high = otio.track(otio.clip(0, 24), source_range=otio.range(-86412, 24))
    cut = otio.read(otio.timeline(low, high, global_start_time=start and otio.time(start)))
    assert cut.start == 3600
    assert [(a, b) for _, a, b, _ in frames(cut)] == [(0, 48), (12, 36)]
    assert codes(cut) == ["A1-OTIO-RECORD-TIME"]


def test_clips_keep_what_else_the_file_says_of_them(otio: Json) -> None:
    effect = otio.object("Effect.1", effect_name="blur", metadata={"r": 2})
    clip = otio.clip(effects=[effect, otio.speed(2)], metadata={"a": 1})
    [found] = otio.items(clip)
    assert isinstance(found, Clip)
    assert (found.effects, found.metadata) == ((("blur", {"r": 2}),), {"a": 1})
