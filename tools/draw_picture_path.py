"""Draw the way of a picture through `dit/skyreels-a1`; `warp/mesh` stands in for the model.

    python tools/draw_picture_path.py -o docs/images/dit-picture-path.jpg

Shown are the example portrait with the window that the model sees, that window, the landmark
picture of the instant at which the driver's mouth is open widest, and what the stand-in drew for
that, pasted back.
"""

from __future__ import annotations

import argparse
import sys
from fractions import Fraction
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from a1sdk_dit.framing.window import Window
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from dit_standin import Scene, make_scene, make_shot, performed, read_portrait  # noqa: E402

MEDIA = ROOT / "examples" / "media"
HEIGHT, CAPTION, GAP = 280, 24, 6
PAPER, INK, OUTLINE = (250, 250, 248), (40, 40, 40), (225, 60, 40)
INNER_LIPS = (13, 14)
COLUMNS = ("portrait, window", "what the model sees", "what it is told", "pasted back")


def panels(scene: Scene) -> list[np.ndarray]:
    """Return the four pictures."""
    shot = make_shot(scene)
    upper, lower = (np.stack([t.landmarks[k] for t in scene.targets]) for k in INNER_LIPS)
    widest = int(np.linalg.norm(upper - lower, axis=1).argmax())
    drawn = next(islice(scene.truth(), widest, None))
    points = shot.window.to_model(scene.targets[widest].landmarks)
    pasted = shot._paste(shot.window.take(drawn), points)
    return [outlined(scene.portrait.pixels, shot.window), shot.image, shot.control(points), pasted]


def outlined(pixels: np.ndarray, window: Window) -> np.ndarray:
    """Return the portrait on paper, with a line around the window."""
    margin = window.height // 24
    around = [beyond + margin for beyond in window.beyond]
    left, top, right, bottom = around
    sheet = cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_CONSTANT, value=PAPER)
    x, y = left + window.left, top + window.top
    corner = x + window.width - 1, y + window.height - 1
    return cv2.rectangle(sheet, (x, y), corner, OUTLINE, max(2, window.height // 120))


def main() -> None:
    """Draw the sheet; see the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    motion = performed(MEDIA / "driver.mp4", Fraction(4))
    portrait = read_portrait(MEDIA / "portrait.png")
    shown = panels(make_scene("example", portrait, motion, motion.info.rate))
    sizes = [(round(HEIGHT * each.shape[1] / each.shape[0]), HEIGHT) for each in shown]
    across = sum(width + GAP for width, _ in sizes) - GAP
    sheet = Image.new("RGB", (across, CAPTION + HEIGHT), PAPER)
    draw, font, left = ImageDraw.Draw(sheet), ImageFont.load_default(15), 0
    for name, pixels, size in zip(COLUMNS, shown, sizes, strict=True):
        filter_ = Image.Resampling.LANCZOS
        sheet.paste(Image.fromarray(pixels).resize(size, filter_), (left, CAPTION))
        draw.text((left + size[0] / 2, CAPTION / 2), name, INK, font, anchor="mm")
        left += size[0] + GAP
    sheet.save(options.output, quality=90)


if __name__ == "__main__":
    main()
