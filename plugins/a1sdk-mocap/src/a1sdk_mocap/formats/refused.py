"""Files that people have beside takes, and why they are none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from a1sdk_mocap.names import shape_index

if TYPE_CHECKING:
    from a1sdk_mocap.sample import Sample


class Refusal(NamedTuple):
    """A kind of file, why it is no performance, and what to do instead."""

    matches: Callable[[Sample], bool]
    why: str
    hint: str


def _is_imotions(sample: Sample) -> bool:
    return sample.head.startswith(b"#Study") or b"Joy Evidence" in sample.head


def _is_affectiva(sample: Sample) -> bool:
    return {"joy", "engagement", "valence", "eyeClosure"} <= sample.keys


def _is_statistics(sample: Sample) -> bool:
    return sum(shape_index(name) is not None for name in sample.columns) >= 10


def _is_word_times(sample: Sample) -> bool:
    words = sample.document["w"] if {"t", "w", "d"} <= sample.keys else None
    return isinstance(words, list) and all(isinstance(word, dict) for word in words)


def _is_alignment(sample: Sample) -> bool:
    lines = sample.head.decode("utf-8", "replace").split("\n")[:3]
    cells = [line.split() for line in lines if line.strip()]
    return bool(cells) and all(
        len(row) == 3 and row[0].isdigit() and row[1].isdigit() for row in cells
    )


_SPEAK = "give the sound to `a1 animate --voice`, with its words as transcript"

REFUSED = (
    Refusal(
        _is_imotions,
        "is an iMotions/FACET export: its evidences are log-odds that an expression is there,"
        " not how strong it is",
        "track the film of the session instead: a1 motion extract FILM -o take.a1motion",
    ),
    Refusal(
        _is_affectiva,
        "is Affectiva's judgement of one picture: probabilities from 0 to 100, no performance",
        "track the film instead: a1 motion extract FILM -o take.a1motion",
    ),
    Refusal(
        _is_statistics,
        "names ARKit shapes but no time: statistics, or one pose, but no performance",
        "a take has a column Timecode, or time in seconds",
    ),
    Refusal(
        _is_word_times, "has times of words, but of no sounds: it does not say mouth shapes", _SPEAK
    ),
    Refusal(_is_alignment, "is an alignment of words: it does not say mouth shapes", _SPEAK),
)
