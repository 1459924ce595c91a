"""English speech sounds as visemes: ARPAbet, as CMUdict spells it.

Diphthongs and glides move: they are two visemes. `HH` has no mouth of its own and takes that of
the vowel after it. What the tongue alone tells apart looks alike; vowels do not, each has its own
opening, spread and rounding, by viseme and strength.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Protocol, TypeVar

from a1sdk.motion.visemes import MAX_STRENGTH, Cue


class Sounded(Protocol):
    """A speech sound and when it is spoken."""

    @property
    def start(self) -> Fraction:
        """Seconds."""

    @property
    def end(self) -> Fraction:
        """Seconds, after `start`."""

    @property
    def symbol(self) -> str:
        """A name in `PHONES`."""


P = TypeVar("P", bound=Sounded)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a speech sound.

    Attributes:
        viseme: one of the 15.
        strength: how clearly it is shown, see `Cue`.
        share: of the sound's time.
    """

    viseme: str
    strength: float = 1.0
    share: Fraction = Fraction(1)


def _glide(
    viseme: str, strength: float, percent: int, to: str, to_strength: float
) -> tuple[Part, Part]:
    share = Fraction(percent, 100)
    return Part(viseme, strength, share), Part(to, to_strength, 1 - share)


PHONES: Mapping[str, tuple[Part, ...]] = MappingProxyType({
    "AA": (Part("aa"),),
    "AE": (Part("E", 1.2),),
    "AH": (Part("aa", 0.42),),
    "AO": (Part("oh"),),
    "AW": _glide("aa", 0.95, 60, "ou", 0.7),
    "AY": _glide("aa", 0.95, 55, "ih", 0.8),
    "B": (Part("PP"),),
    "CH": (Part("CH"),),
    "D": (Part("DD"),),
    "DH": (Part("TH", 0.9),),
    "EH": (Part("E"),),
    "ER": (Part("RR", 1.1),),
    "EY": _glide("E", 0.95, 50, "ih", 0.95),
    "F": (Part("FF"),),
    "G": (Part("kk"),),
    "HH": (Part("kk", 0.7),),
    "IH": (Part("ih", 0.8),),
    "IY": (Part("ih", 1.1),),
    "JH": (Part("CH"),),
    "K": (Part("kk"),),
    "L": (Part("nn", 1.1),),
    "M": (Part("PP"),),
    "N": (Part("nn", 0.9),),
    "NG": (Part("kk", 0.8),),
    "OW": _glide("oh", 0.9, 55, "ou", 0.85),
    "OY": _glide("oh", 1.0, 55, "ih", 0.8),
    "P": (Part("PP"),),
    "R": (Part("RR"),),
    "S": (Part("SS"),),
    "SH": (Part("CH"),),
    "T": (Part("DD"),),
    "TH": (Part("TH"),),
    "UH": (Part("ou", 0.65),),
    "UW": (Part("ou"),),
    "V": (Part("FF", 0.9),),
    "W": (Part("ou", 1.2),),
    "Y": (Part("ih", 0.9),),
    "Z": (Part("SS", 0.9),),
    "ZH": (Part("CH", 0.9),),
})  # fmt: skip
"""The 39 phones of CMUdict and what of them is seen."""

VOWELS = frozenset("AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split())
"""Phones that make a syllable."""

_BREATHED = 0.7  # how clearly `HH` shows the vowel after it


def clear(_phone: Sounded) -> float:
    """Say that each phone is shown as clearly as any."""
    return 1.0


def cues_of(phones: Sequence[P], clarity: Callable[[P], float] = clear) -> Iterator[Cue]:
    """Yield the visemes of phones.

    Args:
        phones: speech sounds in `PHONES`, in order, not overlapping; each lasts a while.
        clarity: factor on the strength of each.
    """
    for phone, following in zip(phones, [*phones[1:], None], strict=False):
        start, factor = phone.start, clarity(phone)
        for part in _parts(phone, following):
            end = start + part.share * (phone.end - phone.start)
            yield Cue(start, end, part.viseme, min(factor * part.strength, MAX_STRENGTH))
            start = end


def _parts(phone: Sounded, following: Sounded | None) -> tuple[Part, ...]:
    if phone.symbol == "HH" and following is not None and following.start == phone.end:
        ahead = PHONES[following.symbol][0]
        return (Part(ahead.viseme, _BREATHED * ahead.strength),)
    return PHONES[phone.symbol]
