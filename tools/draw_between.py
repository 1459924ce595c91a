"""Draw frames left out of a film: as filmed, cross-faded, and made by landmarks.

    python tools/draw_between.py examples/media/driver.mp4 -o docs/images/interpolation.jpg

Every second frame counts as left out. Shown are the one around which the lids move most, and the
one around which the lips do.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from a1sdk_dit.interpolation.blend import cross_fade
from a1sdk_dit.interpolation.guided import LandmarkWarp
from PIL import Image, ImageDraw, ImageFont

from a1sdk.components.registry import Registry
from a1sdk.plugin import VideoFrame, open_video
from a1sdk.render.context import HostContext

SIDE, CAPTION, GAP = 220, 24, 6
PAPER, INK = (250, 250, 248), (40, 40, 40)
COLUMNS = ("before", "left out", "after", "cross-fade", "landmarks")
EYES = (33, 263)
SHOWN = {(159, 145): ((33, 133), 0.32), (13, 14): ((61, 291), 0.5)}
"""Pairs of landmarks that open and close; what to show around, and how far in eye distances."""


def tracked(path: Path) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the pictures of a film, and the landmarks in them, [frames, 478, 3]."""
    with open_video(path) as film:
        pictures = [frame.pixels for frame in film.frames()]
    chosen = Registry().choose("face_tracker", "facemesh/landmarks")
    with HostContext() as host:
        tracker, ctx = chosen.build(), host.lend(chosen.spec)
        tracker.setup(ctx)
        frames = (VideoFrame(number, pixels) for number, pixels in enumerate(pictures))
        landmarks = [frame.faces[0].landmarks for frame in tracker.track(frames, ctx)]
        tracker.close()
    return pictures, np.stack(landmarks)


def most_moving(landmarks: np.ndarray, pair: tuple[int, int]) -> int:
    """Return the odd frame around which the distance of two landmarks changes most."""
    gap = np.linalg.norm(landmarks[:, pair[0]] - landmarks[:, pair[1]], axis=1)
    before, at, after = gap[:-2], gap[1:-1], gap[2:]
    much = np.abs(after - before) + np.abs(before + after - 2 * at)
    return 1 + 2 * int(much[::2].argmax())


def row(
    pictures: list[np.ndarray],
    landmarks: np.ndarray,
    number: int,
    around: tuple[int, int],
    reach: float,
) -> list[Image.Image]:
    """Return what the columns show of one frame."""
    a, truth, b = pictures[number - 1 : number + 2]
    given = a, b, landmarks[number - 1], landmarks[number + 1], landmarks[number], 0.5
    made = cross_fade(*given), LandmarkWarp(landmarks[0])(*given)
    x, y = landmarks[number, list(around), :2].mean(0)
    far = reach * float(np.linalg.norm(landmarks[number, EYES[0]] - landmarks[number, EYES[1]]))
    box = (x - far, y - far, x + far, y + far)
    size = (SIDE, SIDE)
    return [
        Image.fromarray(each).resize(size, Image.Resampling.BICUBIC, box=box)
        for each in (a, truth, b, *made)
    ]


def main() -> None:
    """Draw the sheet; see the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("film", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    pictures, landmarks = tracked(options.film)
    across, down = len(COLUMNS) * (SIDE + GAP) - GAP, len(SHOWN) * (SIDE + GAP) - GAP
    sheet = Image.new("RGB", (across, CAPTION + down), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for column, name in enumerate(COLUMNS):
        middle = column * (SIDE + GAP) + SIDE / 2
        draw.text((middle, CAPTION / 2), name, INK, font, anchor="mm")
    for line, (pair, (around, reach)) in enumerate(SHOWN.items()):
        number = most_moving(landmarks, pair)
        for column, image in enumerate(row(pictures, landmarks, number, around, reach)):
            sheet.paste(image, (column * (SIDE + GAP), CAPTION + line * (SIDE + GAP)))
    sheet.save(options.output, quality=90)


if __name__ == "__main__":
    main()
