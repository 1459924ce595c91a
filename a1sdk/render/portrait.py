"""Prepare the portrait: choose its face, fit it to the delivered size and depth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PIL import Image

from a1sdk.components.data import FaceObservation, Portrait
from a1sdk.errors import ConfigError, NoFaceError
from a1sdk.media.depth import as_pixels, flatten, to_depth
from a1sdk.motion.blendshapes import BLENDSHAPE_NAMES
from a1sdk.motion.landmarks import LEFT_EYE_OUTER, LOWER_LIP, RIGHT_EYE_OUTER, UPPER_LIP
from a1sdk.motion.pose import own_pose
from a1sdk.motion.relax import own_coefficients

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from a1sdk.components.data import Floats, Pixels
    from a1sdk.components.interfaces import FaceTracker, RunContext

_UNASKED_SIDE = 4096  # pixels; what films are scaled to where no size was asked for
_BACKDROP = 128  # mid grey behind transparent pixels: no edge that a detector could mistake
_SMILE, _OPEN_JAW, _OPEN_LIPS = 0.35, 0.2, 0.12
_MIDDLE = 4  # of the nine points of a lip's edge

LIPS_AT_REST = 0.1
"""How far apart the lips of a resting face may be, see `lips_apart`."""


def choose_face(faces: list[FaceObservation], choice: str, path: Path) -> FaceObservation:
    """Return the face that `choice` names: `largest`, an index from 0, or `x,y` in pixels.

    Raises:
        NoFaceError: there is no face.
        ConfigError: the index is too high, or the point lies in no face.
    """
    if not faces:
        raise NoFaceError(
            f"No face was found in {path.name!r}.",
            path=str(path),
            hint="use a picture whose face is at least 40 pixels wide and not turned away",
        )
    if choice == "largest":
        return faces[0]
    found = f"{path.name!r} has {len(faces)} face{'s' if len(faces) > 1 else ''}"
    if "," in choice:
        return _face_at(faces, choice, found)
    if int(choice) >= len(faces):
        raise ConfigError(f"There is no face {choice}: {found}, counted from 0.")
    return faces[int(choice)]


def _face_at(faces: list[FaceObservation], choice: str, found: str) -> FaceObservation:
    x, y = (float(part) for part in choice.split(","))
    hits = [f for f in faces if f.box[0] <= x <= f.box[2] and f.box[1] <= y <= f.box[3]]
    if not hits:
        centers = "; ".join(f"{f.center[0]:.0f},{f.center[1]:.0f}" for f in faces)
        raise ConfigError(f"No face lies at {choice}: {found}.", hint=f"faces are at {centers}")
    return min(hits, key=lambda f: np.hypot(f.center[0] - x, f.center[1] - y))


def detect_faces(pixels: Pixels, tracker: FaceTracker, ctx: RunContext) -> list[FaceObservation]:
    """Return the faces of a picture of any depth, with or without alpha, largest first."""
    return tracker.detect(flatten(to_depth(pixels, 8), _BACKDROP), ctx)


def is_expressive(face: FaceObservation) -> bool:
    """Return whether a face smiles, or holds its mouth open.

    The limits lie between what portraits at rest measure (smiles below 0.1, lips up to 0.1 eye
    distances apart) and those that laugh or speak (smiles from 0.5, lips from 0.13 on).
    """
    shape = own_pose(face.landmarks).unproject(face.landmarks)
    scores = dict(zip(BLENDSHAPE_NAMES, own_coefficients(face, shape), strict=True))
    if scores["mouthSmileLeft"] + scores["mouthSmileRight"] > 2 * _SMILE:
        return True
    return bool(scores["jawOpen"] > _OPEN_JAW) and lips_apart(face.landmarks) > _OPEN_LIPS


def lips_apart(landmarks: Floats) -> float:
    """Return how far the lips of a face are apart, in distances of its outer eye corners."""
    lips = landmarks[UPPER_LIP[0][_MIDDLE]] - landmarks[LOWER_LIP[0][_MIDDLE]]
    eyes = landmarks[RIGHT_EYE_OUTER] - landmarks[LEFT_EYE_OUTER]
    return float(np.linalg.norm(lips) / np.linalg.norm(eyes))


def size_of_film(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size of a film where none was asked for: the portrait's, or less of a huge one.

    Args:
        size: width and height of the portrait; a film has at most 4096 pixels a side.
    """
    scale = _UNASKED_SIDE / max(size)
    if scale >= 1:
        return size
    return max(16, round(size[0] * scale)), max(16, round(size[1] * scale))


