from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from a1sdk_video.options import Options
from a1sdk_video.survey import SURVEYED
from pydantic import ValidationError

from a1sdk import HostContext, Registry
from a1sdk.plugin import (
    ConfigError,
    DecodeError,
    MotionFrame,
    NoFaceError,
    StreamInfo,
    frame_count,
)
from a1sdk.testing import open_resources

SCALE = 1.5 * np.sqrt(208 / np.pi)  # pixels per face unit of a disk, which has 208 pixels

Perform = Callable[..., tuple[StreamInfo, list[MotionFrame]]]


@pytest.fixture
def perform(disks: str) -> Iterator[Perform]:
    """Take the motion of a film of disks."""
    registry = Registry()
    with HostContext() as host:
        tracker = registry.choose("face_tracker", disks).build()

        def run(path: Path, first: int | None = None, **options: Any) -> Any:
            chosen = registry.choose("motion_source", "video/face", {"path": path, **options})
            source = chosen.build()
            ctx = host.lend(chosen.spec, tracker=tracker)
            try:
                source.setup(ctx)
                with closing(source.stream(ctx)) as stream:  # type: ignore[type-var]
                    return source.probe(), list(islice(stream, first))
            finally:
                source.close()

        yield run


def _moved(frame: MotionFrame) -> float:
    assert frame.face is not None
    return float(frame.face.translation[0])


def test_frames_and_motion_are_exact(film, perform: Perform) -> None:  # type: ignore[no-untyped-def]
    places = [70.0 + (n % 3) for n in range(30)]
    info, frames = perform(film(places, rate=Fraction(30000, 1001)), smoothing=0)
    duration = Fraction(1001, 1000)
    assert info == StreamInfo(Fraction(30000, 1001), 30, info.start, "relative", duration)
    assert [frame.pts for frame in frames] == list(range(30))
    moved = np.array([_moved(frame) for frame in frames])
    assert (moved - moved[0]) * SCALE == pytest.approx(np.array(places) - 70, abs=0.1)
    assert max(np.abs(frame.face.expression).max() for frame in frames if frame.face) < 1e-4


def test_uneven_pictures_keep_their_times(film, perform: Perform) -> None:  # type: ignore[no-untyped-def]
    times = [0, 33, 67, 100, 233, 267, 400, 433, 467, 500]  # of a film with 30 frames per second
    path = film([60 + time / 10 for time in times], rate=Fraction(30), times=times)
    info, frames = perform(path, smoothing=0)
    assert info.rate == 30
    assert len(frames) == info.count
    moved = np.array([_moved(frame) for frame in frames[:16]]) * SCALE
    expected = np.arange(16) / 30 * 100
    assert moved - moved[0] == pytest.approx(expected, abs=0.5)


def test_another_rate_is_exact(film, perform: Perform) -> None:  # type: ignore[no-untyped-def]
    info, frames = perform(film([60.0 + n for n in range(50)]), rate="24000/1001", smoothing=0)
    assert info.rate == Fraction(24000, 1001)
    assert len(frames) == info.count == frame_count(Fraction(2), info.rate)
    moved = np.array([_moved(frame) for frame in frames]) * SCALE
    assert np.diff(moved)[:-1] == pytest.approx(25 * 1001 / 24000, abs=0.12)


def test_a_part_is_taken(film, perform: Perform) -> None:  # type: ignore[no-untyped-def]
    path = film([60.0 + n for n in range(50)])
    _, whole = perform(path, neutral=20, smoothing=0)
    info, part = perform(path, start="0.4s", duration="0.8s", neutral=10, smoothing=0)
    assert (info.count, info.start, info.duration) == (20, Fraction(2, 5), Fraction(4, 5))
    assert [frame.pts for frame in part] == list(range(20))
    moved = [_moved(frame) for frame in whole[10:30]]
    assert [_moved(frame) for frame in part] == pytest.approx(moved, abs=1e-4)
    _, late = perform(path, start="81/100s", neutral=0, smoothing=0)  # within picture 20
    assert len(late) == 30
    assert _moved(late[0]) * SCALE == pytest.approx(0.25, abs=0.02)
    assert _moved(late[4]) * SCALE == pytest.approx(4.25, abs=0.3)
    with pytest.raises(ConfigError, match=r"from 2 s on: it lasts 2\.000 s"):
        perform(path, start="2s")


