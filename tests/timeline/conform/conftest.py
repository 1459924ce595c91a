"""Shots and renders for tests: any clips of a cut, as if they had been rendered."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from a1sdk.timeline.conform import Conformed, Flavour, conform
from a1sdk.timeline.model import Cut
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.remarks import Remark
from a1sdk.timeline.rendered import Rendered
from a1sdk.timeline.shots import Shot, Shots
from a1sdk.timeline.shots.binding import Binding
from a1sdk.timeline.shots.casting import Cast
from a1sdk.timeline.walk import Placed, placed
from a1sdk.timing import FrameRange, Timecode

FOLDER = Path("/renders/día 1")


class Shooting:
    """Takes a cut, and hands it back with some of its clips rendered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def cut(self, name: str, text: str | bytes, rate: Fraction | None = None) -> Cut:
        """Write a file and read it."""
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_cut(path, rate=rate)

    def conform(
        self,
        cut: Cut,
        *names: str,
        handles: int = 8,
        pictures: bool = False,
        folder: Path = FOLDER,
        flavours: Sequence[Flavour] = (),
        remarks: Sequence[Remark] = (),
    ) -> Conformed:
        """Conform a cut whose clips of these names are rendered, or all that are seen.

        All of the media has the same remarks.
        """
        chosen = [one for one in portraits(cut) if not names or one.clip.name in names]
        shots = shots_of(cut, chosen, handles)
        done = rendered(shots, pictures=pictures, folder=folder)
        marked = [replace(one, remarks=tuple(remarks)) for one in done]
        return conform(shots, marked, self.folder / "out", flavours=flavours)

    def shots(self, cut: Cut) -> Shots:
        """Every picture clip of a cut as a shot."""
        return shots_of(cut, portraits(cut))

    def rendered(self, shots: Shots) -> list[Rendered]:
        """What shots were rendered to."""
        return rendered(shots)

    def conform_some(
        self,
        cut: Cut,
        every: int,
        *,
        flavours: Sequence[Flavour] = (),
        remarks: Sequence[Remark] = (),
    ) -> Conformed:
        """Conform a cut of which every so manieth clip that is seen is rendered."""
        shots = shots_of(cut, portraits(cut)[::every])
        marked = [replace(one, remarks=tuple(remarks)) for one in rendered(shots)]
        return conform(shots, marked, self.folder / "out", flavours=flavours)


@pytest.fixture
def shooting(tmp_path: Path) -> Shooting:
    return Shooting(tmp_path)


def portraits(cut: Cut) -> list[Placed]:
    """Every picture clip that is seen and lasts a frame or more."""
    return [
        one
        for one in placed(cut)
        if one.track.kind == "video" and one.enabled and one.span.duration * cut.rate >= 1
    ]


def shots_of(cut: Cut, chosen: Sequence[Placed], handles: int = 8) -> Shots:
    """Shots of some clips, with handles as `find_shots` gives them."""
    return Shots(cut, tuple(_shot(cut, one, n, handles) for n, one in enumerate(chosen, 1)))


def rendered(shots: Shots, *, pictures: bool = False, folder: Path = FOLDER) -> list[Rendered]:
    """What the shots were rendered to; nothing is rendered."""
    return [_rendered(shots.cut, shot, pictures, folder) for shot in shots]


def _shot(cut: Cut, one: Placed, number: int, handles: int) -> Shot:
    start, stop = (
        math.floor(t * cut.rate + Fraction(1, 2)) for t in (one.span.start, one.span.stop)
    )
    head = max(handles, math.ceil(one.in_offset * cut.rate))
    return Shot(
        id=f"{number:016x}",
        name=f"sh{number * 10:03}",
        placed=one,
        record=FrameRange(start, stop),
        head=min(head, int(start + cut.start * cut.rate)),
        tail=max(handles, math.ceil(one.out_offset * cut.rate)),
        portrait=None,
        moving=False,
        cast=Cast(),
        binding=Binding(),
        role=None,
        problems=(),
        rate=cut.rate,
        handles=handles,
    )


def _rendered(cut: Cut, shot: Shot, pictures: bool, folder: Path) -> Rendered:
    first = math.floor(cut.start * cut.rate) + shot.frames.start
    name = f"{shot.name}.%04d.exr" if pictures else f"{shot.name}.mov"
    return Rendered(
        shot=shot,
        path=folder / name,
        timecode=Timecode(first, cut.rate, cut.drop_frame),
        frames=len(shot.frames),
        size=(1920, 1080),
        codec="exr" if pictures else "prores4444",
        first=1001 if pictures else None,
        provenance={"sha256": "0" * 64},
    )
