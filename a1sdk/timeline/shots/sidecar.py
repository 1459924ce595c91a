"""The sidecar `CUT.a1.json`: what a cut's own file cannot say, or nobody could type into it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from a1sdk.components.options import config_error, did_you_mean
from a1sdk.errors import ConfigError, DecodeError
from a1sdk.timeline.content import read_bytes
from a1sdk.timeline.shots.grammar import KEYS, ShotNote

MOST_BYTES = 16 << 20
"""Largest file that is read as a sidecar."""

_MOST = 10_000  # shots, tracks, presets
_TIMECODE = r"^[0-9]{2}:[0-5][0-9]:[0-5][0-9][:;][0-9]{2,3}$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Curves(_Strict):
    """Keyframes carried in a timeline: metadata `a1sdk` of a plain effect on the portrait clip."""

    schema_version: Literal["a1.curves/1"] = "a1.curves/1"
    space: Literal["record", "media"] = Field(
        default="record",
        description="What the keys' times count from: the shot's first frame (record), or the"
        " beginning of the portrait's media, at the speed the clip has (media).",
    )
    keys: dict[str, Any] = Field(description="Keyframes as in a file a1.keys/1.")


class SidecarShot(_Strict):
    """Settings of one shot, which is found by where it is and what it is called."""

    track: str | None = Field(default=None, description="Track: its name, or V1, V2, ...")
    at: str | None = Field(
        default=None, pattern=_TIMECODE, description="A record timecode within the shot."
    )
    clip: str | None = Field(default=None, description="Name of the clip or of its media.")
    note: ShotNote = Field(default=ShotNote(), description="The settings, as in a marker.")
    curves: Curves | None = Field(default=None, description="Keyframes, in place of a file.")

    @model_validator(mode="after")
    def _findable(self) -> SidecarShot:
        if self.at is None and self.clip is None:
            raise ValueError("say which shot is meant: at, clip, or both")
        return self

    def __str__(self) -> str:
        said = {"track": self.track, "at": self.at, "clip": self.clip}
        return ", ".join(f"{name} {value!r:.60}" for name, value in said.items() if value)


def _nameless(note: ShotNote) -> ShotNote:
    if note.shot or note.id or note.preset:
        raise ValueError("settings for several shots have no shot, id or preset")
    return note


Common = Annotated[ShotNote, AfterValidator(_nameless)]


class Sidecar(_Strict):
    """Settings beside a cut; they count below what the cut itself says."""

    schema_version: Literal["a1.sidecar/1"] = "a1.sidecar/1"
    tracks: dict[str, str] = Field(
        default_factory=dict,
        max_length=_MOST,
        description="What tracks are, by name or as V1, A2: PORTRAIT, DRIVE, VOICE, KEYS, each"
        " with a group if wanted, as in a track's name after A1.",
    )
    defaults: Common = Field(default=ShotNote(), description="Settings of every shot.")
    presets: dict[str, Common] = Field(
        default_factory=dict,
        max_length=_MOST,
        description="Settings that a note's preset=NAME calls up.",
    )
    shots: tuple[SidecarShot, ...] = Field(
        default=(), max_length=_MOST, description="Settings of single shots."
    )


def sidecar_path(cut: Path) -> Path:
    """Return where the sidecar of a cut lies: `cut.otio` has `cut.a1.json`."""
    return cut.with_name(f"{cut.stem}.a1.json")


def load_sidecar(cut: Path) -> Sidecar:
    """Return the sidecar of a cut; an empty one where there is none.

    Raises:
        ConfigError: there is one, and it cannot be read or understood.
    """
    path = sidecar_path(cut)
    if not os.path.lexists(path):
        return Sidecar()
    try:
        return read_sidecar(read_bytes(path, MOST_BYTES), str(path))
    except DecodeError as error:
        raise ConfigError(f"Sidecar {error}") from None


def read_sidecar(text: bytes, path: str) -> Sidecar:
    """Return the sidecar that a file's content is.

    Raises:
        ConfigError: it is no JSON, or has keys and values that a sidecar has not.
    """
    try:
        data = json.loads(text.decode("utf-8-sig"), object_pairs_hook=_once)
        if not isinstance(data, dict):
            raise ConfigError(f"Sidecar {path!r} is no JSON object.")
        return Sidecar.model_validate(data)
    except ValidationError as error:
        raise _explained(error, path) from None
    except ValueError as error:
        raise ConfigError(f"Sidecar {path!r} is no JSON: {error}.") from None
    except RecursionError:
        raise ConfigError(f"Sidecar {path!r} is nested too deeply.") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"key {name!r:.60} is there twice")
        found[name] = value
    return found


def _explained(error: ValidationError, path: str) -> ConfigError:
    """Say what is wrong with which key; of a key that does not exist, which was meant."""
    unknown = (one for one in error.errors(include_url=False) if one["type"] == "extra_forbidden")
    first = next(unknown, None)
    if first is not None:
        where = [str(part) for part in first["loc"]]
        known = _keys_beside(where)
        hint = did_you_mean(where[-1].lower(), known) or f"keys: {', '.join(known)}"
        return ConfigError(
            f"Sidecar {path!r}: there is no key {'.'.join(where)!r:.200}.", hint=hint
        )
    wrong = config_error(error, "sidecar")
    message = str(wrong).replace("Option 'sidecar.", "key '", 1)
    return ConfigError(f"Sidecar {path!r}: {message}", hint=wrong.hint)


def _keys_beside(where: list[str]) -> tuple[str, ...]:
    """Return the keys that there are at the place of one that is not known."""
    match where[:-1]:
        case []:
            return tuple(Sidecar.model_fields)
        case ["shots", _]:
            return tuple(SidecarShot.model_fields)
        case [*_, "curves"]:
            return tuple(Curves.model_fields)
        case _:
            return KEYS
