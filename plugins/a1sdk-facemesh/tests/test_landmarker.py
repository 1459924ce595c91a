from collections.abc import Callable

import numpy as np
import pytest
from a1sdk_facemesh.blendshapes import SUBSET
from a1sdk_facemesh.landmarker import Landmarker
from a1sdk_facemesh.models import Models

from a1sdk.plugin import AssetMissingError, ConfigError, RunContext, VideoFrame


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch, files: Callable[..., RunContext]) -> Landmarker:
    """A tracker whose detector sees nothing."""

    def no_models(*_: object, **__: object) -> Models:
        return Models(lambda pixels, region: [], None)  # type: ignore[arg-type]

    monkeypatch.setattr("a1sdk_facemesh.landmarker.load_models", no_models)
    tracker = Landmarker()
    tracker.setup(files())
    return tracker


def test_setup_without_models_fails_and_close_still_works(
    files: Callable[..., RunContext],
) -> None:
    tracker = Landmarker()
    with pytest.raises(AssetMissingError):
        tracker.setup(files())
    tracker.close()


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((8, 8, 3), np.uint16),
        np.zeros((8, 8, 3), np.float32),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((8, 8), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
    ],
)
def test_other_pictures_are_refused(
    blind: Landmarker, files: Callable[..., RunContext], pixels: np.ndarray
) -> None:
    with pytest.raises(ConfigError, match="RGB pictures of 8 bits"):
        blind.detect(pixels, files())
    with pytest.raises(ConfigError, match="RGB pictures of 8 bits"):
        next(blind.track([VideoFrame(0, pixels)], files()))


def test_following_no_face_at_all_is_refused(
    blind: Landmarker, files: Callable[..., RunContext]
) -> None:
    with pytest.raises(ConfigError, match="0 faces"):
        next(blind.track([], files(), max_faces=0))


def test_streams_keep_their_numbers_of_frames(
    blind: Landmarker, files: Callable[..., RunContext]
) -> None:
    frames = [VideoFrame(pts, np.zeros((8, 8, 3), np.uint8)) for pts in (7, 9)]
    assert [frame.pts for frame in blind.track(frames, files())] == [7, 9]


def test_the_blendshape_network_reads_146_landmarks_in_order() -> None:
    assert len(SUBSET) == 146
    assert SUBSET.tolist() == sorted(set(SUBSET.tolist()))
