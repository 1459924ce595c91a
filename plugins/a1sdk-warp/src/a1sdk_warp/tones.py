"""Colours of what a portrait does not show, taken from what it does."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from a1sdk_warp import topology as topo
from a1sdk_warp.geometry import Floats
from a1sdk_warp.pixels import Layer, full

_CHEEKS = (205, 425, 50, 280, 18, 201, 421)
_LIPS = (0, 37, 267, 17, 84, 314, 15, 12)
_TOOTH = 0.55
"""What the skin's brightness, 0..1, is raised to for a tooth's.

Between pictures of people who grin, whose teeth are 1.2 to 1.6 times as bright as their skin, the
more the darker it is, and films of people who talk, 1.2 times.
"""
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Tones:
    """Colours, RGB [3] on the scale of the picture.

    Attributes:
        skin: around the mouth.
        lips: of the lips.
        white: of a tooth in this light.
        flesh: of gums and tongue.
        dark: of the depth of the mouth.
        shadow: what a brightness is raised to for each colour: in a mouth, shadow is lit by flesh.
    """

    skin: Floats
    lips: Floats
    white: Floats
    flesh: Floats
    dark: Floats
    shadow: Floats


def luma(color: Floats) -> Floats:
    """Return the brightness of colours [..., 3]."""
    return np.asarray(color @ _LUMA, np.float32)


def _around(picture: Layer, landmarks: Floats, points: tuple[int, ...]) -> Floats:
    height, width = picture.shape[:2]
    last = np.array([width - 1, height - 1])
    at = np.clip(landmarks[list(points), :2].round().astype(int), 0, last)
    return np.median(picture[at[:, 1], at[:, 0], :3], axis=0).astype(np.float32)


def _sclera(picture: Layer, landmarks: Floats) -> Floats:
    """Return the brighter part of both eyes, where the whites are."""
    mask = np.zeros(picture.shape[:2], np.uint8)
    for eye in (topo.RIGHT_EYE, topo.LEFT_EYE):
        ring = [*eye["upper"], *reversed(eye["lower"])]
        cv2.fillPoly(mask, [landmarks[ring, :2].round().astype(np.int32)], 1)
    found = picture[mask > 0][:, :3].astype(np.float32)
    if len(found) < 8:
        return np.full(3, full(picture) * 0.7, np.float32)
    bright = luma(found)
    return np.asarray(found[bright >= np.percentile(bright, 80)].mean(0), np.float32)


def measure(picture: Layer, landmarks: Floats) -> Tones:
    """Take the tones from a picture and its landmarks [478, 3]."""
    scale = min(1.0, 100.0 / _unit(landmarks))
    picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    landmarks = landmarks * np.float32(scale)
    smooth = cv2.GaussianBlur(picture, (0, 0), 1.0)
    skin = _around(smooth, landmarks, _CHEEKS)
    lips = _around(smooth, landmarks, _LIPS)
    eye = _sclera(picture, landmarks)
    white = full(picture)
    base = float(luma(skin))
    least = white * (base / white) ** _TOOTH
    level = min(max(float(luma(eye)), least), max(1.7 * base, least), 0.9 * white)
    colored = float(np.clip(np.ptp(skin) / max(float(skin.max()), 1.0) / 0.25, 0.0, 1.0))
    tooth = _tint((1.0, 0.93, 0.82), colored) * level * 0.97
    cast = eye / max(float(luma(eye)), 1.0)
    tooth *= 0.7 + 0.3 * cast
    flesh = _tint((1.0, 0.48, 0.45), colored) * (0.6 * luma(lips)) * 0.6 + 0.4 * lips
    dark = _tint((1.0, 0.42, 0.38), colored) * 0.16 * luma(lips)
    shadow = 1.0 + (np.array([0.8, 1.1, 1.25], np.float32) - 1.0) * np.float32(colored)
    return Tones(skin, lips, tooth, np.asarray(flesh * 0.8, np.float32), dark, shadow)


def _tint(color: tuple[float, float, float], colored: float) -> Floats:
    """Return a tint of brightness 1, as colourful as the picture is."""
    tint = np.asarray(color, np.float32)
    return np.asarray(1.0 + (tint / luma(tint) - 1.0) * colored, np.float32)


def _unit(landmarks: Floats) -> float:
    right, left = topo.OUTER_CORNERS
    return max(float(np.linalg.norm(landmarks[left] - landmarks[right])), 1e-3)
