"""The motion source `keyframes/keys`."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING

from a1sdk.plugin import MotionFrame, MotionSource, StreamInfo, frame_count
from a1sdk_keyframes.performance import Performance, length_of
from a1sdk_keyframes.reading import read_keys

if TYPE_CHECKING:
    from a1sdk.plugin import RunContext
    from a1sdk_keyframes.model import KeysFile
    from a1sdk_keyframes.options import Options

RATE = Fraction(25)
"""Frames per second where neither the user nor the file says."""


class KeysSource(MotionSource):
    """Plays keys: frame `n` is their value at exactly `n / rate`."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._file: KeysFile | None = None

    def setup(self, ctx: RunContext) -> None:
        """Read the keys.

        Raises:
            DecodeError: the file cannot be read.
            ConfigError: it holds what keys cannot be.
        """
        self._file = self.options.keys or read_keys(self.options.path)

    def close(self) -> None:
        """Forget the keys."""
        self._file = None

    @property
    def _read(self) -> KeysFile:
        if self._file is None:
            raise RuntimeError("KeysSource is used before setup() or after close()")
        return self._file

    def probe(self) -> StreamInfo:
        """Describe the motion: as long as asked, or as the keys are; without count for ever."""
        rate = self.options.rate or self._read.rate or RATE
        duration = self.options.duration or length_of(self._read)
        frames = None if duration is None else frame_count(duration, rate)
        return StreamInfo(rate, frames, duration=duration)

    def stream(self, ctx: RunContext) -> Iterator[MotionFrame]:
        """Yield the motion."""
        info, performance = self.probe(), Performance(self._read, ctx.seed)
        frames = count() if info.count is None else range(info.count)
        for pts in ctx.track(frames, total=info.count):
            yield MotionFrame(pts, performance(pts / info.rate))