def face_share(portrait: Portrait) -> float:
    """Return how much of the face is in the picture: the share of its landmarks, 0..1."""
    points = portrait.face.landmarks[:, :2]
    return float(((points >= 0) & (points <= portrait.size)).all(axis=1).mean())


def fit(portrait: Portrait, size: tuple[int, int], how: Literal["crop", "pad"]) -> Portrait:
    """Scale a portrait to exactly `size`, see `fit_all`."""
    if portrait.size == size:
        return portrait
    return fit_all(portrait.pixels, [portrait.face], size, how)[0]


def fit_all(
    pixels: Pixels,
    faces: Sequence[FaceObservation],
    size: tuple[int, int],
    how: Literal["crop", "pad"],
) -> list[Portrait]:
    """Scale a picture to exactly `size`, its faces kept inside where it is cropped.

    `pad` shows the whole picture over black (transparent where there is alpha). Resampling is
    Lanczos on premultiplied colours.

    Args:
        pixels: the picture.
        faces: those that have to be seen, at least one.
        size: width and height.
        how: what becomes of a picture of another aspect ratio.

    Returns:
        The new picture with each of the faces.
    """
    height, width = pixels.shape[:2]
    if (width, height) == size:
        return [Portrait(pixels, face) for face in faces]
    ratios = size[0] / width, size[1] / height
    scale = max(ratios) if how == "crop" else min(ratios)
    scaled = max(1, round(width * scale)), max(1, round(height * scale))
    pixels = _resize(pixels, scaled)
    left, top = _offset(_middle(faces), scaled, size, scale)
    canvas = np.zeros((size[1], size[0], pixels.shape[2]), pixels.dtype)
    x, y = max(0, -left), max(0, -top)
    part = pixels[max(0, top) : max(0, top) + size[1], max(0, left) : max(0, left) + size[0]]
    canvas[y : y + part.shape[0], x : x + part.shape[1]] = part
    shift = np.array([left, top, 0], np.float32)
    return [
        Portrait(canvas, replace(face, landmarks=face.landmarks * np.float32(scale) - shift))
        for face in faces
    ]


def _middle(faces: Sequence[FaceObservation]) -> tuple[float, float]:
    """Middle of the box around all faces, in pixels."""
    boxes = np.array([face.box for face in faces])
    low, high = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    return float((low[0] + high[0]) / 2), float((low[1] + high[1]) / 2)


def _offset(
    middle: tuple[float, float], scaled: tuple[int, int], size: tuple[int, int], scale: float
) -> tuple[int, int]:
    """Left and top of the delivered window in the scaled picture; negative means padding."""
    offsets = []
    for have, want, center in zip(scaled, size, middle, strict=True):
        slack = have - want
        offsets.append(
            slack // 2 if slack <= 0 else int(np.clip(center * scale - want / 2, 0, slack))
        )
    return offsets[0], offsets[1]


def _resize(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Lanczos; channel by channel, so that huge pictures are not held as floats."""
    if pixels.shape[2] == 3 and pixels.dtype == np.uint8:
        scaled = [_lanczos(pixels[:, :, number], size) for number in range(3)]
        return np.stack(scaled, axis=2).astype(np.uint8, copy=False)
    full = np.float32(np.iinfo(pixels.dtype).max)
    alpha = pixels[:, :, 3] if pixels.shape[2] == 4 else None
    channels = []
    for number in range(pixels.shape[2]):
        channel = pixels[:, :, number].astype(np.float32)
        if alpha is not None and number < 3:
            channel *= alpha / full
        channels.append(_lanczos(channel, size))
    out = np.stack(channels, axis=2)
    if alpha is not None:
        out[:, :, :3] *= full / np.maximum(out[:, :, 3:], 1e-3)
    return as_pixels(np.clip(out, 0, full), pixels)


def _lanczos(channel: npt.NDArray[Any], size: tuple[int, int]) -> npt.NDArray[Any]:
    image = Image.fromarray(np.ascontiguousarray(channel))
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))
