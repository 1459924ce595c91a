"""Mouth shapes of speech: the 15 common visemes as ARKit coefficients, and Rhubarb's nine.

A viseme is what a group of sounds looks like. The set is the one that game and avatar tools
share: `sil` rest, `PP` p b m, `FF` f v, `TH` th, `DD` t d, `kk` k g, `CH` ch j sh, `SS` s z,
`nn` n l, `RR` r, and the vowels `aa` (father), `E` (bed), `ih` (see), `oh` (law), `ou` (too).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType

from a1sdk.components.options import did_you_mean
from a1sdk.errors import ConfigError

MAX_STRENGTH = 2.0


def _both(**values: float) -> dict[str, float]:
    """Spell out pairs: `mouthSmile` means left and right."""
    return {name + side: value for name, value in values.items() for side in ("Left", "Right")}


def _shape(pairs: dict[str, float] | None = None, **values: float) -> Mapping[str, float]:
    return MappingProxyType({**values, **(pairs or {})})


VISEMES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "sil": _shape(),
        "PP": _shape(
            _both(mouthPress=0.45),
            jawOpen=0.03,
            mouthClose=0.03,
            mouthRollLower=0.35,
            mouthRollUpper=0.25,
        ),
        "FF": _shape(
            _both(mouthUpperUp=0.2),
            jawOpen=0.08,
            mouthClose=0.03,
            mouthRollLower=0.45,
            mouthShrugLower=0.15,
        ),
        "TH": _shape(
            _both(mouthLowerDown=0.15, mouthUpperUp=0.1),
            jawOpen=0.08,
            tongueOut=0.15,
        ),
        "DD": _shape(
            _both(mouthLowerDown=0.13, mouthUpperUp=0.08, mouthStretch=0.05),
            jawOpen=0.06,
        ),
        "kk": _shape(_both(mouthLowerDown=0.12, mouthUpperUp=0.08), jawOpen=0.14),
        "CH": _shape(
            _both(mouthLowerDown=0.1, mouthUpperUp=0.1),
            jawOpen=0.04,
            mouthFunnel=0.15,
            mouthPucker=0.28,
        ),
        "SS": _shape(
            _both(mouthLowerDown=0.22, mouthUpperUp=0.12, mouthStretch=0.12, mouthSmile=0.05),
            jawOpen=0.05,
        ),
        "nn": _shape(_both(mouthLowerDown=0.13, mouthUpperUp=0.08), jawOpen=0.09),
        "RR": _shape(
            _both(mouthLowerDown=0.08, mouthUpperUp=0.04),
            jawOpen=0.06,
            mouthFunnel=0.1,
            mouthPucker=0.25,
        ),
        "aa": _shape(
            _both(mouthLowerDown=0.2, mouthUpperUp=0.12, mouthStretch=0.03),
            jawOpen=0.42,
        ),
        "E": _shape(
            _both(mouthLowerDown=0.22, mouthUpperUp=0.14, mouthStretch=0.1, mouthSmile=0.06),
            jawOpen=0.3,
        ),
        "ih": _shape(
            _both(mouthLowerDown=0.25, mouthUpperUp=0.13, mouthStretch=0.12, mouthSmile=0.14),
            jawOpen=0.13,
        ),
        "oh": _shape(
            _both(mouthLowerDown=0.05),
            jawOpen=0.24,
            mouthFunnel=0.2,
            mouthPucker=0.28,
        ),
        "ou": _shape(jawOpen=0.04, mouthFunnel=0.06, mouthPucker=0.54),
    }
)
"""Viseme to the ARKit coefficients of its clear articulation; coefficients not named are 0."""

RHUBARB: Mapping[str, str] = MappingProxyType(
    {
        "A": "PP",
        "B": "SS",
        "C": "E",
        "D": "aa",
        "E": "oh",
        "F": "ou",
        "G": "FF",
        "H": "nn",
        "X": "sil",
    }
)
"""The mouth shapes of Rhubarb Lip Sync (its README, "Mouth shapes") to visemes."""

_TO_RHUBARB = {viseme: letter for letter, viseme in RHUBARB.items()} | {
    "TH": "B",
    "DD": "B",
    "kk": "B",
    "CH": "B",
    "RR": "E",
    "ih": "B",
}


@dataclass(frozen=True, slots=True)
class Cue:
    """A viseme and when it is spoken.

    Attributes:
        start: seconds after frame 0.
        end: seconds after frame 0, after `start`.
        viseme: a name in `VISEMES`.
        strength: factor on the viseme's coefficients, 0 to `MAX_STRENGTH`; 1 is clear speech.

    Raises:
        ConfigError: the viseme is unknown, the cue ends before it starts, or the strength is
            out of range.
    """

    start: Fraction
    end: Fraction
    viseme: str
    strength: float = 1.0

    def __post_init__(self) -> None:
        check_viseme(self.viseme)
        if not self.start < self.end:
            raise ConfigError(
                f"Cue {self.viseme!r} at {float(self.start):.3f} s ends at "
                f"{float(self.end):.3f} s, which is not after its start."
            )
        if not 0 <= self.strength <= MAX_STRENGTH:
            raise ConfigError(
                f"Strength {self.strength!r} of cue {self.viseme!r} at {float(self.start):.3f} s "
                f"is not between 0 and {MAX_STRENGTH:g}."
            )

    def scaled(self, factor: float) -> Cue:
        """Return the cue spoken more or less clearly, at most as clearly as a cue can be."""
        return replace(self, strength=min(factor * self.strength, MAX_STRENGTH))


def check_viseme(name: str) -> None:
    """Refuse a name that is no viseme.

    Raises:
        ConfigError: the name is not in `VISEMES`.
    """
    if name not in VISEMES:
        hint = did_you_mean(name, VISEMES) or f"visemes: {', '.join(VISEMES)}"
        raise ConfigError(f"There is no viseme {name!r:.80}.", hint=hint)


def to_rhubarb(viseme: str) -> str:
    """Return the mouth shape of Rhubarb Lip Sync, A to H or X, that shows a viseme.

    Raises:
        ConfigError: the viseme is unknown.
    """
    check_viseme(viseme)
    return _TO_RHUBARB[viseme]
