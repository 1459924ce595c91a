"""The head cut out of its picture, and the picture behind it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from a1sdk_warp.anatomy import Head, measure
from a1sdk_warp.geometry import Floats, smoothstep
from a1sdk_warp.pixels import Layer, enlarge, full, membrane, sample, sample_inside, to_dtype

WORK = 36.0
"""Pixels per unit at which the cut-out is found."""

FINE = 200.0
"""Pixels per unit at which its edge is drawn, at most; it is enlarged beyond."""

LEAST = 0.05
"""Share of a picture that is background for sure, to tell the rest of the background from it."""

SMOOTH, STANDS_OUT = 18.0, 48.0
"""Up to which error, of 255, parts of a smooth background are told from others, and by how much
differs what does not belong to it."""

_ROWS = 256  # the parts of a picture are taken apart by so many rows, to save memory


@dataclass(frozen=True, slots=True, eq=False)
class Matte:
    """A picture taken apart: `picture = head + (1 - opacity) * behind`.

    Attributes:
        head: the head and all that is not background, premultiplied by its opacity.
        behind: the background, RGB, filled in where the head was.
    """

    head: Layer
    behind: Layer


def _places(head: Head, shape: tuple[int, int], scale: float) -> tuple[Floats, Floats]:
    rows, columns = shape
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).astype(np.float32)
    placed = head.place((grid + 0.5) / scale - 0.5)
    return placed[..., 0], placed[..., 1]


def _guess(head: Head, shape: tuple[int, int], scale: float) -> npt.NDArray[np.uint8]:
    """Return where head, neck and body are likely and where they are sure."""
    x, y = _places(head, shape, scale)
    away, low = np.abs(x), y - head.chin
    likely = (x / 0.9) ** 2 + ((y + 0.1) / 1.4) ** 2 < 1.0
    likely |= (away < 0.45) & (low > -0.3)
    likely |= (low > 0.4) & (away < 0.9 + 1.2 * np.sqrt(np.maximum(low - 0.4, 0.0)))
    sure = (x / 0.72) ** 2 + ((y + 0.05) / 1.15) ** 2 < 1.0
    sure |= (away < 0.3) & (low > -0.2) & (low < 0.35)
    sure |= (away < 0.5) & (low > 0.8)
    never = (low < 0.0) & ((away > 2.2) | (y < -2.5))
    mask = np.where(likely, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    outline = ((head.outline() + 0.5) * scale - 0.5).round().astype(np.int32)
    mask[never] = cv2.GC_BGD
    mask[sure] = cv2.GC_FGD
    cv2.fillPoly(mask, [outline], cv2.GC_FGD)
    return mask


def _stands_out(
    small: npt.NDArray[np.uint8], mask: npt.NDArray[np.uint8], head: Head, scale: float
) -> npt.NDArray[np.bool_]:
    """Return where a guess takes for background what is not: wide hair, a scarf, a hat.

    A membrane tells the background near the head from that further away; where it cannot even tell
    that from its own other parts, the background is not smooth and nothing is returned.
    """
    x, y = _places(head, mask.shape, scale)
    around = (mask == cv2.GC_PR_BGD) & (y < head.chin + 0.4)
    outside = (mask == cv2.GC_PR_BGD) | (mask == cv2.GC_BGD)
    far = outside & (y < head.chin) & ((np.abs(x) > 1.9) | (y < -1.9))
    if far.mean() < LEAST:
        return np.zeros_like(far)
    color, known = small.astype(np.float32), far.astype(np.float32)
    half = (np.indices(known.shape) // round(0.7 * head.unit * scale)).sum(0) % 2
    error = np.abs(color - membrane(color, known * half.astype(np.float32))).max(2)
    if np.percentile(error[far], 90) > SMOOTH:
        return np.zeros_like(far)
    away = np.abs(color - membrane(color, known)).max(2)
    return np.asarray(around & ~far & (away > STANDS_OUT))


def _cut(small: npt.NDArray[np.uint8], head: Head, scale: float) -> Floats:
    """Return what belongs to the person in a small picture, 0 or 1."""
    mask = _guess(head, small.shape[:2], scale)
    mask[_stands_out(small, mask, head, scale)] = cv2.GC_PR_FGD
    cv2.setRNGSeed(0)
    mode = cv2.GC_INIT_WITH_MASK
    cv2.grabCut(small, mask, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), 1, mode)
    person = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8)
    count, parts = cv2.connectedComponents(person)
    x, y = ((head.origin + 0.5) * scale).astype(int)
    kept = parts[np.clip(y, 0, parts.shape[0] - 1), np.clip(x, 0, parts.shape[1] - 1)]
    person = (parts == kept).astype(np.uint8) if count > 1 else person
    holes = cv2.morphologyEx(person, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return holes.astype(np.float32)


def _refine(guide: Floats, mask: Floats, radius: int, picture: Floats) -> Floats:
    """Fit the mask's edge to the picture's, hair by hair: the guided filter, in colour.

    K. He, J. Sun, Fast guided filter, arXiv:1505.00996.
    """
    size = (2 * radius + 1, 2 * radius + 1)

    def mean(a: Floats) -> Floats:
        return np.asarray(cv2.blur(a, size), np.float32)

    m, p = mean(guide), mean(mask)
    spread_of = np.stack(
        [mean(guide * guide[..., c : c + 1]) - m * m[..., c : c + 1] for c in range(3)], -1
    )
    spread_of += 1e-4 * np.eye(3, dtype=np.float32)
    cross = mean(guide * mask[..., None]) - m * p[..., None]
    a = np.linalg.solve(spread_of, cross[..., None])[..., 0].astype(np.float32)
    b = p - (a * m).sum(-1)
    shape = picture.shape[1], picture.shape[0]
    fine = (enlarge(mean(a), shape) * picture).sum(-1) + enlarge(mean(b), shape)
    return np.asarray(np.clip(fine, 0.0, 1.0), np.float32)


def opacity(picture: Layer, head: Head) -> Floats:
    """Return how much of each pixel belongs to the person, 0..1."""
    scale = min(1.0, WORK / head.unit)
    color = picture[..., :3].astype(np.float32) / full(picture)
    small = cv2.resize(color, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    mask = _cut(np.rint(small * 255).astype(np.uint8), head, scale)
    found = _refine(small, mask, max(2, round(0.05 * head.unit * scale)), color)
    size = picture.shape[1], picture.shape[0]
    wide = max(1, round(0.07 * head.unit * scale))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * wide + 1, 2 * wide + 1))
    inner = cv2.resize(cv2.blur(cv2.erode(mask, kernel), (3, 3)), size)
    outer = cv2.resize(cv2.blur(cv2.dilate(mask, kernel), (3, 3)), size)
    found = smoothstep(0.06, 0.94, found)
    return np.clip(np.maximum(np.minimum(found, outer), inner), 0.0, 1.0).astype(np.float32)


def _roughness(small: Floats, outside: npt.NDArray[np.bool_], unit: float) -> float:
    """Return how textured the background is, 0 smooth .. 1 busy, from a small picture 0..1."""
    detail = np.abs(small - cv2.GaussianBlur(small, (0, 0), 0.08 * unit)).mean(-1)
    if not outside.any():
        return 1.0
    return float(smoothstep(0.006, 0.02, np.median(detail[outside])))


def _mirror(hidden: npt.NDArray[np.uint8], unit: float) -> tuple[Floats, Floats]:
    """Return for each hidden place its mirror image in the hole's edge, and whether that is known.

    The deeper in the hole, the smoother the mirror.
    """
    _, labels = cv2.distanceTransformWithLabels(
        hidden, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    rows, columns = np.nonzero(hidden == 0)
    place = np.zeros((int(labels.max()) + 1, 2), np.float32)
    place[labels[rows, columns]] = np.column_stack([columns, rows])
    grid = np.stack(np.meshgrid(*(np.arange(n) for n in hidden.shape[::-1])), -1)
    way = (place[labels] - grid).astype(np.float32)
    depth = np.linalg.norm(way, axis=2) / unit
    for sigma, start in ((0.06, 0.02), (0.15, 0.1), (0.4, 0.3)):
        blurred = cv2.GaussianBlur(way, (0, 0), sigma * unit)
        way += (blurred - way) * smoothstep(start, 2.5 * start, depth)[..., None]
    mirrored = (grid + 2.0 * way).astype(np.float32)
    known = sample_inside((1 - hidden).astype(np.float32), mirrored)
    return mirrored, cv2.GaussianBlur(smoothstep(0.5, 1.0, known), (0, 0), 0.05 * unit)


def _behind(picture: Layer, person: Floats, head: Head) -> tuple[Layer, Floats]:
    """Paint the background where the person hides it.

    A smooth background is a membrane fixed well outside the outline, so that loose hair stays with
    the head; a busy one is mirrored at the outline.

    Returns:
        The painted background, and how much of it replaces the picture, 0..1.
    """
    scale = min(1.0, WORK / head.unit)
    unit, size = head.unit * scale, (picture.shape[1], picture.shape[0])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small = small.astype(np.float32)
    wide = (small.shape[1], small.shape[0])
    body = (cv2.resize(person, wide, interpolation=cv2.INTER_AREA) > 0.03).astype(np.uint8)
    rough = _roughness(small[..., :3] / full(picture), _grow(body, 0.5 * unit) == 0, unit)
    ring = (0.4 - 0.34 * rough) * unit
    hidden = _grow(body, ring)
    if hidden.all():
        return picture, np.zeros_like(person)
    painted = enlarge(membrane(small, (hidden == 0).astype(np.float32)), size)
    if rough > 0.0:
        mirrored, known = _mirror(hidden, unit)
        at = (enlarge(mirrored, size) + 0.5) / np.float32(scale) - 0.5
        near = sample(picture, at.astype(np.float32)).astype(np.float32)
        painted += (near - painted) * (enlarge(known, size) * np.float32(rough))[..., None]
    soft = cv2.GaussianBlur(_grow(body, 0.6 * ring).astype(np.float32), (0, 0), 0.2 * ring)
    share = np.maximum(enlarge(soft, size), smoothstep(0.0, 0.1, person))
    return to_dtype(painted, picture), share


def _grow(mask: npt.NDArray[np.uint8], pixels: float) -> npt.NDArray[np.uint8]:
    radius = max(1, round(pixels))
    shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.dilate(mask, shape), np.uint8)


def _plausible(person: Floats, head: Head) -> bool:
    """Return whether a cut-out has a head's size and leaves background beside it."""
    x, y = _places(head, person.shape, 1.0)
    above = y < head.chin
    skull = above & ((x / 0.75) ** 2 + (y / 1.2) ** 2 < 1.0)
    left = 1.0 - person[above].mean() if above.any() else 0.0
    return bool(skull.any() and person[skull].mean() > 0.85 and left > 0.04)


