"""The movements that shapes are made of, each of the subject's right side at its full strength.

A movement is given at a few landmarks, in face units of 9 cm; the skin follows (see `skin`). Left
is its mirror image. Lips are laid out by `u`, which runs from -1 at the right corner of the mouth
to 1 at the left one, and by ring, 0 at the inner edge and 3 at the border of the red.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from a1sdk.motion import landmarks as lm
from face_rig.regions import WINGS, Regions
from face_rig.skin import Field, Skin

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Lip:
    """A point of the lips; `side` is -1 on the upper lip, 1 on the lower one, 0 in a corner."""

    index: int
    u: float
    ring: int
    side: int


class Muscles:
    """Fields of displacement by name, float64 [478, 3].

    Args:
        face: [478, 3], the neutral face, symmetric.
        mirror: intp [478], each landmark's mirror image.
        skin: how the rest follows.
        smile: measured displacement of a smile, symmetric.
        open_jaw: measured displacement of an open mouth, symmetric.
    """

    def __init__(
        self, face: Field, mirror: np.ndarray, skin: Skin, smile: Field, open_jaw: Field
    ) -> None:
        self.face, self.mirror, self.skin = face, mirror, skin
        self._measured = {"smile": smile, "open": open_jaw}
        self.regions = Regions(face, mirror)
        self._half = float(abs(face[lm.MOUTH_RIGHT, 0]))
        self._lips = list(self._lip_points())
        self.fields = {name: make() for name, make in self._table().items()}

    def mirrored(self, field: Field) -> Field:
        """Return the same movement on the other side."""
        return np.asarray(field[self.mirror] * [-1, 1, 1])

    def _table(self) -> dict[str, Callable[[], Field]]:
        return {
            **self._mouth_table(),
            **self._jaw_table(),
            **self._cheek_table(),
            **self._brow_table(),
            **self._eye_table(),
        }

    # -- the mouth ------------------------------------------------------------------------------

    def _lip_points(self) -> Iterator[Lip]:
        for side, rings in ((-1, lm.UPPER_LIP), (1, lm.LOWER_LIP)):
            for ring, points in enumerate(rings):
                yield from (Lip(i, self._u(i), ring, side) for i in points)
        for ring, pair in enumerate(((78, 308), (62, 292), (76, 306), (61, 291))):
            yield from (Lip(i, float(np.sign(self.face[i, 0])), ring, 0) for i in pair)

    def _u(self, index: int) -> float:
        return float(np.clip(self.face[index, 0] / self._half, -1, 1))

    def _mouth_table(self) -> dict[str, Callable[[], Field]]:
        corner, one = self._corner, self._one_lip
        return {
            "smile": self._smile,
            "corner_out": lambda: corner((-0.1, 0, 0)),
            "corner_up": lambda: corner((0, -0.1, 0)),
            "corner_back": lambda: corner((0, 0, 0.1)),
            "upper_up": lambda: one(-1, (0, -0.1, 0)),
            "upper_forward": lambda: one(-1, (0, 0, -0.1)),
            "upper_thin": lambda: self._thin(-1),
            "lower_down": lambda: one(1, (0, 0.1, 0)),
            "lower_forward": lambda: one(1, (0, 0, -0.1)),
            "lower_thin": lambda: self._thin(1),
            "purse": self._purse,
            "lips_right": self._lips_right,
        }

    def _with_lips(self, move: Callable[[Lip], Vector], others: dict[int, Vector]) -> Field:
        handles = {lip.index: move(lip) for lip in self._lips}
        return self.skin.follow({**handles, **others}, self.regions.mouth)

    def _corner(self, way: Vector) -> Field:
        def move(lip: Lip) -> Vector:
            return _times(way, ((1 - lip.u) / 2) ** 2.5)

        return self._with_lips(move, {})

    def _one_lip(self, side: int, way: Vector) -> Field:
        def move(lip: Lip) -> Vector:
            return _times(way, (lip.side == side) * _right(lip.u) * _arch(lip.u))

        return self._with_lips(move, {})

    def _thin(self, side: int) -> Field:
        """The border of the red comes to the inner edge, and that turns inwards."""

        def move(lip: Lip) -> Vector:
            share = (lip.side == side) * _right(lip.u) * _arch(lip.u)
            border, edge = lip.ring / 3, 1 - lip.ring / 3
            return _times((0, -0.05 * side * border, 0.06 * edge + 0.02), share)

        return self._with_lips(move, {})

    def _purse(self) -> Field:
        """The half of the mouth draws together towards its middle."""

        def move(lip: Lip) -> Vector:
            return (-0.1 * min(lip.u, 0.0) * abs(lip.u) ** 0.3, 0.0, 0.0)

        return self._with_lips(move, {})

    def _lips_right(self) -> Field:
        """Both lips go to the right, the right corner less far than the left one."""

        def move(lip: Lip) -> Vector:
            return (-0.1 * (0.85 + 0.15 * lip.u), 0.0, 0.015 * -lip.u)

        return self._with_lips(move, {})

    def _shut(self, measured: Field) -> Field:
        """Return the same with each column of both lips moved alike, so that no gap opens."""
        shut = measured.copy()
        for column in zip(*lm.UPPER_LIP, *lm.LOWER_LIP, strict=True):
            points = list(column)
            shut[points] += measured[[points[0], points[4]]].mean(0) - measured[points]
        return shut

    def _smile(self) -> Field:
        """As measured, on the right: the corner rides up over the cheek, which swells."""
        measured = self._measured["smile"]
        rest = (205, 50, 206, 207, 187, 216, 57, 186, 92, 165, 36, 203, 212, 214, 43, 202, 192)

        closed = self._shut(measured)

        def move(lip: Lip) -> Vector:
            return _vector(closed[lip.index] * _right(lip.u, 0.6))

        return self._with_lips(move, {i: _vector(measured[i]) for i in rest})

    # -- the jaw --------------------------------------------------------------------------------

    def _jaw_table(self) -> dict[str, Callable[[], Field]]:
        """The jaw is one: where both sides move it, each does half."""
        return {
            "jaw_open": lambda: self._jaw((0, 0.24, 0.17), self._opening) / 2,
            "lips_close": lambda: self._closing() / 2,
            "jaw_right": lambda: self._jaw((-0.1, 0, 0), self._lips_beside),
            "jaw_forward": lambda: self._jaw((0, 0.02, -0.1), self._lips_before) / 2,
            "chin_up": lambda: self._chin_up() / 2,
        }

    def _jaw(self, way: Vector, lips: Callable[[Lip], Vector]) -> Field:
        """The lower jaw moves; its edge less and less towards the ear."""
        line = dict(zip(JAW_FOLLOWS, JAW_SHARE, strict=True))
        both = {j: share for i, share in line.items() for j in (i, int(self.mirror[i]))}
        handles = {i: _times(way, share) for i, share in both.items()}
        handles |= {lip.index: lips(lip) for lip in self._lips}
        return self.skin.follow(handles, self.regions.jaw)

    def _opening(self, lip: Lip) -> Vector:
        x, y, z = self._measured["open"][lip.index]
        return (x, y, z)

    def _lips_beside(self, lip: Lip) -> Vector:
        share = {-1: 0.12, 0: 0.4, 1: 0.4 + 0.4 * _arch(lip.u)}[lip.side]
        return (-0.1 * share, 0.0, 0.0)

    def _lips_before(self, lip: Lip) -> Vector:
        share = {-1: 0.1, 0: 0.35, 1: 0.35 + 0.5 * _arch(lip.u)}[lip.side]
        return (0.0, 0.01 * share * (lip.side > 0), -0.1 * share)

    def _closing(self) -> Field:
        """The lips of an open jaw come together again, and the jaw stays down."""
        opened = self._measured["open"]
        way = self._shut(opened) - opened
        return self._with_lips(lambda lip: _vector(way[lip.index]), {})

    def _chin_up(self) -> Field:
        """The skin of the chin pushes the lower lip up."""
        handles = dict.fromkeys((18, 83, 313, 200, 201, 421), (0.0, -0.1, -0.02))
        handles |= {199: (0.0, -0.07, -0.01), 208: (0.0, -0.06, 0.0), 428: (0.0, -0.06, 0.0)}

        def move(lip: Lip) -> Vector:
            return (0.0, -0.1 * (lip.side == 1) * _arch(lip.u), 0.0)

        return self._with_lips(move, handles)

    # -- cheeks and nose ------------------------------------------------------------------------

    def _cheek_table(self) -> dict[str, Callable[[], Field]]:
        return {
            "cheek_up": self._cheek_up,
            "cheek_puff": self._cheek_puff,
            "nose_up": self._nose_up,
        }

    def _cheek_up(self) -> Field:
        handles = {50: 0.6, 101: 0.8, 118: 1.0, 119: 1.0, 117: 0.8, 36: 0.6, 205: 0.4, 100: 0.5}
        moved = {i: _times((0.0, -0.05, -0.02), share) for i, share in handles.items()}
        return self.skin.follow(moved, self.regions.cheeks)

    def _cheek_puff(self) -> Field:
        handles = {
            **{207: (-0.05, 0.01, -0.1), 187: (-0.06, 0.0, -0.08), 216: (-0.03, 0.0, -0.09)},
            **{205: (-0.03, -0.01, -0.08), 212: (-0.04, 0.01, -0.08), 214: (-0.06, 0.01, -0.08)},
            **{192: (-0.06, 0.0, -0.07), 50: (-0.02, -0.01, -0.03), 206: (-0.01, 0.0, -0.06)},
            **{147: (-0.05, 0.0, -0.03), 213: (-0.05, 0.0, -0.04), 138: (-0.05, 0.0, -0.04)},
            **{132: (-0.035, 0.0, 0.0), 58: (-0.05, 0.0, 0.0), 172: (-0.045, 0.01, 0.0)},
            **{136: (-0.025, 0.01, 0.0), 93: (-0.01, 0.0, 0.0)},
        }

        def move(lip: Lip) -> Vector:
            return (0.0, 0.0, -0.02 * _right(lip.u))

        return self._with_lips(move, handles)

    def _nose_up(self) -> Field:
        """The wing of the nose goes up and the side of the nose wrinkles."""
        handles = dict.fromkeys(WINGS, (0.005, -0.05, 0.0))
        handles |= dict.fromkeys((198, 209, 126, 142, 36, 203), (0.005, -0.035, -0.005))
        handles |= dict.fromkeys((217, 47, 100, 114, 174), (0.003, -0.02, -0.005))
        return self.skin.follow(handles, self.regions.nose)

    # -- brows and eyes -------------------------------------------------------------------------

    def _brow_table(self) -> dict[str, Callable[[], Field]]:
        raised = (0.0, -0.1, 0.01)
        return {
            "brow_inner": lambda: self._brow(raised, (0.0, 0.0, 0.12, 0.55, 1.0)),
            "brow_middle": lambda: self._brow(raised, (0.1, 0.5, 1.0, 0.6, 0.15)),
            "brow_outer": lambda: self._brow(raised, (0.8, 1.0, 0.7, 0.25, 0.05)),
            "brow_in": lambda: self._brow((0.1, 0.0, 0.0), (0.1, 0.2, 0.5, 0.8, 1.0)),
        }

    def _brow(self, way: Vector, shares: tuple[float, ...]) -> Field:
        """Both edges of the brow move, from its tail to its inner end."""
        upper, lower = lm.BROWS[0][:5], lm.BROWS[0][5:]
        both = zip((*upper, *lower), (*shares, *shares), strict=True)
        return self.skin.follow({i: _times(way, share) for i, share in both}, self.regions.brows)

    def _eye_table(self) -> dict[str, Callable[[], Field]]:
        return {
            "lid_down": lambda: self._lid(0, 0.88),
            "lid_up": lambda: self._lid(1, 0.12),
            "iris_right": lambda: self._iris((-0.065, 0.0, 0.01)),
            "iris_left": lambda: self._iris((0.065, 0.0, 0.01)),
            "iris_down": lambda: self._iris((0.0, 0.055, 0.01)),
            "iris_up": lambda: self._iris((0.0, -0.055, 0.01)),
        }

    def _lid(self, which: int, share: float) -> Field:
        """One lid goes a share of the way to the other; both movements together shut the eye."""
        rows = np.array((lm.UPPER_LIDS[0], lm.LOWER_LIDS[0]))
        skin = np.array((lm.UPPER_LID_SKIN[0], lm.LOWER_LID_SKIN[0]))
        way = share * (self.face[rows[1 - which]] - self.face[rows[which]])
        handles = {int(i): (0.0, 0.0, 0.0) for i in rows[1 - which]}
        handles |= {int(i): _vector(v) for i, v in zip(rows[which], way, strict=True)}
        follow = LID_SKIN[which]
        handles |= {int(i): _vector(follow * v) for i, v in zip(skin[which], way, strict=True)}
        return self.skin.follow(handles, self.regions.eyes & (self.face[:, 0] < 0))

    def _iris(self, way: Vector) -> Field:
        field = np.zeros_like(self.face)
        field[list(lm.IRISES[0])] = way
        return field


JAW_FOLLOWS = (132, 58, 172, 136, 150, 149, 176, 148, 152, 175, 199, 200, 171, 140, 208, 32, 201)
JAW_SHARE = (0.04, 0.14, 0.34, 0.6, 0.8, 0.92, 0.98, 1, 1, 1, 1, 1, 1, 0.98, 1, 0.96, 1)
"""Points of the right jaw, and how far each goes with the chin."""

LID_SKIN = (0.5, 0.25)
"""How far the skin beside the upper and the lower lid's edge goes with it."""


def _right(u: float, softness: float = 0.4) -> float:
    """1 on the right, 0 on the left, one half in the middle, smooth."""
    t = float(np.clip((softness - u) / (2 * softness), 0, 1))
    return t * t * (3 - 2 * t)


def _arch(u: float) -> float:
    """0 in the corners of the mouth, 1 in its middle, flat there."""
    return float(1 - abs(u) ** 3)


def _times(way: Vector, share: float) -> Vector:
    return (way[0] * share, way[1] * share, way[2] * share)


def _vector(values: np.ndarray) -> Vector:
    x, y, z = values.tolist()
    return (x, y, z)
