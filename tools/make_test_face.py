"""Make `a1sdk/testing/face.npy`: the average, symmetric, neutral face of the contract kit.

    A1_ASSET_PATH=MODELS python tools/make_test_face.py PICTURE...

Every face of the pictures with at least 120 pixels is brought into face space; the result is the
median over all, made symmetric, in thousandths of a face unit. It is the likeness of nobody.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from a1sdk.components.registry import Registry
from a1sdk.motion.pose import own_pose
from a1sdk.render.context import HostContext

LEAST = 120  # pixels
TARGET = Path(__file__).parent.parent / "a1sdk" / "testing" / "face.npy"


def shapes(pictures: list[Path]) -> np.ndarray:
    """Return the face-space shapes of all large enough faces: float64 [faces, 478, 3]."""
    chosen = Registry().choose("face_tracker", "facemesh/landmarks")
    tracker = chosen.build()
    found = []
    with HostContext() as context:
        view = context.lend(chosen.spec)
        tracker.setup(view)
        for path in pictures:
            with Image.open(path) as image:
                pixels = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
            for face in tracker.detect(np.ascontiguousarray(pixels), view):
                if face.size >= LEAST:
                    found.append(own_pose(face.landmarks).unproject(face.landmarks))
        tracker.close()
    return np.array(found)


def symmetric(shape: np.ndarray) -> np.ndarray:
    """Return the mean of a shape and its mirror image."""
    mirrored = shape * [-1, 1, 1]
    twins = pairs(np.linalg.norm(shape[:, None] - mirrored[None], axis=2))
    return (shape + mirrored[twins]) / 2


def pairs(distance: np.ndarray) -> np.ndarray:
    """Return for each point the one it is nearest to, and that is nearest to it."""
    twins = np.full(len(distance), -1)
    distance = distance.copy()
    while (twins < 0).any():
        best = distance.argmin(1)
        mutual = np.flatnonzero((best[best] == np.arange(len(best))) & (twins < 0))
        twins[mutual] = best[mutual]
        distance[mutual], distance[:, mutual] = np.inf, np.inf
    return twins


def main() -> None:
    """Write the face."""
    found = shapes([Path(name) for name in sys.argv[1:]])
    face = symmetric(np.median(found, axis=0))
    np.save(TARGET, np.round(face * 1000).astype(np.int16))
    sys.stdout.write(f"{TARGET}: from {len(found)} faces\n")


if __name__ == "__main__":
    main()