def cut_out(picture: Layer, head: Head) -> Matte | None:
    """Take the person out of an opaque picture; None where that does not come out clean."""
    scale = min(1.0, FINE / head.unit)
    size = picture.shape[1], picture.shape[0]
    small = picture
    if scale < 1.0:
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        head = measure((head.landmarks * np.float32(scale)).astype(np.float32))
    person = opacity(small, head)
    if not _plausible(person, head):
        return None
    painted, share = _behind(small, person, head)
    front, behind = np.empty_like(picture), np.empty_like(picture[..., :3])
    for top in range(0, size[1], _ROWS):
        rows = slice(top, min(top + _ROWS, size[1]))
        parts = (_enlarge_rows(part, size, rows) for part in (painted, share, person))
        front[rows], behind[rows] = _take_apart(picture[rows], *parts)
    return Matte(front, behind)


def _enlarge_rows(values: Floats, size: tuple[int, int], rows: slice) -> Floats:
    """Return some rows of values enlarged to a width and height, without making the others."""
    if values.shape[1::-1] == size:
        return values[rows]
    x, y = values.shape[1] / size[0], values.shape[0] / size[1]
    back = np.array([[x, 0, (x - 1) / 2], [0, y, (rows.start + 0.5) * y - 0.5]], np.float32)
    part = size[0], rows.stop - rows.start
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    found = cv2.warpAffine(values, back, part, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found)


def _take_apart(
    picture: Layer, painted: Layer, share: Floats, person: Floats
) -> tuple[Layer, Layer]:
    """Return the head and the background of some rows, such that they add up to the picture.

    Where the picture is darker or brighter than the background, the head is as opaque as it takes:
    no colour of it is below black or above white. Light that shone through would move with it.
    """
    part = share[..., None]
    behind = to_dtype(painted[..., :3] * part + picture[..., :3] * (1.0 - part), picture)
    white, color = full(picture), behind.astype(np.float32)
    off = picture[..., :3] - color
    room = np.maximum(np.where(off < 0, color, white - color), 1.0)
    least = np.abs(off / room).max(2)
    alpha = to_dtype(np.ceil(np.maximum(person, least) * white), picture)
    light = cv2.multiply(behind, cv2.merge([white - alpha] * 3), scale=1.0 / white)
    front = cv2.subtract(np.ascontiguousarray(picture[..., :3]), light)
    return np.dstack([front, alpha]), behind
