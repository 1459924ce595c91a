"""Several people followed through one film, which is read, tracked and recognised once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blocks import COUNT, beside, counting

from a1sdk.components.data import FaceObservation, TrackedFrame
from a1sdk.errors import DecodeError, NoFaceError, PluginRunError, StorageError
from a1sdk.media import open_video
from a1sdk.media.part import FilmPart
from a1sdk.motion.timemap import TimeMap
from a1sdk.render.cast.backlog import Backlog
from a1sdk.render.cast.ensemble import Ensemble, PersonTracker
from a1sdk.render.cast.recognizer import Recognizer, choose_recognizer
from a1sdk.render.cast.sheet import load_sheet
from a1sdk.render.cast.trackers import Trackers
from a1sdk.render.context import HostContext
from a1sdk.render.job import MotionLayer
from a1sdk.render.opening import Opener
from a1sdk.render.plan import choose_tracker, plan_layers
from a1sdk.testing import neutral_shape


class Stage:
    """A run in which Red, Green and Blue are known."""

    def __init__(self, registry: Any, sheet: Path, stack: ExitStack) -> None:
        self.registry = registry
        self.context = stack.enter_context(HostContext())
        self.opener = Opener(self.context, stack, [])
        self.chosen = choose_tracker(registry, "blocks/finder")
        self.tracker, self.view = self.opener.tracker(self.chosen), self.opener.lend(self.chosen)
        roster = load_sheet(sheet, registry).roster
        self.recognizer = Recognizer(
            choose_recognizer(roster, registry), roster, self.opener, self.tracker, self.view
        )

    def ensemble(self) -> Ensemble:
        ensemble: Ensemble = self.opener.closed(
            Ensemble(self.tracker, self.recognizer, self.context)
        )
        return ensemble

    def track(self, tracker: PersonTracker, frames: Any) -> Iterator[TrackedFrame]:
        found: Iterator[TrackedFrame] = self.opener.closed(tracker.track(frames, self.view))
        return found

    def trackers(self) -> Trackers:
        return Trackers(self.chosen, self.opener, self.recognizer, self.tracker)


@pytest.fixture
def stage(registry, sheet) -> Iterator[Stage]:
    with ExitStack() as stack:
        yield Stage(registry, sheet(), stack)


@pytest.fixture
def part(driver) -> Callable[..., FilmPart]:
    """Return a part of the film of two who stand beside each other."""

    def of(stop: Fraction | None = None) -> FilmPart:
        with open_video(driver(beside)) as reader:
            return reader.part(Fraction(0), stop)

    return of


def places(frames: Iterator[TrackedFrame] | list[TrackedFrame]) -> list[tuple[int, list[int]]]:
    return [(one.pts, [round(face.center[0]) for face in one.faces]) for one in frames]


RED = [(number, [24]) for number in range(COUNT)]
GREEN = [(number, [126]) for number in range(COUNT)]


@pytest.mark.parametrize("step", [1, 7, COUNT])
def test_a_film_is_read_tracked_and_recognised_once_however_far_apart_they_are(
    stage, part, world, monkeypatch, step
):
    reads = counting(monkeypatch, FilmPart, "__iter__")
    tracks = counting(monkeypatch, world.Finder, "track", "detect")
    looks = counting(monkeypatch, world.Colors, "encode")
    alone = stage.ensemble().join("Red", "film")
    assert places(stage.track(alone, part())) == RED
    once = list(reads), list(tracks), list(looks)
    ensemble = stage.ensemble()
    red, green = (ensemble.join(name, "film") for name in ("Red", "Green"))
    first, second = stage.track(red, part()), stage.track(green, part())
    found: tuple[list, list] = [], []
    for _ in range(0, COUNT, step):
        found[0].extend(islice(first, step))
        found[1].extend(islice(second, step))
    assert places(found[0]) == RED and places(found[1]) == GREEN
    assert next(first, None) is None and next(second, None) is None
    assert (reads, tracks, looks) == tuple(2 * one for one in once)


def test_another_part_is_tracked_by_itself(stage, part):
    ensemble = stage.ensemble()
    red, green = (ensemble.join(name, "film") for name in ("Red", "Green"))
    first, second = stage.track(red, part()), stage.track(green, part(Fraction(2, 5)))
    assert places(islice(first, 15)) == RED[:15]
    assert places(second) == GREEN[:10]
    assert places(first) == RED[15:]
    bare = list(part())
    assert places(stage.track(green, bare)) == GREEN
    assert places(stage.track(red, part())) == RED  # asked once more, it begins anew


def test_who_leaves_ends_nothing_for_others_and_the_last_ends_it(stage, part):
    closed = []

    class Noted(FilmPart):
        def __iter__(self):
            try:
                yield from super().__iter__()
            finally:
                closed.append(True)

    film = part()
    noted = [Noted(film.path, film.start, film.stop, film._reader) for _ in range(2)]
    ensemble = stage.ensemble()
    red, green = (ensemble.join(name, "film") for name in ("Red", "Green"))
    first, second = stage.track(red, noted[0]), stage.track(green, noted[1])
    assert places(islice(first, 3)) == RED[:3]
    first.close()
    assert places(islice(second, 20)) == GREEN[:20] and not closed
    second.close()
    assert closed == [True]


def test_who_never_asks_keeps_nothing_open(stage, part):
    film, ensemble = part(), stage.ensemble()
    red = ensemble.join("Red", "film")
    ensemble.join("Green", "film")
    with closing(red.track(film, stage.view)) as found:
        next(found)
    assert ensemble._shared is not None
    ensemble.close()
    assert next(ensemble._shared._looks, None) is None


def test_what_goes_wrong_goes_wrong_for_everybody(stage, part, world, monkeypatch):
    whole = world.Finder.detect

    def stumbling(self, pixels, ctx):
        faces = whole(self, pixels, ctx)
        if pixels[24, 24, 0] > 80:
            raise RuntimeError("no")
        return faces

    monkeypatch.setattr(world.Finder, "detect", stumbling)
    ensemble = stage.ensemble()
    people = [stage.track(ensemble.join(name, "film"), part()) for name in ("Red", "Green")]
    seen = []
    for one in people:
        count = 0
        with pytest.raises(PluginRunError, match=r"'blocks/finder' failed .*RuntimeError: no"):
            for _ in one:
                count += 1
        seen.append(count)
    assert seen[0] == seen[1] > 10


def test_a_film_that_is_damaged_is_so_for_everybody(stage, part, monkeypatch):
    whole = FilmPart._pictures

    def torn(self):
        yield from islice(whole(self), 5)
        raise DecodeError("damaged")

    monkeypatch.setattr(FilmPart, "_pictures", torn)
    ensemble = stage.ensemble()
    people = [stage.track(ensemble.join(name, "film"), part()) for name in ("Red", "Green")]
    for one, wanted in zip(people, (RED, GREEN), strict=True):
        assert places(islice(one, 5)) == wanted[:5]
        with pytest.raises(DecodeError, match="damaged"):
            next(one)


def test_who_is_not_there_is_missed_by_their_own_name_only(stage, part):
    ensemble = stage.ensemble()
    red, blue = (ensemble.join(name, "film.mkv") for name in ("Red", "Blue"))
    first, second = stage.track(red, part()), stage.track(blue, part())
    with pytest.raises(NoFaceError, match=r"No face in 'film.mkv' is that of 'Blue'"):
        list(second)
    assert places(first) == RED


def layer(path: Path, who: str = "", **fields: Any) -> MotionLayer:
    options = {"path": path, **fields.pop("options", {})}
    return MotionLayer(use="blocks/film", options=options, who=who, **fields)


def test_the_plan_says_who_shares(stage, driver, registry):
    film, other = driver(beside), driver(beside, 5)
    late = TimeMap(offset=Fraction(1))
    trackers = stage.trackers()

    def lent(one: MotionLayer):
        (planned,) = plan_layers([one], registry)
        return trackers.lend(planned)

    red, green = lent(layer(film, "Red")), lent(layer(film, "Green"))
    assert red._ensemble is green._ensemble and red._ensemble.tracker is stage.tracker
    own = [
        lent(layer(other, "Green")),
        lent(layer(film, "Green", options={"duration": Fraction(1)})),
        lent(layer(film, "Green", time=late)),
    ]
    assert len({id(one._ensemble) for one in (red, *own)}) == 4
    nobody = [lent(layer(film)) for _ in range(2)]
    used = [red._ensemble.tracker, *(one._ensemble.tracker for one in own), *nobody]
    assert len({id(one) for one in used}) == 6  # each works in a thread of its own
    assert lent(MotionLayer(use="blocks/voice", options={"path": film})) is None


def some(number: int, scored: bool = True) -> TrackedFrame:
    rng = np.random.default_rng(number)
    if number % 5 == 0:
        return TrackedFrame(number, ())
    landmarks = (neutral_shape() * rng.uniform(9, 99)).astype(np.float32)
    scores = rng.uniform(size=52).astype(np.float32) if scored else None
    return TrackedFrame(
        number, (FaceObservation(landmarks, float(rng.uniform()), number % 3, scores),)
    )


def same(one: TrackedFrame, other: TrackedFrame) -> bool:
    if one.pts != other.pts or len(one.faces) != len(other.faces):
        return False
    return all(
        (a.score, a.track) == (b.score, b.track)
        and a.landmarks.tobytes() == b.landmarks.tobytes()
        and (a.blendshapes is None) == (b.blendshapes is None)
        and (a.blendshapes is None or a.blendshapes.tobytes() == b.blendshapes.tobytes())
        for a, b in zip(one.faces, other.faces, strict=True)
    )


@pytest.mark.parametrize("most", [1, 4, 1000])
def test_what_waits_comes_back_bit_for_bit_in_order(most):
    with HostContext() as context:
        backlog, given, got = Backlog(context, most), [], []
        for round_ in range(6):
            for _ in range(9):
                given.append(some(len(given), scored=round_ % 2 == 0))
                backlog.append(given[-1])
                assert len(backlog._first) <= most
            assert len(backlog) == len(given) - len(got)
            for _ in range((3, 12, 5, 16, 9, 9)[round_]):
                got.append(backlog.popleft())
        assert not backlog and len(got) == len(given)
        assert all(same(one, other) for one, other in zip(got, given, strict=True))
        assert backlog._file is None
        backlog.close()
        backlog.append(some(1))
        assert not backlog


def test_a_full_disk_is_said_to_be_one(monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("a1sdk.render.cast.backlog.TemporaryFile", full)
    with HostContext() as context, pytest.raises(StorageError, match="cannot be written"):
        backlog = Backlog(context, 1)
        backlog.append(some(1))
        backlog.append(some(2))
