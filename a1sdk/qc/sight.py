"""What is looked at, frame by frame: a picture, the face that was asked for, and the face seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.media.sampling import GRID, cell_levels, spread
from a1sdk.motion.frame import FaceMotion
from a1sdk.motion.gaze import gaze
from a1sdk.motion.neutral import eye_apertures, mouth_opening
from a1sdk.motion.pose import fit_pose, own_pose
from a1sdk.qc.color import lab
from a1sdk.qc.profile import Grounds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    import numpy.typing as npt

    from a1sdk.components.data import Floats
    from a1sdk.motion.pose import Doubles, Points, Pose
    from a1sdk.qc.model import Box, HeldTo

    Picture = npt.NDArray[Any]
    Levels = npt.NDArray[np.uint8]

_SAMPLE = 0.012  # face units between the nine pixels that are averaged at a landmark
_OPEN = 0.03  # face units; eyes less open than this in the reference cannot be compared
_HAIR = 0.5  # of the face's box, that hair and neck reach beyond it


class Reference:
    """A face that is looked for, as it is in the portrait or else in the film's own first picture.

    Attributes:
        pixels: RGB, uint8 [height, width, 3].
        landmarks: of the face, float32 [478, 3], pixels.
        rate: frames per second of the film.
        who: whose face it is, where there are several; None of the only one.
        person: the face whose person it has to be; itself, but in shots that are not framed as
            the portrait, where only the person can be compared with it.
        source: what people call the picture that it is in.
    """

    def __init__(
        self,
        pixels: Picture,
        landmarks: Floats,
        rate: Fraction,
        who: str | None = None,
        *,
        person: Reference | None = None,
        source: str = "the portrait",
    ) -> None:
        """Take a picture and a face in it; `person` is the face itself if None."""
        self.pixels = eight_bits(pixels)
        self.landmarks = landmarks
        self.rate = rate
        self.who = who
        self.person = self if person is None else person
        self.source = source

    @cached_property
    def pose(self) -> Pose:
        """The pose of the face in the reference."""
        return own_pose(self.landmarks)

    @cached_property
    def shape(self) -> Doubles:
        """The face in face space, [478, 3]."""
        return self.pose.unproject(self.landmarks)

    @cached_property
    def eyes(self) -> float:
        """How far its eyes are open, in face units; not a number where they are shut."""
        opening = float(eye_apertures(self.shape).mean())
        return opening if opening >= _OPEN else float("nan")

    def look(self, landmarks: Floats) -> Look:
        """Return landmarks in a picture, [478, 3] pixels, as something to be compared."""
        return Look(landmarks, self)


class Scene:
    """What a shot is held to: a picture as a whole, and the faces that perform in it.

    Attributes:
        pixels: RGB, uint8 [height, width, 3], of the film's size.
        rate: frames per second of the film.
        faces: the faces, each as it is held to its own reference.
        homes: landmarks of the faces where they are in this picture.
        others: landmarks of faces that do not perform, and are to stay as they are.
        grounds: what is known of the shot.
    """

    def __init__(
        self,
        pixels: Picture,
        rate: Fraction,
        faces: Sequence[Reference] = (),
        homes: Sequence[Floats] | None = None,
        others: Sequence[Floats] = (),
        grounds: Grounds = Grounds(),  # noqa: B008 - frozen
    ) -> None:
        """Take a picture; the faces are where they are in their references if `homes` is None."""
        self.pixels = eight_bits(pixels)
        self.rate = rate
        self.faces = tuple(faces)
        self.homes = tuple(one.landmarks for one in faces) if homes is None else tuple(homes)
        self.others = tuple(others)
        self.grounds = grounds

    @property
    def held_to(self) -> HeldTo:
        """What the shot is held to, in a word."""
        if not self.faces:
            return "nothing"
        if self.grounds.motion:
            return "motion"
        return "portrait" if self.grounds.portrait else "itself"

    @cached_property
    def cells(self) -> Doubles:
        """The colours of its cells, Lab [GRID, GRID, 3]."""
        return lab(cell_levels(self.points))

    @cached_property
    def points(self) -> Levels:
        """Pixels spread over the picture, [n, n, 3]."""
        return spread(self.pixels)


@dataclass(frozen=True, eq=False)  # no slots: what is asked for more than once is kept
class Look:
    """A face in a picture: its pose, and its shape with the pose taken away.

    Pose and shape are relative to the reference's shape, so that two looks are compared by one
    measure.
    """

    landmarks: Floats
    reference: Reference

    @cached_property
    def pose(self) -> Pose:
        """Pose of the reference's shape that fits the landmarks."""
        return fit_pose(self.landmarks, self.reference.shape)

    @cached_property
    def shape(self) -> Doubles:
        """The face in face space, [478, 3]."""
        return self.pose.unproject(self.landmarks)

    @cached_property
    def eyes(self) -> float:
        """How far the eyes are open, 1 being as in the reference."""
        return float(eye_apertures(self.shape).mean()) / self.reference.eyes

    @cached_property
    def mouth(self) -> float:
        """Height between the lips, in face units."""
        return float(mouth_opening(self.shape))

    @cached_property
    def gaze(self) -> tuple[float, float]:
        """Degrees that the eyes look to the right of the picture and up, beside the reference."""
        moved = (self.shape - self.reference.shape).astype(np.float32)
        still = np.eye(3, dtype=np.float32), np.zeros(3, np.float32)
        return gaze(FaceMotion(moved, *still))