def test_lost_faces_are_gaps(film, perform: Perform) -> None:  # type: ignore[no-untyped-def]
    places = [None, *[70.0] * 6, None, None, *[70.0] * 6, None]
    _, frames = perform(film(places))
    assert [frame.face is None for frame in frames] == [place is None for place in places]


def test_no_face_at_all_is_an_error(film, perform: Perform) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NoFaceError, match=r"driver\.mkv") as caught:
        perform(film([None] * 5))
    assert caught.value.hint
    with pytest.raises(NoFaceError, match=r"driver\.mkv' from 0\.20 s to 0\.40 s"):
        perform(film([70.0] * 5 + [None] * 5), start="0.2s")


def test_neutral_can_be_named(film, perform: Perform) -> None:  # type: ignore[no-untyped-def]
    path = film([60.0 + 2 * n for n in range(20)])
    _, frames = perform(path, neutral=15, smoothing=0)
    assert _moved(frames[15]) == pytest.approx(0, abs=1e-3)
    assert _moved(frames[0]) * SCALE == pytest.approx(-30, abs=0.5)
    with pytest.raises(ConfigError, match="20 frames") as caught:
        perform(path, neutral=20)
    assert caught.value.hint == "choose a frame from 0 to 19"
    with pytest.raises(NoFaceError, match="Frame 3"):
        perform(film([70.0] * 3 + [None]), neutral=3)


def test_head_reference_is_announced(film, perform: Perform) -> None:  # type: ignore[no-untyped-def]
    info, _ = perform(film([70.0] * 3), head="absolute")
    assert info.head == "absolute"


def test_what_is_no_film_is_refused(tmp_path: Path, perform: Perform) -> None:
    (tmp_path / "notes.mp4").write_text("not a film")
    with pytest.raises(DecodeError):
        perform(tmp_path / "notes.mp4")


def test_it_can_be_left_at_any_time(film, perform: Perform) -> None:  # type: ignore[no-untyped-def]
    path = film([70.0] * 60)
    perform(path, first=1)
    before = open_resources()
    perform(path, first=1)
    perform(path, first=0)
    assert not open_resources() - before


def test_long_films_are_not_read_ahead(film, disks: str) -> None:  # type: ignore[no-untyped-def]
    """After the survey, few pictures more are tracked than frames are asked for."""
    registry = Registry()
    path = film([70.0] * 400)
    with HostContext() as host:
        chosen = registry.choose("motion_source", "video/face", {"path": path})
        tracker = registry.choose("face_tracker", disks).build()
        seen = []
        track = tracker.track

        def counted(frames: Any, ctx: Any, *, max_faces: int = 1) -> Any:
            for tracked in track(frames, ctx, max_faces=max_faces):
                seen.append(tracked.pts)
                yield tracked

        tracker.track = counted  # type: ignore[method-assign]
        source, ctx = chosen.build(), host.lend(chosen.spec, tracker=tracker)
        source.setup(ctx)
        with closing(source.stream(ctx)) as stream:  # type: ignore[type-var]
            next(stream)
            for number, _ in enumerate(stream, start=1):
                assert len(seen) <= max(SURVEYED, number) + 40
        source.close()


@pytest.mark.parametrize(
    "wrong",
    [{"face": "left"}, {"face": "10,"}, {"neutral": -1}, {"neutral": "first"}, {"smoothing": 5},
     {"rate": "fast"}, {"rate": 0}, {"colour": "red"}],
)  # fmt: skip
def test_wrong_options_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate({"path": "driver.mp4", **wrong})
