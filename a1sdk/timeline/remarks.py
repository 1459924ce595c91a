"""Remarks: what quality control has to say of rendered media, for the cut that it lies in.

In a cut that is handed back a remark is a marker on the clip. It is called `A1 QC fail: ...` or
`A1 QC warn: ...`, which is what it is known by when the cut comes in again: such a marker is about
media that is rendered anew, is no note of an editor's, and goes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["warn", "fail"]

COLORS: Mapping[Severity, str] = {"fail": "RED", "warn": "YELLOW"}
"""Colours of the markers, in the words of OTIO and of locators in an EDL."""

_NAME = re.compile(r"\s*A1\s+QC\s+(?:fail|warn)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something about a range of frames in rendered media.

    Attributes:
        first: first of the frames, counted from 0 in the media, handles included.
        last: last of them.
        severity: how bad it is.
        about: what it is about, in a word or a few.
        comment: what there is to say, in sentences. Both become one line of what can be printed.
        facts: the same for programs: plain JSON, for OTIO's `metadata["a1sdk"]`.
    """

    first: int
    last: int
    severity: Severity
    about: str
    comment: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "about", _line(self.about))
        object.__setattr__(self, "comment", _line(self.comment))

    @property
    def name(self) -> str:
        """What its marker is called."""
        return f"A1 QC {self.severity}: {self.about}"


def is_remark(name: str) -> bool:
    """Whether a marker of a name is a remark that was written into a cut before."""
    return _NAME.match(name) is not None


def _line(text: str) -> str:
    """Return text that every dialect keeps as it is."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
