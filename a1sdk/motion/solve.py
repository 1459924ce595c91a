"""The inverse of the blendshape basis: which coefficients an expression is made of.

Least squares between bounds, preferring few, small coefficients, alike on both sides where the
face does not tell. Solved exactly by block principal pivoting (Júdice and Pires 1994; Kim and Park
2011) on the basis' Gram matrix, so that a frame costs about a fifth of a millisecond and the same
expression always has the same coefficients.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.components.data import BLENDSHAPES, LANDMARKS
from a1sdk.motion.blendshapes import BLENDSHAPE_NAMES, INDEX, basis, reference_face
from a1sdk.motion.carry import Carry
from a1sdk.motion.frame import FaceMotion
from a1sdk.motion.landmarks import (
    BROWS,
    FACE_OVAL,
    IRISES,
    LIDS,
    LIPS,
    flat,
)
from a1sdk.motion.mix import smoothstep
from a1sdk.motion.neutral import eye_apertures

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats
    from a1sdk.motion.pose import Doubles

    Mask = npt.NDArray[np.bool_]

_WEIGHTS = (
    (range(LANDMARKS), 0.5),
    (FACE_OVAL, 0.1),  # trackers see less of the chin's way than of the lips'
    (LIPS, 1.0),
    (LIDS, 2.0),
    (flat(BROWS), 2.0),
)
_IRIS_WEIGHT = 4.0
_DEPTH = 0.3  # how much of a displacement in depth counts: trackers guess it

# What coefficients cost: the squares as shares of a shape's own energy, the others of its length.
_RIDGE = 0.001  # square of a coefficient
_ALIKE = 0.001  # square of the difference of left and right
_SPARSE = 0.0015  # a coefficient
_DOUBTED = 0.003  # a coefficient of `_DOUBTFUL`
_HIDDEN = 0.5  # square of one of `_IN_SHUT_EYES`, in a shut eye

_HALF_SHUT = (0.15, 0.5)  # of neutral: below it an iris is not seen at all, above it in full
_ROUNDS = 500  # rarely more than ten; the method is finite
_PATIENCE = 3
_EXACT = 1e-12

_DOUBTFUL = ("cheek", "jawForward", "mouthDimple", "mouthPress", "mouthShrug", "noseSneer")
"""How names of shapes begin that a tracker's noise looks like."""

_IN_SHUT_EYES = ("eyeLook", "eyeSquint", "cheekSquint")
"""The same of shapes that a shut eye should not be explained by."""

_EXCLUSIVE = (
    ("jawLeft", "jawRight"),
    ("mouthLeft", "mouthRight"),
    *((f"eyeLookUp{side}", f"eyeLookDown{side}") for side in ("Left", "Right")),
    *((f"eyeLookIn{side}", f"eyeLookOut{side}") for side in ("Left", "Right")),
    *((f"eyeBlink{side}", f"eyeWide{side}") for side in ("Left", "Right")),
    *((f"eyeSquint{side}", f"eyeWide{side}") for side in ("Left", "Right")),
    *((f"mouthSmile{side}", f"mouthFrown{side}") for side in ("Left", "Right")),
)
"""Shapes that no face does at once; of each pair only the one that explains more is used."""


def coefficients(expression: Floats, neutral: Floats | None = None) -> Floats:
    """Return the coefficients, float32 [52], whose expression is nearest to one.

    Each is 0..1; shapes of `UNSEEN` are 0. An iris behind a closing lid is not believed, so that a
    blink is a blink and no look down.

    Args:
        expression: float32 [478, 3], as `FaceMotion.expression`.
        neutral: float32 [478, 3], the subject's neutral face; None is the reference face. The
            expression is first brought to the proportions of the reference face.
    """
    if neutral is not None:
        still = np.zeros(3, np.float32)
        motion = FaceMotion(expression, np.eye(3, dtype=np.float32), still, neutral=neutral)
        expression = Carry()(motion, None).expression
    model = _model()
    stiffness, pull = model.equations(expression.astype(np.float64))
    most = np.ones(BLENDSHAPES)
    found = _bounded(stiffness, pull, most, pull > 0.0)
    while (both := found[model.exclusive].min(axis=1) > 0.0).any():
        pairs = model.exclusive[both]
        most[pairs[np.arange(len(pairs)), found[pairs].argmin(axis=1)]] = 0.0
        found = _bounded(stiffness, pull, most, found > 0.0)
    return found.astype(np.float32)


