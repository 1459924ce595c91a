"""The render job: everything that decides what a render looks like, as a file or as an object."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from a1sdk.components.choice import ComponentChoice
from a1sdk.components.fields import Rate, Time
from a1sdk.motion.layers import Blend, Fade
from a1sdk.qc.model import QcProfile

Mode = Literal["relative", "absolute"]
ExpressionMode = Literal["auto", "relative", "absolute"]
NAME = r"[^\W\d_][\w .'-]{0,39}"
"""What people may be called: a letter first, so that no name is a number or a point."""

_LONGEST = 24 * 60 * 60  # seconds of a film


class Strict(BaseModel):
    """Base of every model that is read from a file: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MotionLayer(Blend, ComponentChoice):
    """A motion source, and how its motion joins that of the layers below it."""

    name: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9_-]{0,40}$",
        description="What the layer is called; its component's name if absent.",
    )

    who: str = Field(
        default="",
        pattern=rf"^({NAME})?$",
        description="Person of the roster whose face performs in the layer's film; absent, the"
        " face that the source's options choose.",
    )
    fade_out: Fade = Field(
        default=Fraction(0),
        description="Seconds over which the layer goes at its end, where the film lasts longer.",
    )

    @property
    def is_plain(self) -> bool:
        """Whether the motion is taken as it is: all of it, all the time, in its own time."""
        blend = Blend.model_fields
        return all(getattr(self, name) == field.default for name, field in blend.items())

    @property
    def moves_mouth(self) -> bool:
        """Whether the layer reaches the mouth at all."""
        return bool({"lips", "jaw"} & self.shares().keys())

    @property
    def path(self) -> Path | None:
        """The file whose motion the source takes; None where it reads none."""
        path = self.options.get("path")
        return Path(path) if path else None


def _named(layers: tuple[MotionLayer, ...]) -> tuple[MotionLayer, ...]:
    """Give names to layers that have none, and refuse names that two of them have."""
    taken = Counter(layer.name for layer in layers if layer.name)
    twice = [name for name, times in taken.items() if times > 1]
    if twice:
        raise ValueError(f"two layers are called {twice[0]!r}")
    named = []
    for layer in layers:
        name = layer.name or _free(layer.use.rpartition("/")[2], taken)
        taken[name] += 1
        named.append(layer if layer.name else layer.model_copy(update={"name": name}))
    return tuple(named)


def _free(name: str, taken: Container[str]) -> str:
    """Return a name, with a number if it is taken."""
    numbered = (name if number == 1 else f"{name[:36]}-{number}" for number in count(1))
    return next(one for one in numbered if one not in taken)


def _listed(layers: Any) -> Any:
    if isinstance(layers, (Mapping, MotionLayer)):
        raise ValueError("it is a list of layers, also of one")
    return layers


Layers = Annotated[
    tuple[MotionLayer, ...],
    Field(min_length=1),
    BeforeValidator(_listed),
    AfterValidator(_named),
]
"""Motions one over the other, the base first, each with a name of its own."""


class LayerStack(Strict):
    """Layers of motion as a file of their own."""

    schema_version: Literal["a1.layers/1"] = "a1.layers/1"
    layers: Layers = Field(description="Motions one over the other, the base first.")


class Person(Strict):
    """Somebody whose face is known."""

    name: str = Field(pattern=f"^{NAME}$", description="What the person is called.")
    pictures: tuple[Path, ...] = Field(
        min_length=1, max_length=100, description="Pictures whose largest face is the person's."
    )

    @field_validator("name")
    @classmethod
    def _no_choice(cls, name: str) -> str:
        if name == "largest":
            raise ValueError("'largest' chooses a face by its size, and is nobody's name")
        return name


class Roster(Strict):
    """People whose faces are known, and how faces are recognised."""

    people: tuple[Person, ...] = Field(
        min_length=1, max_length=12, description="The people, each with a name of their own."
    )
    encoder: ComponentChoice | None = Field(
        default=None,
        description="Who tells faces apart; the first installed identity encoder that can if"
        " absent.",
    )
    threshold: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="Likeness from which on two faces are one person's; the encoder's own if"
        " absent.",
    )

    @field_validator("people")
    @classmethod
    def _distinct(cls, people: tuple[Person, ...]) -> tuple[Person, ...]:
        twice = [name for name, n in Counter(one.name for one in people).items() if n > 1]
        if twice:
            raise ValueError(f"two people are called {twice[0]!r}")
        return people

    @property
    def names(self) -> tuple[str, ...]:
        """What the people are called."""
        return tuple(one.name for one in self.people)


