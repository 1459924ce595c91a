"""What records say of a file: where it was, and what was in it."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from a1sdk.media.files import sha256


class FileRecord(BaseModel):
    """A file that was read or written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path
    sha256: str = Field(description="Digest of the content, 64 hex digits.")
    bytes: int

    @classmethod
    def of(cls, path: Path, *, digest: str | None = None, **more: object) -> Self:
        """Return the record of a file that is there.

        Args:
            path: the file.
            digest: of its content, which is worked out if it is not given.
            more: fields that a record of this kind has besides.

        Raises:
            DecodeError: it cannot be read.
        """
        known = {"path": path, "sha256": digest or sha256(path), "bytes": path.stat().st_size}
        return cls.model_validate({**known, **more})
