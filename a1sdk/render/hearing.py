"""What is heard in a film that is inspected, and what had to be heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from a1sdk.errors import A1Error
from a1sdk.media import probe
from a1sdk.media.audio import resampled
from a1sdk.media.montage import open_track
from a1sdk.media.sound import open_sound
from a1sdk.qc.sound import SoundCheck, envelope
from a1sdk.render.sound import sound_of

if TYPE_CHECKING:
    from fractions import Fraction

    from a1sdk.media import Audio
    from a1sdk.media.audio import Samples
    from a1sdk.render.performance import LayeredPerformance

_RATE = 16_000  # samples per second that envelopes are made of


def listen(
    film: Path, performances: Sequence[LayeredPerformance], duration: Fraction, notes: list[str]
) -> SoundCheck | None:
    """Return what is heard in a film; None where nothing is.

    Args:
        film: it, complete.
        performances: of all faces, that it was made from, or is compared with; none where that is
            not known.
        duration: seconds of the film.
        notes: gets what cannot be heard, and why.

    Raises:
        DecodeError: the film's sound cannot be read.
    """
    if probe(film).audio is None:
        return None
    heard = envelope(open_sound(film, rate=_RATE).blocks(), _RATE)
    wanted = None
    if performances:
        try:
            wanted = sound_of([one.layers for one in performances], duration, [])
        except A1Error as error:
            notes.append(str(error))
    return SoundCheck(heard, None if wanted is None else envelope(_mono(wanted), _RATE))


def _mono(audio: Audio) -> Iterator[Samples]:
    with closing(open_track(audio)) as track:
        for piece in resampled(track.samples(), track.rate, _RATE, track.layout, "mono"):
            yield piece[0]
