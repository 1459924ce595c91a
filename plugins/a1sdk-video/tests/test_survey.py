from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from a1sdk_video.survey import SURVEYED, Sighting, Survey

from a1sdk.plugin import FaceObservation, NoFaceError
from a1sdk.testing import Counted, neutral_shape


def _sighting(
    number: int, x: float | None = 300.0, scene: int = 0, scale: float = 50.0
) -> Sighting:
    if x is None:
        return Sighting(Fraction(number, 25), None, scene)
    points = neutral_shape() * scale + np.array([x, 200, 0])
    points += 0.02 * np.random.default_rng(number).standard_normal(points.shape)
    return Sighting(Fraction(number, 25), FaceObservation(points.astype(np.float32), 0.9), scene)


def test_every_sighting_has_a_sample_in_order() -> None:
    seen = [_sighting(n, None if n in (0, 7, 8) else 300) for n in range(600)]
    samples = list(Survey("relative", "film.mp4").measure(seen))
    assert [time for time, _ in samples] == [sighting.time for sighting in seen]
    assert [n for n, (_, motion) in enumerate(samples) if motion is None] == [0, 7, 8]
    assert max(np.abs(motion.expression).max() for _, motion in samples if motion) < 0.01


def test_no_more_is_kept_than_announced() -> None:
    seen = Counted(_sighting(n, None if n < 40 else 300) for n in range(900))
    for number, _ in enumerate(Survey("relative", "film.mp4").measure(seen)):
        assert seen.pulled <= max(number + 1, 40 + SURVEYED)


def test_each_scene_is_measured_from_its_own_neutral() -> None:
    seen = [_sighting(n, 300) for n in range(60)]
    seen += [_sighting(n, 500, scene=1, scale=90) for n in range(60, 120)]
    seen += [_sighting(n, 200, scene=2, scale=40) for n in range(120, 125)]
    samples = list(Survey("relative", "film.mp4").measure(seen))
    assert len(samples) == 125
    for _, motion in samples:
        assert motion is not None
        assert np.abs(motion.translation).max() < 0.02
        assert np.abs(motion.expression).max() < 0.02
    shapes = [motion.neutral for _, motion in samples if motion]
    assert shapes[0] is not shapes[70]
    assert np.array_equal(shapes[70], shapes[124]), "five frames do not tell a neutral face"


def test_a_film_without_faces_is_refused() -> None:
    with pytest.raises(NoFaceError, match=r"film\.mp4"):
        list(Survey("relative", "film.mp4").measure(_sighting(n, None) for n in range(9)))


def test_what_is_no_face_is_a_gap() -> None:
    def seen() -> Iterator[Sighting]:
        yield from (_sighting(n) for n in range(40))
        random = np.random.default_rng(0)
        junk = (300 + 60 * random.standard_normal((478, 3))).astype(np.float32)
        yield Sighting(Fraction(40, 25), FaceObservation(junk, 0.5), 0)

    samples = list(Survey("relative", "film.mp4").measure(seen()))
    assert samples[-1][1] is None and samples[-2][1] is not None
