"""The guide to layers works as it stands: its files are read, its code runs."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from a1sdk.components.data import StreamInfo
from a1sdk.motion.clip import MotionClip
from a1sdk.motion.frame import MotionFrame
from a1sdk.motion.mix import resting
from a1sdk.motion.regions import GROUPS, REGIONS
from a1sdk.motion.timemap import TimeMap
from a1sdk.render.job import LayerStack

GUIDE = (Path(__file__).parents[1] / "docs" / "motion.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def test_the_stacks_and_maps_of_the_guide_are_read() -> None:
    blocks = (json.loads(text) for kind, text in BLOCKS if kind == "json")
    stack, moved, points, turned, crossing = blocks
    layers = LayerStack.model_validate(stack).layers
    assert [layer.name for layer in layers] == ["driver", "voice", "keys"]
    assert layers[2].weight.at(Fraction(3, 4)) == 0.5
    assert TimeMap.model_validate(moved).source_time(Fraction(1)) == 1
    assert TimeMap.model_validate(points).source_time(Fraction(5, 2)) == 2
    assert TimeMap.model_validate(turned).goes_back
    whole = LayerStack.model_validate({"layers": crossing})
    assert whole.layers[1].fade_in == 1


def test_the_code_of_the_guide_cross_fades() -> None:
    (code,) = (text for kind, text in BLOCKS if kind == "python")
    names: dict[str, Any] = {}
    exec(code, names)
    info = StreamInfo(Fraction(25))
    takes = [
        MotionClip.from_frames([MotionFrame(n, resting()) for n in range(count)], info)
        for count in (50, 30)
    ]
    frames = list(names["crossed"](*takes))
    assert [frame.pts for frame in frames] == list(range(50 + 30 - 12))
    assert all(frame.face is not None and np.isfinite(frame.face.expression).all()
               for frame in frames)  # fmt: skip


def test_the_guide_lists_every_region() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE)
    assert listed[: len(REGIONS) + len(GROUPS)] == [*REGIONS, *GROUPS]
