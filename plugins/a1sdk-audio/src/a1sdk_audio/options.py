"""Options of the motion source `audio/speech`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from a1sdk.plugin import Rate

LANGUAGE = r"^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*|other)$"


class Options(BaseModel):
    """Options of `audio/speech`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(description="The voice: a sound file, or a film with sound.")
    transcript: str | None = Field(
        default=None, description="What is said, in English; its words are then timed best."
    )
    transcript_path: Path | None = Field(
        default=None, description="A text file (UTF-8) with what is said, instead of transcript."
    )
    language: str = Field(
        default="en",
        pattern=LANGUAGE,
        description="Language of the voice, as en, fr, or other. English is recognised by its "
        "words, any other by its sounds alone.",
    )
    effort: Literal["auto", "quick", "thorough"] = Field(
        default="auto",
        description="How hard to search for words without a transcript: thorough is about three "
        "times slower; auto is thorough for sounds of up to two minutes.",
    )
    channel: Literal["mix"] | Annotated[int, Field(ge=0)] = Field(
        default="mix", description="Channel with the voice: mix of all, or a number, 0 the left."
    )
    rate: Rate | None = Field(
        default=None, description="Frames per second of the motion; 25 if absent."
    )
