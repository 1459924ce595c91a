from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

import numpy as np
import pytest
from a1sdk_warp.mesh import MeshWarp
from a1sdk_warp.options import MeshOptions

from a1sdk import HostContext
from a1sdk.plugin import FaceMotion, Portrait, StreamInfo, TargetFrame
from a1sdk.testing import faces

Draw = Callable[..., list[np.ndarray]]


def _turned(
    yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0, expression: np.ndarray | None = None
) -> FaceMotion:
    """A head turned by degrees about the upper end of the neck."""
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = [[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]]
    about_x = [[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]]
    about_z = [[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]]
    rotation = np.array(about_y) @ np.array(about_x) @ np.array(about_z)
    pivot = np.array([0.0, 0.9, 0.7])
    still = faces.still()
    return FaceMotion(
        still.expression if expression is None else expression,
        rotation.astype(np.float32),
        (pivot - rotation @ pivot).astype(np.float32),
    )


def _expressed(move: Callable[..., None], amount: float) -> np.ndarray:
    """An expression made by one of the painted face's own movements."""
    expression = np.zeros_like(faces.neutral_shape())
    move(expression, amount)
    return expression


Turned = Callable[..., FaceMotion]
Expressed = Callable[..., np.ndarray]


@pytest.fixture(scope="session")
def turned() -> Turned:
    """Make a motion that turns the head."""
    return _turned


@pytest.fixture(scope="session")
def expressed() -> Expressed:
    """Make an expression."""
    return _expressed


@pytest.fixture
def draw() -> Draw:
    """Draw a portrait under motions; returns the pictures."""

    def run(
        portrait: Portrait, motions: Iterable[FaceMotion], options: MeshOptions | None = None
    ) -> list[np.ndarray]:
        targets: Iterable[TargetFrame] = faces.targets_of(portrait, motions)
        with HostContext(threads=1) as context:
            renderer = MeshWarp(options)
            renderer.setup(context)
            stream = renderer.render(portrait, {}, targets, StreamInfo(Fraction(25)), context)
            return [frame.pixels for frame in stream]

    return run