Face = Annotated[str, Field(pattern=rf"^(largest|\d+|\d+(\.\d+)?,\d+(\.\d+)?|{NAME})$")]
"""A face of a picture: largest, an index from 0, x,y in pixels, or the name of a person."""


def is_name(face: str) -> bool:
    """Return whether a choice of a face is the name of a person."""
    return face != "largest" and re.fullmatch(NAME, face) is not None


class CastMember(Strict):
    """A further face of the portrait, with a motion of its own."""

    face: Face = Field(description="Which face, as for the job.")
    motion: Layers = Field(description="Its performance, as for the job.")


class Performance(Strict):
    """How the driver's motion is carried onto the portrait."""

    expression: ExpressionMode = Field(
        default="auto",
        description="relative adds the driver's expression to the portrait's own; absolute"
        " replaces it; auto replaces that of a portrait that smiles or speaks, unless the driver"
        " does so all along.",
    )
    head: Mode = Field(
        default="relative",
        description="relative adds the driver's head motion to the portrait's pose; absolute"
        " replaces it.",
    )
    expression_gain: float = Field(
        default=1.0, ge=0, le=3, description="Strength of the expression."
    )
    head_gain: float = Field(default=1.0, ge=0, le=3, description="Strength of the head motion.")
    gaps: Literal["hold", "interpolate", "neutral", "fail"] = Field(
        default="interpolate", description="What to do where the driver's face is lost."
    )


class Delivery(Strict):
    """The film that is written."""

    rate: Rate | None = Field(
        default=None,
        description="Frames per second; if absent that of the first layer that has a rate of its"
        " own, else what its keys name, else 25.",
    )
    duration: Time | None = Field(
        default=None,
        description="Seconds; those of the longest layer if absent.",
    )
    size: tuple[int, int] | None = Field(
        default=None, description="Width and height in pixels; the portrait's own if absent."
    )
    fit: Literal["crop", "pad"] = Field(
        default="crop", description="How a portrait of another aspect ratio fills the size."
    )
    codec: str | None = Field(default=None, description="Codec; by the file's suffix if absent.")
    timecode: str | None = Field(default=None, description="Start timecode, HH:MM:SS:FF.")
    audio: bool = Field(
        default=True,
        description="Carry over the sound of the layers that read sound, else of those that read a"
        " film, while they are there; that of several faces is mixed.",
    )
    side_by_side: bool = Field(
        default=False, description="Show the driver to the left of the result."
    )

    @field_validator("size")
    @classmethod
    def _sane(cls, size: tuple[int, int] | None) -> tuple[int, int] | None:
        if size is not None and not all(16 <= side <= 16384 for side in size):
            raise ValueError("both sides must be between 16 and 16384 pixels")
        return size

    @field_validator("duration")
    @classmethod
    def _finite(cls, duration: Fraction | None) -> Fraction | None:
        if duration is not None and not 0 < duration <= _LONGEST:
            raise ValueError("a film lasts more than 0 seconds and at most a day")
        return duration


