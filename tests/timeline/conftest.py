"""Documents that are made up for a test."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from a1sdk.timeline import fcp7
from a1sdk.timeline.model import Cut


class Fcp7:
    """Writes FCP 7 XML, element by element, and reads it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "cut.xml"

    @staticmethod
    def rate(timebase: int | str, ntsc: bool = False) -> str:
        """A rate, which counts the frames of the element it is in."""
        flag = "TRUE" if ntsc else "FALSE"
        return f"<rate><timebase>{timebase}</timebase><ntsc>{flag}</ntsc></rate>"

    def file(self, identity: str = "f1", more: str = "", *, url: str = "file:///m/a.mov") -> str:
        """A file of 1000 frames at 25 fps."""
        return (
            f'<file id="{identity}"><name>{identity}.mov</name><pathurl>{url}</pathurl>'
            f"{self.rate(25)}<duration>1000</duration>{more}</file>"
        )

    def clip(
        self,
        start: int,
        end: int,
        begin: int = 0,
        more: str | None = None,
        *,
        out: int | None = None,
        name: str = "a",
    ) -> str:
        """A clip from frame `begin` on; `more` is what it plays and has, by default a file."""
        last = begin + end - start if out is None else out
        return (
            f'<clipitem id="{name}"><name>{name}</name><start>{start}</start><end>{end}</end>'
            f"<in>{begin}</in><out>{last}</out>{self.file() if more is None else more}</clipitem>"
        )

    @staticmethod
    def transition(start: int, end: int, more: str = "<alignment>center</alignment>") -> str:
        """A cross dissolve."""
        effect = "<effect><name>Cross Dissolve</name><effectid>Cross Dissolve</effectid></effect>"
        return (
            f"<transitionitem><start>{start}</start><end>{end}</end>{more}{effect}</transitionitem>"
        )

    @staticmethod
    def remap(*parameters: tuple[str, str]) -> str:
        """A time remap, with what stands inside each of its parameters."""
        inside = "".join(
            f"<parameter><parameterid>{name}</parameterid>{value}</parameter>"
            for name, value in parameters
        )
        return f"<filter><effect><effectid>timeremap</effectid>{inside}</effect></filter>"

    def sequence(
        self, video: str = "", audio: str = "", more: str = "", identity: str = "s1"
    ) -> str:
        """A sequence at 25 fps, unless `more` begins with another rate."""
        rate = "" if more.startswith("<rate>") else self.rate(25)
        media = f"<media><video>{video}</video><audio>{audio}</audio></media>"
        return f'<sequence id="{identity}"><name>{identity}</name>{rate}{more}{media}</sequence>'

    def read(self, body: str, rate: Fraction | None = None) -> Cut:
        """Read a document of these elements."""
        head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n'
        self.path.write_text(f'{head}<xmeml version="4">{body}</xmeml>', encoding="utf-8")
        return fcp7.read(self.path, rate)

    def cut(self, *items: str, more: str = "") -> Cut:
        """Read a sequence of one video track."""
        return self.read(self.sequence(f"<track>{''.join(items)}</track>", more=more))


@pytest.fixture
def xml(tmp_path: Path) -> Fcp7:
    """Make FCP 7 XML."""
    return Fcp7(tmp_path)
