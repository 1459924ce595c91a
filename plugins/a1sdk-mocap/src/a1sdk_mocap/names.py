"""What other programs call the 52 shapes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from a1sdk.plugin import BLENDSHAPE_NAMES

if TYPE_CHECKING:
    from a1sdk_mocap.sample import Sample

SHAPE = {name: index for index, name in enumerate(BLENDSHAPE_NAMES)}
"""Index of a shape by its ARKit name."""

_IGNORED = re.compile(r"[^a-z0-9]+")
_SIDES = {"left": "l", "right": "r"}
_LIKE = 0.85
"""How like a shape's name a misspelled one is, of 1: `jawopne` and `jawopen` are 0.86 alike."""


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
    return _spellings().get(_plain(name))


def _plain(name: str) -> str:
    last = re.split(r"[.:|/]", name.strip())[-1]
    return _IGNORED.sub("", last.lower())


def placed(names: Sequence[str], sample: Sample, others: Iterable[str] = ()) -> dict[int, int]:
    """Return which shapes a file's names are: the shape's index by the place of its name.

    Args:
        names: what the file calls its columns or poses. Names of other things are left out.
        sample: the file, for messages.
        others: names of no shapes that are read too, in small letters without marks.

    Raises:
        DecodeError: a shape is named twice, or a name is that of a shape that is not there, but
            for a slip of the pen: the face would lack what somebody meant to move.
    """
    found: dict[int, int] = {}
    for place, name in enumerate(names):
        shape = shape_index(name)
        if shape in found.values():
            sample.refuse(f"names {name!r:.60} twice", hint="rename or delete one of both")
        if shape is not None:
            found[place] = shape
    absent = {text: BLENDSHAPE_NAMES[at] for text, at in _spellings().items()
              if at not in found.values()}  # fmt: skip
    absent |= {text: text for text in others if text not in map(_plain, names)}
    for name in names:
        if shape_index(name) is None and (meant := _misspelled(_plain(name), absent)):
            sample.refuse(
                f"names {name!r:.60}, which is no shape, and has no {absent[meant]!r}",
                hint=f"did you mean {absent[meant]!r}?",
            )
    return found


def _misspelled(name: str, absent: Iterable[str]) -> str | None:
    """Return which name is meant. What only goes on is another name: `browInnerUp_L`, of a rig."""
    close = get_close_matches(name, absent, n=1, cutoff=_LIKE)
    return next((one for one in close if not name.startswith(one)), None)
