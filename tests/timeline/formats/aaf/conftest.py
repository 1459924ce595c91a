"""AAF files that pyaaf2 writes for a test."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import aaf2
import pytest
from aaf2.auid import AUID
from aaf2.rational import AAFRational

from a1sdk.timeline.model import Cut
from a1sdk.timeline.read import read_cut


class Aaf:
    """Writes an AAF: a sequence `cut`, and the media it plays."""

    def __init__(self, file: Any, rate: Fraction) -> None:
        self.file, self.make, self.rate = file, file.create, AAFRational(rate)
        self.cut = self.composition("cut", "Usage_TopLevel")

    def composition(self, name: str, usage: str | None = None) -> Any:
        mob = self.make.CompositionMob(name)
        if usage:
            mob.usage = usage
        self.file.content.mobs.append(mob)
        return mob

    def slot(self, mob: Any, segment: Any, name: str = "", *, rate: Fraction | None = None) -> Any:
        slot = mob.create_timeline_slot(AAFRational(rate) if rate else self.rate)
        slot.segment, slot.name = segment, name
        slot["PhysicalTrackNumber"].value = 1
        return slot

    def media(self, name: str, *, timecode: int = 0, rate: Fraction | None = None) -> Any:
        """A master mob of 1000 frames, whose file is said to be `/m/NAME.mov`."""
        file, master = self.make.SourceMob(name), self.make.MasterMob(name)
        self.file.content.mobs.extend([file, master])
        file.descriptor = self.make.ImportDescriptor()
        locator = self.make.NetworkLocator()
        locator["URLString"].value = f"file:///m/{name}.mov"
        file.descriptor["Locator"].append(locator)
        self.slot(file, self.play(None, 0, 1000), rate=rate)
        self.slot(file, self.clock(timecode, round(rate or Fraction(self.rate))), rate=rate)
        self.slot(master, self.play(file, 0, 1000), rate=rate)
        return master

    def clock(self, start: int, fps: int, *, drop: bool = False) -> Any:
        clock = self.make.Timecode(fps, drop, 1000)
        clock.start = start
        return clock

    def play(self, mob: Any, start: int, length: int, *, slot: int = 1) -> Any:
        number = mob.mob_id if mob else None
        return self.make.SourceClip(start, length, number, slot, media_kind="picture")

    def filler(self, length: int) -> Any:
        return self.make.Filler("picture", length)

    def below(self, length: int) -> Any:
        reference = self.make.ScopeReference("picture", length)
        reference["RelativeScope"].value = reference["RelativeSlot"].value = 1
        return reference

    def sequence(self, *parts: Any) -> Any:
        sequence = self.make.Sequence("picture")
        sequence["Components"].value = list(parts)
        sequence.length = sum(part.length for part in parts)
        return sequence

    def pile(self, *layers: Any) -> Any:
        scope = self.make.NestedScope("picture", layers[0].length)
        scope.slots.value = list(layers)
        return scope

    def effect(self, name: str, length: int, *inputs: Any, warp: bool = False) -> Any:
        definition = self.make.OperationDef(AUID(int=uuid.uuid4().int), name, "")
        definition.media_kind = "picture"
        definition["NumberInputs"].value = len(inputs)
        definition["IsTimeWarp"].value = warp
        self.file.dictionary.register_def(definition)
        group = self.make.OperationGroup(definition.auid, length)
        group.segments.extend(inputs)
        return group

    def warp(self, length: int, segment: Any, **parameters: Any) -> Any:
        group = self.effect("Motion Control", length, segment, warp=True)
        rational = self.file.dictionary.lookup_typedef("Rational")
        for name, content in parameters.items():
            definition = self.make.ParameterDef(AUID(int=uuid.uuid4().int), name, "", rational)
            self.file.dictionary.register_def(definition)
            if isinstance(content, Fraction):
                found = self.make.ConstantValue(definition.auid, AAFRational(content))
            else:
                kind, points = content
                interpolation = self._interpolation(kind)
                found = self.make.VaryingValue(definition.auid, interpolation)
                for at, to in points:
                    found.add_keyframe(AAFRational(Fraction(at)), AAFRational(Fraction(to)))
            group.parameters.append(found)
        return group

    def _interpolation(self, name: str) -> Any:
        number = getattr(aaf2.misc, name)
        if self.file.dictionary.lookup_interperlationdef(number) is None:
            self.file.dictionary.register_def(self.make.InterpolationDef(number, name, ""))
        return number

    def dissolve(self, length: int, cut: int) -> Any:
        transition = self.make.Transition("picture", length)
        transition["CutPoint"].value = cut
        transition["OperationGroup"].value = self.effect("Dissolve", length)
        return transition

    def marker(self, mob: Any, slot: int, at: int, text: str, *, track: int = 1) -> None:
        marker = self.make.DescriptiveMarker()
        marker["Position"].value, marker["Comment"].value = at, text
        marker["DescribedSlots"].value = {slot}
        events = self.make.Sequence(media_kind="DescriptiveMetadata")
        events["Components"].value = [marker]
        event_slot = self.make.EventMobSlot()
        event_slot["EditRate"].value, event_slot["SlotID"].value = self.rate, 1000 + len(mob.slots)
        event_slot["PhysicalTrackNumber"].value = track
        event_slot.segment = events
        mob.slots.append(event_slot)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file that `read` writes."""
    return tmp_path / "cut.aaf"


@pytest.fixture
def read(path: Path) -> Callable[..., Cut]:
    """Writes what a function builds, and reads it."""

    def read(build: Callable[[Aaf], None], rate: Fraction = Fraction(25)) -> Cut:
        with aaf2.open(str(path), "w") as file:
            build(Aaf(file, rate))
        return read_cut(path)

    return read