@dataclass(frozen=True, eq=False)
class _Model:
    """The basis as normal equations.

    Attributes:
        stiffness: [52, 52], of all landmarks but the irises, with the penalties.
        rows: [52, 1434], the basis, weighted.
        irises: [2, 52, 52], the same of the right and the left iris alone.
        iris_rows: [2, 52, 15].
        sparse: [52], the pull towards 0.
        hidden: [2, 52], what a shut right and left eye adds to the stiffness' diagonal.
        exclusive: intp [n, 2], pairs of shapes.
    """

    stiffness: Doubles
    rows: Doubles
    irises: Doubles
    iris_rows: Doubles
    sparse: Doubles
    hidden: Doubles
    exclusive: npt.NDArray[np.intp]

    def equations(self, expression: Doubles) -> tuple[Doubles, Doubles]:
        """Return stiffness [52, 52] and pull [52] of the least squares for an expression."""
        seen = _irises_seen(expression)
        stiffness = self.stiffness + np.tensordot(seen, self.irises, axes=1)
        stiffness[np.diag_indices(BLENDSHAPES)] += (1.0 - seen) @ self.hidden
        pull = self.rows @ expression.reshape(-1) - self.sparse
        for share, rows, points in zip(seen, self.iris_rows, IRISES, strict=True):
            pull += share * (rows @ expression[list(points)].reshape(-1))
        return stiffness, pull


@cache
def _model() -> _Model:
    shapes = basis().astype(np.float64)
    flat_shapes = shapes.reshape(BLENDSHAPES, -1)
    rows = (shapes * _point_weights()).reshape(BLENDSHAPES, -1)
    irises = shapes[:, np.array(IRISES)].transpose(1, 0, 2, 3)
    iris_rows = (_IRIS_WEIGHT * irises * [1.0, 1.0, 0.0]).reshape(2, BLENDSHAPES, -1)
    iris_energy = iris_rows @ irises.reshape(2, BLENDSHAPES, -1).transpose(0, 2, 1)
    energy = rows @ flat_shapes.T
    own = np.diag(energy) + np.diagonal(iris_energy, axis1=1, axis2=2).sum(axis=0)
    doubtful = _named(_DOUBTFUL)
    return _Model(
        energy + np.diag(_RIDGE * own + 1e-6) + _alike(own),
        rows,
        iris_energy,
        iris_rows,
        np.where(doubtful, _DOUBTED, _SPARSE) * np.sqrt(own),
        np.array([_named(_IN_SHUT_EYES, side) for side in ("Right", "Left")]) * (_HIDDEN * own),
        np.array([[INDEX[name] for name in pair] for pair in _EXCLUSIVE], np.intp),
    )


def _named(beginnings: tuple[str, ...], end: str = "") -> Mask:
    """Which shapes' names begin and end so, [52]."""
    return np.array(
        [name.startswith(beginnings) and name.endswith(end) for name in BLENDSHAPE_NAMES]
    )


def _point_weights() -> Doubles:
    """How much the displacement of each landmark but the irises counts, [478, 3]."""
    weights = np.zeros((LANDMARKS, 1))
    for points, weight in _WEIGHTS:
        weights[list(points)] = weight
    weights[list(flat(IRISES))] = 0.0
    return weights * [1.0, 1.0, _DEPTH]


def _alike(own: Doubles) -> Doubles:
    """The penalty on differences of left and right, [52, 52]."""
    penalty = np.zeros((BLENDSHAPES, BLENDSHAPES))
    for name, left in INDEX.items():
        if name.endswith("Left") and not name.startswith(("jaw", "mouthLeft", "eyeLook")):
            right = INDEX[f"{name[:-4]}Right"]
            strength = _ALIKE * own[left]
            penalty[[left, right], [left, right]] += strength
            penalty[[left, right], [right, left]] -= strength
    return penalty


def _irises_seen(expression: Doubles) -> Doubles:
    """How far the right and the left iris are to be believed, [2], by how open the eyes are."""
    neutral = reference_face()
    openness = eye_apertures(neutral[None] + expression[None])[0] / eye_apertures(neutral)
    shut, opened = _HALF_SHUT
    return np.asarray(smoothstep(np.clip((openness - shut) / (opened - shut), 0.0, 1.0)))


def _bounded(stiffness: Doubles, pull: Doubles, most: Doubles, likely: Mask) -> Doubles:
    """Return the x in [0, most] that minimises `x @ stiffness @ x / 2 - pull @ x`.

    `likely` are those that are probably not 0: a guess, which makes it fast.
    """
    full = most > 0.0
    free, high = full & likely, np.zeros(len(most), bool)
    best, patience = len(most) + 1, _PATIENCE
    for _ in range(_ROUNDS):
        found = _between(stiffness, pull, free, np.where(high, most, 0.0))
        slope = stiffness @ found - pull
        low = full & ~free & ~high
        above = free & (found > most)
        tempted = (low & (slope < -_EXACT)) | (high & (slope > _EXACT))
        wrong = above | (free & (found < 0.0)) | tempted
        count = int(wrong.sum())
        if not count:
            break
        best, patience = (count, _PATIENCE) if count < best else (best, patience - 1)
        if patience < 0:  # exchanging all at once runs in circles now and then; one by one does not
            wrong[: np.flatnonzero(wrong)[-1]] = False
        high = (high & ~wrong) | (above & wrong)
        free = free ^ wrong
    return np.clip(found, 0.0, most)


def _between(stiffness: Doubles, pull: Doubles, free: Mask, held: Doubles) -> Doubles:
    """Solve for the free coefficients; the others are held."""
    found = held.copy()
    index = np.flatnonzero(free)
    rest = pull[index] - stiffness[index] @ held
    found[index] = np.linalg.solve(stiffness[np.ix_(index, index)], rest)
    return found