class FaceSight:
    """One face in a frame that is inspected: as it was asked for, and as it was found.

    Attributes:
        pixels: of the whole frame, RGB, uint8.
        reference: the face that it has to be.
        asked: the face that was asked for; None where that is not known.
        seen: the face that was found; None where none was, or none was looked for.
        looked: whether a face was looked for.
        place: landmarks where it had to be, or else where it is or was last; None if unknown.
    """

    def __init__(
        self,
        pixels: Levels,
        reference: Reference,
        *,
        asked: Floats | None = None,
        seen: Floats | None = None,
        looked: bool = True,
        last: Floats | None = None,
    ) -> None:
        """Take landmarks: those asked for, those seen, and those that were seen last."""
        self.pixels, self.reference, self.looked = pixels, reference, looked
        self.asked = None if asked is None else reference.look(asked)
        self.seen = None if seen is None else reference.look(seen)
        self.place = asked if asked is not None else seen if seen is not None else last

    @property
    def box(self) -> Box:
        """The box of the face seen, or else of its place; zeros if none is known."""
        place = self.place if self.seen is None else self.seen.landmarks
        if place is None:
            return 0, 0, 0, 0
        top, bottom, left, right = around(place, self.pixels)
        return left, top, right, bottom


class Sight:
    """A frame that is inspected, as a whole; what several measures need is computed once.

    Attributes:
        pixels: RGB, uint8.
        broken: share of its values, or of what was asked for, that are no finite numbers, 0..1.
        resized: whether it was stored in another size than the first picture of the film.
        scene: what it is held to.
        faces: those that perform, in the scene's order.
    """

    def __init__(
        self,
        pixels: Levels,
        scene: Scene,
        faces: Sequence[FaceSight],
        broken: float = 0.0,
        resized: bool = False,
    ) -> None:
        self.pixels, self.scene = pixels, scene
        self.broken, self.resized = broken, resized
        self.faces = tuple(faces)

    @cached_property
    def cells(self) -> Doubles:
        """The colours of the picture's cells, Lab [GRID, GRID, 3]."""
        return lab(cell_levels(self.points))

    @cached_property
    def points(self) -> Levels:
        """Pixels spread over the picture, [n, n, 3]."""
        return spread(self.pixels)

    @cached_property
    def outside(self) -> npt.NDArray[np.bool_]:
        """Which cells lie outside all faces and their hair, here and in the scene's picture."""
        mask = np.ones((GRID, GRID), bool)
        height, width = self.pixels.shape[:2]
        for top, bottom, left, right in self.heads:
            rows = slice(top * GRID // height, -(-bottom * GRID // height))
            mask[rows, left * GRID // width : -(-right * GRID // width)] = False
        return mask

    @cached_property
    def heads(self) -> list[tuple[int, int, int, int]]:
        """Top, bottom, left and right of all faces and their hair, here and at rest."""
        places = (*(face.place for face in self.faces), *self.scene.homes)
        return [around(one, self.pixels, _HAIR) for one in places if one is not None]


def eight_bits(picture: Picture) -> Levels:
    """Return RGB levels 0..255, uint8, of a picture of 8 or 16 bits, or of floats 0..1."""
    picture = picture[..., :3]
    if picture.dtype == np.uint8:
        return picture
    if picture.dtype == np.uint16:
        return (picture >> 8).astype(np.uint8)
    known = np.nan_to_num(picture, nan=0.0, posinf=1.0, neginf=0.0)
    return np.asarray(np.clip(known, 0, 1) * 255 + 0.5).astype(np.uint8)


def broken_share(picture: Picture) -> float:
    """Return the share of values that are no finite numbers; integers always are."""
    if np.issubdtype(picture.dtype, np.floating):
        return float(1 - np.isfinite(picture).mean())
    return 0.0


def around(landmarks: Points, pixels: Levels, margin: float = 0.0) -> tuple[int, int, int, int]:
    """Return top, bottom, left and right of a face's box in a picture, grown by a share of it."""
    low, high = landmarks[:, :2].min(0), landmarks[:, :2].max(0)
    grown = margin * (high - low)
    (left, top), (right, bottom) = low - grown, high + grown
    height, width = pixels.shape[:2]
    return _within(top, bottom, height) + _within(left, right, width)


def _within(low: float, high: float, side: int) -> tuple[int, int]:
    first = int(np.clip(low, 0, side - 1))
    return first, int(np.clip(np.ceil(high), first + 1, side))


def at_landmarks(pixels: Levels, landmarks: Points, scale: float) -> Doubles:
    """Return RGB levels at landmarks [n, 3], each the mean of nine pixels: float64 [n, 3].

    A landmark outside the picture gives not a number.

    Args:
        pixels: the picture.
        landmarks: pixels.
        scale: pixels per face unit.
    """
    step = max(1, round(_SAMPLE * scale))
    steps = np.array([-step, 0, step])
    x = np.floor(landmarks[:, 0]).astype(int)[:, None, None] + steps[None, :, None]
    y = np.floor(landmarks[:, 1]).astype(int)[:, None, None] + steps[None, None, :]
    height, width = pixels.shape[:2]
    here = pixels[y.clip(0, height - 1), x.clip(0, width - 1)].mean(axis=(1, 2))
    inside = (x[:, 1, 0] >= 0) & (x[:, 1, 0] < width) & (y[:, 0, 1] >= 0) & (y[:, 0, 1] < height)
    here[~inside] = np.nan
    return np.asarray(here)
