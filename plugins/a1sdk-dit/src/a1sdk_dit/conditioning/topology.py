"""Which landmarks the control pictures join, in which colour and in which order.

The colours name parts of the face to the model, as it was trained; chains list landmarks of
MediaPipe's Face Mesh. Chains of different colours share ends, so that their order shows. Right and
left are the subject's, the colours RGB.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

Color = tuple[int, int, int]
Chain = tuple[int, ...]
Stroke = tuple[Color, tuple[Chain, ...]]

RIGHT_PUPIL, LEFT_PUPIL, NOSE_TIP = 468, 473, 4

DRAWN = (
    276, 282, 283, 285, 293, 295, 296, 300, 334, 336, 46, 52, 53, 55, 63, 65, 66, 70, 105, 107,
    249, 263, 362, 373, 374, 380, 381, 382, 384, 385, 386, 387, 388, 390, 398, 466, 7, 33, 133, 144,
    145, 153, 154, 155, 157, 158, 159, 160, 161, 163, 173, 246, 168, 6, 197, 195, 5, 4, 129, 98, 97,
    2, 326, 327, 358, 0, 13, 14, 17, 37, 39, 40, 61, 78, 80, 81, 82, 84, 87, 88, 91, 95, 146, 178,
    181, 185, 191, 267, 269, 270, 291, 308, 310, 311, 312, 314, 317, 318, 321, 324, 375, 402, 405,
    409, 415,
)  # fmt: skip
"""Landmarks of the 105 points that the released model was driven by, in their order there."""

_BLACK = (0, 0, 0)
_RIGHT_EYE, _LEFT_EYE = (10, 200, 180), (180, 200, 10)
_RIGHT_BROW, _LEFT_BROW = (10, 220, 180), (180, 220, 10)

LEFT_LIDS: Chain = (
    362, 382, 381, 380, 374, 373, 390, 249, 263, 466, 388, 387, 386, 385, 384, 398, 362,
)  # fmt: skip
RIGHT_LIDS: Chain = (
    33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246, 33,
)  # fmt: skip
_RIGHT_BROWS: Stroke = (_RIGHT_BROW, ((46, 53, 52, 65, 55), (70, 63, 105, 66, 107)))
_LEFT_BROWS: Stroke = (_LEFT_BROW, ((285, 295, 282, 283, 276), (336, 296, 334, 293, 300)))

_LIPS: tuple[Stroke, ...] = (
    ((10, 180, 20), ((61, 146, 91, 181, 84, 17),)),
    ((20, 10, 180), ((17, 314, 405, 321, 375, 291),)),
    ((100, 100, 30), ((78, 95, 88, 178, 87, 14),)),
    ((100, 150, 50), ((14, 317, 402, 318, 324, 308),)),
    ((20, 80, 100), ((61, 185, 40, 39, 37, 0),)),
    ((80, 100, 20), ((0, 267, 269, 270, 409, 291),)),
    ((120, 100, 200), ((78, 191, 80, 81, 82, 13),)),
    ((150, 120, 100), ((13, 312, 311, 310, 415, 308),)),
)


@dataclass(frozen=True, slots=True)
class Marker:
    """A filled square about a landmark: from `before` pixels left of and above it.

    Attributes:
        point: the landmark.
        color: of the square.
        before: pixels before the landmark's own, to the left and above.
        after: pixels from the landmark's own on, to the right and below.
    """

    point: int
    color: Color
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Style:
    """What a control picture shows: lines, then squares, the later over the earlier."""

    strokes: tuple[Stroke, ...]
    markers: tuple[Marker, ...]


FRAME = Style(
    (
        (_RIGHT_EYE, ((144, 145, 153, 154, 155),)),
        (_BLACK, ((155, 157),)),
        (_RIGHT_EYE, ((157, 158, 159, 160, 161),)),
        (_BLACK, ((161, 33),)),
        (_RIGHT_EYE, ((33, 7, 163, 144),)),
        (_LEFT_EYE, (LEFT_LIDS,)),
        _LEFT_BROWS,
        (_RIGHT_EYE, ((155, 133, 173, 157), (161, 246, 33))),
        _RIGHT_BROWS,
        *_LIPS,
    ),
    (
        Marker(RIGHT_PUPIL, (10, 200, 250), 1, 2),
        Marker(LEFT_PUPIL, (250, 200, 10), 1, 2),
        Marker(NOSE_TIP, (255, 255, 255), 2, 3),
    ),
)
"""The picture that moves the face: what the released model sees of every driving frame."""

REFERENCE = Style(
    (
        (_LEFT_EYE, (LEFT_LIDS,)),
        (_RIGHT_EYE, (RIGHT_LIDS,)),
        _LEFT_BROWS,
        _RIGHT_BROWS,
        *_LIPS,
    ),
    (
        Marker(RIGHT_PUPIL, (10, 200, 250), 1, 1),
        Marker(LEFT_PUPIL, (250, 200, 10), 1, 1),
        Marker(NOSE_TIP, (200, 200, 200), 2, 2),
    ),
)
"""The picture of the portrait's own face, before the first frame."""


def edges(style: Style) -> list[tuple[int, int, Color]]:
    """Return the lines of a style as pairs of landmarks with their colour, in drawing order."""
    return [
        (start, end, color)
        for color, chains in style.strokes
        for chain in chains
        for start, end in pairwise(chain)
    ]
