"""Draw how tracks are laid out in editing programs, for the editor's guide.

python tools/draw_tracks.py docs/images
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SCALE = 4  # pixels for one unit of everything below; half of them are kept
WIDTH, HEAD, ROW, GAP, EDGE, RULER = 900, 190, 46, 4, 18, 26
FRAMES = 200  # shown from left to right

PANEL, LANE, HEADER = "#1f2226", "#272b30", "#30353b"
INK, FAINT, DARK = "#f1efe9", "#9aa1a9", "#17191c"
COLORS = {
    "portrait": "#e3b062",
    "render": "#a58be6",
    "drive": "#5fb3b8",
    "voice": "#7fbf7b",
    "other": "#6b727a",
}
FLAG = "#ee6a5f"


@dataclass(frozen=True)
class Clip:
    """A clip from one frame to another, with the name that the marker on it has, if any."""

    name: str
    kind: str
    start: int
    stop: int
    flag: int | None = None


@dataclass(frozen=True)
class Track:
    """A track: what the program calls it, and what the editor does."""

    label: str
    name: str
    clips: Sequence[Clip]


@dataclass(frozen=True)
class Panel:
    """Tracks from the highest to the lowest.

    Where they are `connected`, they have no heads, and those without a label hang on the other.
    """

    title: str
    tracks: Sequence[Track]
    note: Sequence[tuple[str, str]] = ()
    connected: bool = False
    legend: Sequence[str] = field(default=())

    @property
    def height(self) -> int:
        """Height in units, everything included."""
        notes = 26 + 22 * len(self.note) if self.note else 0
        return 34 + RULER + len(self.tracks) * self.step + notes + EDGE

    @property
    def step(self) -> int:
        """From one track to the next."""
        return ROW + (14 if self.connected else GAP)


class Canvas:
    """Draws in units, not in pixels."""

    def __init__(self, height: int) -> None:
        self.image = Image.new("RGB", (WIDTH * SCALE, height * SCALE), PANEL)
        self._draw = ImageDraw.Draw(self.image)

    def box(self, box: Sequence[float], color: str, radius: float = 0) -> None:
        """Fill a rectangle."""
        self._draw.rounded_rectangle([n * SCALE for n in box], radius * SCALE, color)

    def line(self, points: Sequence[float], color: str, width: float = 1) -> None:
        """Draw straight from point to point."""
        self._draw.line([n * SCALE for n in points], color, round(width * SCALE))

    def shape(self, points: Sequence[float], color: str) -> None:
        """Fill a polygon."""
        self._draw.polygon([n * SCALE for n in points], color)

    def disc(self, x: float, y: float, radius: float, color: str) -> None:
        """Fill a circle."""
        box = (x - radius, y - radius, x + radius, y + radius)
        self._draw.ellipse([n * SCALE for n in box], color)

    def text(self, x: float, y: float, text: str, color: str, size: float, anchor: str) -> None:
        """Write a line of text; its anchor is as Pillow has it."""
        font = ImageFont.load_default(size * SCALE)
        self._draw.text((x * SCALE, y * SCALE), text, color, font, anchor)

    def width(self, text: str, size: float) -> float:
        """Return how wide a line of text is."""
        return ImageFont.load_default(size * SCALE).getlength(text) / SCALE


class Timeline:
    """Draws one panel, from `top` down."""

    def __init__(self, canvas: Canvas, panel: Panel, top: float) -> None:
        self.canvas, self.panel, self.top = canvas, panel, top
        self.left = EDGE if panel.connected else EDGE + HEAD + GAP

    def x(self, frame: float) -> float:
        """Return where a frame is."""
        return self.left + frame * (WIDTH - EDGE - self.left) / FRAMES

    def draw(self) -> None:
        """Draw the title, the ruler, the tracks, and what stands in the marker."""
        self.canvas.text(EDGE, self.top + 20, self.panel.title, INK, 15, "lm")
        self._legend()
        self._ruler(self.top + 34)
        first = self.top + 34 + RULER
        order = sorted(enumerate(self.panel.tracks), key=lambda one: not one[1].label)
        for number, track in order:  # what hangs on others comes after them
            self._track(track, first + number * self.panel.step)
        self._note(first + len(self.panel.tracks) * self.panel.step + 8)

    def _legend(self) -> None:
        x = WIDTH - EDGE
        for kind in reversed(self.panel.legend):
            name = {"render": "rendered", "drive": "drivers", "portrait": "portraits"}.get(kind)
            name = name or "voices"
            x -= self.canvas.width(name, 12)
            self.canvas.text(x, self.top + 20, name, FAINT, 12, "lm")
            x -= 18
            self.canvas.box((x, self.top + 14, x + 12, self.top + 26), COLORS[kind], 3)
            x -= 16

    def _ruler(self, y: float) -> None:
        for second in range(FRAMES // 25 + 1):
            x = self.x(second * 25)
            self.canvas.line((x, y + 16, x, y + RULER - 2), FAINT)
            if second % 2 == 0 and second * 25 < FRAMES:
                self.canvas.text(x + 4, y + 12, f"01:00:0{second}:00", FAINT, 11, "lm")

    def _track(self, track: Track, y: float) -> None:
        if track.label or not self.panel.connected:
            self.canvas.box((self.left, y, WIDTH - EDGE, y + ROW), LANE, 4)
        if not self.panel.connected:
            self.canvas.box((EDGE, y, EDGE + HEAD, y + ROW), HEADER, 4)
            self.canvas.text(EDGE + 12, y + ROW / 2, track.label, FAINT, 13, "lm")
            indent = 52 if track.label else 12
            self.canvas.text(EDGE + indent, y + ROW / 2, track.name, INK, 14, "lm")
        for clip in track.clips:
            self._clip(clip, track, y)

    def _clip(self, clip: Clip, track: Track, y: float) -> None:
        left, right = self.x(clip.start) + 1, self.x(clip.stop) - 1
        if self.panel.connected and not track.label:
            self._stalk(left + 4, y, COLORS[clip.kind], down=clip.kind == "portrait")
        self.canvas.box((left, y + 2, right, y + ROW - 2), COLORS[clip.kind], 5)
        self._sign(clip, left, right, y)
        inset = left + (40 if clip.kind in ("portrait", "render") else 12)
        middle = y + ROW / 2
        if self.panel.connected:
            self.canvas.text(inset, middle - 8, clip.name, DARK, 13, "lm")
            self.canvas.text(inset, middle + 9, track.name, DARK, 11.5, "lm")
        else:
            high = 6 if clip.kind in ("drive", "voice") else 0
            self.canvas.text(inset, middle - high, clip.name, DARK, 13, "lm")
        if clip.flag is not None:
            self._flag(self.x(clip.flag), y)

    def _stalk(self, x: float, y: float, color: str, *, down: bool) -> None:
        """Draw what a clip hangs on the primary storyline by."""
        edge, end = (y + ROW - 6, y + ROW + 14) if down else (y + 6, y - 14)
        self.canvas.line((x, edge, x, end), color, 2)
        self.canvas.disc(x, end, 3, color)

    def _sign(self, clip: Clip, left: float, right: float, y: float) -> None:
        """Draw what kind of media it is: a head, the holes of a film, a wave."""
        if clip.kind in ("portrait", "render"):
            self.canvas.box((left + 6, y + 7, left + 32, y + ROW - 7), DARK, 3)
            self.canvas.disc(left + 19, y + 19, 6, COLORS[clip.kind])
            x = left + 19
            self.canvas.shape(
                [x - 9, y + ROW - 9, x - 6, y + 29, x + 6, y + 29, x + 9, y + ROW - 9],
                COLORS[clip.kind],
            )
        elif clip.kind == "drive" and not self.panel.connected:
            for n in range(int((right - left - 12) // 12)):
                x = left + 8 + n * 12
                self.canvas.box((x, y + ROW - 14, x + 6, y + ROW - 8), DARK, 1.5)
        elif clip.kind == "voice" and not self.panel.connected:
            for n in range(int((right - left - 12) // 4)):
                loud = 1 + 4.5 * abs(math.sin(n * 0.37) * math.sin(n * 0.11 + 0.4))
                x = left + 8 + n * 4
                self.canvas.line((x, y + 32 - loud, x, y + 32 + loud), DARK)

    def _flag(self, x: float, y: float) -> None:
        self.canvas.shape([x - 6, y - 1, x + 6, y - 1, x + 6, y + 7, x, y + 13, x - 6, y + 7], FLAG)

    def _note(self, y: float) -> None:
        """Write what stands in the fields of the marker, and in the sidecar."""
        if not self.panel.note:
            return
        height = 18 + 22 * len(self.panel.note)
        self.canvas.box((EDGE, y, WIDTH - EDGE, y + height), HEADER, 4)
        self._flag(EDGE + 18, y + 15)
        for number, (name, value) in enumerate(self.panel.note):
            line = y + 20 + 22 * number
            self.canvas.text(EDGE + 36, line, name, FAINT, 13, "lm")
            self.canvas.text(EDGE + HEAD + GAP + 8, line, value, INK, 13, "lm")


DRIVERS = (Clip("perf_anna_tk3.mov", "drive", 0, 96), Clip("perf_bob_tk1.mov", "drive", 104, 190))
VOICES = (Clip("dlg_anna.wav", "voice", 4, 92), Clip("dlg_bob.wav", "voice", 108, 186))
SETTINGS = "drive=perf_anna_tk3 expr=0.8 gap=hold"


def portraits(*, rendered: bool = False, flag: bool = True) -> tuple[Clip, ...]:
    """Return three shots, as stills or rendered."""
    names = (
        ("sh010.mov", "sh020.mov", "bob.mov") if rendered else ("anna.png", "anna.png", "bob.png")
    )
    kind = "render" if rendered else "portrait"
    cuts = ((0, 50), (50, 96), (104, 190))
    return tuple(
        Clip(name, kind, start, stop, 41 if flag and start == 0 else None)
        for name, (start, stop) in zip(names, cuts, strict=True)
    )


def layout(title: str, *note: tuple[str, str], name: str = "A1 {}") -> Panel:
    """Return the layout of three tracks in a program that has names of tracks."""
    tracks = (
        Track("V2", name.format("PORTRAIT"), portraits(flag=bool(note))),
        Track("V1", name.format("DRIVE"), DRIVERS),
        Track("A1", name.format("VOICE"), VOICES),
    )
    return Panel(title, tracks, note)


def idea() -> tuple[Panel, Panel]:
    """Return the tracks before and after."""
    rest = (Track("V1", "A1 DRIVE", DRIVERS), Track("A1", "A1 VOICE", VOICES))
    before = Track("V2", "A1 PORTRAIT", portraits(flag=False))
    after = Track("V2", "A1 PORTRAIT", portraits(rendered=True, flag=False))
    kinds = ("portrait", "drive", "voice")
    return (
        Panel("What is exported", (before, *rest), legend=kinds),
        Panel("What comes back", (after, *rest), legend=("render", *kinds[1:])),
    )


def lanes() -> Panel:
    """Return the layout of a program that has lanes and roles in place of tracks."""
    tracks = (
        Track("", "role A1 PORTRAIT", portraits()),
        Track("primary", "role A1 DRIVE", DRIVERS),
        Track("", "role A1 VOICE", VOICES),
    )
    note = (("Text of the marker", f"A1 sh010 | {SETTINGS}"),)
    title = "Final Cut Pro: performances in the primary storyline, roles in place of track names"
    return Panel(title, tracks, note, True)


def numbered() -> Panel:
    """Return the layout of a program whose exports have no names of tracks."""
    tracks = (
        Track("V2", "PORTRAIT", portraits()),
        Track("V1", "DRIVE", DRIVERS),
        Track("A1", "VOICE", VOICES),
    )
    note = (
        ("Text of the marker", f"A1 sh010 | {SETTINGS}"),
        ("Sidecar, CUT.a1.json", '"tracks": {"V2": "PORTRAIT", "V1": "DRIVE", "A1": "VOICE"}'),
    )
    return Panel("Media Composer: what each track is for stands in the sidecar", tracks, note)


def lists() -> Panel:
    """Return a cut that is exported as a list for each track."""
    tracks = (
        Track("", "A1 PORTRAIT=v2.edl", portraits()),
        Track("", "A1 DRIVE=v1.edl", DRIVERS),
        Track("", "A1 VOICE=a1.edl", VOICES),
    )
    note = (("Line under the event", f"* A1: sh010 | {SETTINGS}"),)
    return Panel("Edit decision lists: one for each track, named on the command line", tracks, note)


PICTURES: dict[str, Sequence[Panel]] = {
    "editing-tracks": idea(),
    "editing-resolve": [
        layout(
            "DaVinci Resolve: names on tracks, a marker on the clip",
            ("Name of the marker", "A1 sh010"),
            ("Notes", SETTINGS),
        )
    ],
    "editing-premiere": [
        layout(
            "Premiere Pro: names on tracks, a marker on the clip",
            ("Name of the marker", "A1 sh010"),
            ("Comments", SETTINGS),
        )
    ],
    "editing-avid": [numbered()],
    "editing-final-cut": [lanes()],
    "editing-hiero": [
        layout(
            "Hiero and Nuke Studio: names on tracks, a tag on the shot",
            ("Name of the tag", "A1 sh010"),
            ("Note", SETTINGS),
        )
    ],
    "editing-lists": [lists()],
}


def picture(panels: Sequence[Panel]) -> Image.Image:
    """Return panels under each other."""
    canvas = Canvas(sum(panel.height for panel in panels) + 6)
    top = 6
    for panel in panels:
        Timeline(canvas, panel, top).draw()
        top += panel.height
    half = canvas.image.reduce(2)
    return half.quantize(128, dither=Image.Dither.NONE)


def main() -> None:
    """Draw every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for name, panels in PICTURES.items():
        picture(panels).save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