class RenderJob(Strict):
    """One render."""

    schema_version: Literal["a1.job/1"] = "a1.job/1"
    portrait: Path = Field(description="Picture to animate.")
    motion: Layers = Field(
        description="Where the performance comes from: motions one over the other, the base first."
    )
    output: Path = Field(
        description="File to write; a folder, name.%04d.png or name.%04d.exr is a sequence."
    )
    renderer: ComponentChoice = Field(ComponentChoice(use="warp/mesh"), description="Who draws.")
    encoders: tuple[ComponentChoice, ...] = Field(
        (),
        description="Who makes the likenesses that the renderer needs; the first that is installed"
        " for each if absent. One of the renderer's own plugin takes its options from the"
        " renderer's where they have the same names.",
    )
    tracker: ComponentChoice = Field(
        ComponentChoice(use="facemesh/landmarks"), description="Who finds faces."
    )
    face: Face = Field(
        "largest",
        description="Face of the portrait: largest, an index (0 is the largest), x,y in pixels, or"
        " the name of a person of the roster.",
    )
    cast: tuple[CastMember, ...] = Field(
        (),
        max_length=15,
        description="Further faces of the portrait that perform at the same time.",
    )
    roster: Roster | None = Field(
        None, description="People whose faces are recognised in the portrait and in films."
    )
    performance: Performance = Field(Performance(), description="How motion is carried over.")
    delivery: Delivery = Field(Delivery(), description="The film that is written.")
    seed: int = Field(0, ge=0, description="Seed of everything random.")
    device: str = Field(
        "auto",
        description="Device to work on: cpu, cuda:0, mps; auto leaves it to each component. One"
        " that does not run on the device works on its own.",
    )
    qc: bool | QcProfile = Field(
        False,
        description="Inspect the film while it is made, and write what was found beside it: true,"
        " or the limits to hold it to.",
    )
    qc_page: bool = Field(
        False,
        description="Also write a page of what the inspection found, FILM.a1qc.html.",
    )
    commercial: bool = Field(
        False,
        description="Use only what allows commercial use, and refuse what does not, or does not"
        " say.",
    )
    licensed: tuple[str, ...] = Field(
        (),
        description="What you hold a licence for that allows commercial use: names of assets,"
        " packages and components, and of options that name files of your own.",
    )

    @field_validator("cast")
    @classmethod
    def _told_apart(
        cls, cast: tuple[CastMember, ...], info: ValidationInfo
    ) -> tuple[CastMember, ...]:
        """Number layers whose name one of an earlier face has."""
        taken, members = {one.name for one in info.data.get("motion", ())}, []
        for member in cast:
            layers: list[MotionLayer] = []
            own = {one.name for one in member.motion}
            for one in member.motion:
                name = _free(one.name, taken | own) if one.name in taken else one.name
                taken.add(name)
                layers.append(one.model_copy(update={"name": name}))
            members.append(member.model_copy(update={"motion": tuple(layers)}))
        return tuple(members)

    @model_validator(mode="after")
    def _inspected(self) -> Self:
        """Refuse a page of an inspection that there is none of."""
        if self.qc_page and self.qc is False:
            raise ValueError("qc_page is a page of what an inspection found, and needs qc")
        return self

    @model_validator(mode="after")
    def _known(self) -> Self:
        """Refuse names of people of whom there is no picture."""
        known = () if self.roster is None else self.roster.names
        for name in self.people:
            if name not in known:
                raise ValueError(
                    f"{name!r} is nobody of the roster; a face is chosen by largest, an index, x,y"
                    " or the name of a person of whom there are pictures"
                )
        return self

    @property
    def members(self) -> tuple[CastMember, ...]:
        """All faces that perform, the first one first."""
        return CastMember(face=self.face, motion=self.motion), *self.cast

    @property
    def driven_by(self) -> tuple[Path, ...]:
        """The files whose motion the layers of all faces take, each once."""
        layers = (layer for one in self.members for layer in one.motion)
        return tuple(dict.fromkeys(layer.path for layer in layers if layer.path is not None))

    @property
    def people(self) -> tuple[str, ...]:
        """The names that faces and layers are chosen by."""
        faces = (one.face for one in self.members if is_name(one.face))
        films = (layer.who for one in self.members for layer in one.motion if layer.who)
        return tuple(dict.fromkeys((*faces, *films)))

    def using(
        self,
        *,
        commercial: bool = False,
        licensed: Sequence[str] = (),
        qc: bool | None = None,
        qc_page: bool = False,
    ) -> RenderJob:
        """Return the job with more said about what it may use, and whether it is inspected."""
        added = (*self.licensed, *(name for name in licensed if name not in self.licensed))
        inspect = self.qc if qc is None else qc and (self.qc or True)  # limits it names stay
        changes = {
            "commercial": self.commercial or commercial,
            "licensed": added,
            "qc": inspect,
            "qc_page": inspect is not False and (self.qc_page or qc_page),
        }
        return self.model_copy(update=changes)
