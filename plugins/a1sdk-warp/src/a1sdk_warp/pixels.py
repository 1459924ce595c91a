"""Pictures as the warp handles them: four channels, premultiplied, 8 or 16 bits."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from a1sdk_warp.geometry import Floats, clamp

Layer = npt.NDArray[Any]
"""[height, width, 4], uint8 or uint16, colours multiplied by the last channel."""

Box = tuple[int, int, int, int]
"""Pixels of the region: left, top, right, bottom."""


def full(layer: Layer) -> int:
    """Return the value of white, or of full opacity."""
    return 65535 if layer.dtype == np.uint16 else 255


def _remapped(values: npt.NDArray[Any], at: Floats, border: int) -> npt.NDArray[Any]:
    found = cv2.remap(values, at, None, cv2.INTER_LINEAR, borderMode=border)  # type: ignore[call-overload]
    return np.asarray(found)


def sample(layer: Layer, at: Floats) -> Layer:
    """Return the layer at pixel positions [h, w, 2], mirrored beyond its edges."""
    return _remapped(layer, at, cv2.BORDER_REFLECT_101)


def sample_inside(layer: Layer, at: Floats) -> Layer:
    """Return the layer at pixel positions [h, w, 2], nothing beyond its edges."""
    return _remapped(layer, at, cv2.BORDER_CONSTANT)


def look_up(table: Floats, at: Floats) -> Floats:
    """Return a grid's values at numbers of nodes [h, w, 2], its edge's value beyond it."""
    return _remapped(table, at, cv2.BORDER_REPLICATE)


def enlarge(values: Floats, size: tuple[int, int]) -> Floats:
    """Return values resized to a width and height, linearly between them."""
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_LINEAR))


def mix(below: Layer, above: Layer, share: Floats) -> Layer:
    """Return `below` with a share [h, w], 0..1, of `above` laid over it."""
    if below.dtype == np.uint8:
        return cv2.blendLinear(above, below, share, 1.0 - share)
    ground = below.astype(np.float32)
    ground += (above.astype(np.float32) - ground) * share[..., None]
    return np.asarray(np.rint(ground), below.dtype)


def over(below: Layer, above: Layer) -> Layer:
    """Return premultiplied `above` laid over `below`."""
    white = full(below)
    left = cv2.merge([cv2.bitwise_not(cv2.extractChannel(above, 3))] * 4)
    return cv2.add(above, cv2.multiply(below, left, scale=1.0 / white))


def dim(layer: Layer, light: Floats) -> Layer:
    """Return an opaque layer with its colours multiplied by a share of light [h, w]."""
    dimmed = to_dtype(layer * light[..., None], layer)
    dimmed[..., 3] = layer[..., 3]
    return dimmed


def to_dtype(values: Floats, like: Layer) -> Layer:
    """Round float values to the depth of `like`."""
    return np.asarray(np.rint(np.clip(values, 0, full(like))), like.dtype)


def premultiply(pixels: Layer) -> Layer:
    """Return RGB or straight RGBA pixels as a premultiplied layer."""
    if pixels.shape[2] == 3:
        return cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA)
    color = pixels[..., :3] * (pixels[..., 3:] / np.float32(full(pixels)))
    return np.dstack([np.rint(color).astype(pixels.dtype), pixels[..., 3]])


def flatten(layer: Layer, out: Layer) -> None:
    """Write a premultiplied layer into straight RGB or RGBA pixels of the same size."""
    if out.shape[2] == 3:
        cv2.cvtColor(layer, cv2.COLOR_RGBA2RGB, dst=out)
        return
    alpha = layer[..., 3:]
    if bool((alpha == full(layer)).all()):
        out[:] = layer
        return
    color = layer[..., :3] * (np.float32(full(layer)) / np.maximum(alpha, 1))
    changed = (alpha > 0) & (layer != out).any(2, keepdims=True)
    out[..., :3] = np.where(changed, to_dtype(color, layer), out[..., :3])
    out[..., 3:] = alpha


def lay_over(below: Layer, layer: Layer, out: Layer) -> None:
    """Write a premultiplied layer over an opaque RGB picture into pixels of the same size.

    Rounds as `matte.cut_out` does, so that what did not move comes out as it was.
    """
    clear = cv2.bitwise_not(cv2.extractChannel(layer, 3))
    light = cv2.multiply(below, cv2.merge([clear] * 3), scale=1.0 / full(layer))
    if out.shape[2] == 3:
        cv2.add(light, cv2.cvtColor(layer, cv2.COLOR_RGBA2RGB), dst=out)
    else:
        out[..., :3] = cv2.add(light, cv2.cvtColor(layer, cv2.COLOR_RGBA2RGB))


RELAXED = 24
"""Rounds in which a membrane comes to rest, at each size of the picture."""


def membrane(values: Floats, known: Floats) -> Floats:
    """Fill in the unknown as a membrane stretched over it, fixed where the values are known.

    The membrane interpolant of P. Perez, M. Gangnet, A. Blake, Poisson image editing, ACM
    Transactions on Graphics 22(3), 2003, found by relaxation from coarse to fine. What meets the
    edge of the unknown fades into it without a contour.

    Args:
        values: [h, w, c].
        known: [h, w], 0..1; where it is 0 everywhere, 0 comes out.
    """
    rows, columns = known.shape
    share = known[..., None]
    fixed = values * share
    if min(rows, columns) <= 4:
        guess = fixed.sum((0, 1)) / max(float(known.sum()), 1e-6)
    else:
        half = (columns + 1) // 2, (rows + 1) // 2
        weight, part = (cv2.resize(v, half, interpolation=cv2.INTER_AREA) for v in (known, fixed))
        mean = np.asarray(part / np.maximum(weight, 1e-6)[..., None])
        guess = enlarge(membrane(mean, (weight > 0.0).astype(np.float32)), (columns, rows))
    out = fixed + guess * (1.0 - share)
    for _ in range(RELAXED):
        out = fixed + cv2.blur(out, (3, 3), borderType=cv2.BORDER_REPLICATE) * (1.0 - share)
    return np.asarray(out, np.float32)


def spread(values: Floats, known: Floats, radius: float) -> Floats:
    """Fill in the unknown by known values nearby: normalized blurs, from fine to coarse.

    Args:
        values: [h, w, c].
        known: [h, w], 0..1.
        radius: deviation of the finest blur, in pixels.
    """
    size = values.shape[1], values.shape[0]
    scale = min(1.0, 2.0 / radius)
    parts = [values * known[..., None], known]
    if scale < 1.0:
        small = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
        parts = [np.asarray(cv2.resize(p, small, interpolation=cv2.INTER_AREA)) for p in parts]
    fill = _filled(parts[0], parts[1], max(radius * scale, 0.3))
    fill = enlarge(fill, size) if scale < 1.0 else fill
    return np.asarray(fill + (values - fill) * known[..., None], np.float32)


def _filled(values: Floats, known: Floats, sigma: float) -> Floats:
    """Spread values, given multiplied by how known they are."""
    total = max(float(known.sum()), 1e-6)
    out, share = np.zeros_like(values), np.zeros_like(known)[..., None]
    mean = values.sum((0, 1)) / total
    for _ in range(7):
        width = 2 * max(1, round(2.0 * sigma)) + 1
        weight, blurred = (cv2.stackBlur(v, (width, width)) for v in (known, values))
        trust = clamp(weight * 20.0)[..., None] * (1.0 - share)
        out += blurred / np.maximum(weight, 1e-6)[..., None] * trust
        share = share + trust
        sigma *= 2.0
    return np.asarray(out + mean * (1.0 - share), np.float32)
