"""Maya `.anim`: animation curves of attributes that are named as shapes.

Source: Maya's animation export, version 1.1. A curve is `anim <attribute> <full name> <leaf>
<node> <row> <child> <index>;` and its `animData` block, with one line a key: time, value, the
types of its tangents, and, where a tangent is fixed, its angle in degrees and its weight. Time is
in the header's `timeUnit`. Between keys curves are cubic with the slopes of the tangents; weights
of tangents are left out.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import ceil, radians, tan
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from a1sdk.plugin import BLENDSHAPES, ConfigError, as_rate
from a1sdk_mocap.clock import decimal_seconds
from a1sdk_mocap.names import shape_index
from a1sdk_mocap.sample import MOST_ROWS
from a1sdk_mocap.take import Rows, Take

if TYPE_CHECKING:
    from a1sdk_mocap.sample import Sample

NAME = "maya"

_UNITS = {
    "game": "15", "film": "24", "pal": "25", "ntsc": "30", "show": "48", "palf": "50",
    "ntscf": "60", "sec": "1", "millisec": "1000",
}  # fmt: skip
_ANIM = re.compile(r"\s*anim\s+(\S+)\s+(\S+)\s+(\S+)")
_SETTING = re.compile(r"\s*(\w+)\s+(\S+?)\s*;")
_MOST = 1 << 27
_FLAT, _HELD = ("flat", "plateau"), ("step", "stepnext")


class Key(NamedTuple):
    """A key: time in frames, value, tangent types, and slopes (a frame) where they are fixed."""

    time: float
    value: float
    types: tuple[str, str]
    slopes: tuple[float, float]


def matches(sample: Sample) -> bool:
    """Whether the file begins as an animation export."""
    return sample.head.lstrip().startswith((b"animVersion", b"atomVersion"))


def read(sample: Sample) -> Take:
    """Read the curves, sampled at the file's own frames."""
    lines = sample.read_text(_MOST).splitlines()
    header = {found[1]: found[2] for line in lines[:40] if (found := _SETTING.match(line))}
    rate = _rate(header.get("timeUnit", "film"), sample)
    curves = {place: keys for place, keys in _curves(lines, sample) if keys}
    if not curves:
        sample.refuse("has no curve of an ARKit shape")
    first = min(keys[0].time for keys in curves.values())
    count = ceil(max(keys[-1].time for keys in curves.values()) - first) + 1
    if count > MOST_ROWS:
        sample.refuse(f"has curves of {count} frames; {MOST_ROWS} are the most")
    rows = Rows(sample)
    for frame in range(count):
        values = np.zeros(BLENDSHAPES)
        for place, keys in curves.items():
            values[place] = value_at(keys, first + frame)
        rows.add(f"frame {first + frame:g}", values)
    start = decimal_seconds(first, sample)
    return Take(
        format=NAME,
        times=[(start + frame) / rate for frame in range(count)],
        coefficients=rows.coefficients,
        present=rows.present,
        rate=rate,
        notes=(*rows.notes, "only curves of shapes are carried: the head stays still"),
    )


def _rate(unit: str, sample: Sample) -> Fraction:
    try:
        return as_rate(_UNITS.get(unit, unit.removesuffix("fps")))
    except ConfigError:
        sample.refuse(f"counts time in {unit!r:.40}, which is not known")


def _curves(lines: Sequence[str], sample: Sample) -> Iterator[tuple[int, list[Key]]]:
    """Yield the curves of shapes: the shape's index and its keys."""
    place: int | None = None
    inside = False
    keys: list[Key] = []
    for number, line in enumerate(lines, start=1):
        if match := _ANIM.match(line):
            place = _shape_of(match.groups())
        elif re.match(r"\s*keys\s*\{", line):
            inside, keys = place is not None, []
        elif inside and "}" in line:
            inside = False
            yield place if place is not None else 0, keys
        elif inside and line.strip():
            keys.append(_key(line, number, keys, sample))


def _shape_of(names: Sequence[str]) -> int | None:
    return next((i for name in names if (i := shape_index(name)) is not None), None)


def _key(line: str, number: int, keys: Sequence[Key], sample: Sample) -> Key:
    words = line.split(";")[0].split()
    try:
        time, value = float(words[0]), float(words[1])
        types = (words[2], words[3])
        angles = iter([float(word) for word in words[7:]])
        slopes = []
        for kind in types:
            slopes.append(tan(radians(next(angles))) if kind == "fixed" else 0.0)
            if kind == "fixed":
                next(angles, None)  # the weight
    except (IndexError, StopIteration, ValueError):
        sample.refuse(f"has no key in line {number}: {line.strip()!r:.60}")
    if not np.isfinite([time, value, *slopes]).all():
        sample.refuse(f"has a key in line {number} with values that are not finite")
    if keys and time <= keys[-1].time:
        sample.refuse(f"has a key in line {number} that is not after the one before it")
    return Key(time, value, types, (slopes[0], slopes[1]))


def value_at(keys: Sequence[Key], time: float) -> float:
    """Return the value of a curve; before its first key and after its last it is constant."""
    after = bisect_right(keys, time, key=lambda key: key.time)
    if after in (0, len(keys)):
        return keys[min(after, len(keys) - 1)].value
    left, right = keys[after - 1], keys[after]
    if left.types[1] in _HELD:
        return left.value if left.types[1] == "step" else right.value
    length = right.time - left.time
    share = (time - left.time) / length
    rise = _slope(keys, after - 1, 1) * length, _slope(keys, after, 0) * length
    return _hermite(share, left.value, right.value, *rise)


def _hermite(s: float, start: float, end: float, rise: float, fall: float) -> float:
    """A cubic from `start` to `end` with the slopes `rise` and `fall` at its ends."""
    eased = s * s * (3 - 2 * s)
    return start + (end - start) * eased + s * (1 - s) * ((1 - s) * rise - s * fall)


def _slope(keys: Sequence[Key], index: int, side: int) -> float:
    """Slope of a key's tangent, into it (side 0) or out of it (side 1), a frame."""
    key, kind = keys[index], keys[index].types[side]
    if kind == "fixed":
        return key.slopes[side]
    before, after = keys[max(0, index - 1)], keys[min(len(keys) - 1, index + 1)]
    if kind == "linear":
        before, after = (before, key) if side == 0 else (key, after)
    elif kind in _FLAT or (kind in ("auto", "clamped") and _is_extreme(before, key, after)):
        return 0.0
    return (after.value - before.value) / (after.time - before.time) if after != before else 0.0


def _is_extreme(before: Key, key: Key, after: Key) -> bool:
    return (key.value - before.value) * (after.value - key.value) <= 0
