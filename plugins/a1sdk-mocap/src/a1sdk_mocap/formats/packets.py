"""Recorded Live Link packets: `.gesichter` of LLV, or one packet in base64 a line.

Packet, version 6, big-endian: version u8; device and subject, each its length as i32 and UTF-8;
frame number i32, part of a frame f32, rate as i32 / i32; number of values u8; values f32, in the
order of Unreal's `EARFaceBlendShape`, which has Left before Right for the jaw and the mouth.
A `.gesichter` file is, mostly gzipped: version u8, number of packets u32, and each packet after
its length as u32.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator
from fractions import Fraction
from struct import Struct, error
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from a1sdk.plugin import BLENDSHAPES
from a1sdk_mocap.formats.livelink import head_rotations
from a1sdk_mocap.names import SHAPE
from a1sdk_mocap.take import Rows, Take

if TYPE_CHECKING:
    from a1sdk_mocap.sample import Sample

NAME = "packets"

_ORDER = (
    "eyeBlinkLeft eyeLookDownLeft eyeLookInLeft eyeLookOutLeft eyeLookUpLeft eyeSquintLeft"
    " eyeWideLeft eyeBlinkRight eyeLookDownRight eyeLookInRight eyeLookOutRight eyeLookUpRight"
    " eyeSquintRight eyeWideRight jawForward jawLeft jawRight jawOpen mouthClose mouthFunnel"
    " mouthPucker mouthLeft mouthRight mouthSmileLeft mouthSmileRight mouthFrownLeft"
    " mouthFrownRight mouthDimpleLeft mouthDimpleRight mouthStretchLeft mouthStretchRight"
    " mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper mouthPressLeft"
    " mouthPressRight mouthLowerDownLeft mouthLowerDownRight mouthUpperUpLeft mouthUpperUpRight"
    " browDownLeft browDownRight browInnerUp browOuterUpLeft browOuterUpRight cheekPuff"
    " cheekSquintLeft cheekSquintRight noseSneerLeft noseSneerRight tongueOut"
).split()
_PLACES = np.array([SHAPE[name] for name in _ORDER])
_GZIP = b"\x1f\x8b"
_VERSION = 6
_LENGTH = Struct(">I")
_TIME = Struct(">ifiiB")
_VALUES = 61
_MOST = 1 << 28


class _Packet(NamedTuple):
    """The time of a packet in frames, its rate, and its values; none without a face."""

    frame: Fraction
    rate: Fraction
    values: tuple[float, ...]


def matches(sample: Sample) -> bool:
    """Whether the file is gzipped as LLV does it, or holds packets."""
    head = sample.head
    if head.startswith(_GZIP):
        return True
    if head[:2] == b"\x06\x00" and len(head) > 9:
        return True
    return _decoded(head.split(b"\n", 1)[0])[:1] == b"\x06"


def read(sample: Sample) -> Take:
    """Read a recording; packets without values are gaps."""
    rows, times, angles = Rows(sample, clip=True), list[Fraction](), list[tuple[float, ...]]()
    rates = set[Fraction]()
    for packet in _packets(sample):
        rates.add(packet.rate)
        times.append(packet.frame / packet.rate)
        angles.append(packet.values[BLENDSHAPES : BLENDSHAPES + 3] or (0.0, 0.0, 0.0))
        if not packet.values:
            rows.add_gap()
            continue
        values = np.zeros(BLENDSHAPES)
        values[_PLACES] = packet.values[:BLENDSHAPES]
        rows.add(f"packet {len(rows) + 1}", values)
    turned = np.array(angles)
    if not np.isfinite(turned).all():
        sample.refuse("has a head angle that is not finite")
    return Take(
        format=NAME,
        times=times,
        coefficients=rows.coefficients,
        present=rows.present,
        rate=rates.pop() if len(rates) == 1 else None,
        rotations=head_rotations(turned) if turned.any() else None,
        notes=rows.notes,
    )


def _packets(sample: Sample) -> Iterator[_Packet]:
    number = 0
    try:
        for data in _datagrams(sample):
            number += 1
            yield _packet(data)
    except (error, ValueError, IndexError, ZeroDivisionError) as fault:
        sample.refuse(f"has a damaged packet, number {number}: {fault}")


def _datagrams(sample: Sample) -> Iterator[bytes]:
    content = sample.read_bytes(_MOST)
    if content.startswith(_GZIP):
        content = _unzipped(content, sample)
    if content[:2] == b"\x06\x00":
        yield from _framed(content)
        return
    for line in content.split():
        yield base64.b64decode(line, validate=True)


def _unzipped(content: bytes, sample: Sample) -> bytes:
    unzip = zlib.decompressobj(wbits=31)
    try:
        plain = unzip.decompress(content, _MOST)
    except zlib.error as fault:
        sample.refuse(f"is a damaged gzip file: {fault}")
    if unzip.unconsumed_tail:
        sample.refuse(f"unpacks to more than {_MOST >> 20} MiB")
    if not unzip.eof:
        sample.refuse("is a damaged gzip file: it ends early")
    return plain


def _framed(content: bytes) -> Iterator[bytes]:
    (count,) = _LENGTH.unpack_from(content, 1)
    place = 5
    for _ in range(count):
        (length,) = _LENGTH.unpack_from(content, place)
        place += _LENGTH.size + length
        yield content[place - length : place]


def _packet(data: bytes) -> _Packet:
    if data[0] != _VERSION:
        raise ValueError(f"its version is {data[0]}, not {_VERSION}")
    place = 1
    for _ in ("device", "subject"):
        (length,) = _LENGTH.unpack_from(data, place)
        place += _LENGTH.size + length
    frame, part, numerator, denominator, count = _TIME.unpack_from(data, place)
    if count not in (0, _VALUES):
        raise ValueError(f"it has {count} values, not {_VALUES}")
    rate = Fraction(numerator, denominator)
    if not 0 < rate <= 1000 or not 0 <= part <= 1:
        raise ValueError(f"its time is frame {frame} + {part} at {rate}")
    values = Struct(f">{count}f").unpack_from(data, place + _TIME.size)
    return _Packet(frame + Fraction(round(part * 1_000_000), 1_000_000), rate, values)


def _decoded(line: bytes) -> bytes:
    try:
        return base64.b64decode(line.strip(), validate=True)
    except binascii.Error:
        return b""
