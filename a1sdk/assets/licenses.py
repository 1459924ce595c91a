"""Licences that were accepted on this machine, so that each is asked about once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from a1sdk.assets.lock import today
from a1sdk.media.files import write_text

if TYPE_CHECKING:
    from a1sdk.components.specs import Snapshot


@dataclass(frozen=True, slots=True)
class Offer:
    """What a user is asked to accept before a snapshot is fetched.

    Attributes:
        snapshot: names the licence, and where it is.
        commit: the commit that the text is of.
        text: the licence files of the repository, one after the other; empty if it has none.
        sha256: digest of their bytes.
        size: bytes of all that would be fetched.
    """

    snapshot: Snapshot
    commit: str
    text: str
    sha256: str
    size: int


Consent = Callable[[Offer], bool]
"""Asks the user; says whether the terms are accepted. May raise what says how to accept them."""


class Acceptance(BaseModel):
    """A licence that was accepted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    license: str = Field(description="SPDX identifier, or LicenseRef-... for other terms.")
    text_sha256: str = Field(description="Digest of the licence's text; another text is asked of.")
    repo: str = Field(description="Repository of what was to be fetched.")
    accepted: date = Field(description="The day it was accepted.")


class Acceptances(BaseModel):
    """All licences that were accepted on a machine."""

    model_config = ConfigDict(extra="forbid")

    schema_version: Literal["a1.licenses/1"] = "a1.licenses/1"
    accepted: list[Acceptance] = []

    def since(self, snapshot: Snapshot, text_sha256: str | None = None) -> date | None:
        """Return the day on which a snapshot's licence was accepted, or None.

        Args:
            snapshot: names the licence and its repository.
            text_sha256: digest of its text; None for whatever text was accepted.
        """
        for one in self.accepted:
            same = (one.license, one.repo) == (snapshot.license, snapshot.repo)
            if same and text_sha256 in (None, one.text_sha256):
                return one.accepted
        return None


def read_acceptances(file: Path) -> Acceptances:
    """Return what was accepted; nothing where the file is absent or damaged, so one is asked."""
    try:
        return Acceptances.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return Acceptances()


def remember(file: Path, offer: Offer) -> None:
    """Note that an offer was accepted today.

    Raises:
        StorageError: the file cannot be written.
    """
    known = read_acceptances(file)
    one = Acceptance(
        license=offer.snapshot.license,
        text_sha256=offer.sha256,
        repo=offer.snapshot.repo,
        accepted=today(),
    )
    known.accepted.append(one)
    write_text(file, known.model_dump_json(indent=2) + "\n")
