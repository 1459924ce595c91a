"""Figures of a shot: its measures summed up, and what is late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.qc.measures.face import Opening
from a1sdk.qc.model import Figure
from a1sdk.qc.signals import lag, rounded

if TYPE_CHECKING:
    from fractions import Fraction

    from a1sdk.qc.measures.base import Measure, Values
    from a1sdk.qc.sound import SoundCheck

_REACH = 8  # frames that a lag is looked for on either side
_SURE = 0.5  # correlation that a lag has to have to be believed
_FEWEST = 25  # frames

_LEAST = {"eyes": 0.06, "mouth": 0.01}  # how much has to be asked for, as standard deviation


def figures_of(measures: Sequence[Measure[Any]], values: Mapping[str, Values]) -> Iterator[Figure]:
    """Yield the figures of a face, or of the pictures, in a shot, from the values of measures."""
    for measure in measures:
        yield _mean(measure, values[measure.name])
    for measure in measures:
        if isinstance(measure, Opening):
            yield from _following(measure, values[measure.name])


def _mean(measure: Measure[Any], values: Values) -> Figure:
    known = values[np.isfinite(values)]
    return Figure(
        name=measure.name,
        label=measure.label,
        about=f"Mean over the frames. {measure.about}",
        unit=measure.unit,
        value=rounded(float(known.mean())) if len(known) else None,
        bad=measure.bad,
    )


def _following(opening: Opening, seen: Values) -> Iterator[Figure]:
    """How well an opening follows what was asked over the whole shot, and how late."""
    asked = opening.asked()
    known = asked[np.isfinite(asked)]
    late, alike = float("nan"), float("nan")
    if len(known) >= _FEWEST and known.std() >= _LEAST[opening.name]:
        late, alike = lag(asked, seen, _REACH)
    sure = late if alike >= _SURE else float("nan")
    yield Figure(
        name=f"{opening.name}_correlation",
        label=f"{opening.label}, correlation",
        about="Pearson correlation of what was asked for and seen, the lag taken away.",
        unit="",
        value=rounded(alike),
        bad="below",
    )
    yield Figure(
        name=f"{opening.name}_lag",
        label=f"{opening.label}, lag",
        about="By how much what is seen is later than what was asked for, where they correlate"
        " best.",
        unit="frames",
        value=rounded(sure),
    )


def faces_of(count: int) -> Figure:
    """Return how many faces of a shot were followed."""
    return Figure(
        name="faces",
        label="Faces",
        about="How many faces were known to look for. Where there are none, only the pictures as"
        " a whole were inspected.",
        unit="",
        value=count,
        bad="below",
    )


def slip_of(sound: SoundCheck) -> Figure:
    """Return by how much the sound of a shot is later than it had to be."""
    return Figure(
        name="sound_slip",
        label="Sound later than it had to be",
        about="Where the envelope of the film's sound correlates best with that of the sound that"
        " it was made with. Viewers notice 45 ms early or 125 ms late (ITU-R BT.1359-1).",
        unit="ms",
        value=rounded(sound.slip()),
    )


def lip_sync_of(sound: SoundCheck, mouth: Values, rate: Fraction) -> Figure:
    """Return by how much the sound of a shot is later than the lips of a face.

    Args:
        sound: of the shot.
        mouth: how far the mouth is open, frame by frame; not a number where unknown.
        rate: frames per second.
    """
    return Figure(
        name="lip_sync",
        label="Sound later than the lips",
        about="Where the speed of the lips correlates best with the level of the sound. A rough"
        " estimate, -90 to -20 on films of people who speak; it is not SyncNet's LSE.",
        unit="ms",
        value=rounded(sound.lips(mouth, rate)),
    )
