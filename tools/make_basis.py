"""Make the blendshape basis of `a1sdk.motion.blendshapes`, and write it.

    python tools/make_basis.py CLIP... -o a1sdk/motion/basis.safetensors [--check CLIP...]

The shipped file comes from the clips with clear rights among the project's test data: d04, d05,
d06 (GRID corpus, CC BY 4.0) and d07:70 (MIT, shows its author in the first 70 pictures). A clip may
be followed by a colon and how many of its pictures to use. Needs `a1sdk-facemesh` and its models.

From the footage come the neutral face, the mean of the subjects'; which landmark mirrors which;
what the tracker reports of a face at rest; and how a smile and an opening jaw move the lips and
cheeks, by regression of the tracked displacements on the tracker's coefficients, both sides alike.
Everything else is a rule of `face_rig`: movements of a few landmarks that the skin follows, put
together to what ARKit says of each shape. Four talking people show no more than that: the tracker
reports, of what they do, a smile, an open jaw, a pucker and blinks.

`--check` prints, for these and for other clips, how much of the motion the basis explains (R2) from
the tracker's own coefficients.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from face_rig.muscles import Muscles
from face_rig.shapes import BOTH, RIGHT
from face_rig.skin import Field, Skin
from safetensors.numpy import save_file

from a1sdk.components.data import BLENDSHAPES, FaceObservation, VideoFrame
from a1sdk.components.registry import Registry
from a1sdk.motion import landmarks as lm
from a1sdk.motion.blendshapes import INDEX
from a1sdk.motion.neutral import estimate_neutral, eye_apertures, mouth_opening
from a1sdk.render.context import HostContext

RIDGE = 3e-3
SEEN = (
    ("jawOpen",),
    ("mouthSmileLeft", "mouthSmileRight"),
    ("mouthPucker",),
    ("mouthUpperUpLeft", "mouthUpperUpRight"),
    ("mouthRollUpper",),
    ("mouthClose",),
    ("mouthLowerDownLeft", "mouthLowerDownRight"),
    ("mouthPressLeft", "mouthPressRight"),
)
"""What the footage shows of mouths. The first two are used; the others are there so that what
they did is not put down to the first two."""

PARTED = 0.6  # share of the open jaw at which lips are no neighbours


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


def measured(takes: Sequence[Take], mirror: np.ndarray) -> list[Field]:
    """Return what each of `SEEN` does at 1, left-right symmetric, by ridge regression."""
    columns = [[INDEX[name] for name in names] for names in SEEN]
    active = np.concatenate([take.scores - take.rest for take in takes])
    x = np.stack([active[:, names].mean(1) for names in columns], axis=1)
    moved = np.concatenate([take.moved for take in takes])
    y = (moved + moved[:, mirror] * [-1, 1, 1]) / 2
    weight = x.T @ x + RIDGE * len(x) * np.eye(x.shape[1])
    return list(np.linalg.solve(weight, x.T @ y.reshape(len(y), -1)).reshape(-1, *y.shape[1:]))


def build(muscles: Muscles) -> np.ndarray:
    """Return the displacements of all shapes at 1, [52, 478, 3]."""
    basis = np.zeros((BLENDSHAPES, *muscles.face.shape))
    for rules in (RIGHT, BOTH):
        for name, rule in rules.items():
            field = sum(amount * muscles.fields[muscle] for muscle, amount in rule.items())
            other = muscles.mirrored(np.asarray(field))
            if rules is BOTH:
                basis[INDEX[name]] = field + other
            else:
                basis[INDEX[name]], basis[INDEX[f"{name[:-5]}Left"]] = field, other
    return basis


def explained(basis: np.ndarray, take: Take, points: Sequence[int]) -> float:
    """Share of a take's displacement that the basis predicts from its coefficients."""
    there = list(points)
    guess = np.tensordot(take.scores - take.rest, basis, 1)[:, there]
    return float(
        1 - ((take.moved[:, there] - guess) ** 2).sum() / (take.moved[:, there] ** 2).sum()
    )


def provenance(clips: Sequence[str]) -> str:
    """Return where the file comes from, as its header tells it."""
    facts = {
        "made_by": "tools/make_basis.py",
        "footage": [Path(clip).name for clip in clips],
        "measured": [
            "neutral",
            "rest",
            "mirror",
            "lips of jawOpen",
            "lips and cheeks of mouthSmile*",
        ],
        "by_rule": "everything else, see tools/face_rig",
    }
    return json.dumps(facts, sort_keys=True)


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
    open_jaw, smile, *_ = measured(takes, mirror)
    basis = build(Muscles(face, mirror, Skin(face, face + PARTED * open_jaw), smile, open_jaw))
    save_file(
        {
            "displacements": basis.astype(np.float16),
            "neutral": face.astype(np.float32),
            "rest": np.mean([take.rest for take in takes], axis=0).astype(np.float32),
            "mirror": mirror.astype(np.int16),
        },
        str(arguments.output),
        metadata={"provenance": provenance(arguments.clips)},  # several have no fixed order
    )
    regions = {"lips": lm.LIPS, "lids": lm.LIDS, "irises": lm.EYES, "face": range(468)}
    checks = [(clip, read_take(clip)) for clip in arguments.check]
    for clip, take in [*zip(arguments.clips, takes, strict=True), *checks]:
        scores = (f"{name} {explained(basis, take, where):5.2f}" for name, where in regions.items())
        sys.stdout.write(f"{Path(clip).stem:40} R2 {'  '.join(scores)}\n")


if __name__ == "__main__":
    main()
