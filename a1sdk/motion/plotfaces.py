"""The faces of a plot: the moments of a performance that tell most."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.motion.measure import Curves, moves
from a1sdk.motion.plottime import INK
from a1sdk.motion.wireframe import FINE, Palette, View, draw_face
from a1sdk.timing import Timecode

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.figure import SubFigure

    from a1sdk.motion.clip import MotionClip
    from a1sdk.motion.frame import FaceMotion

PAPER = Palette(
    background=(255, 255, 255),
    skin=(243, 243, 241),
    dots=(205, 208, 212),
    pale=(160, 166, 174),
    ink=(44, 48, 54),
    brow=(104, 110, 120),
    lips=(222, 140, 132),
    lip_line=(176, 76, 70),
    mouth=(96, 34, 38),
    eye=(255, 255, 255),
    iris=(64, 132, 190),
    pupil=(14, 18, 24),
)

_FACES = 6
_SIDE = 220  # pixels
_COLUMN = 2.1  # inches


def telling_frames(curves: Curves, rate: Fraction, count: int = _FACES) -> list[tuple[int, str]]:
    """Return up to `count` different frames worth looking at, in order, and why each is."""
    seen = np.flatnonzero(~np.isnan(curves.mouth))
    if not len(seen):
        return []
    calm = np.abs(curves.angles).sum(1) / 5 + np.abs(curves.eyes - 1).sum(1) + curves.mouth * 5
    wanted = [(int(np.nanargmin(calm)), "at rest")]
    wanted += [(frame, "blink") for frame in curves.blinks(rate)[:1]]
    yaw, pitch = np.abs(curves.angles[:, :2]).T
    for why, values, least in (
        ("mouth widest open", curves.mouth, 0.01),
        ("mouth widest", curves.mouth_width, 0.02),
        ("mouth narrowest", -curves.mouth_width, 0.02),
        ("most turned", yaw, 0.5),
        ("most nodded", pitch, 0.5),
        ("eyes widest", curves.eyes.mean(1), 0.05),
    ):
        if moves(values[:, None], least):
            wanted.append((int(np.nanargmax(values)), why))
    kept: dict[int, str] = {}
    for frame, why in wanted:
        if len(kept) < count and all(abs(frame - other) > 2 for other in kept):
            kept[frame] = why
    return sorted(kept.items())


def draw_faces(
    figure: SubFigure, clip: MotionClip, curves: Curves, first: int, width: float
) -> None:
    """Draw the faces of the telling frames side by side, as many as `width` inches hold.

    Args:
        figure: where to.
        clip: the performance.
        curves: those of its frames that are shown.
        first: number of the first of them.
        width: inches.
    """
    rate = clip.info.rate
    telling = telling_frames(curves, rate, int(width / _COLUMN))
    panels = figure.subplots(1, max(_FACES, len(telling)), squeeze=False)[0]
    for panel in panels:
        panel.axis("off")
    for panel, (place, why) in zip(panels, telling, strict=False):
        number = first + place
        face = next(clip.frames(number, number + 1)).face
        assert face is not None  # telling frames have faces
        panel.imshow(_picture(face))
        panel.set_title(f"{why}\nframe {number}   {Timecode(number, rate)}", fontsize=8, color=INK)


def _picture(face: FaceMotion) -> npt.NDArray[np.uint8]:
    """Return a picture of a face, turned but not moved."""
    from PIL import Image, ImageDraw

    large = Image.new("RGB", (_SIDE * FINE, _SIDE * FINE), PAPER.background)
    view = View(0.4 * _SIDE, 0.5 * _SIDE, 0.45 * _SIDE)
    draw_face(ImageDraw.Draw(large), face, view, palette=PAPER, moved=False)
    return np.asarray(large.reduce(FINE))
