"""Match faces with people, one to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Scores = npt.NDArray[np.float32]


def assign(likeness: Scores, threshold: float) -> list[int | None]:
    """Return the face of each person, None for whoever is not among them.

    Of all ways to give each person at most one face and each face to at most one person, it is that
    with the largest sum of likenesses, of which none is below the threshold. Found exactly, by
    dynamic programming over the sets of people who have a face: F x P x 2^P steps.

    Args:
        likeness: float32 [P, F], of each person and each face; P at most 12.
        threshold: likeness from which on a face may be a person's, above 0.
    """
    people, faces = likeness.shape
    best: dict[int, tuple[float, tuple[int | None, ...]]] = {0: (0.0, (None,) * people)}
    for face in range(faces):
        for having, (total, chosen) in list(best.items()):
            for person in range(people):
                score, more = float(likeness[person, face]), having | 1 << person
                if more == having or score < threshold:
                    continue
                if more not in best or total + score > best[more][0]:
                    best[more] = total + score, _with(chosen, person, face)
    return list(max(best.values(), key=lambda one: one[0])[1])


def _with(chosen: tuple[int | None, ...], person: int, face: int) -> tuple[int | None, ...]:
    return *chosen[:person], face, *chosen[person + 1 :]
