"""Speech performed: mouth, head, brows, gaze and blinks of one who says what is heard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, tee
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.plugin import (
    Label,
    MotionFrame,
    articulate,
    from_coefficients,
    from_euler,
    neck_swing,
)
from a1sdk_audio.blinks import Blinks
from a1sdk_audio.drift import Drift
from a1sdk_audio.gaze import Gaze
from a1sdk_audio.gestures import Gesture, Gestures
from a1sdk_audio.mouth import Mouth
from a1sdk_audio.prosody import Prosody, phrase_ends

if TYPE_CHECKING:
    from a1sdk.plugin import Cue
    from a1sdk_audio.speech import Passage


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much there is of each movement: 0 is exactly none, 1 is natural, 2 is the most.

    Attributes:
        mouth: how far the mouth goes from rest; lips that meet still meet.
        loudness: how much wider loud vowels open than soft ones.
        breath: how far the lips part for breath before speech.
        brows: how far the brows rise with emphasis.
        head: how far the head nods, tilts and drifts.
        gaze: how far glances go.
        blinks: how often there is a blink.
    """

    mouth: float = 1.0
    loudness: float = 1.0
    breath: float = 1.0
    brows: float = 1.0
    head: float = 1.0
    gaze: float = 1.0
    blinks: float = 1.0


class Performer:
    """Performs passages of speech, as they come in, in constant memory.

    Args:
        amounts: how much there is of each movement.
        rate: frames per second of the motion. Movements do not depend on it: the same moment
            looks alike at any rate, except that lips which meet always do so on a frame.
        seed: what is left to chance, when to blink and where to glance, is the same for one seed.
    """

    def __init__(self, amounts: Amounts, rate: Fraction, seed: int = 0) -> None:
        self._amounts, self._rate = amounts, rate
        self._mouth = Mouth(amounts.loudness, amounts.breath)
        self._prosody = Prosody(amounts.head, amounts.brows, seed)
        self._blinks = Blinks(amounts.blinks, seed)
        self._gaze = Gaze(amounts.gaze, seed)
        self._drift = Drift(amounts.head, seed)
        self._gestures = Gestures()
        self.visemes: list[Label] = []
        """The visemes spoken so far, as labels of the track `visemes`; those of breath are none."""

    def frames(self, passages: Iterable[Passage], count: int) -> Iterator[MotionFrame]:
        """Yield frames 0 to `count` - 1 of the performance; frame `n` is at `n / rate`.

        Args:
            passages: following each other from 0 on; each is asked for when the frames about two
                seconds before it are wanted, and not kept.
            count: number of frames; beyond the last passage the head drifts alone.
        """
        said, again = tee(self._spoken(passages))
        cues = chain.from_iterable(cues for cues, _ in said)
        beside = chain.from_iterable(others for _, others in again)
        mouths = articulate(cues, self._rate, count, beside)
        for number, mouth in enumerate(mouths):
            time = number * self._rate.denominator / self._rate.numerator
            stance = self._gestures.at(time)
            drift = self._drift.at(time, stance.liveliness)
            shapes = self._amounts.mouth * mouth + stance.blendshapes
            rotation = from_euler(*(stance.angles + drift[:3]).tolist())
            moved = drift[3:] + neck_swing(rotation)
            face = from_coefficients(
                np.clip(shapes, 0.0, 1.0).astype(np.float32),
                rotation=rotation,
                translation=moved.tolist(),
            )
            yield MotionFrame(number, face)

    def _spoken(
        self, passages: Iterable[Passage]
    ) -> Iterator[tuple[list[Cue], list[tuple[Cue, float]]]]:
        """Yield each passage's cues and those beside them, and plan the rest of it before."""
        for passage in passages:
            self._gestures.add(self._plan(passage))
            cues = list(self._mouth.cues(passage))
            self.visemes += (
                Label("visemes", cue.start, cue.end, cue.viseme)
                for cue in cues
                if _is_spoken(cue, passage)
            )
            yield cues, list(self._mouth.beside(passage))

    def _plan(self, passage: Passage) -> Iterator[Gesture]:
        ends = phrase_ends(passage)
        yield from self._prosody.in_passage(passage, ends)
        yield from self._blinks.in_passage(passage, ends)
        yield from self._gaze.in_passage(passage)


def _is_spoken(cue: Cue, passage: Passage) -> bool:
    """Whether a cue is speech, and not breath or rest."""
    return any(one.start <= cue.start < one.end for one in passage.utterances)
