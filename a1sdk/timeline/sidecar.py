"""The sidecar `CUT.a1.json`: what a cut's own file cannot say, or nobody could type into it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from a1sdk.components.options import config_error
from a1sdk.errors import ConfigError
from a1sdk.timeline.grammar import ShotNote

_LARGEST = 16 << 20  # bytes
_TIMECODE = r"^\d{2}:[0-5]\d:[0-5]\d[:;]\d{2,3}$"


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
        return ", ".join(f"{name} {value!r}" for name, value in said.items() if value)


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
        description="What tracks are, by name or as V1, A2: PORTRAIT, DRIVE, VOICE, KEYS, each"
        " with a group if wanted, as in a track's name after A1.",
    )
    defaults: Common = Field(default=ShotNote(), description="Settings of every shot.")
    presets: dict[str, Common] = Field(
        default_factory=dict, description="Settings that a note's preset=NAME calls up."
    )
    shots: tuple[SidecarShot, ...] = Field(default=(), description="Settings of single shots.")


def sidecar_path(cut: Path) -> Path:
    """Return where the sidecar of a cut lies: `cut.otio` has `cut.a1.json`."""
    return cut.with_name(f"{cut.stem}.a1.json")


def load_sidecar(cut: Path) -> Sidecar:
    """Return the sidecar of a cut; an empty one where there is none.

    Raises:
        ConfigError: there is one, and it cannot be read or understood.
    """
    path = sidecar_path(cut)
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigError(f"{str(path)!r} is too large to be a sidecar.")
        return Sidecar.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Sidecar()
    except OSError as error:
        raise ConfigError(f"Sidecar {str(path)!r} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        raise config_error(error, path.name) from None
