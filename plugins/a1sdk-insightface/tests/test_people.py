"""Real people, on the small networks of the shared test pack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from a1sdk_insightface import a1_register_face_trackers, a1_register_identity_encoders
from a1sdk_insightface.encoder import ArcFace
from a1sdk_insightface.options import EncoderOptions, TrackerOptions
from a1sdk_insightface.tracker import Scrfd

from a1sdk.plugin import Portrait, RunContext
from a1sdk.testing.doubles import WatchedContext

pytestmark = pytest.mark.shared
Load = Callable[[str], np.ndarray]


@pytest.fixture(scope="module")
def run() -> Iterator[RunContext]:
    with WatchedContext(device="cpu") as host:
        yield host.lend(a1_register_face_trackers()[0])


@pytest.fixture(scope="module")
def tracker(real_pack: Path, run: RunContext) -> Iterator[Scrfd]:
    with closing(Scrfd(TrackerOptions(folder=real_pack))) as made:
        made.setup(run)
        yield made


@pytest.fixture(scope="module")
def encoder(real_pack: Path) -> Iterator[ArcFace]:
    with (
        WatchedContext(device="cpu") as host,
        closing(ArcFace(EncoderOptions(folder=real_pack))) as made,
    ):
        made.setup(host.lend(a1_register_identity_encoders()[0]))
        yield made


@pytest.fixture(scope="module")
def likeness(
    tracker: Scrfd, encoder: ArcFace, load: Load, run: RunContext
) -> Callable[..., np.ndarray]:
    """Encodes the largest face of each named portrait, together."""

    def encode(*names: str) -> np.ndarray:
        found = []
        for name in names:
            pixels = load(name)
            found.append(Portrait(pixels, tracker.detect(pixels, run)[0]))
        return encoder.encode(found, run).arrays["embedding"]

    return encode


@pytest.mark.parametrize(
    ("name", "count"), [("p05", 2), ("p22", 15), ("p23", 29), ("p25", 0), ("p26", 0), ("p02", 1)]
)
def test_as_many_faces_are_found_as_there_are(
    name: str, count: int, tracker: Scrfd, load: Load, run: RunContext
) -> None:
    assert len(tracker.detect(load(name), run)) == count


def test_one_person_is_like_oneself_and_unlike_others(
    likeness: Callable[..., np.ndarray],
) -> None:
    assert likeness("p02") @ likeness("p03") > 0.5
    assert likeness("p10") @ likeness("p11") > 0.5
    for one, other in (("p02", "p04"), ("p01", "p02"), ("p10", "p12")):
        assert likeness(one) @ likeness(other) < 0.3


def test_two_pictures_are_nearer_to_a_third_than_the_farther_of_them(
    likeness: Callable[..., np.ndarray],
) -> None:
    one, other, third = (likeness(name) for name in ("p02", "p03", "p29"))
    both = likeness("p02", "p03")
    assert both == pytest.approx((one + other) / np.linalg.norm(one + other), abs=1e-5)
    assert both @ third > min(one @ third, other @ third)


def test_vectors_are_those_of_the_library_and_not_with_red_for_blue(
    likeness: Callable[..., np.ndarray], real_pack: Path, load: Load
) -> None:
    from insightface.app import FaceAnalysis

    app = FaceAnalysis(name=str(real_pack), providers=["CPUExecutionProvider"])
    app.prepare(0, det_size=(640, 640))
    recognizer = app.models.pop("recognition")
    picture = load("p02")
    (face,) = app.get(np.ascontiguousarray(picture[..., ::-1]))
    from a1sdk_insightface.alignment import aligned

    def theirs(image: np.ndarray) -> float:
        crop = aligned(np.ascontiguousarray(image), face.kps.astype(np.float64), 112)
        vector = recognizer.get_feat(crop).ravel()
        return float(vector @ likeness("p02") / np.linalg.norm(vector))

    right, swapped = theirs(picture[..., ::-1]), theirs(picture)
    assert right > 0.95 and swapped < right - 0.02


def test_a_head_that_lies_on_its_side_is_the_same_person(
    likeness: Callable[..., np.ndarray],
) -> None:
    assert likeness("x11") @ likeness("p07") > 0.8


def test_nothing_reaches_for_the_network(
    real_pack: Path, load: Load, run: RunContext, no_network: None
) -> None:
    pixels = load("p02")
    with (
        closing(Scrfd(TrackerOptions(folder=real_pack))) as tracker,
        closing(ArcFace(EncoderOptions(folder=real_pack))) as encoder,
    ):
        tracker.setup(run)
        encoder.setup(run)
        (face,) = tracker.detect(pixels, run)
        encoder.encode([Portrait(pixels, face)], run)
