"""Measure the blendshape basis of `a1sdk.motion.blendshapes` on driving footage, and write it.

    python tools/make_basis.py CLIP... -o a1sdk/motion/basis.safetensors [--check CLIP...]

The shipped file comes from the clips with clear rights among the project's test data: d04, d05,
d06 (GRID corpus, CC BY 4.0) and d07:70 (MIT, shows its author in the first 70 pictures). A clip may
be followed by a colon and how many of its pictures to use. Needs `a1sdk-facemesh` and its models.

Method: every picture gives a displacement from its subject's neutral face (pose removed) and the
tracker's 52 coefficients, less those of the same subject at rest. Ridge regression of the one on
the other gives the basis. Each sample is also used mirrored, which makes the basis symmetric. Eye
and brow shapes explain the points down to the lower lids, all others the points below, so that
what merely happened at the same time does not mix; nor do the shapes of one eye explain the
other, since the subjects blink with both. Blinks come before the other eye shapes, which explain
what is left: the tracker reports a blink as a squint and a look down as well. Displacements are
bounded, and a blink of 1 just shuts the eye, as ARKit has it (the tracker gives shut eyes 0.6).

`--check` prints, for clips of other subjects, how much of the motion the basis explains (R2).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from safetensors.numpy import save_file

from a1sdk.components.data import BLENDSHAPES, FaceObservation, VideoFrame
from a1sdk.components.registry import Registry
from a1sdk.motion import landmarks as lm
from a1sdk.motion.blendshapes import BLENDSHAPE_NAMES, INDEX
from a1sdk.motion.neutral import estimate_neutral, eye_apertures, mouth_opening
from a1sdk.render.context import HostContext

BOUND = 0.4  # face units; a wide open jaw moves the chin by 0.3
RIDGE_BLINKS, RIDGE_EYES, RIDGE_MOUTH = 1e-3, 1e-2, 1e-3
BLINKS = np.array([name.startswith("eyeBlink") for name in BLENDSHAPE_NAMES])
EYES_AND_BROWS = np.array([name.startswith(("eye", "brow")) for name in BLENDSHAPE_NAMES])
LEFT = np.array([name.endswith("Left") for name in BLENDSHAPE_NAMES])
RIGHT = np.array([name.endswith("Right") for name in BLENDSHAPE_NAMES])


@dataclass
class Take:
    """One subject: displacements [n, 478, 3], coefficients [n, 52], those at rest, and the face."""

    moved: np.ndarray
    scores: np.ndarray
    rest: np.ndarray
    neutral: np.ndarray


def pictures(clip: str) -> Iterator[VideoFrame]:
    """Decode the first pictures of a clip, 250 where its name has no colon and number."""
    path, _, limit = clip.partition(":")
    with av.open(path) as container:
        decoded = container.decode(video=0)
        for number, frame in zip(range(int(limit or 250)), decoded, strict=False):
            yield VideoFrame(number, frame.to_ndarray(format="rgb24"))


def read_take(clip: str) -> Take:
    """Track a clip and measure its subject's motion."""
    chosen = Registry().choose("face_tracker", "facemesh")
    with HostContext() as host:
        tracker, ctx = chosen.build(), host.lend(chosen.spec)
        tracker.setup(ctx)
        tracked = tracker.track(pictures(clip), ctx)
        seen: list[FaceObservation] = [frame.faces[0] for frame in tracked if frame.faces]
        tracker.close()
    neutral = estimate_neutral(seen)
    motions = [neutral.motion(face) for face in seen]
    moved = np.stack([motion.expression for motion in motions]).astype(float)
    scores = np.stack([motion.blendshapes for motion in motions]).astype(float)
    calm = np.argsort((moved**2).sum((1, 2)))[: max(5, len(moved) // 7)]
    return Take(moved, scores, np.median(scores[calm], axis=0), neutral.shape)


def mirror_points(takes: Sequence[Take], face: np.ndarray) -> np.ndarray:
    """Find the landmark that mirrors each landmark, on an open mouth and closed eyes too."""
    open_mouths = [most(take, mouth_opening(take.neutral + take.moved)) for take in takes]
    shut_eyes = [most(take, -eye_apertures(take.neutral + take.moved).mean(1)) for take in takes]
    shapes = np.concatenate([face, np.mean(open_mouths, 0), np.mean(shut_eyes, 0)], axis=1)
    mirrored = shapes * np.tile([-1, 1, 1], 3)
    mirror = ((mirrored[:, None] - shapes) ** 2).sum(-1).argmin(1)
    if not (mirror[mirror] == np.arange(len(mirror))).all():
        sys.exit("The clips do not show enough of mouth and eyes to tell left from right.")
    return mirror


def most(take: Take, measure: np.ndarray) -> np.ndarray:
    """Mean shape of the six pictures with the largest measure."""
    return take.neutral + take.moved[np.argsort(-measure)[:6]].mean(0)


def fit(
    takes: Sequence[Take], face: np.ndarray, upper: np.ndarray, mirror: np.ndarray
) -> np.ndarray:
    """Return displacements [52, 478, 3] by ridge regression, left-right symmetric."""
    other = np.array([INDEX[other_side(name)] for name in BLENDSHAPE_NAMES])
    scores = [take.scores - take.rest for take in takes]
    scores = np.concatenate([s for score in scores for s in (score, score[:, other])])
    moved = [m for t in takes for m in (t.moved, t.moved[:, mirror] * [-1, 1, 1])]
    points = np.concatenate(moved)
    basis = np.zeros((BLENDSHAPES, points.shape[1], 3))
    right, left = upper & (face[:, 0] < 0), upper & (face[:, 0] >= 0)
    for there, shapes, ridge in (
        (right, BLINKS & ~LEFT, RIDGE_BLINKS),
        (left, BLINKS & ~RIGHT, RIDGE_BLINKS),
        (right, EYES_AND_BROWS & ~BLINKS & ~LEFT, RIDGE_EYES),
        (left, EYES_AND_BROWS & ~BLINKS & ~RIGHT, RIDGE_EYES),
        (~upper, ~EYES_AND_BROWS, RIDGE_MOUTH),
    ):
        x, y = scores[:, shapes], points[:, there].reshape(len(scores), -1)
        solved = np.linalg.solve(x.T @ x + ridge * len(x) * np.eye(x.shape[1]), x.T @ y)
        basis[np.ix_(shapes, there)] = solved.reshape(x.shape[1], -1, 3)
        points[:, there] -= (x @ solved).reshape(len(x), -1, 3)
    length = np.linalg.norm(basis, axis=-1, keepdims=True)
    return basis * np.minimum(1, BOUND / np.maximum(length, 1e-9))


def shut_exactly(basis: np.ndarray, face: np.ndarray) -> None:
    """Scale each blink so that 1 closes the eye and no more."""
    for eye, name in enumerate(("eyeBlinkRight", "eyeBlinkLeft")):
        moved = face + basis[INDEX[name]]
        aperture = eye_apertures(face)[eye]
        basis[INDEX[name]] *= aperture / (aperture - eye_apertures(moved)[eye])


def other_side(name: str) -> str:
    """Return the name of a blendshape's mirror image."""
    if name.endswith("Left"):
        return f"{name[:-4]}Right"
    return f"{name[:-5]}Left" if name.endswith("Right") else name


def explained(basis: np.ndarray, take: Take, points: Sequence[int]) -> float:
    """Share of a take's displacement that the basis predicts from its coefficients."""
    there = list(points)
    guess = np.tensordot(take.scores - take.rest, basis, 1)[:, there]
    return float(
        1 - ((take.moved[:, there] - guess) ** 2).sum() / (take.moved[:, there] ** 2).sum()
    )


def main() -> None:
    """Read the clips, write the file, print how well it does."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="+")
    parser.add_argument("-o", "--output", required=True, type=Path)
    parser.add_argument("--check", nargs="*", default=[])
    arguments = parser.parse_args()
    takes = [read_take(clip) for clip in arguments.clips]
    face = np.mean([take.neutral for take in takes], axis=0)
    mirror = mirror_points(takes, face)
    face = (face + face[mirror] * [-1, 1, 1]) / 2
    upper = face[:, 1] < max(face[list(skin), 1].max() for skin in lm.LOWER_LID_SKIN)
    basis = fit(takes, face, upper, mirror)
    checked = basis.copy()
    shut_exactly(basis, face)
    save_file(
        {
            "displacements": basis.astype(np.float16),
            "neutral": face.astype(np.float32),
            "rest": np.mean([take.rest for take in takes], axis=0).astype(np.float32),
            "mirror": mirror.astype(np.int16),
        },
        str(arguments.output),
        metadata={"made_by": "tools/make_basis.py"},  # one entry: several have no fixed order
    )
    regions = {"lips": lm.LIPS, "lids": lm.LIDS, "irises": lm.EYES, "face": range(468)}
    checks = [(clip, read_take(clip)) for clip in arguments.check]
    for clip, take in [*zip(arguments.clips, takes, strict=True), *checks]:
        scores = (
            f"{name} {explained(checked, take, where):5.2f}" for name, where in regions.items()
        )
        sys.stdout.write(f"{Path(clip).stem:40} R2 {'  '.join(scores)}\n")


if __name__ == "__main__":
    main()
