"""From samples to passages: what is said in a sound, when, and how loud."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np

from a1sdk_audio.cutting import chunks
from a1sdk_audio.engine import Heard
from a1sdk_audio.levels import STEP, as_pcm, spans
from a1sdk_audio.speech import GRID, NO_WORD, RATE, Loudness, Passage, Phone, Utterance, Word

if TYPE_CHECKING:
    from a1sdk_audio.cutting import Chunk
    from a1sdk_audio.engine import Pcm, Sounded
    from a1sdk_audio.recognizers import Recognizer
    from a1sdk_audio.speech import Samples

_PAUSE = GRID // 5
"""Steps without a phone that part two utterances."""

_SHORTEST = GRID // 12  # steps; a shorter voice is a click
_MARGIN = GRID // 5  # steps that the recogniser hears before and after the voice
_AHEAD = 3 * RATE  # samples beyond a chunk, by which to tell what is not in it any more
_LOUDEST_GAIN = 30.0  # that a soft voice is raised by, so that 16 bits are enough for it


def listen(blocks: Iterable[Samples], recognizer: Recognizer) -> Iterator[Passage]:
    """Yield the passages of a sound at `RATE` that comes in blocks of any size.

    Reads no further than one chunk ahead of the passage that it yields.

    Raises:
        MismatchError: the recogniser expects something else.
    """
    recognizer.begin()
    for chunk, after in _with_next(chunks(blocks)):
        voices = spans(chunk.active, bridge=_PAUSE, least=_SHORTEST)
        heard, offset = Heard(), 0
        if voices:
            offset = max(0, voices[0][0] - _MARGIN)
            end = (voices[-1][1] + _MARGIN - offset) * STEP
            following = _voiced(after)
            pcm = _pcm(np.concatenate([chunk.samples[offset * STEP :], following]))
            heard = recognizer.hear(pcm[:end], pcm[end:] if len(following) else pcm[:0])
        yield _passage(chunk, heard, chunk.start + offset)
    recognizer.finish()


def _with_next(found: Iterable[Chunk]) -> Iterator[tuple[Chunk, Chunk | None]]:
    """Yield each chunk, and the one after it."""
    ended: list[None] = [None]
    for chunk, after in pairwise(chain(found, ended)):
        if chunk is not None:
            yield chunk, after


def _voiced(chunk: Chunk | None) -> Samples:
    """Return the beginning of a chunk, nothing of one in which the sound ends in silence."""
    if chunk is None or (chunk.last and not chunk.active.any()):
        return np.zeros(0, np.float32)
    return chunk.samples[:_AHEAD]


def _pcm(samples: Samples) -> Pcm:
    """Return samples without offset, as loud as they can be."""
    centred = samples - samples.mean()
    peak = float(np.abs(centred).max())
    return as_pcm(centred * min(_LOUDEST_GAIN, 0.9 / max(peak, 1e-6)))


def _passage(chunk: Chunk, heard: Heard, origin: int) -> Passage:
    """Put together what is known of a chunk; `origin` is the step that `heard` counts from."""
    start = Fraction(chunk.start, GRID)
    return Passage(
        start=start,
        end=start + Fraction(len(chunk.samples), RATE),
        utterances=tuple(_utterance(heard, run, origin) for run in _runs(heard.phones)),
        loudness=Loudness(GRID, start, chunk.levels),
        level=chunk.level,
        samples=chunk.samples,
        doubt=heard.doubt,
        sounds=tuple(_phone(sound, origin) for sound in heard.sounds),
    )


def _runs(phones: Sequence[Sounded]) -> Iterator[Sequence[Sounded]]:
    """Yield the runs of phones with no pause in them; a word is never parted."""
    first = 0
    for at, (before, after) in enumerate(pairwise(phones), 1):
        same_word = before.word == after.word != NO_WORD
        if after.start - before.end >= _PAUSE and not same_word:
            yield phones[first:at]
            first = at
    if phones:
        yield phones[first:]


def _phone(sound: Sounded, origin: int, word: int = NO_WORD) -> Phone:
    start, end = Fraction(origin + sound.start, GRID), Fraction(origin + sound.end, GRID)
    return Phone(start, end, sound.symbol, word)


def _utterance(heard: Heard, run: Sequence[Sounded], origin: int) -> Utterance:
    def time(step: int) -> Fraction:
        return Fraction(origin + step, GRID)

    first = run[0].word
    words = () if first == NO_WORD else heard.words[first : run[-1].word + 1]
    return Utterance(
        time(run[0].start),
        time(run[-1].end),
        tuple(Word(time(w.start), time(w.end), w.text, w.confidence) for w in words),
        tuple(_phone(p, origin, p.word - first if words else NO_WORD) for p in run),
    )
