"""Nods once a second."""

from collections.abc import Iterator
from fractions import Fraction
from math import pi, sin

from a1sdk import plugin as a1


class Nod(a1.MotionSource):
    def probe(self) -> a1.StreamInfo:
        return a1.StreamInfo(rate=Fraction(24), count=48)

    def stream(self, ctx: a1.RunContext) -> Iterator[a1.MotionFrame]:
        import numpy as np  # here, not above: listing plugins must stay quick

        still, zero = np.zeros((a1.LANDMARKS, 3), np.float32), np.zeros(3, np.float32)
        for pts in ctx.track(range(48), total=48):
            turn = a1.from_euler(0, 10 * sin(2 * pi * pts / 24), 0).astype(np.float32)
            yield a1.MotionFrame(pts, a1.FaceMotion(still, turn, zero))


@a1.hookimpl
def a1_register_motion_sources() -> list[a1.MotionSourceSpec]:
    return [a1.MotionSourceSpec(name="nod", summary="Nods once a second.", factory=Nod)]
