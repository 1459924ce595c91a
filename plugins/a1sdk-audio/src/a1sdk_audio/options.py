"""Options of the motion source `audio/speech`."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from a1sdk.plugin import Rate, Time

LANGUAGE = r"^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*|other)$"

Amount = Annotated[float, Field(ge=0, le=2)]
"""How much of a movement: 0 is none, 1 is natural."""


class Options(BaseModel):
    """Options of `audio/speech`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Path = Field(description="The voice: a sound file, or a film with sound.")
    start: Time = Field(
        default=Fraction(0),
        ge=0,
        description="Seconds after the beginning of the sound, or of a film's picture, at which"
        " the performance begins.",
    )
    duration: Annotated[Time, Field(gt=0)] | None = Field(
        default=None, description="Seconds of it to take; up to the end of the sound if absent."
    )
    transcript: str | None = Field(
        default=None,
        description="What is said, in English, in the part that is taken; its words are then"
        " timed best.",
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
        description="How hard to search for words where there is no transcript: thorough takes "
        "twice as long; auto is thorough for sounds of up to two minutes.",
    )
    channel: Literal["mix"] | Annotated[int, Field(ge=0)] = Field(
        default="mix", description="Channel with the voice: mix of all, or a number, 0 the left."
    )
    rate: Rate | None = Field(
        default=None, description="Frames per second of the motion; 25 if absent."
    )
    mouth: Amount = Field(default=1.0, description="How far the mouth moves.")
    loudness: Amount = Field(
        default=1.0, description="How much wider loud vowels open the mouth than soft ones."
    )
    breath: Amount = Field(default=1.0, description="How far the lips part for breath.")
    brows: Amount = Field(default=1.0, description="How far the brows rise with emphasis.")
    head: Amount = Field(default=1.0, description="How far the head nods, tilts and drifts.")
    gaze: Amount = Field(default=1.0, description="How far glances go.")
    blinks: Amount = Field(default=1.0, description="How often there is a blink.")

    @field_validator("language", mode="before")
    @classmethod
    def _code(cls, given: object) -> object:
        if isinstance(given, str) and not re.fullmatch(LANGUAGE, given):
            raise ValueError(
                "languages are codes of two or three letters, as fr or en-GB, or other"
            )
        return given

    @model_validator(mode="after")
    def _one_transcript(self) -> Self:
        if self.transcript is not None and self.transcript_path is not None:
            raise ValueError("transcript and transcript_path are given; one of them is enough")
        if self.scripted and not self.english:
            raise ValueError(f"a transcript is timed in English only, not in {self.language}")
        return self

    @property
    def scripted(self) -> bool:
        """Whether there is a transcript."""
        return self.transcript is not None or self.transcript_path is not None

    @property
    def english(self) -> bool:
        """Whether the voice speaks English."""
        return self.language.split("-")[0] == "en"
