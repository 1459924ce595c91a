"""Real people, recognised by the small networks of the shared test pack."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from a1sdk.components.data import VideoFrame
from a1sdk.components.registry import Registry
from a1sdk.media import open_video, read_still, write_still
from a1sdk.media.part import FilmPart
from a1sdk.motion.clip import MotionClip
from a1sdk.motion.measure import measure
from a1sdk.render.animate import animate
from a1sdk.render.arrange import stack_of
from a1sdk.render.cast.ensemble import Ensemble
from a1sdk.render.cast.recognizer import Recognizer, choose_recognizer
from a1sdk.render.context import HostContext
from a1sdk.render.extract import extract_motion
from a1sdk.render.job import Roster
from a1sdk.render.opening import Opener
from a1sdk.render.plan import choose_tracker
from a1sdk.render.portrait import detect_faces, lips_apart

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture
def data(shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folders = [os.environ.get("A1_ASSET_PATH"), str(shared / "models")]
    monkeypatch.setenv("A1_ASSET_PATH", os.pathsep.join(filter(None, folders)))
    return shared / "data"


@pytest.fixture
def encoder(shared: Path) -> dict[str, Any]:
    folder = shared / "models" / "insightface_root" / "models" / "a1_test"
    if not folder.is_dir():
        pytest.skip(f"no test pack in {folder}")
    pytest.importorskip("insightface")
    return {"use": "insightface/arcface", "options": {"folder": str(folder)}}


class Watcher:
    """Looks at faces as a run would."""

    def __init__(self, stack: ExitStack) -> None:
        self.registry = Registry()
        self.opener = Opener(stack.enter_context(HostContext()), stack, [])
        chosen = choose_tracker(self.registry, "facemesh/landmarks")
        self.tracker, self.view = self.opener.tracker(chosen), self.opener.lend(chosen)

    def recognizer(self, people: dict[str, list[Path]], encoder: dict[str, Any]) -> Recognizer:
        named = [{"name": name, "pictures": paths} for name, paths in people.items()]
        roster = Roster.model_validate({"people": named, "encoder": encoder})
        chosen = choose_recognizer(roster, self.registry)
        return Recognizer(chosen, roster, self.opener, self.tracker, self.view)

    def lips(self, film: Path) -> np.ndarray:
        """How far lips are apart in a film of two, [frames, left and right]."""
        with open_video(film) as reader:
            frames = (VideoFrame(one.index, one.pixels) for one in reader.frames())
            tracked = list(self.tracker.track(frames, self.view, max_faces=2))
        faces = [sorted(one.faces, key=lambda face: face.center[0]) for one in tracked]
        return np.array([[lips_apart(face.landmarks) for face in pair] for pair in faces])


@pytest.fixture
def watcher(data: Path) -> Iterator[Watcher]:
    with ExitStack() as stack:
        yield Watcher(stack)


def first(folder: Path, name: str) -> Path:
    return next(folder.glob(f"{name}*"))


def frame_of(film: Path, number: int, path: Path, part: slice = slice(None)) -> Path:
    with open_video(film) as reader:
        write_still(path, np.ascontiguousarray(reader.frame_at(number).pixels[:, part]))
    return path


@pytest.mark.parametrize("by", [("left", "right"), ("right", "left")])
def test_two_people_give_two_others_their_performances(
    by: tuple[str, str], data: Path, encoder: dict[str, Any], watcher: Watcher, tmp_path: Path
) -> None:
    film = first(data / "driving", "z04")
    pictures = {
        "Obama": first(data / "portraits", "p02"),
        "Biden": first(data / "portraits", "p04"),
        "left": frame_of(film, 0, tmp_path / "left.png", slice(0, 360)),
        "right": frame_of(film, 0, tmp_path / "right.png", slice(360, 720)),
    }
    cast = {
        "encoder": encoder,
        "people": [{"name": name, "pictures": [one]} for name, one in pictures.items()],
        "parts": [{"who": "Obama", "by": by[0]}, {"who": "Biden", "by": by[1]}],
    }
    portrait = first(data / "portraits", "p05")
    report = animate(portrait, film, tmp_path / "film.mkv", cast=cast)
    assert (report.frames, report.faces_in_portrait, report.warnings) == (75, 2, [])
    asked, given = watcher.lips(film), watcher.lips(tmp_path / "film.mkv")
    together = np.corrcoef(asked.T, given.T)[:2, 2:]  # of left and right, asked and given
    own = [together[("left", "right").index(name), place] for place, name in enumerate(by)]
    others = [together[("right", "left").index(name), place] for place, name in enumerate(by)]
    assert min(own) > 0.7 and max(others) < 0.5


def test_what_is_shared_is_what_each_would_get_alone(
    data: Path,
    encoder: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    film, sides = first(data / "driving", "z04"), {"left": slice(0, 360), "right": slice(360, 720)}
    pictures = {name: frame_of(film, 0, tmp_path / f"{name}.png", sides[name]) for name in sides}
    pictures |= {"Obama": first(data / "portraits", "p02")}
    pictures |= {"Biden": first(data / "portraits", "p04")}
    cast = {
        "encoder": encoder,
        "people": [{"name": name, "pictures": [one]} for name, one in pictures.items()],
        "parts": [{"who": "Obama", "by": "left"}, {"who": "Biden", "by": "right"}],
    }
    passes: list[int] = []
    whole = FilmPart.__iter__

    def noted(part: FilmPart) -> Any:
        passes[-1] += 1
        return whole(part)

    monkeypatch.setattr(FilmPart, "__iter__", noted)
    films = []
    for shared in (True, False):
        passes.append(0)
        if not shared:
            monkeypatch.setattr("a1sdk.render.cast.trackers._see_the_same", lambda *_: False)
        output = tmp_path / f"{shared}.mkv"
        animate(first(data / "portraits", "p05"), film, output, cast=cast, duration="0.4s")
        with open_video(output) as reader:
            films.append([one.pixels.tobytes() for one in reader.frames()])
    assert passes == [1, 2]
    assert len(films[0]) == 10 and films[0] == films[1]


def test_one_person_is_followed_through_cuts_and_nobody_else(
    data: Path, encoder: dict[str, Any], watcher: Watcher, tmp_path: Path
) -> None:
    film = first(data / "driving", "d10")  # the singer is there up to frame 19, and from 82 to 210
    singer = [frame_of(film, n, tmp_path / f"{n}.png") for n in (10, 110, 150)]
    recognizer = watcher.recognizer({"singer": singer}, encoder)
    ensemble = Ensemble(watcher.tracker, recognizer, watcher.opener.context)
    tracker = ensemble.join("singer", film.name)
    with open_video(film) as reader:
        frames = (VideoFrame(one.index, one.pixels) for one in reader.frames())
        seen = [one.pts for one in tracker.track(frames, watcher.view) if one.faces]
    assert seen == [*range(20), *range(82, 211)]


def test_the_motion_of_each_of_two_is_kept_by_name(
    data: Path, encoder: dict[str, Any], watcher: Watcher, tmp_path: Path
) -> None:
    """Their mouths open as they do in the film, each as its own and not as the other's."""
    film, sides = first(data / "driving", "z04"), {"left": slice(0, 360), "right": slice(360, 720)}
    pictures = {name: frame_of(film, 0, tmp_path / f"{name}.png", sides[name]) for name in sides}
    people = [{"name": name, "pictures": [path]} for name, path in pictures.items()]
    opened = []
    for name in sides:
        output = tmp_path / f"{name}.a1motion"
        stack = stack_of(film, registry=watcher.registry)
        cast = {"encoder": encoder, "people": people}
        with HostContext() as context:
            extract_motion(
                stack, output, registry=watcher.registry, context=context, cast=cast, who=name
            )
        clip = MotionClip.load(output)
        assert (len(clip), clip.gaps(), clip.header.source["who"]) == (75, [], name)
        opened.append(measure(clip.frames()).mouth)
    together = np.corrcoef(watcher.lips(film).T, np.array(opened))[:2, 2:]
    assert min(together[0, 0], together[1, 1]) > 0.9
    assert max(together[0, 1], together[1, 0]) < 0.5


@pytest.mark.parametrize(("portrait", "expected"), [("p05", ["a", "b"]), ("p01", []), ("p10", [])])
def test_faces_are_matched_and_strangers_are_nobody(
    portrait: str,
    expected: list[str],
    data: Path,
    encoder: dict[str, Any],
    watcher: Watcher,
) -> None:
    portraits = data / "portraits"
    people = {"a": [first(portraits, "p02")], "b": [first(portraits, "p04")]}
    recognizer = watcher.recognizer(people, encoder)
    pixels = read_still(first(portraits, portrait)).pixels
    faces = detect_faces(pixels, watcher.tracker, watcher.view)
    found = recognizer.match(pixels, faces).faces
    assert sorted(found, key=lambda name: faces[found[name]].center[0]) == expected


def test_two_people_whose_pictures_show_one_are_told_of(data, encoder, watcher):
    portraits = data / "portraits"
    same = {"Ann": [first(portraits, "p02")], "Bob": [first(portraits, "p03")]}
    watcher.recognizer(same | {"Cid": [first(portraits, "p04")]}, encoder)
    (told,) = watcher.view.warnings
    assert told.startswith("The pictures of 'Ann' and 'Bob' may show one person: they are alike by")
