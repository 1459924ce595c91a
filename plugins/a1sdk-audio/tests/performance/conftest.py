"""Speech without sound: what a recogniser would have heard."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

import numpy as np
import pytest
from a1sdk_audio.speech import Loudness, Passage, Phone, Utterance

LEVEL = -20.0

Speak = Callable[..., Passage]


@pytest.fixture
def speak() -> Speak:
    """Return a function that makes a passage of utterances.

    An utterance is its start in seconds and its phones: symbol, milliseconds, and dB relative to
    the speaker's level (-6 if absent). Around them there is silence.
    """

    def make(
        *utterances: tuple[float, str], start: float = 0.0, end: float = 4.0, decoded: bool = True
    ) -> Passage:
        begin, finish = Fraction(str(start)), Fraction(str(end))
        values = np.full(int((finish - begin) * 100), LEVEL - 60, np.float32)
        made = []
        for at, text in utterances:
            phones = list(_phones(Fraction(str(at)), text.split()))
            for phone, level in phones:
                first, last = (int((t - begin) * 100) for t in (phone.start, phone.end))
                values[first:last] = LEVEL + level
            heard = tuple(phone for phone, _ in phones)
            spoken = heard if decoded else ()
            made.append(Utterance(heard[0].start, heard[-1].end, (), spoken))
        loudness = Loudness(100, begin, values)
        nothing = np.zeros(0, np.float32)
        return Passage(begin, finish, tuple(made), loudness, LEVEL, nothing)

    return make


def _phones(now: Fraction, items: Iterable[str]) -> Iterable[tuple[Phone, float]]:
    for item in items:
        symbol, milliseconds, *level = item.split(":")
        end = now + Fraction(int(milliseconds), 1000)
        yield Phone(now, end, symbol), float(level[0]) if level else -6.0
        now = end
