"""The rate that a file of keys names is the film's, where nothing else has one."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from a1sdk.components.registry import Registry
from a1sdk.motion.clip import MotionClip
from a1sdk.render.arrange import stack_of
from a1sdk.render.context import HostContext
from a1sdk.render.extract import extract_motion


def _keys(path: Path, rate: str | None) -> Path:
    named = {} if rate is None else {"rate": rate}
    channels = {"smile": [["0s", 0], ["2s", 1]]}
    data = {"schema_version": "a1.keys/1", **named, "channels": channels}
    path.write_text(json.dumps(data), "utf-8")
    return path


@pytest.mark.parametrize(
    ("named", "over", "asked", "rate"),
    [
        ("30", None, None, 30),
        ("24000/1001", None, None, Fraction(24000, 1001)),
        (None, None, None, 25),
        ("30", None, Fraction(50), 50),
        (None, "48", None, 48),
        ("30", "48", None, 30),
    ],
)
def test_rate(
    tmp_path: Path, named: str | None, over: str | None, asked: Fraction | None, rate: Fraction
) -> None:
    registry, take = Registry(), tmp_path / "take.a1motion"
    keys = None if over is None else _keys(tmp_path / "over.json", over)
    layers = stack_of(_keys(tmp_path / "keys.json", named), registry=registry, keys=keys)
    context = HostContext(seed=0)
    extract_motion(layers, take, registry=registry, context=context, rate=asked)
    clip = MotionClip.load(take)
    assert (clip.info.rate, len(clip)) == (rate, round(2 * rate))
