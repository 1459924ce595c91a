"""Which of the 478 landmarks are what. Left and right are the subject's.

The numbering is MediaPipe Face Mesh's: 0-467 mesh, 468-472 right iris, 473-477 left iris, the
first of each five being the iris centre. The subject's right is on the left of the picture.
"""

from __future__ import annotations

RIGHT_EYE_OUTER, RIGHT_EYE_INNER, LEFT_EYE_INNER, LEFT_EYE_OUTER = 33, 133, 362, 263
MOUTH_RIGHT, MOUTH_LEFT = 61, 291
NOSE_BASE = (2, 94)
FOREHEAD = (10, 151, 9, 8)

UPPER_LIDS = ((246, 161, 160, 159, 158, 157, 173), (466, 388, 387, 386, 385, 384, 398))
"""Edge of the upper lid from the outer to the inner corner, right eye and left eye."""

LOWER_LIDS = ((7, 163, 144, 145, 153, 154, 155), (249, 390, 373, 374, 380, 381, 382))
"""Edge of the lower lid; each point faces the one of `UPPER_LIDS` in the same place."""

UPPER_LID_SKIN = ((247, 30, 29, 27, 28, 56, 190), (467, 260, 259, 257, 258, 286, 414))
"""Skin above the edge of the upper lid, column by column."""

LOWER_LID_SKIN = ((25, 110, 24, 23, 22, 26, 112), (255, 339, 254, 253, 252, 256, 341))
"""Skin below the edge of the lower lid, column by column."""

IRISES = ((468, 469, 470, 471, 472), (473, 474, 475, 476, 477))
"""Centre and ring of the right iris and of the left."""

UPPER_LIP = (
    (191, 80, 81, 82, 13, 312, 311, 310, 415),
    (183, 42, 41, 38, 12, 268, 271, 272, 407),
    (184, 74, 73, 72, 11, 302, 303, 304, 408),
    (185, 40, 39, 37, 0, 267, 269, 270, 409),
)
"""Rings of the upper lip from the inside out, each from the subject's right to the left."""

LOWER_LIP = (
    (95, 88, 178, 87, 14, 317, 402, 318, 324),
    (96, 89, 179, 86, 15, 316, 403, 319, 325),
    (77, 90, 180, 85, 16, 315, 404, 320, 307),
    (146, 91, 181, 84, 17, 314, 405, 321, 375),
)
"""Rings of the lower lip; each point faces the one of `UPPER_LIP` in the same place."""

LIP_CORNERS = (61, 76, 62, 78, 291, 306, 292, 308)

BROWS = (
    (70, 63, 105, 66, 107, 46, 53, 52, 65, 55),
    (300, 293, 334, 296, 336, 276, 283, 282, 295, 285),
)

FACE_OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
"""Outline of the face, clockwise as seen from the top of the forehead."""

NOSE_LINES = ((168, 6, 197, 195, 5, 4), (98, 97, 2, 326, 327))
"""Bridge and wings of the nose."""

STABLE_PAIRS = ((33, 263), (133, 362), (127, 356), (162, 389), (54, 284), (103, 332))
"""Symmetric pairs, right then left, that expression hardly moves."""

STABLE = (
    *(10, 151, 9, 8, 168, 6, 197, 195, 5, 4),  # midline, from the forehead to the tip of the nose
    *(109, 67, 103, 54, 21, 338, 297, 332, 284, 251),  # forehead, right and left
    *(162, 127, 139, 34, 389, 356, 368, 264),  # temples
    *(33, 133, 263, 362, 130, 359, 243, 463),  # corners of the eyes
    *(193, 122, 196, 417, 351, 419),  # sides of the nose bridge
)
"""Points that expression hardly moves: what a head pose is measured on."""


def flat(*groups: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    """Return all indices of `groups` in one tuple."""
    return tuple(index for group in groups for part in group for index in part)


LIDS = flat(UPPER_LIDS, LOWER_LIDS, UPPER_LID_SKIN, LOWER_LID_SKIN)
LIPS = (*flat(UPPER_LIP, LOWER_LIP), *LIP_CORNERS)
EYES = flat(IRISES)


def outlines() -> tuple[tuple[int, ...], ...]:
    """Return the lines of a face as one draws it, each a run of landmarks; no irises."""
    corners = ((RIGHT_EYE_OUTER, RIGHT_EYE_INNER), (LEFT_EYE_OUTER, LEFT_EYE_INNER))
    eyes = tuple(
        (outer, *top, inner, *reversed(bottom), outer)
        for (outer, inner), top, bottom in zip(corners, UPPER_LIDS, LOWER_LIDS, strict=True)
    )
    lips = tuple(
        (right, *UPPER_LIP[ring], left, *reversed(LOWER_LIP[ring]), right)
        for ring, right, left in ((0, 78, 308), (3, 61, 291))
    )
    brows = tuple(brow[:5] for brow in BROWS)
    return ((*FACE_OVAL, FACE_OVAL[0]), *NOSE_LINES, *brows, *eyes, *lips)
