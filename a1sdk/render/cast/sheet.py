"""The cast sheet: people with pictures of them, and who plays whom."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from pydantic import Field, ValidationError, model_validator

from a1sdk.components.options import config_error, did_you_mean
from a1sdk.errors import ConfigError
from a1sdk.render.job import NAME, CastMember, Layers, MotionLayer, Roster, Strict
from a1sdk.render.jobfile import moved_layers, moved_roster, read_model

if TYPE_CHECKING:
    from a1sdk.components.registry import Registry
    from a1sdk.components.specs import MotionSourceSpec


class Part(Strict):
    """A face of the portrait, and who performs it."""

    who: str = Field(pattern=f"^{NAME}$", description="Person whose face moves in the portrait.")
    by: str = Field(
        default="",
        pattern=rf"^({NAME})?$",
        description="Person of the driver's film who performs it; the same person if absent.",
    )
    motion: Layers | None = Field(
        default=None, description="A performance of its own, in the place of the driver's."
    )


class CastSheet(Roster):
    """People with pictures of them, and who plays whom."""

    schema_version: Literal["a1.cast/1"] = "a1.cast/1"
    parts: tuple[Part, ...] = Field(
        (),
        max_length=16,
        description="The faces of the portrait that perform; if absent, all people, by themselves.",
    )

    @model_validator(mode="after")
    def _known(self) -> Self:
        """Refuse parts of people of whom there is no picture, and two parts of one face."""
        for part in self.parts:
            for name in filter(None, (part.who, part.by)):
                if name not in self.names:
                    raise ValueError(f"{name!r} is nobody of the people: {', '.join(self.names)}")
        played = [part.who for part in self.parts]
        twice = [name for name in played if played.count(name) > 1]
        if twice:
            raise ValueError(f"{twice[0]!r} has two parts")
        return self

    @property
    def played(self) -> tuple[Part, ...]:
        """The parts, also where the sheet names none."""
        return self.parts or tuple(Part(who=name) for name in self.names)

    def played_by(self, names: str) -> CastSheet:
        """Return the sheet with the parts of some people, in that order.

        Args:
            names: of people, with commas between them, in any case of letters; who has no part
                plays themselves. Or `all` who have a part.

        Raises:
            ConfigError: there is nobody of a name.
        """
        if names.strip().casefold() == "all":
            return self
        known = {name.casefold(): Part(who=name) for name in self.names}
        known |= {part.who.casefold(): part for part in self.parts}
        wanted = [name.strip().casefold() for name in names.split(",")]
        for name in wanted:
            if name not in known:
                hint = did_you_mean(name, known) or f"people: {', '.join(self.names)}"
                raise ConfigError(f"{name!r:.60} is nobody of the cast sheet.", hint=hint)
        parts = tuple(known[name] for name in dict.fromkeys(wanted))
        return self.model_copy(update={"parts": parts})

    @property
    def needs_driver(self) -> bool:
        """Whether somebody has no motion of their own."""
        return any(part.motion is None for part in self.played)

    @property
    def roster(self) -> Roster:
        """The people, without their parts."""
        return Roster(people=self.people, encoder=self.encoder, threshold=self.threshold)


Sheet = str | os.PathLike[str] | CastSheet | Mapping[str, Any]
"""A cast sheet, a file of one, or a mapping with its fields."""


@dataclass(frozen=True)
class Casting:
    """What a cast sheet makes of a driver: the fields of a job that are about faces."""

    face: str
    motion: tuple[MotionLayer, ...]
    cast: tuple[CastMember, ...] = ()
    roster: Roster | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """The fields by name."""
        return {"face": self.face, "motion": self.motion, "cast": self.cast, "roster": self.roster}


def load_sheet(path: Path, registry: Registry | None = None) -> CastSheet:
    """Return the cast sheet of a JSON file; relative paths in it start from the file's folder.

    Args:
        path: the file.
        registry: where components are looked up; None for those that are installed.

    Raises:
        ConfigError: there is no such file, or it is no cast sheet.
        PluginError: a component that has options is missing or broken.
    """
    change = path.parent.joinpath
    sheet = moved_roster(read_model(path, CastSheet, "cast sheet"), change, registry)
    parts = tuple(
        part
        if part.motion is None
        else part.model_copy(update={"motion": moved_layers(part.motion, change, registry)})
        for part in sheet.parts
    )
    return sheet.model_copy(update={"parts": parts})


def sheet_of(given: Sheet, registry: Registry) -> CastSheet:
    """Return a cast sheet that is given as one, as a mapping with its fields, or as a file.

    Raises:
        ConfigError: it is no cast sheet.
        PluginError: a component that has options is missing or broken.
    """
    if isinstance(given, (str, os.PathLike)):
        return load_sheet(Path(given), registry)
    try:
        return CastSheet.model_validate(given)
    except ValidationError as error:
        raise config_error(error, "the cast sheet", given) from None


def casting(sheet: CastSheet, driver: Sequence[MotionLayer], registry: Registry) -> Casting:
    """Return who performs what: each part by its own motion, or by its person in the driver.

    Of the driver, layers that follow a face in a film follow that of the part's performer; others
    are for all who have no motion of their own.

    Args:
        sheet: the cast sheet.
        driver: the layers of those who have no motion of their own.
        registry: where motion sources are looked up.

    Raises:
        ConfigError: nobody is told apart, since the driver shows no faces.
    """
    members = [
        CastMember(face=part.who, motion=part.motion or _followed(part, driver, registry))
        for part in sheet.played
    ]
    first, *others = members
    return Casting(first.face, first.motion, tuple(others), sheet.roster)


def following(
    name: str, layers: Sequence[MotionLayer], registry: Registry
) -> tuple[MotionLayer, ...]:
    """Return layers of which those that look at a film's faces follow a person's.

    Those that name somebody already keep to them.
    """
    offered = cast("dict[str, MotionSourceSpec]", registry.specs("motion_source"))
    looking = [
        offered[registry.resolve("motion_source", one.use)].needs_face_tracker for one in layers
    ]
    return tuple(
        one.model_copy(update={"who": name}) if looks and not one.who else one
        for one, looks in zip(layers, looking, strict=True)
    )


def _followed(
    part: Part, driver: Sequence[MotionLayer], registry: Registry
) -> tuple[MotionLayer, ...]:
    """The driver's layers for one part."""
    layers = following(part.by or part.who, driver, registry)
    if part.by and not any(layer.who for layer in layers):
        raise ConfigError(
            f"{part.who!r} is played by {part.by!r}, and the driver shows no faces.",
            hint="give a film as the driver, or the part a motion of its own",
        )
    return layers
