"""The motion source `video/face`."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from a1sdk.plugin import (
    ConfigError,
    MotionFrame,
    MotionSource,
    Neutral,
    NoFaceError,
    StreamInfo,
    frame_count,
    open_video,
    prefetch,
    smooth,
    to_grid,
)
from a1sdk_video.subject import MAX_FACES, Subject
from a1sdk_video.survey import Sighting, Survey

if TYPE_CHECKING:
    from a1sdk.plugin import RunContext
    from a1sdk_video.options import Options

AHEAD = 24
"""Faces that wait to be measured, at most."""


class VideoFace(MotionSource):
    """One face of a film, in one pass: each distinct picture is decoded and tracked once.

    Motion comes at the film's nominal rate, exactly; where its pictures are not evenly spaced, it
    is interpolated between their own times.
    """

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._stack = ExitStack()
        self._reader: Any = None

    def setup(self, ctx: RunContext) -> None:
        """Open the film.

        Raises:
            DecodeError: it is no film, or pictures are missing from it.
            ConfigError: the part of it that is asked for has no picture.
        """
        self._reader = self._stack.enter_context(open_video(self.options.path))
        start, duration = self._part
        if not frame_count(duration, self._rate):
            path, whole = str(self.options.path), self._reader.info.duration
            raise ConfigError(
                f"Nothing is left of {path!r} from {start} s on: it lasts {float(whole):.3f} s."
            )

    def close(self) -> None:
        """Close the film."""
        self._stack.close()

    def probe(self) -> StreamInfo:
        """Describe the motion by the facts of the film."""
        start, duration = self._part
        count = frame_count(duration, self._rate)
        begins = self._reader.info.start + start
        return StreamInfo(self._rate, count, begins, self.options.head, duration)

    @property
    def _part(self) -> tuple[Fraction, Fraction]:
        """Start and duration of what is taken of the film, in seconds after its first picture."""
        start, whole = self.options.start, self._reader.info.duration
        left = whole - start
        asked = self.options.duration
        return start, left if asked is None else min(asked, left)

    @property
    def _rate(self) -> Fraction:
        rate: Fraction = self.options.rate or self._reader.info.rate
        return rate

    def stream(self, ctx: RunContext) -> Iterator[MotionFrame]:
        """Yield the motion; the first frame comes when the neutral face is known.

        Raises:
            NoFaceError: the film shows no face, or none of the chosen number.
            ConfigError: the frame that is to be neutral is beyond the end.
        """
        facts, (start, duration) = self._reader.info, self._part
        part = f" from {float(start):.2f} s to {float(start + duration):.2f} s"
        part = part if duration < facts.duration else ""
        with closing(self._observe(ctx)) as seen:
            if self.options.neutral == "auto":
                samples = Survey(self.options.head, str(self.options.path), part).measure(seen)
            else:
                neutral = self._neutral_at(self.options.neutral, ctx)
                samples = (sighting.measured(neutral, self.options.head) for sighting in seen)
            grid = to_grid(samples, self._rate, last=1 / facts.rate, duration=duration)
            smoothed = smooth(grid, self._rate, self.options.smoothing)
            yield from ctx.track(smoothed, total=self.probe().count)

    def _observe(self, ctx: RunContext) -> Generator[Sighting, None, None]:
        """Follow the subject through all pictures; decoding and tracking run ahead in threads."""
        subject = self._subject()
        start, duration = self._part
        part = self._reader.part(start, start + duration)
        tracked = ctx.face_tracker().track(part, ctx, max_faces=subject.faces_needed)
        with closing(prefetch(tracked, AHEAD)) as seen:
            for one in seen:
                yield Sighting(part.time(one.pts), subject.find(one.faces), subject.scene)

    def _subject(self) -> Subject:
        facts = self._reader.info
        size = (facts.width, facts.height)
        return Subject(self.options.face, size, str(self.options.path))

    def _neutral_at(self, number: int, ctx: RunContext) -> Neutral:
        count = self.probe().count or 0
        if number >= count:
            raise ConfigError(
                f"Frame {number} cannot be neutral: {str(self.options.path)!r} has {count} frames.",
                hint=f"choose a frame from 0 to {count - 1}",
            )
        pixels = self._reader.read(self.options.start + number / self._rate).pixels
        faces = tuple(ctx.face_tracker().detect(pixels, ctx)[:MAX_FACES])
        found = self._subject().find(faces)
        if found is None:
            raise NoFaceError(
                f"Frame {number} of {str(self.options.path)!r} cannot be neutral: it has no face.",
                path=str(self.options.path),
                hint="choose a frame with a face, or neutral auto",
            )
        return Neutral.of(found)
