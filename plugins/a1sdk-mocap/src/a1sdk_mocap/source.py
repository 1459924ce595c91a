"""The motion sources `mocap/take` and `mocap/cues`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from a1sdk.plugin import (
    Label,
    MotionFrame,
    MotionSource,
    StreamInfo,
    articulate,
    frame_count,
    from_coefficients,
)
from a1sdk_mocap.cuefiles import find_reader
from a1sdk_mocap.formats import find_format, refuse
from a1sdk_mocap.options import CueOptions
from a1sdk_mocap.performance import TakePerformance
from a1sdk_mocap.sample import Sample

if TYPE_CHECKING:
    from a1sdk.plugin import RunContext
    from a1sdk_mocap.cuefiles import CueSheet
    from a1sdk_mocap.options import TakeOptions

USUAL_RATE = Fraction(25)
"""Frames per second of cues, whose motion is known at every instant, where nobody asks for one."""


class _Performance(Protocol):
    """What a file yields, once it is read."""

    @property
    def info(self) -> StreamInfo: ...

    def frames(self) -> Iterator[MotionFrame]: ...


class CuePerformance:
    """The motion of mouth cues: visemes with coarticulation, at any rate."""

    def __init__(self, sheet: CueSheet, options: CueOptions) -> None:
        self._sheet = sheet
        self._strength = options.strength
        self._rate = options.rate or USUAL_RATE

    @property
    def info(self) -> StreamInfo:
        """Describe the motion."""
        duration = self._sheet.duration
        return StreamInfo(self._rate, frame_count(duration, self._rate), duration=duration)

    def frames(self) -> Iterator[MotionFrame]:
        """Yield all frames."""
        mouths = articulate(self._sheet.cues(self._strength), self._rate, self.info.count or 0)
        for number, values in enumerate(mouths):
            yield MotionFrame(number, from_coefficients(values))


class _FileSource(MotionSource):
    """Plays what it read in `setup`."""

    _performance: _Performance | None = None
    _labels: Sequence[Label] = ()

    def close(self) -> None:
        """Let go of the performance."""
        self._performance = None

    @property
    def _read(self) -> _Performance:
        if self._performance is None:
            raise RuntimeError(f"{type(self).__name__} is used before setup() or after close()")
        return self._performance

    def _take_cues(self, sample: Sample, options: CueOptions) -> None:
        read = find_reader(sample)
        if read is None:
            refuse(sample)
        sheet = read(sample, options.dat_rate)
        self._performance, self._labels = CuePerformance(sheet, options), sheet.labels

    def probe(self) -> StreamInfo:
        """Describe the motion."""
        return self._read.info

    def stream(self, ctx: RunContext) -> Iterator[MotionFrame]:
        """Yield all frames."""
        yield from ctx.track(self._read.frames(), total=self.probe().count)

    def labels(self) -> Sequence[Label]:
        """Return the visemes of cues, and words and phones where the file has them."""
        return self._labels


class MocapTake(_FileSource):
    """Plays a mocap take; a file of mouth cues, too, as `mocap/cues` does."""

    def __init__(self, options: TakeOptions) -> None:
        super().__init__(options)

    def setup(self, ctx: RunContext) -> None:
        """Read the file.

        Raises:
            DecodeError: it is of no known format, damaged, or no performance.
            ConfigError: an option does not fit it.
        """
        options: TakeOptions = self.options
        sample = Sample(options.path)
        found = find_format(sample, options.format)
        if found is None:
            self._take_cues(sample, CueOptions(path=options.path, rate=options.rate))
        else:
            self._performance = TakePerformance(found.read(sample), options, sample)


class MouthCues(_FileSource):
    """Moves the mouth by a file of mouth cues."""

    def __init__(self, options: CueOptions) -> None:
        super().__init__(options)

    def setup(self, ctx: RunContext) -> None:
        """Read the file.

        Raises:
            DecodeError: it has no mouth cues, or is damaged.
        """
        self._take_cues(Sample(self.options.path), self.options)
