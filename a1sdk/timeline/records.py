"""What is written down of a shot's media when it is complete, in the folder it lies in.

`shots/sh010.mov` has its record in `shots/.a1/`, under the shot's id. By it the media is known
again, by the next render of the cut and where the film itself comes in as a clip.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from a1sdk.components.fields import Rate, Time
from a1sdk.components.specs import CommercialUse
from a1sdk.media import sha256

FOLDER = ".a1"
"""Where the records of a folder's media lie, and pictures that were taken out of films for it."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MediaFile(_Record):
    """A file of a shot's media, as it was when it was complete."""

    bytes: int
    written: int = Field(description="Nanoseconds since 1970.")
    sha256: str = Field(description="Digest of the content, 64 hex digits.")

    @classmethod
    def of(cls, path: Path) -> MediaFile:
        """Return what a file is now."""
        facts = path.stat()
        return cls(bytes=facts.st_size, written=facts.st_mtime_ns, sha256=sha256(path))

    def is_that(self, path: Path) -> bool:
        """Whether a file is still the same: by size and time, or if it was copied by content."""
        facts = path.stat()
        if facts.st_size != self.bytes:
            return False
        return facts.st_mtime_ns == self.written or sha256(path) == self.sha256


class Slate(_Record):
    """What a shot's media stands for in a cut: the portrait's clip that it took the place of."""

    name: str = Field(description="What the shot was called.")
    media: str = Field(description="Name of the film, or the pattern of the numbered pictures.")
    portrait: Path = Field(description="The picture it was made of; absolute.")
    rate: Rate
    timecode: str = Field(description="Of the first frame, handles included.")
    handles: int = Field(description="Frames that were asked for beyond each end.")
    still: int | None = Field(
        None, description="Which picture of a moving portrait it was, as `still` says."
    )
    said: str = Field(description="Digest of what the cut said of the shot, 64 hex digits.")
    shown: tuple[tuple[Time, Time], ...] = Field(
        description="Which second of the portrait's media its clip showed when: seconds after the"
        " first frame, seconds after the media's beginning. One point is a freeze."
    )


class ShotRecord(_Record):
    """What a shot was rendered from and to; written when its media is complete."""

    schema_version: Literal["a1.shot-record/1"] = "a1.shot-record/1"
    digest: str = Field(description="Of all that shaped the media, 64 hex digits.")
    slate: Slate
    files: dict[str, MediaFile] = Field(description="Files of the media, by their names.")
    frames: int
    size: tuple[int, int]
    warnings: tuple[str, ...] = ()
    commercial: CommercialUse = Field(
        "unknown", description="Whether all that made it may be used commercially."
    )
    assets: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="What a report says of assets, by the component's name."
    )

    @property
    def lasts(self) -> Fraction:
        """Seconds of the media, handles included."""
        return self.frames / self.slate.rate

    @classmethod
    def load(cls, path: Path) -> ShotRecord | None:
        """Read a record; None where there is none that can be read.

        A shot without one is rendered again, which costs time and nothing else.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return None
