"""The channels that can be keyed: what each is called, may be, and moves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from a1sdk.plugin import BLENDSHAPE_NAMES, FULL_GAZE, did_you_mean

HEAD = ("head.yaw", "head.pitch", "head.roll", "head.x", "head.y", "head.z")
GAZE = ("gaze.yaw", "gaze.pitch")
REGIONS = ("lips", "jaw", "cheeks", "eyes", "brows", "gaze", "head")
GAINS = tuple(f"gain.{region}" for region in REGIONS)

SLOTS: tuple[str, ...] = (*BLENDSHAPE_NAMES, *HEAD, *GAZE, *GAINS)
"""What a performance has at an instant, in this order: one number each."""

SLOT: dict[str, int] = {name: index for index, name in enumerate(SLOTS)}

EXPRESSIONS: Mapping[str, Mapping[str, float]] = {
    "blink": {"eyeBlink": 1.0},
    "smile": {"mouthSmile": 1.0, "cheekSquint": 0.35, "mouthDimple": 0.1},
    "frown": {"mouthFrown": 1.0, "mouthShrugLower": 0.25},
    "squint": {"eyeSquint": 1.0, "cheekSquint": 0.3},
    "browUp": {"browInnerUp": 1.0, "browOuterUp": 1.0},
}
"""Channels that move several shapes on both sides, and how much of each at 1."""

_DIRECTIONS = ("jaw", "mouth")  # jawLeft and jawRight are ways to go, not sides
_DEGREES = {
    **{"head.yaw": 180.0, "head.pitch": 90.0, "head.roll": 180.0},
    **dict(zip(GAZE, FULL_GAZE, strict=True)),
}
_FACE_UNITS = 20.0
_MOST_GAIN = 3.0


@dataclass(frozen=True, slots=True)
class Channel:
    """A name that can be keyed.

    Attributes:
        name: as it is written.
        low: smallest value of a key.
        high: largest value of a key.
        parts: slots that it adds to, and how much of its value.
    """

    name: str
    low: float
    high: float
    parts: tuple[tuple[int, float], ...]


def find(name: str) -> Channel:
    """Return the channel of that name.

    Raises:
        ValueError: there is none; the message names the closest.
    """
    known = _channels()
    if name not in known:
        close = _meant(name)
        raise ValueError(f"there is no channel {name!r}" + (f" ({close})" if close else ""))
    return known[name]


def _meant(name: str) -> str | None:
    """Say which channel is meant by half of its name, or by another program's spelling."""
    parts = [repr(known) for known in _channels() if known.endswith(f".{name}")]
    if parts:
        return f"did you mean {' or '.join(parts)}?"
    sides = {"L": "Left", "R": "Right"}
    spelled = re.sub("_([LR])$", lambda side: sides[side[1]], name)
    return did_you_mean(spelled, _channels())


@cache
def _channels() -> Mapping[str, Channel]:
    found = {name: Channel(name, *_range(name), ((SLOT[name], 1.0),)) for name in SLOTS}
    for name in _sided():
        found[name] = _expression(name, {name: 1.0})
    for name, shapes in EXPRESSIONS.items():
        found[name] = _expression(name, shapes)
    return found


def names() -> list[str]:
    """Return the names of all channels."""
    return list(_channels())


@cache
def _sided() -> tuple[str, ...]:
    """Shapes that both sides have, without the side: `mouthSmile` for Left and Right."""
    lefts = [name.removesuffix("Left") for name in BLENDSHAPE_NAMES if name.endswith("Left")]
    return tuple(name for name in lefts if name not in _DIRECTIONS)


def _expression(name: str, shapes: Mapping[str, float]) -> Channel:
    parts = [(slot, share) for shape, share in shapes.items() for slot in _slots(shape)]
    return Channel(name, 0.0, 1.0, tuple(parts))


def _slots(shape: str) -> list[int]:
    both = [f"{shape}Left", f"{shape}Right"] if shape in _sided() else [shape]
    return [SLOT[name] for name in both]


def _range(name: str) -> tuple[float, float]:
    if name in GAINS:
        return 0.0, _MOST_GAIN
    if name in HEAD or name in GAZE:
        most = _DEGREES.get(name, _FACE_UNITS)
        return -most, most
    return 0.0, 1.0
