"""Draw a talking film word by word: its face in the middle of every word, captioned.

    a1 motion extract --voice voice.flac -o take.a1motion
    python tools/draw_words.py film.mp4 take.a1motion -o docs/images/talking-portrait.jpg

The film has to show the same voice. The face is where the first picture has it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from a1sdk.components.registry import Registry
from a1sdk.media import open_video
from a1sdk.motion.clip import MotionClip
from a1sdk.render.context import HostContext
from a1sdk.render.portrait import detect_faces

COLUMNS, SIDE, CAPTION, GAP = 8, 180, 22, 6
PAPER, INK = (250, 250, 248), (40, 40, 40)


def face_box(pixels: np.ndarray) -> tuple[int, int, int, int]:
    """Return a square around the largest face."""
    chosen = Registry().choose("face_tracker", "facemesh")
    with HostContext() as host:
        tracker, ctx = chosen.build(), host.lend(chosen.spec)
        tracker.setup(ctx)
        face = detect_faces(pixels, tracker, ctx)[0]
        tracker.close()
    (x, y), reach = face.center, 0.62 * face.size
    return int(x - reach), int(y - reach), int(x + reach), int(y + reach)


def main() -> None:
    """Draw the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", type=Path)
    parser.add_argument("take", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    args = parser.parse_args()
    words = [label for label in MotionClip.load(args.take).labels if label.track == "words"]
    rows = -(-len(words) // COLUMNS)
    size = (COLUMNS * (SIDE + GAP) + GAP, rows * (SIDE + CAPTION + GAP) + GAP)
    page = Image.new("RGB", size, PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(14)
    with open_video(args.film) as film:
        box = face_box(film.frame_at(0).pixels)
        for number, word in enumerate(words):
            pixels = film.read((word.start + word.end) / 2).pixels
            face = Image.fromarray(pixels).crop(box).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
            x = GAP + number % COLUMNS * (SIDE + GAP)
            y = GAP + number // COLUMNS * (SIDE + CAPTION + GAP)
            page.paste(face, (x, y))
            draw.text((x + SIDE / 2, y + SIDE + 3), word.text, INK, font, anchor="ma")
    page.save(args.output, quality=88)


if __name__ == "__main__":
    main()
