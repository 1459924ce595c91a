"""The motion writer `audio/rhubarb`: mouth shapes as Rhubarb Lip Sync writes them.

The formats are those of Rhubarb 1.13 (its README, "Output formats"), with its nine shapes A to H
and X, times in hundredths of a second, and frames from 1 on in DAT files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from pydantic import BaseModel, ConfigDict, Field

from a1sdk.plugin import CapabilityError, MotionWriter, Rate, frame_count, to_rhubarb

if TYPE_CHECKING:
    from a1sdk.plugin import MotionClip, RunContext

_REST = "X"


class RhubarbOptions(BaseModel):
    """Options of `audio/rhubarb`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: Rate = Field(
        default=Fraction(24), description="Frames per second that DAT files count in."
    )


@dataclass(frozen=True, slots=True)
class _Shape:
    """A mouth shape from `start` to `end`, in hundredths of a second."""

    start: int
    end: int
    letter: str


class RhubarbWriter(MotionWriter):
    """Writes TSV, XML, DAT (Moho, OpenToonz) or, for `.json`, JSON."""

    def write(self, clip: MotionClip, path: Path, ctx: RunContext) -> None:
        """Write the visemes of `clip`.

        Raises:
            CapabilityError: the motion has no visemes, or there is no such format.
        """
        formats = {".tsv": _tsv, ".xml": _xml, ".json": _json, ".dat": self._dat}
        write = formats.get(path.suffix.lower())
        if write is None:
            raise CapabilityError(
                f"Rhubarb has no format for {path.suffix!r} files.",
                hint=f"give a file ending in {', '.join(formats)}",
            )
        ctx.check()
        sound = Path(clip.header.source.get("driver", "")).name
        lines = write(tuple(_shapes(clip)), sound)
        path.write_text("".join(f"{line}\n" for line in lines), "utf-8", newline="\n")

    def _dat(self, shapes: Sequence[_Shape], sound: str) -> Iterator[str]:
        frames: dict[int, str] = {}
        for shape in (*shapes, _Shape(shapes[-1].end, shapes[-1].end, _REST)):
            number = frame_count(Fraction(shape.start, 100), self.options.rate)
            frames[number + 1] = shape.letter  # of two in one frame, the later is held
        yield "MohoSwitch1"
        yield from (f"{number} {letter}" for number, letter in frames.items())


def _tsv(shapes: Sequence[_Shape], sound: str) -> Iterator[str]:
    yield from (f"{_seconds(shape.start)}\t{shape.letter}" for shape in shapes)
    yield f"{_seconds(shapes[-1].end)}\t{_REST}"


def _xml(shapes: Sequence[_Shape], sound: str) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield "<rhubarbResult>"
    yield "  <metadata>"
    yield f"    <soundFile>{escape(sound)}</soundFile>"
    yield f"    <duration>{_seconds(shapes[-1].end)}</duration>"
    yield "  </metadata>"
    yield "  <mouthCues>"
    for shape in shapes:
        times = f'start="{_seconds(shape.start)}" end="{_seconds(shape.end)}"'
        yield f"    <mouthCue {times}>{shape.letter}</mouthCue>"
    yield "  </mouthCues>"
    yield "</rhubarbResult>"


def _json(shapes: Sequence[_Shape], sound: str) -> Iterator[str]:
    yield "{"
    yield '  "metadata": {'
    yield f'    "soundFile": {json.dumps(sound)},'
    yield f'    "duration": {_seconds(shapes[-1].end)}'
    yield "  },"
    yield '  "mouthCues": ['
    for shape in shapes:
        times = f'"start": {_seconds(shape.start)}, "end": {_seconds(shape.end)}'
        comma = "" if shape is shapes[-1] else ","
        yield f'    {{ {times}, "value": "{shape.letter}" }}{comma}'
    yield "  ]"
    yield "}"


def _seconds(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02}"


def _shapes(clip: MotionClip) -> Iterator[_Shape]:
    """Yield the shapes of all of the clip, neighbours that look alike joined.

    Raises:
        CapabilityError: it has no visemes.
    """
    visemes = [label for label in clip.labels if label.track == "visemes"]
    if not visemes:
        raise CapabilityError(
            "The motion has no visemes, and mouth shapes are nothing else.",
            hint="give motion that audio/speech made: a1 motion extract VOICE -o TAKE.a1motion",
        )
    found = (
        _Shape(_hundredths(label.start), _hundredths(label.end), to_rhubarb(label.text))
        for label in visemes
    )
    duration = clip.info.duration or Fraction(len(clip)) / clip.info.rate
    yield from _joined(_without_gaps(found, _hundredths(duration)))


def _hundredths(time: Fraction) -> int:
    return frame_count(time, Fraction(100))


def _without_gaps(shapes: Iterable[_Shape], end: int) -> Iterator[_Shape]:
    """Yield the shapes, and rest between them and after them up to `end`."""
    at = 0
    for shape in shapes:
        if shape.start > at:
            yield _Shape(at, shape.start, _REST)
        if shape.end > max(at, shape.start):
            yield _Shape(max(at, shape.start), shape.end, shape.letter)
        at = max(at, shape.end)
    if end > at:
        yield _Shape(at, end, _REST)


def _joined(shapes: Iterable[_Shape]) -> Iterator[_Shape]:
    """Yield the shapes, neighbours of one letter as one."""
    before: _Shape | None = None
    for shape in shapes:
        if before is None or before.letter != shape.letter:
            if before is not None:
                yield before
            before = shape
        else:
            before = _Shape(before.start, shape.end, shape.letter)
    if before is not None:
        yield before
