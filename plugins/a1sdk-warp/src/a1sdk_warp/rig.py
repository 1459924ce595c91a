"""A portrait made ready to move: everything that depends on the picture alone."""

from __future__ import annotations

import cv2
import numpy as np

from a1sdk.plugin import Portrait
from a1sdk_warp import anatomy, field, matte
from a1sdk_warp.eyes import Eye
from a1sdk_warp.field import Field, Grid, Slit
from a1sdk_warp.geometry import Floats
from a1sdk_warp.mouth import Mouth
from a1sdk_warp.options import MeshOptions
from a1sdk_warp.pixels import Layer, full, over
from a1sdk_warp.topology import LEFT_EYE, RIGHT_EYE

STEPS_PER_UNIT = 12
"""Nodes of the head's grid per distance of the outer eye corners."""


class Rig:
    """A portrait taken apart, and the way to put it together again in another pose."""

    def __init__(self, portrait: Portrait, options: MeshOptions) -> None:
        """Take the portrait apart."""
        landmarks = portrait.face.landmarks.astype(np.float32) - np.float32([0.5, 0.5, 0.0])
        head = anatomy.measure(landmarks)
        self.frame = _region(head, portrait.size)
        self.shift = np.array([self.frame.left, self.frame.top, 0], np.float32)
        self.head = head = anatomy.measure(landmarks - self.shift)
        self.pixels = portrait.pixels
        self.picture = _region_pixels(portrait, self.frame)
        self.matte = None
        if options.background == "auto" and _opaque(self.picture):
            self.matte = matte.cut_out(self.picture, head)
        if self.matte is not None:
            self.picture = self.matte.head
        slit = Slit(head.landmarks)
        local = Grid(0, 0, self.frame.columns, self.frame.rows, self.frame.step)
        self.field = field.build(head, slit, local)
        self.nodes = local.nodes()
        self.eyes = [Eye(head, rows, self.picture) for rows in (RIGHT_EYE, LEFT_EYE)]
        self.mouth = Mouth(head, slit, self.picture, teeth=options.teeth)

    def draw(self, landmarks: Floats) -> Layer:
        """Return the portrait with its landmarks at `landmarks` [478, 3], pixels."""
        target = landmarks - np.float32([0.5, 0.5, 0.0]) - self.shift
        move = field.movement(self.head.landmarks, target)
        coarse = self.field.origin_of(self.nodes, self.field.displacement(move), self.nodes)
        back = cv2.resize(coarse, self.frame.size, interpolation=cv2.INTER_LINEAR)
        layer = cv2.remap(
            self.picture, back, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
        )
        pulled = self._pull(coarse, target)
        for eye in self.eyes:
            box = eye.box(target[:, :2], self.frame.size)
            if box is not None:
                eye.draw(layer, self.picture, back, pulled, box)
        self.mouth.draw(layer, self.picture, move, target, coarse)
        if self.matte is not None:
            layer = over(self.matte.behind, layer)
        return self._finish(layer)

    def _pull(self, coarse: Floats, target: Floats) -> Floats:
        at = self.field.grid.locate(np.ascontiguousarray(target[:, :2]))
        found = cv2.remap(
            coarse, at[None], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(found[0], np.float32)

    def _finish(self, layer: Layer) -> Layer:
        out = self.pixels.copy()
        left, top = self.frame.left, self.frame.top
        height, width = out.shape[:2]
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + layer.shape[1], width), min(top + layer.shape[0], height)
        part = layer[y0 - top : y1 - top, x0 - left : x1 - left]
        out[y0:y1, x0:x1] = part[..., : out.shape[2]]
        return out


def _region(head: anatomy.Head, size: tuple[int, int]) -> Grid:
    step = max(2, round(head.unit / STEPS_PER_UNIT))
    corners = np.array([[-2.6, -2.9], [2.6, -2.9], [-2.6, 2.6], [2.6, 2.6]], np.float32)
    places = corners * head.unit @ head.axes + head.origin
    low = np.maximum(places.min(0), 0)
    high = np.minimum(places.max(0), size)
    low = np.minimum(low, np.array(size) - 1)
    count = np.maximum(np.ceil((high - low) / step), 2).astype(int)
    return Grid(int(low[0]), int(low[1]), int(count[0]), int(count[1]), step)


def _region_pixels(portrait: Portrait, frame: Grid) -> Layer:
    width, height = frame.size
    pixels = portrait.pixels[frame.top : frame.top + height, frame.left : frame.left + width]
    more = (0, height - pixels.shape[0], 0, width - pixels.shape[1])
    pixels = cv2.copyMakeBorder(pixels, *more, cv2.BORDER_REFLECT_101)
    if pixels.shape[2] == 3:
        alpha = np.full(pixels.shape[:2], full(pixels), pixels.dtype)
        return np.dstack([pixels, alpha])
    color = pixels[..., :3].astype(np.float32) * (pixels[..., 3:] / np.float32(full(pixels)))
    return np.dstack([np.rint(color).astype(pixels.dtype), pixels[..., 3]])


def _opaque(picture: Layer) -> bool:
    return bool((picture[..., 3] == full(picture)).all())
