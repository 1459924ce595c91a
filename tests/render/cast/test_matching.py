"""Faces and people, one to one."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from a1sdk.render.cast.matching import assign


@pytest.mark.parametrize("seed", range(20))
def test_the_assignment_is_the_best_of_all(seed):
    rng = np.random.default_rng(seed)
    people, faces = int(rng.integers(1, 5)), int(rng.integers(0, 6))
    likeness = rng.uniform(-0.2, 1, (people, faces)).astype(np.float32)
    found = assign(likeness, 0.4)
    taken = [one for one in found if one is not None]
    assert len(set(taken)) == len(taken)
    assert all(one is None or likeness[n, one] >= 0.4 for n, one in enumerate(found))

    def worth(faces_of: tuple[int, ...]) -> float:
        scores = [likeness[n, one] for n, one in enumerate(faces_of) if one < faces]
        return sum(score for score in scores if score >= 0.4)

    best = max(worth(way) for way in permutations(range(faces + people), people))
    assert sum(likeness[n, one] for n, one in enumerate(found) if one is not None) == (
        pytest.approx(best, abs=1e-5)
    )


def test_a_face_goes_to_who_is_more_like_it_and_others_get_the_next():
    likeness = np.array([[0.9, 0.8], [0.7, 0.1]], np.float32)
    assert assign(likeness, 0.4) == [1, 0]
    assert assign(likeness, 0.85) == [0, None]
