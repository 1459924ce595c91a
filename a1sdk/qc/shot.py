"""Inspect one shot: its pictures as a whole, and each face that performs in it.

Measures are made anew for every shot, so that none looks across a cut.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic

import numpy as np

from a1sdk.qc.causes import without_effects
from a1sdk.qc.figures import figures_of
from a1sdk.qc.measures import face_measures, picture_measures
from a1sdk.qc.measures.base import Looked, Measure, Run
from a1sdk.qc.model import Figure, Finding, Limit, Series
from a1sdk.qc.runs import bad_runs
from a1sdk.qc.sight import FaceSight, Sight, broken_share, eight_bits
from a1sdk.qc.signals import rounded

if TYPE_CHECKING:
    from a1sdk.components.data import FaceObservation, Floats, TargetFrame
    from a1sdk.qc.measures.base import Values
    from a1sdk.qc.measures.person import Likeness
    from a1sdk.qc.model import Box, HeldTo, QcProfile, Severity
    from a1sdk.qc.sight import Picture, Reference, Scene


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A measure of one face, or of the pictures, in one shot.

    Attributes:
        series: what it is; its values are those of the film, and come later.
        values: float32, one for each frame of the shot.
        asked: the same of what was asked for, where it is known.
    """

    series: Series
    values: Floats
    asked: Floats | None


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What was found of one face, or of the pictures, in one shot; `who` is None of pictures."""

    who: str | None
    measured: tuple[Measured, ...]
    figures: tuple[Figure, ...]
    findings: tuple[Finding, ...]

    @property
    def mouth(self) -> Values:
        """How far the mouth of a face is open, frame by frame; not a number where unknown."""
        (found,) = (one.values for one in self.measured if one.series.name == "mouth")
        return found.astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class ShotFound:
    """What was found in one shot.

    Attributes:
        first: its first frame.
        last: its last frame.
        held_to: what its faces were held to.
        limits: that it was judged by.
        faces: what was found of each face.
        pictures: what was found of the pictures.
        boxes: where faces are, by the number of the face, then by frame.
    """

    first: int
    last: int
    held_to: HeldTo
    limits: Mapping[str, Limit]
    faces: tuple[Part, ...]
    pictures: Part
    boxes: tuple[dict[int, Box], ...]


class _Subject(Generic[Looked]):
    """What measures look at throughout a shot: one face, or the pictures."""

    def __init__(self, who: str | None, measures: Sequence[Measure[Looked]]) -> None:
        self.who, self.measures = who, measures

    def see(self, sight: Looked) -> None:
        for measure in self.measures:
            measure.see(sight)

    def found(self, first: int, usual: Mapping[str, Limit], every: int) -> Part:
        """Sum up; `first` is the first frame of the shot, and every so many frames had faces."""
        values = {one.name: one.values() for one in self.measures}
        limits = {one.name: one.limit(usual.get(one.name, Limit())) for one in self.measures}
        findings = [
            finding
            for one in self.measures
            for finding in self._findings(one, values[one.name], limits[one.name], first, every)
        ]
        figures = figures_of(self.measures, values)
        return Part(
            self.who,
            tuple(self._measured(one, values[one.name], limits[one.name]) for one in self.measures),
            tuple(one if one.name in values else limited(one, usual) for one in figures),
            tuple(findings),
        )

    def _findings(
        self, measure: Measure[Looked], values: Values, limit: Limit, first: int, every: int
    ) -> Iterator[Finding]:
        step = every if measure.needs_face else 1
        for severity, found in bad_runs(values, limit, measure.bad, step):
            run = found.within(first)
            yield finding_of(measure.name, self.who, severity, run, measure.sentence(run))

    def _measured(self, measure: Measure[Looked], values: Values, limit: Limit) -> Measured:
        series = Series(
            name=measure.name,
            who=self.who,
            label=measure.label,
            about=measure.about,
            unit=measure.unit,
            values=(),
            bad=measure.bad,
            warn=limit.warn,
            fail=limit.fail,
        )
        asked = measure.asked()
        known = asked is not None and np.isfinite(asked).any()
        return Measured(
            series,
            values.astype(np.float32),
            asked.astype(np.float32) if known and asked is not None else None,
        )


class _Face(_Subject[FaceSight]):
    """One face in a shot."""

    def __init__(self, reference: Reference, likeness: Likeness | None) -> None:
        super().__init__(reference.who, face_measures(reference, likeness))
        self.reference = reference
        self._last: Floats | None = None
        self._boxes = array("i")  # four a frame; nothing but zeros where no face is known

    def sight(
        self,
        pixels: Picture,
        target: TargetFrame | None,
        face: FaceObservation | None,
        *,
        looked: bool,
    ) -> FaceSight:
        """Return the face in the next frame."""
        asked = None if target is None else target.landmarks
        if asked is not None and not np.isfinite(asked).all():
            asked = None
        seen = None if face is None else face.landmarks
        if looked:  # where it is not found, nobody knows where it is
            self._last = seen
        sight = FaceSight(
            pixels, self.reference, asked=asked, seen=seen, looked=looked, last=self._last
        )
        self._boxes.extend(sight.box)
        return sight

    def boxes(self, frames: Iterable[int], first: int) -> dict[int, Box]:
        """Return where the face is in frames of the film, as far as that is known."""
        boxes = np.frombuffer(self._boxes, np.intc).reshape(-1, 4)
        known = (frame for frame in frames if boxes[frame - first].any())
        return {frame: tuple(boxes[frame - first].tolist()) for frame in known}


class ShotInspector:
    """Measures a shot that it is fed frame by frame; of the pictures it keeps none.

    Args:
        first: number of its first frame in the film.
        scene: what it is held to.
        profile: limits.
        likeness: an identity network, see `a1sdk.qc.measures.person.LikenessVector`.
        every: faces are looked for in every so many frames.
    """

    def __init__(
        self, first: int, scene: Scene, profile: QcProfile, likeness: Likeness | None, every: int
    ) -> None:
        self.first, self.count, self.scene = first, 0, scene
        self._limits, self._every = scene.grounds.limits(profile), every
        self._faces = [_Face(one, likeness) for one in scene.faces]
        self._pictures = _Subject(None, picture_measures(scene))

    def see(
        self,
        picture: Picture,
        targets: Sequence[TargetFrame | None],
        faces: Sequence[FaceObservation | None],
        *,
        looked: bool,
        resized: bool,
    ) -> None:
        """Take in the next frame, see `a1sdk.qc.inspector.Inspector.see`."""
        pixels, broken = eight_bits(picture), broken_share(picture)
        if any(one is not None and not np.isfinite(one.landmarks).all() for one in targets):
            broken = 1.0
        wanted = targets or (None,) * len(self._faces)
        found = faces or (None,) * len(self._faces)
        sights = []
        for face, target, seen in zip(self._faces, wanted, found, strict=True):
            sights.append(face.sight(pixels, target, seen, looked=looked))
            face.see(sights[-1])
        self._pictures.see(Sight(pixels, self.scene, sights, broken, resized))
        self.count += 1

    def found(self) -> ShotFound:
        """Return what was measured and found."""
        subjects: list[_Subject[Any]] = [self._pictures, *self._faces]
        parts = [one.found(self.first, self._limits, self._every) for one in subjects]
        reach = {one.name: one.reach for subject in subjects for one in subject.measures}
        kept = without_effects([part.findings for part in parts], reach)
        parts = [replace(part, findings=own) for part, own in zip(parts, kept, strict=True)]
        pictures, *faces = parts
        findings = [one for part in parts for one in part.findings]
        shown = range(self.first, self.first + self.count)
        often = max(1, round(self.scene.rate))
        seconds = (frame for frame in shown if frame % often == 0)
        frames = sorted({*shown[:1], *seconds, *(one.worst for one in findings)})
        boxes = tuple(one.boxes(frames, self.first) for one in self._faces)
        last = self.first + max(0, self.count - 1)
        return ShotFound(
            self.first, last, self.scene.held_to, self._limits, tuple(faces), pictures, boxes
        )


def limited(figure: Figure, limits: Mapping[str, Limit]) -> Figure:
    """Return a figure of a whole shot with the limits that there are for it."""
    limit = limits.get(figure.name, Limit())
    return figure.model_copy(update={"warn": limit.warn, "fail": limit.fail})


def finding_of(
    measure: str, who: str | None, severity: Severity, run: Run, sentence: str
) -> Finding:
    """Return what a run of frames beyond a limit is told as."""
    return Finding(
        measure=measure,
        who=who,
        severity=severity,
        first=run.first,
        last=run.last,
        worst=run.worst,
        value=rounded(run.value),
        limit=run.limit,
        sentence=said_of(who, sentence),
    )


def said_of(who: str | None, sentence: str) -> str:
    """Return a sentence with the name of whom it is about in front, where there is one."""
    return sentence if who is None else f"{who}: {sentence[0].lower()}{sentence[1:]}"
