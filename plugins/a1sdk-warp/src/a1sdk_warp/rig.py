"""A portrait made ready to move: everything that depends on the picture alone."""

from __future__ import annotations

import cv2
import numpy as np

from a1sdk.plugin import Portrait
from a1sdk_warp import anatomy, field, matte
from a1sdk_warp.anatomy import Head
from a1sdk_warp.eyes import Eye, Look
from a1sdk_warp.field import Grid, Movement, Slit
from a1sdk_warp.geometry import Floats, Ints
from a1sdk_warp.mouth import Mouth
from a1sdk_warp.options import MeshOptions
from a1sdk_warp.pixels import (
    Box,
    Layer,
    enlarge,
    flatten,
    full,
    lay_over,
    look_up,
    premultiply,
    sample,
)
from a1sdk_warp.topology import LEFT_EYE, RIGHT_EYE

STEPS_PER_UNIT = 12
"""Nodes of the head's grid per distance of the outer eye corners."""

BEYOND = 0.5
"""How far, in units, the picture is continued where its edge cuts a head off."""

_CORNER = np.array([0.5, 0.5, 0.0], np.float32)
"""A pixel's centre is at +0.5 in the data, and at whole numbers for OpenCV."""


class Rig:
    """A portrait taken apart, and the way to put it together again in another pose."""

    def __init__(self, portrait: Portrait, options: MeshOptions) -> None:
        """Take the portrait apart."""
        landmarks = portrait.face.landmarks.astype(np.float32) - _CORNER
        self.frame = _region(anatomy.measure(landmarks), portrait.size)
        self.shift = np.array([self.frame.left, self.frame.top, 0], np.float32)
        self.head = anatomy.measure(landmarks - self.shift)
        self.pixels = portrait.pixels
        self.picture, self.behind = self._separate(options)
        slit = Slit(self.head.landmarks)
        local = Grid(0, 0, self.frame.columns, self.frame.rows, self.frame.step)
        self.field = field.build(self.head, slit, local)
        self.nodes = local.nodes()
        self.moving = self._moving()
        self.rim = self.nodes.reshape(-1, 2)[self.moving]
        self.eyes = [Eye(self.head, rows, self.picture) for rows in (RIGHT_EYE, LEFT_EYE)]
        self.mouth = Mouth(self.head, slit, self.picture, teeth=options.teeth)

    def _separate(self, options: MeshOptions) -> tuple[Layer, Layer | None]:
        """Return the region's moving layer, and what is behind it where that is known."""
        inner, more = _inner(self.frame, self.pixels)
        picture = premultiply(inner)
        cut = None
        if options.background == "auto" and bool((picture[..., 3] == full(picture)).all()):
            head = anatomy.measure(
                self.head.landmarks - np.array([more[2], more[0], 0], np.float32)
            )
            cut = matte.cut_out(picture, head)
        if cut is None:
            return cv2.copyMakeBorder(picture, *more, cv2.BORDER_REFLECT), None
        if not any(more):
            return cut.head, cut.behind
        behind = cv2.copyMakeBorder(cut.behind, *more, cv2.BORDER_REPLICATE)
        return _continued(cut.head, more), behind

    def _moving(self) -> Ints:
        """Return the nodes around what can change the picture, as numbers of a flat list."""
        there = cv2.dilate(self.picture[..., 3], np.ones((3, 3), np.uint8))
        step, (rows, columns) = self.frame.step, self.nodes.shape[:2]
        cells = there.reshape(rows, step, columns, step).max((1, 3)) > 0
        block = np.ones((3, 3), np.uint8)
        near = cv2.dilate(cells.astype(np.uint8), block)
        near = near * self.field.reach().reshape(rows, columns)
        inner = cv2.erode(near, block, borderType=cv2.BORDER_CONSTANT, borderValue=0)
        return np.flatnonzero(near > inner)

    def draw(self, landmarks: Floats) -> Layer:
        """Return the portrait with its landmarks at `landmarks` [478, 3], pixels."""
        target = landmarks - _CORNER - self.shift
        move = field.movement(self.head.landmarks, target)
        coarse, box = self._solve(move)
        back = self._refine(coarse, box)
        looks = self._bend_eyes(back, box, target, coarse)
        parting = self.mouth.bend(back, box, move, target, coarse, self.field.grid)
        layer = sample(self.picture, back)
        for eye, look in zip(self.eyes, looks, strict=True):
            if look is not None:
                eye.draw(look, layer, self.picture)
        if parting is not None:
            self.mouth.draw(parting, layer, self.picture)
        return self._finish(layer, box)

    def _solve(self, move: Movement) -> tuple[Floats, Box]:
        """Return where the nodes came from, and the pixels that may change."""
        gone = self.field.displacement(move)
        return self.field.origin_of(self.nodes, gone, self.nodes), self._reach(gone)

    def _bend_eyes(
        self, back: Floats, box: Box, target: Floats, coarse: Floats
    ) -> list[Look | None]:
        pulled = self._pull(coarse, target)
        return [eye.bend(back, box, target, pulled) for eye in self.eyes]

    def _reach(self, gone: Floats) -> Box:
        """Return the pixels of the region that may differ from the picture."""
        step, size = self.frame.step, np.array(self.frame.size)
        goals = self.rim + gone.reshape(-1, 2).take(self.moving, 0)
        low = np.minimum(self.rim.min(0), goals.min(0)) // step - 1
        high = np.maximum(self.rim.max(0), goals.max(0)) // step + 2
        first = np.maximum(-np.array([self.frame.left, self.frame.top]) // step, 0) * step
        left, top = np.clip(low.astype(int) * step, first, size - step)
        right, bottom = np.clip(high.astype(int) * step, (left + step, top + step), size)
        return int(left), int(top), int(right), int(bottom)

    def _refine(self, coarse: Floats, box: Box) -> Floats:
        """Return where each pixel of the box came from, from the same for nodes."""
        step = self.frame.step
        left, top, right, bottom = (v // step for v in box)
        rows, columns = coarse.shape[:2]
        x0, y0, x1, y1 = max(left - 1, 0), max(top - 1, 0), right + 1, bottom + 1
        part = coarse[y0 : min(y1, rows), x0 : min(x1, columns)]
        size = part.shape[1] * step, part.shape[0] * step
        fine = enlarge(part, size)
        x, y = (left - x0) * step, (top - y0) * step
        return fine[y : y + box[3] - box[1], x : x + box[2] - box[0]]

    def _pull(self, coarse: Floats, target: Floats) -> Floats:
        """Return target landmarks brought back to the portrait's pose, [478, 2]."""
        at = self.field.grid.locate(np.ascontiguousarray(target[:, :2]))
        return np.asarray(look_up(coarse, at[None])[0])

    def _finish(self, layer: Layer, box: Box) -> Layer:
        """Return the whole picture with the warped layer in its place."""
        out = self.pixels.copy()
        left, top, right, bottom = box
        x, y = left + self.frame.left, top + self.frame.top
        cut_x, cut_y = max(-x, 0), max(-y, 0)
        place = out[y + cut_y : bottom + self.frame.top, x + cut_x : right + self.frame.left]
        within = slice(cut_y, cut_y + place.shape[0]), slice(cut_x, cut_x + place.shape[1])
        if self.behind is None:
            flatten(layer[within], place)
        else:
            lay_over(self.behind[top:bottom, left:right][within], layer[within], place)
        return out


def _region(head: Head, size: tuple[int, int]) -> Grid:
    """Return the part of the picture that may move, clipped to it."""
    step = max(2, round(head.unit / STEPS_PER_UNIT))
    corners = np.array([[-3.0, -3.0], [3.0, -3.0], [-3.0, 2.6], [3.0, 2.6]], np.float32)
    places = corners * head.unit @ head.axes + head.origin
    margin = BEYOND * head.unit
    low = np.floor(np.minimum(np.maximum(places.min(0), -margin), np.array(size) - 1))
    high = np.maximum(np.minimum(places.max(0), np.array(size) + margin), 1.0)
    count = np.maximum(np.ceil((high - low) / step), 2).astype(int)
    return Grid(int(low[0]), int(low[1]), int(count[0]), int(count[1]), step)


def _inner(frame: Grid, pixels: Layer) -> tuple[Layer, tuple[int, int, int, int]]:
    """Return the region's pixels that the picture has, and how many are missing around them.

    The latter in OpenCV's order: top, bottom, left, right.
    """
    (width, height), (left, top) = frame.size, (frame.left, frame.top)
    right, bottom = left + width, top + height
    rows, columns = pixels.shape[:2]
    part = pixels[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    return part, (max(-top, 0), max(bottom - rows, 0), max(-left, 0), max(right - columns, 0))


def _continued(head: Layer, more: tuple[int, int, int, int]) -> Layer:
    """Return a cut-out head mirrored beyond the picture, only where the picture's edge cuts it.

    Args:
        head: the layer.
        more: pixels to add: top, bottom, left, right.
    """
    layer = cv2.copyMakeBorder(head, *more, cv2.BORDER_REFLECT)
    edge = cv2.copyMakeBorder(head[..., 3], *more, cv2.BORDER_REPLICATE)
    top, bottom, left, right = more
    rows, columns = edge.shape
    for part in (
        np.s_[:top, :],
        np.s_[rows - bottom :, :],
        np.s_[top : rows - bottom, :left],
        np.s_[top : rows - bottom, columns - right :],
    ):
        share = edge[part][..., None] / np.float32(full(head))
        layer[part] = np.rint(layer[part] * share).astype(layer.dtype)
    return layer
