"""Which landmarks are what: index tables of the 478 points of MediaPipe's Face Mesh."""

from __future__ import annotations

from typing import Final

OUTER_CORNERS: Final = (33, 263)
CHIN: Final = 152
FOREHEAD: Final = 10
EARS: Final = (127, 356)

OVAL: Final = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""Outline of the face, clockwise in the picture from the top of the forehead."""

STABLE: Final = (
    10, 338, 297, 332, 284, 109, 67, 103, 54, 21, 251, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 33,
    133, 362, 263, 127, 356, 162, 389, 234, 454, 139, 368, 71, 301, 116, 345, 93, 323,
)  # fmt: skip
"""Points that expressions hardly move: forehead, bridge of the nose, eye corners, temples."""

JAW: Final = (152, 148, 377, 176, 400, 149, 378, 175, 199, 200)
"""Chin: skin that follows the lower jaw closely."""

INNER_UPPER: Final = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
INNER_LOWER: Final = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
"""Inner edges of the lips, from the picture's left corner to its right one."""

UPPER_LIP: Final = (
    185, 40, 39, 37, 0, 267, 269, 270, 409, 184, 74, 73, 72, 11, 302, 303, 304, 408, 183, 42, 41,
    38, 12, 268, 271, 272, 407, 191, 80, 81, 82, 13, 312, 311, 310, 415,
)  # fmt: skip
LOWER_LIP: Final = (
    146, 91, 181, 84, 17, 314, 405, 321, 375, 77, 90, 180, 85, 16, 315, 404, 320, 307, 96, 89,
    179, 86, 15, 316, 403, 319, 325, 95, 88, 178, 87, 14, 317, 402, 318, 324,
)  # fmt: skip

RIGHT_EYE: Final = {
    "upper": (33, 246, 161, 160, 159, 158, 157, 173, 133),
    "lower": (33, 7, 163, 144, 145, 153, 154, 155, 133),
    "crease": (130, 247, 30, 29, 27, 28, 56, 190, 243),
    "pouch": (130, 25, 110, 24, 23, 22, 26, 112, 243),
    "brow": (226, 113, 225, 224, 223, 222, 221, 189, 244),
    "iris": (468, 469, 470, 471, 472),
}
LEFT_EYE: Final = {
    "upper": (362, 398, 384, 385, 386, 387, 388, 466, 263),
    "lower": (362, 382, 381, 380, 374, 373, 390, 249, 263),
    "crease": (463, 414, 286, 258, 257, 259, 260, 467, 359),
    "pouch": (463, 341, 256, 252, 253, 254, 339, 255, 359),
    "brow": (464, 413, 441, 442, 443, 444, 445, 342, 446),
    "iris": (473, 474, 475, 476, 477),
}
"""Rows of points around each eye, from the picture's left corner to its right one."""
