"""What crosses between components can be sent to another process."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from a1sdk import errors
from a1sdk.components.data import (
    FaceObservation,
    Identity,
    Portrait,
    RenderEstimate,
    StreamInfo,
    TargetFrame,
    TrackedFrame,
    VideoFrame,
)
from a1sdk.components.specs import MotionSourceSpec, RendererSpec
from a1sdk.motion.frame import MotionFrame
from a1sdk.testing import performing, portrait

PICTURE = portrait(32, 32)
OBJECTS = (
    StreamInfo(Fraction(30000, 1001), 5),
    VideoFrame(1, PICTURE.pixels),
    TrackedFrame(1, (PICTURE.face,)),
    Portrait(PICTURE.pixels, FaceObservation(PICTURE.face.landmarks, 0.5)),
    TargetFrame(1, PICTURE.face.landmarks, performing(0.3)),
    MotionFrame(1, performing(0.3)),
    Identity("arcface/1", {"embedding": np.zeros(4, np.float32)}, {"model": "x"}),
    RenderEstimate(1 << 30, seconds=2.5, fits=True, settings={"tiling": "on"}, notes=("No.",)),
    MotionSourceSpec(name="a", summary="B.", factory="c:D", inputs=("video",)),
    RendererSpec(name="a", summary="B.", factory="c:D", native_rate=Fraction(12)),
)


def all_errors(base: type[errors.A1Error] = errors.A1Error) -> Iterator[type[errors.A1Error]]:
    yield base
    for error in base.__subclasses__():
        yield from all_errors(error)


@pytest.mark.parametrize("thing", OBJECTS, ids=lambda thing: type(thing).__name__)
def test_data_and_specs(thing: Any) -> None:
    back = pickle.loads(pickle.dumps(thing))
    assert type(back) is type(thing)
    assert repr(back) == repr(thing)


@pytest.mark.parametrize("error", list(all_errors()))
def test_errors(error: type[errors.A1Error]) -> None:
    made = error("It is so.", hint="do that")
    made.plugin = made.path = "x"  # type: ignore[attr-defined]
    back = pickle.loads(pickle.dumps(made))
    assert (type(back), str(back), back.__dict__) == (error, "It is so.", made.__dict__)
