"""Cut a sound into chunks, where nobody speaks if possible, reading no further than needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from a1sdk_audio.levels import STEP, Meter, VoiceActivity, spans
from a1sdk_audio.speech import GRID, RATE

if TYPE_CHECKING:
    from a1sdk_audio.levels import Flags
    from a1sdk_audio.speech import Samples

SHORTEST = 5 * GRID
"""Steps of a chunk at least: words are recognised by their neighbours."""

LONGEST = 15 * GRID
"""Steps of a chunk at most."""

PAUSE = 3 * GRID // 10
"""Steps without a voice that part two chunks."""

_AROUND = GRID // 10  # steps that quietness is judged over


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """A part of a sound.

    Attributes:
        start: steps after the sound's first sample.
        samples: float32 [n], whole steps but in the last chunk.
        levels: float32 dB, one a step.
        active: bool, one a step: whether somebody may be speaking.
        level: dB, how loud the voice usually is up to here.
        last: whether the sound ends here.
    """

    start: int
    samples: Samples
    levels: Samples
    active: Flags
    level: float
    last: bool

    @property
    def steps(self) -> int:
        """How many steps it has, begun ones included."""
        return -(-len(self.samples) // STEP)


def chunks(blocks: Iterable[Samples]) -> Iterator[Chunk]:
    """Yield the chunks of a sound that comes in blocks of any size, without gaps."""
    cutter = _Cutter()
    for block in _seconds(blocks):
        cutter.take(block)
        while (cut := cutter.next_cut()) is not None:
            yield cutter.cut(cut)
    cutter.finish()
    while (cut := cutter.next_cut()) is not None:
        yield cutter.cut(cut)
    if cutter.holds:
        yield cutter.cut(None)


def _seconds(blocks: Iterable[Samples]) -> Iterator[Samples]:
    """Yield the same samples second by second, so that nothing depends on the size of blocks."""
    held = np.zeros(0, np.float32)
    for block in blocks:
        held = np.concatenate([held, block])
        while len(held) >= RATE:
            yield held[:RATE]
            held = held[RATE:]
    if len(held):
        yield held


class _Cutter:
    """Keeps what was heard and not yet cut off."""

    def __init__(self) -> None:
        self._meter, self._activity = Meter(), VoiceActivity()
        self._start = 0
        self._samples = np.zeros(0, np.float32)
        self._levels = np.zeros(0, np.float32)
        self._active = np.zeros(0, np.bool_)

    @property
    def holds(self) -> bool:
        return len(self._samples) > 0

    def take(self, block: Samples) -> None:
        self._samples = np.concatenate([self._samples, block])
        self._judge(self._meter.measure(block))

    def finish(self) -> None:
        steps = -(-len(self._samples) // STEP) - len(self._levels)
        self._judge(self._meter.finish(steps))

    def _judge(self, levels: Samples) -> None:
        begin = len(self._levels) * STEP
        heard = self._samples[begin : begin + len(levels) * STEP]
        missing = len(levels) * STEP - len(heard)  # in the last step of the sound
        active = self._activity.detect(np.pad(heard, (0, missing)), levels)
        self._levels = np.concatenate([self._levels, levels])
        self._active = np.concatenate([self._active, active])

    def next_cut(self) -> int | None:
        """Return the step to cut at, or None where more has to be heard first."""
        length = len(self._active)
        if length < SHORTEST + PAUSE:
            return None
        for start, end in self._pauses(PAUSE):
            if end >= SHORTEST + PAUSE // 2:
                return max(SHORTEST, min(start, end - PAUSE) + PAUSE // 2)
        return self._quietest() if length >= LONGEST else None

    def _pauses(self, least: int) -> list[tuple[int, int]]:
        return spans(~self._active, bridge=0, least=least)

    def _quietest(self) -> int:
        """Return the middle of the longest short pause, or where it is least loud."""
        short = [(a, b) for a, b in self._pauses(_AROUND // 2) if SHORTEST < a and b < LONGEST]
        if short:
            start, end = max(short, key=lambda pause: pause[1] - pause[0])
            return (start + end) // 2
        levels = self._levels[SHORTEST:LONGEST]
        smooth = np.convolve(levels, np.full(_AROUND, 1 / _AROUND), mode="same")
        inner = smooth[_AROUND:-_AROUND]  # at its ends, the mean is of fewer steps
        return SHORTEST + _AROUND + int(inner.argmin())

    def cut(self, step: int | None) -> Chunk:
        """Return what comes before `step`, or all of it, and keep the rest."""
        steps = len(self._active) if step is None else step
        cut = Chunk(
            self._start,
            self._samples[: steps * STEP],
            self._levels[:steps],
            self._active[:steps],
            self._activity.level,
            last=step is None,
        )
        self._start += steps
        self._samples = self._samples[steps * STEP :]
        self._levels, self._active = self._levels[steps:], self._active[steps:]
        return cut
