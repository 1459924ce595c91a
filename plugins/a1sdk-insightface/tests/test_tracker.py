from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from a1sdk_insightface.alignment import five_points, framing
from a1sdk_insightface.options import TrackerOptions
from a1sdk_insightface.tracker import Scrfd

from a1sdk.plugin import ConfigError, Neutral, RunContext, VideoFrame
from a1sdk.testing import portrait

MakePack = Callable[..., Path]


def face_points() -> np.ndarray:
    """Where the made-up detector sees a face, in its own pixels."""
    seen = portrait(256, 256)
    return five_points(seen.face.landmarks[:, :2]) - 0.5


@pytest.fixture
def tracker(pack: MakePack, ctx: RunContext) -> Iterator[Scrfd]:
    """The tracker on a made-up detector, which sees one face in each picture."""
    with closing(Scrfd(TrackerOptions(folder=pack("mine", face_points())))) as made:
        made.setup(ctx)
        yield made


@pytest.mark.parametrize("scale", [1, 3])
def test_a_detection_becomes_a_resting_face_in_pixels_of_the_picture(
    scale: int, tracker: Scrfd, ctx: RunContext
) -> None:
    seen = portrait(256, 256)
    pixels = np.repeat(np.repeat(seen.pixels, scale, 0), scale, 1)
    (face,) = tracker.detect(pixels, ctx)
    off = np.linalg.norm(face.landmarks[:, :2] - scale * seen.face.landmarks[:, :2], axis=1)
    assert off.mean() < 0.05 * scale * 256 * 0.26  # of the distance of the eyes
    assert face.score == pytest.approx(0.9) and face.blendshapes is None
    assert Neutral.of(face).pose.rotation == pytest.approx(np.eye(3), abs=0.15)


@pytest.mark.parametrize("size", [(7, 200), (3, 3), (20000, 1)])
def test_no_face_is_seen_where_there_is_no_room(
    size: tuple[int, int], tracker: Scrfd, ctx: RunContext
) -> None:
    assert tracker.detect(np.zeros((*size, 3), np.uint8), ctx) == []


def test_points_of_a_face_on_its_side_stay_where_a_second_look_sees_none(
    pack: MakePack, ctx: RunContext
) -> None:
    """The made-up detector sees a face that lies, in the upright frame too: that is not it."""
    _, target = framing(face_points(), 256, 112)
    lying = (target - 128)[:, ::-1] * np.array([1, -1]) + 128  # a quarter turn
    with closing(Scrfd(TrackerOptions(folder=pack("mine", lying)))) as tracker:
        tracker.setup(ctx)
        (face,) = tracker.detect(portrait(256, 256).pixels, ctx)
    assert np.abs(five_points(face.landmarks)[:, :2] - 0.5 - lying).max() < 4


def test_frames_are_answered_one_by_one(tracker: Scrfd, ctx: RunContext) -> None:
    frames = (VideoFrame(pts, portrait(256, 256).pixels) for pts in (4, 5, 9))
    seen = list(tracker.track(frames, ctx, max_faces=2))
    assert [one.pts for one in seen] == [4, 5, 9]
    assert [[face.track for face in one.faces] for one in seen] == [[0], [0], [0]]


def test_nothing_reaches_for_the_network(
    pack: MakePack, ctx: RunContext, no_network: None, tmp_path: Path
) -> None:
    with closing(Scrfd(TrackerOptions(folder=pack("mine", face_points())))) as tracker:
        tracker.setup(ctx)
        assert len(tracker.detect(np.zeros((256, 256, 3), np.uint8), ctx)) == 1
    assert not (tmp_path / "home" / ".insightface").exists()


def test_it_cannot_follow_nobody(tracker: Scrfd, ctx: RunContext) -> None:
    with pytest.raises(ConfigError, match="0 faces"):
        next(tracker.track(iter(()), ctx, max_faces=0))


def test_using_it_before_setup_is_a_mistake_that_is_named(ctx: RunContext) -> None:
    with pytest.raises(RuntimeError, match="before setup"):
        Scrfd().detect(np.zeros((64, 64, 3), np.uint8), ctx)
