"""A film encoded again is the same film, with fewer processors too."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import av
import pytest

from a1sdk.media.codecs import CODECS

FILMS = [(codec.name, codec.suffix) for codec in CODECS.values() if not codec.sequence]
OTHERS = [("h264", ".mkv"), ("dnxhr-hqx", ".mxf"), ("av1", ".webm")]
"""The other containers."""

WRITE = """
import os, sys
from fractions import Fraction
import numpy as np
if sys.argv[3] == "alone" and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from a1sdk.media import open_writer
random = np.random.default_rng(7)
field = np.repeat(np.repeat(random.integers(0, 256, (180, 180, 3)), 4, 0), 4, 1)
with open_writer(sys.argv[1], rate=Fraction(25), width=320, height=240, codec=sys.argv[2]) as out:
    for n in range(12):
        down, right = (int(200 + 190 * np.sin(n / speed)) for speed in (3, 4))
        seen = field[down : down + 240, right : right + 320] + random.normal(0, 12, (240, 320, 3))
        out.write(np.clip(seen, 0, 255).astype(np.uint8))
"""
"""Noise that moves a lot, by all processors or by one."""


def written(path: Path, codec: str, how: str) -> Path:
    subprocess.run([sys.executable, "-c", WRITE, str(path), codec, how], check=True, timeout=300)
    return path


def packets(path: Path) -> list[tuple[int | None, bytes]]:
    with av.open(str(path)) as film:
        return [(one.pts, bytes(one)) for one in film.demux(video=0)]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize(("codec", "suffix"), FILMS + OTHERS)
def test_a_film_is_the_same_every_time_and_with_one_processor(tmp_path, codec, suffix):
    first, again, alone = (
        written(tmp_path / f"{name}{suffix}", codec, name) for name in ("all", "again", "alone")
    )
    assert packets(first) == packets(again) == packets(alone)
    assert (digest(first) == digest(again)) == (suffix != ".mxf")  # which has a random UMID
