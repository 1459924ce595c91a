"""What other programs call the 52 shapes."""

from __future__ import annotations

import re
from functools import cache

from a1sdk.plugin import BLENDSHAPE_NAMES

SHAPE = {name: index for index, name in enumerate(BLENDSHAPE_NAMES)}
"""Index of a shape by its ARKit name."""

_IGNORED = re.compile(r"[^a-z0-9]+")
_SIDES = {"left": "l", "right": "r"}


@cache
def _spellings() -> dict[str, int]:
    """Every spelling without case and marks: `eyeblinkleft`, and the short `eyeblinkl`."""
    known: dict[str, int] = {}
    for name, index in SHAPE.items():
        plain = name.lower()
        known[plain] = index
        for side, letter in _SIDES.items():
            if plain.endswith(side):
                known[plain.removesuffix(side) + letter] = index
    return known


def shape_index(name: str) -> int | None:
    """Return the index of the shape that `name` means, or None.

    Case and marks do not count, nor does what precedes the last `.`, `:`, `|` or `/`:
    `EyeBlinkLeft`, `eyeBlink_L` and `blendShape1.eyeBlinkLeft` are one.
    """
    last = re.split(r"[.:|/]", name.strip())[-1]
    return _spellings().get(_IGNORED.sub("", last.lower()))
