"""Pictures of blendshapes: every shape at 1 on every portrait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from PIL import Image, ImageDraw

from a1sdk.components.data import FaceObservation, Portrait, StreamInfo
from a1sdk.components.registry import Registry
from a1sdk.media.depth import flatten
from a1sdk.motion.blendshapes import INDEX, from_coefficients
from a1sdk.motion.frame import MotionFrame
from a1sdk.motion.retarget import Retarget
from a1sdk.render.context import HostContext
from a1sdk.render.portrait import is_expressive

Array = np.ndarray
TILE, COLUMNS = 132, 4


def one(name: str, value: float = 1.0) -> Array:
    """Return the coefficients of one shape."""
    scores = np.zeros(52, np.float32)
    scores[INDEX[name]] = value
    return scores


def retarget_onto(portrait: Portrait) -> Retarget:
    """As a render does: what a smiling portrait does of its own is taken off first."""
    manner = "absolute" if is_expressive(portrait.face) else "relative"
    return Retarget(portrait.face, expression=manner)


def draw(portrait: Portrait, scores: Sequence[Array]) -> list[Image.Image]:
    """Return the portrait with each of the coefficients, drawn by `warp/mesh`, cut to the face."""
    retarget = retarget_onto(portrait)
    targets = [retarget(MotionFrame(k, from_coefficients(row))) for k, row in enumerate(scores)]
    chosen = Registry().choose("renderer", "warp/mesh")
    with HostContext() as host:
        context, renderer = host.lend(chosen.spec), chosen.build()
        renderer.setup(context)
        frames = renderer.render(portrait, {}, iter(targets), StreamInfo(Fraction(25)), context)
        pictures = [Image.fromarray(flatten(frame.pixels)) for frame in frames]
        renderer.close()
    return pictures


def closeup(picture: Image.Image, face: FaceObservation, name: str) -> Image.Image:
    """Cut out what the shape moves."""
    left, top, right, bottom = face.box
    height = bottom - top
    eyes = name.startswith(("brow", "eye", "cheekSquint"))
    wide = name.startswith(("jaw", "cheekPuff"))
    y = top + height * (0.36 if eyes else 0.72)
    half = height * (0.33 if eyes else 0.42 if wide else 0.32)
    x = (left + right) / 2
    part = picture.crop((round(x - half), round(y - half), round(x + half), round(y + half)))
    return part.resize((TILE, TILE), Image.Resampling.LANCZOS)


def contact_sheet(portraits: Mapping[str, Portrait], shapes: Sequence[str]) -> Image.Image:
    """Return every shape at 1 on every portrait, side by side."""
    drawn = {
        name: draw(portrait, [one(shape) for shape in shapes])
        for name, portrait in portraits.items()
    }
    wide, high = TILE * len(drawn) + 6, TILE + 16
    rows = -(-len(shapes) // COLUMNS)
    sheet = Image.new("RGB", (wide * COLUMNS - 6, high * rows), "white")
    pen = ImageDraw.Draw(sheet)
    for k, shape in enumerate(shapes):
        x, y = k % COLUMNS * wide, k // COLUMNS * high
        pen.text((x + 2, y + 2), shape, fill="black")
        for column, (name, pictures) in enumerate(drawn.items()):
            part = closeup(pictures[k], portraits[name].face, shape)
            sheet.paste(part, (x + column * TILE, y + 16))
    return sheet
