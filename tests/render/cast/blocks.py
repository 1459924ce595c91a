"""What the made-up people of `cast_plugin` do, and what became of it in a film."""

from __future__ import annotations

import numpy as np

from a1sdk.components.data import FaceObservation
from a1sdk.media import open_video
from a1sdk.motion.clip import MotionClip
from a1sdk.render.report import RenderReport
from a1sdk.testing import neutral_shape

MODULE = "a1_cast_fakes"
COUNT = 30


def beside(name: str, number: int) -> int | None:
    """Red on the left, and Green on the right."""
    return 8 if name == "Red" else 110


def moves(report: RenderReport) -> dict[str, list[int]]:
    """How far each face of the portrait has moved in each frame, and that nothing else did."""
    moved: dict[str, list[int]] = {"Red": [], "Blue": []}
    with open_video(report.job.output) as reader:
        for frame in reader.frames():
            for name, x in (("Red", 24), ("Blue", 136)):
                moved[name].append(round(float(frame.pixels[18:30, x - 2 : x + 2].mean())) - 60)
            assert np.abs(frame.pixels[:, 60:100].astype(int) - 200).max() <= 2
    return moved


def near(got: list[int], wanted: list[int]) -> bool:
    return len(got) == len(wanted) and max(np.abs(np.subtract(got, wanted))) <= 2


ONCE, TWICE, STILL = list(range(COUNT)), list(range(0, 2 * COUNT, 2)), [-40] * COUNT


def counting(monkeypatch, kind, *names):
    """Note each call of some methods of a class, in order."""
    calls = []
    for name in names:
        whole = getattr(kind, name)

        def noted(self, *args, name=name, whole=whole, **more):
            calls.append(name)
            return whole(self, *args, **more)

        monkeypatch.setattr(kind, name, noted)
    return calls


def steps(clip: MotionClip) -> list[int]:
    """How far the person moves in each frame, in steps of brightness; -1 in gaps."""
    faces = [frame.face for frame in clip.frames()]
    return [-1 if one is None else round(float(one.translation[1]) * 400) for one in faces]


def face(x: float, y: float = 50, width: float = 40, track: int = 0) -> FaceObservation:
    shape = neutral_shape() / np.ptp(neutral_shape()[:, 0]) * width
    middle = (shape.max(0) + shape.min(0)) / 2
    return FaceObservation((shape - middle + [x, y, 0]).astype(np.float32), 1.0, track)
