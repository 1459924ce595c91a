"""Make a film of motion alone: a face of lines, with what is said, heard and looked at."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from a1sdk.media import open_writer
from a1sdk.motion.gaze import gaze
from a1sdk.motion.plottracks import tracks_of
from a1sdk.motion.rotation import euler
from a1sdk.motion.wireframe import DARK, FINE, View, draw_face
from a1sdk.render.lettering import lettered
from a1sdk.timing import Timecode

if TYPE_CHECKING:
    from fractions import Fraction

    import numpy.typing as npt

    from a1sdk.components.data import Label
    from a1sdk.media import Audio
    from a1sdk.motion.clip import MotionClip
    from a1sdk.motion.frame import FaceMotion, MotionFrame
    from a1sdk.render.context import HostContext

    Color = tuple[int, int, int]

_FULL_TURN = 45.0  # degrees of the head at the rim of its dial
_FULL_GAZE = 30.0
_DIM, _BRIGHT, _LIT = (128, 136, 150), (236, 238, 242), (240, 190, 96)


def show_motion(
    clip: MotionClip,
    output: Path,
    *,
    context: HostContext,
    size: tuple[int, int] = (720, 720),
    sound: Audio | None = None,
) -> int:
    """Write a film of a performance, and return how many frames it has.

    Args:
        clip: the performance.
        output: film, or picture sequence, see `a1sdk.media.open_writer`.
        context: the run; cancelling it leaves no file.
        size: width and height of the pictures.
        sound: what is heard meanwhile.

    Raises:
        ConfigError: the output's suffix is none of a film.
        EncodeError: the film cannot be written.
        StorageError: no space, no permission, no such folder.
    """
    pictures = MotionPictures(clip.info.rate, clip.labels, size)
    writer = open_writer(output, rate=clip.info.rate, width=size[0], height=size[1], audio=sound)
    with writer:
        for frame in context.staged("drawing").track(clip.frames(), total=len(clip)):
            writer.write(pictures.draw(frame))
    return writer.count


class MotionPictures:
    """Draws the frames of a performance with its time, its labels, and dials of head and gaze."""

    def __init__(
        self, rate: Fraction, labels: Sequence[Label] = (), size: tuple[int, int] = (720, 720)
    ) -> None:
        """Draw pictures of `size` (width, height) of motion at `rate`, with `labels`."""
        self._rate, self._width, self._height = rate, *size
        self._small = min(size)
        self._view = View(0.335 * self._small, size[0] / 2, 0.415 * size[1])
        self._tracks = {name: _Track(said) for name, said in tracks_of(labels).items()}

    def draw(self, frame: MotionFrame) -> npt.NDArray[np.uint8]:
        """Return the picture of a frame, uint8 [height, width, 3]."""
        large = Image.new("RGB", (self._width * FINE, self._height * FINE), DARK.background)
        if frame.face is not None:
            draw = ImageDraw.Draw(large)
            draw_face(draw, frame.face, self._view)
            self._draw_dials(draw, frame.face)
        picture = large.reduce(FINE)
        self._write_time(picture, frame)
        self._write_labels(picture, frame)
        return np.asarray(picture)

    def _draw_dials(self, draw: ImageDraw.ImageDraw, face: FaceMotion) -> None:
        """Two dials: where the head points, with a tick for its tilt; and where the eyes look."""
        yaw, pitch, roll = euler(face.rotation)
        across, up = gaze(face)
        self._draw_dial(draw, 0.085, yaw / _FULL_TURN, pitch / _FULL_TURN, roll)
        self._draw_dial(draw, 0.915, across / _FULL_GAZE, up / _FULL_GAZE, None)

    def _draw_dial(
        self, draw: ImageDraw.ImageDraw, place: float, right: float, up: float, roll: float | None
    ) -> None:
        radius, x, y = (
            FINE * 0.05 * self._small,
            FINE * place * self._width,
            FINE * 0.888 * self._height,
        )
        line = max(1, round(radius / 24))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), None, DARK.pale, line)
        for dx, dy in ((radius, 0), (0, radius)):
            draw.line((x - dx, y - dy, x + dx, y + dy), DARK.skin, line)
        if roll is not None:
            tilt = np.radians(roll)
            tip = np.array([np.sin(tilt), -np.cos(tilt)]) * radius
            draw.line(
                (*(np.array([x, y]) + 0.8 * tip), *(np.array([x, y]) + 1.2 * tip)), _LIT, 2 * line
            )
        length = max(1.0, float(np.hypot(right, up)))
        x, y, dot = x + radius * right / length, y - radius * up / length, 0.16 * radius
        draw.ellipse((x - dot, y - dot, x + dot, y + dot), _LIT)

    def _write_time(self, picture: Image.Image, frame: MotionFrame) -> None:
        margin, size = round(0.03 * self._small), round(0.032 * self._small)
        at = margin
        for character in str(Timecode(frame.pts, self._rate)):
            sign = lettered(character, size, _BRIGHT)
            picture.paste(sign, (at, margin), sign)
            at += round(size * (0.62 if character.isdigit() else 0.36))
        number = lettered(f"frame {frame.pts}", size, _DIM)
        picture.paste(number, (self._width - margin - number.width, margin), number)
        if frame.face is None:
            self._write("no face", 0.42, 0.05, _DIM, picture)
            return
        for name, place in (("head", 0.085), ("gaze", 0.915)):
            self._write(name, 0.957, 0.024, _DIM, picture, place)

    def _write_labels(self, picture: Image.Image, frame: MotionFrame) -> None:
        """The word in large letters, and what else is known of this moment beneath it."""
        time = frame.pts / self._rate
        now = {name: text for name, track in self._tracks.items() if (text := track.at(time))}
        word = now.pop("words", "")
        if word:
            self._write(word, 0.873, 0.062, _BRIGHT, picture)
        rest = "     ".join(f"{_SINGULAR.get(name, name)}  {text}" for name, text in now.items())
        if rest:
            self._write(rest, 0.945, 0.03, _LIT, picture)

    def _write(
        self,
        text: str,
        height: float,
        size: float,
        color: Color,
        picture: Image.Image,
        place: float = 0.5,
    ) -> None:
        """Write `text` centred at a place given in shares of width and height."""
        room = 0.72 * self._width
        sign = lettered(text, round(size * self._small), color)
        if sign.width > room:
            sign = lettered(text, int(size * self._small * room / sign.width), color)
        x, y = place * self._width - sign.width / 2, height * self._height - sign.height / 2
        picture.paste(sign, (round(x), round(y)), sign)


_SINGULAR = {"visemes": "viseme", "phones": "phone", "guesses": "guess"}


class _Track:
    """The labels of one track, to be asked what is said at a time."""

    def __init__(self, labels: Sequence[Label]) -> None:
        self._labels = labels
        self._starts = [label.start for label in labels]

    def at(self, time: Fraction) -> str:
        place = bisect_right(self._starts, time) - 1
        return self._labels[place].text if place >= 0 and time < self._labels[place].end else ""
