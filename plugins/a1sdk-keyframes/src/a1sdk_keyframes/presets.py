"""Ready-made actions, timed as people time them; each class says by which measurements.

A preset is a few curves that start and end at zero. `amount` scales them in height and `duration`
in time; an action that can be kept up, such as a smile, keeps its natural beginning and end and
stays in between, unless it is shorter than both. `count` plays it several times in a row.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from a1sdk.plugin import Time
from a1sdk_keyframes.base import Strict

Points = Sequence[tuple[float, float]]
"""Keys of a smooth curve: milliseconds after the beginning, and value."""

Side = Literal["both", "left", "right"]

_LONGEST = Fraction(3600)
_MOST_AMOUNT = 3.0


class Preset(Strict):
    """What all presets have.

    Attributes:
        natural: milliseconds that it takes where no duration is given.
    """

    natural: ClassVar[int]

    at: Annotated[Time, Field(ge=0)] = Field(description="When it begins.")
    amount: float = Field(default=1.0, ge=0, le=_MOST_AMOUNT, description="How strong it is.")
    duration: Annotated[Time, Field(gt=0, le=_LONGEST)] | None = Field(
        default=None, description="How long it takes, once; its natural time if absent."
    )
    count: int = Field(default=1, ge=1, le=1000, description="How often it plays, in a row.")

    @abstractmethod
    def curves(self) -> Mapping[str, Points]:
        """Return the keys by channel, over the natural time, at an amount of 1."""

    @property
    def length(self) -> Fraction:
        """Seconds that it takes, once."""
        return self.duration or Fraction(self.natural, 1000)

    def played(self) -> dict[str, list[tuple[float, float]]]:
        """Return the keys by channel: seconds after the beginning, and value."""
        found = self.curves()
        last = max(points[-1][0] for points in found.values())
        scale = float(self.length) / last
        return {
            channel: [(when * scale, value * self.amount) for when, value in points]
            for channel, points in found.items()
        }

    def _kept(self, rise: float, stay: float, fall: float) -> tuple[float, float, float]:
        """When it is reached, left and over, in milliseconds."""
        asked = 1000 * float(self.length)
        if self.duration is not None:
            stay = max(asked - rise - fall, 1.0)
        return rise, rise + stay, rise + stay + fall


class Sided(Preset):
    """A preset that either side of the face can do alone."""

    side: Side = Field(default="both", description="The subject's side that does it.")

    def _shape(self, base: str) -> str:
        return base if self.side == "both" else f"{base}{self.side.capitalize()}"


class Blink(Sided):
    """A blink, 350 ms: shut in 100, shut for 50, open in 200, quickly first.

    Lids close about twice as fast as they open (VanderWerf et al. 2003, J. Neurophysiol. 89:2784;
    Sforza et al. 2008, Ophthalmic Physiol. Opt. 28:345: maximum velocity 40-47 % higher). Viewers
    want it asymmetric, and full (Trutoiu et al. 2011, ACM Trans. Appl. Percept. 8:17). Shut for
    50 ms, it is shut on a frame of every film of 20 frames a second or more.
    """

    natural = 350

    preset: Literal["blink"] = "blink"

    def curves(self) -> Mapping[str, Points]:
        """Lids, with a trace of the muscle around the eye."""
        lids = ((0, 0.0), (100, 1.0), (150, 1.0), (230, 0.4), (350, 0.0))
        around = ((0, 0.0), (100, 0.12), (150, 0.12), (350, 0.0))
        return {self._shape("eyeBlink"): lids, self._shape("eyeSquint"): around}


class Smile(Sided):
    """A smile, 2.5 s: it comes in 600 ms, stays, and goes in 900.

    Spontaneous smiles come in half a second or more whatever their size, and go more slowly
    (Schmidt, Cohn and Tian 2003, Biol. Psychol. 65:49; felt smiles last 0.5 to 4 s: Ekman and
    Friesen 1982, J. Nonverbal Behav. 6:238). Cheeks and lower lids follow a little later.
    """

    natural = 2500

    preset: Literal["smile"] = "smile"

    def curves(self) -> Mapping[str, Points]:
        """Corners of the mouth, then cheeks and lower lids."""
        top, leave, end = self._kept(600, 1000, 900)
        lips = ((0, 0.0), (top, 0.8), (leave, 0.74), (end, 0.0))
        late = ((0, 0.0), (0.2 * top, 0.0), (1.15 * top, 1.0), (max(leave, 1.2 * top), 1.0))
        eyes = (*late, (end - 100, 0.0))
        return {
            self._shape("mouthSmile"): lips,
            self._shape("cheekSquint"): [(when, 0.4 * value) for when, value in eyes],
            self._shape("eyeSquint"): [(when, 0.25 * value) for when, value in eyes],
        }


class Nod(Preset):
    """A nod of yes, 900 ms: down 9 degrees, back, and once more by less.

    Cycles of a nod become smaller, the last one most (Mori, Den and Jokinen 2025, PLoS One
    20:e0323448); signals of yes and no are cyclic and symmetrical (Hadar, Steiner and Rose 1985,
    J. Nonverbal Behav. 9:214). Its second is the cycle of 2 Hz, between their slow and rapid ones.
    """

    natural = 900

    preset: Literal["nod"] = "nod"

    def curves(self) -> Mapping[str, Points]:
        """Pitch, with a trace of lifting before it."""
        pitch = ((0, 0.0), (90, 0.8), (320, -9.0), (520, -1.0), (690, -4.0), (900, 0.0))
        eyes = [(when, -0.6 * degrees) for when, degrees in pitch]
        return {"head.pitch": pitch, "gaze.pitch": eyes}


class Shake(Preset):
    """A shake of no, 1.2 s: 9 degrees to one side, to the other, and less each time.

    See `Nod` for sources; the eyes stay on the viewer.
    """

    natural = 1200

    preset: Literal["shake"] = "shake"

    def curves(self) -> Mapping[str, Points]:
        """Yaw, and the eyes against it."""
        yaw = ((0, 0.0), (200, 8.0), (470, -9.0), (740, 6.0), (980, -3.0), (1200, 0.0))
        eyes = [(when, -0.9 * degrees) for when, degrees in yaw]
        return {"head.yaw": yaw, "gaze.yaw": eyes}


class Look(Preset):
    """A look aside and back, 2 s: eyes first, then the head, then the eyes come back in it.

    The head begins some 40 ms after the eyes and takes about half a second; while it turns, the
    eyes turn back so that the gaze stays (Zangemeister and Stark 1982, Neuro-Ophthalmology 2:259;
    Guitton and Volle 1987, J. Neurophysiol. 58:427). Large turns come with a blink (Evinger et
    al. 1994, Exp. Brain Res. 100:337).
    """

    natural = 2000

    preset: Literal["look"] = "look"
    yaw: float = Field(default=0.0, ge=-60, le=60, description="Degrees to the picture's right.")
    pitch: float = Field(default=0.0, ge=-40, le=40, description="Degrees up.")
    head: float = Field(default=0.4, ge=0, le=1, description="Share of the turn that the head has.")

    def curves(self) -> Mapping[str, Points]:
        """Gaze and head in both angles, and a dip of the lids at each turn."""
        size = (self.yaw**2 + self.pitch**2) ** 0.5
        jump = 21 + 2.2 * size  # the main sequence, see `a1sdk_keyframes.idle`
        top, leave, end = self._kept(600, 900, 500 + jump)
        found: dict[str, Points] = {}
        for angle, degrees in (("yaw", self.yaw), ("pitch", self.pitch)):
            if degrees:
                turned = self.head * degrees
                left = degrees - turned
                found[f"head.{angle}"] = (
                    (0, 0.0), (40, 0.0), (top, turned), (leave + 40, turned), (end, 0.0)
                )  # fmt: skip
                found[f"gaze.{angle}"] = (
                    (0, 0.0), (jump, degrees), (top, left), (leave, left),
                    (leave + jump, -turned), (end, 0.0),
                )  # fmt: skip
        dip = min(max((size - 10) / 25, 0.0), 0.8)
        lids = (
            (0, 0.0), (90, dip), (280, 0.0),
            (leave, 0.0), (leave + 90, dip), (leave + 280, 0.0),
        )  # fmt: skip
        return {**found, "eyeBlink": lids}


class BrowFlash(Preset):
    """A flash of the brows, 500 ms: up in 120, kept for 130, down in 250.

    Recognition and greeting: raised for about a sixth of a second (Eibl-Eibesfeldt 1972), rising
    faster than they fall (Grammer et al. 1988, Ethology 77:279).
    """

    natural = 500

    preset: Literal["brow-flash"] = "brow-flash"

    def curves(self) -> Mapping[str, Points]:
        """Brows, and lids that widen with them."""
        top, leave, end = self._kept(120, 130, 250)
        shape = ((0, 0.0), (top, 1.0), (leave, 1.0), (end, 0.0))
        return {
            "browInnerUp": [(when, 0.7 * value) for when, value in shape],
            "browOuterUp": [(when, 0.8 * value) for when, value in shape],
            "eyeWide": [(when, 0.3 * value) for when, value in shape],
        }


class Surprise(Preset):
    """Surprise, 1.4 s: brows and lids up in 180 ms, the jaw a little later, and slowly back.

    The briefest of emotions, over in a second or so (Ekman 2003, Emotions Revealed).
    """

    natural = 1400

    preset: Literal["surprise"] = "surprise"

    def curves(self) -> Mapping[str, Points]:
        """Brows and lids first, then the jaw; the head goes up and back a little."""
        top, leave, end = self._kept(180, 520, 700)
        brows = ((0, 0.0), (top, 1.0), (leave, 0.9), (end, 0.0))
        late = ((0, 0.0), (60, 0.0), (top + 100, 1.0), (max(leave, top + 110), 0.9), (end, 0.0))
        return {
            "browInnerUp": [(when, 0.9 * value) for when, value in brows],
            "browOuterUp": [(when, 0.9 * value) for when, value in brows],
            "eyeWide": [(when, 0.8 * value) for when, value in brows],
            "jawOpen": [(when, 0.3 * value) for when, value in late],
            "head.pitch": [(when, 2.5 * value) for when, value in late],
            "head.z": [(when, 0.03 * value) for when, value in late],
        }


AnyPreset = Annotated[
    Blink | Smile | Nod | Shake | Look | BrowFlash | Surprise, Field(discriminator="preset")
]
