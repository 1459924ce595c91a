"""Milliseconds a frame of `warp/mesh`, stage by stage.

    python benchmarks/warp.py [PICTURE ...]

Without pictures the contract kit's painted face is drawn, at 512x512 and 1920x1080. Times are of
one thread, processor time, best of five rounds, so that other work on the machine counts little.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from a1sdk_warp.options import MeshOptions
from a1sdk_warp.rig import Rig
from PIL import Image

from a1sdk.components.data import FaceObservation, Portrait
from a1sdk.testing import faces

ROUNDS, FRAMES = 5, 24
STAGES = ("field", "map", "eyes", "mouth", "compose")


def timed(spent: dict[str, float], name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """Return `call`, adding the time it takes to `spent[name]`."""

    def run(*args: Any) -> Any:
        start = time.process_time()
        result = call(*args)
        spent[name] += time.process_time() - start
        return result

    return run


def measure(portrait: Portrait) -> tuple[float, dict[str, float], Rig]:
    """Return seconds of set-up, milliseconds a frame by stage, and the rig."""
    start = time.process_time()
    rig = Rig(portrait, MeshOptions())
    setup = time.process_time() - start
    motions = [faces.performing(k / FRAMES) for k in range(FRAMES)]
    targets = [target.landmarks for target in faces.targets_of(portrait, motions)]
    spent: dict[str, float] = defaultdict(float)
    for owner, method, name in (
        (rig, "_solve", "field"),
        (rig, "_refine", "map"),
        (rig, "_bend_eyes", "eyes"),
        *((eye, "draw", "eyes") for eye in rig.eyes),
        (rig.mouth, "bend", "mouth"),
        (rig.mouth, "draw", "mouth"),
        (rig, "_finish", "compose"),
    ):
        setattr(owner, method, timed(spent, name, getattr(owner, method)))
    best: dict[str, float] = {}
    for _ in range(ROUNDS):
        spent.clear()
        start = time.process_time()
        for landmarks in targets:
            rig.draw(landmarks)
        spent["total"] = time.process_time() - start
        for name, value in spent.items():
            best[name] = min(best.get(name, np.inf), value * 1e3 / FRAMES)
    return setup, best, rig


def report(name: str, portrait: Portrait) -> None:
    """Print one line on a portrait."""
    setup, best, rig = measure(portrait)
    width, height = portrait.size
    rest = best["total"] - sum(best[stage] for stage in STAGES)
    stages = "  ".join(f"{stage} {best[stage]:.2f}" for stage in STAGES)
    sys.stdout.write(
        f"{name:24} {width}x{height}  eyes apart {rig.head.unit:4.0f} px  "
        f"total {best['total']:.2f} ms  ({stages}  remap and rest {rest:.2f})  "
        f"set-up {setup * 1e3:.0f} ms\n"
    )


def tracked(path: Path, longest: int) -> Portrait:
    """Return a picture scaled to `longest` pixels, with its largest face."""
    from a1sdk.components.registry import Registry
    from a1sdk.render.context import HostContext

    picture = Image.open(path).convert("RGB")
    picture.thumbnail((longest, longest))
    pixels = np.asarray(picture)
    chosen = Registry().choose("face_tracker", "facemesh/landmarks")
    with HostContext() as host:
        tracker = chosen.build()
        context = host.lend(chosen.spec)
        tracker.setup(context)
        face: FaceObservation = tracker.detect(pixels, context)[0]
        tracker.close()
    return Portrait(pixels, face)


def main() -> None:
    """Measure the pictures named on the command line, or the painted faces."""
    cv2.setNumThreads(1)
    for width, height in ((512, 512), (1920, 1080)):
        report("painted face", faces.portrait(width, height))
    for argument in sys.argv[1:]:
        for longest in (512, 1920):
            report(Path(argument).stem[:22], tracked(Path(argument), longest))


if __name__ == "__main__":
    main()
