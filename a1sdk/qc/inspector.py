"""Inspect a film frame by frame, in memory that grows by a few hundred bytes a frame."""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

import a1sdk
from a1sdk.qc.figures import figures_of
from a1sdk.qc.measures import all_measures
from a1sdk.qc.model import (
    Box,
    Figure,
    Finding,
    Limit,
    QcComponent,
    QcInput,
    QcProfile,
    QcResult,
    Series,
    ShotFigures,
    Verdict,
)
from a1sdk.qc.profile import completed
from a1sdk.qc.runs import bad_runs
from a1sdk.qc.sight import Reference, Sight, around

if TYPE_CHECKING:
    from a1sdk.components.data import FaceObservation, Floats, TargetFrame
    from a1sdk.qc.measures.base import Measure, Values
    from a1sdk.qc.measures.person import Likeness
    from a1sdk.qc.sight import Picture
    from a1sdk.qc.sound import SoundCheck

_DIGITS = 4  # significant digits of what is written


class Inspector:
    """Measures a film that it is fed frame by frame; of the pictures it keeps none.

    Args:
        reference: the portrait that the film was made of, or what stands for it.
        profile: limits; what it leaves out has its default.
        likeness: an identity network, see `a1sdk.qc.measures.person.LikenessVector`.
        every: the face is looked for in every so many frames.
    """

    def __init__(
        self,
        reference: Reference,
        profile: QcProfile | None = None,
        *,
        likeness: Likeness | None = None,
        every: int = 1,
    ) -> None:
        self.reference = reference
        self.profile = completed(profile or QcProfile())
        self.measures = all_measures(reference, likeness)
        self._every = every
        self._count = 0
        self._against_motion = False
        self._last: Floats | None = None
        self._boxes = array("i")  # four a frame; nothing but zeros where no face is known
        self.seconds = 0.0

    def see(
        self,
        picture: Picture,
        target: TargetFrame | None = None,
        face: FaceObservation | None = None,
        *,
        looked: bool = True,
    ) -> None:
        """Take in the next frame.

        Args:
            picture: as delivered: RGB, uint8, uint16, or floats 0..1, of the reference's size.
            target: where the face had to be; None where that is not known.
            face: where a tracker found it; None where it found none.
            looked: whether a tracker was asked.
        """
        begin = time.perf_counter()
        seen = None if face is None else face.landmarks
        sight = Sight(
            self._count,
            picture,
            self.reference,
            target=target,
            seen=seen,
            looked=looked,
            last=self._last,
        )
        for measure in self.measures:
            measure.see(sight)
        self._boxes.extend(_box(sight))
        self._last = seen if seen is not None else self._last
        self._against_motion = self._against_motion or target is not None
        self._count += 1
        self.seconds += time.perf_counter() - begin

    def finish(
        self,
        *,
        inputs: Sequence[QcInput] = (),
        components: Sequence[QcComponent] = (),
        timecode: str | None = None,
        sound: SoundCheck | None = None,
        notes: Sequence[str] = (),
    ) -> QcResult:
        """Return what was measured and found.

        Args:
            inputs: the files that took part.
            components: who measured.
            timecode: of the first frame.
            sound: what is heard, and what had to be.
            notes: what the reader has to know.
        """
        values = {measure.name: measure.values() for measure in self.measures}
        figures = figures_of(self.measures, values, self.reference.rate, sound)
        figures = [self._limited(one) for one in figures]
        found = [*self._findings(values), *self._of_figures(figures)]
        found.sort(key=lambda one: (one.severity != "fail", one.first))
        last = max(0, self._count - 1)
        height, width = self.reference.pixels.shape[:2]
        return QcResult(
            verdict=verdict_of(found),
            a1sdk=a1sdk.__version__,
            rate=self.reference.rate,
            frames=self._count,
            size=(width, height),
            timecode=timecode,
            tracked_every=self._every,
            against_motion=self._against_motion,
            inputs=tuple(inputs),
            components=tuple(components),
            profile=self.profile,
            series=tuple(self._series(one, values[one.name]) for one in self.measures),
            shots=(ShotFigures(first=0, last=last, figures=tuple(figures)),),
            findings=tuple(found),
            faces=self._faces(found),
            notes=(*self._notes(), *notes),
            seconds=round(self.seconds, 3),
        )

    def _limit(self, name: str) -> Limit:
        return self.profile.limits.get(name, Limit())

    def _limited(self, figure: Figure) -> Figure:
        limit = self._limit(figure.name)
        if figure.name in {measure.name for measure in self.measures}:
            return figure  # limits of series are of frames
        return figure.model_copy(update={"warn": limit.warn, "fail": limit.fail})

    def _series(self, measure: Measure, values: Values) -> Series:
        limit, asked = self._limit(measure.name), measure.asked()
        return Series(
            name=measure.name,
            label=measure.label,
            about=measure.about,
            unit=measure.unit,
            values=_written(values),
            asked=None if asked is None or not np.isfinite(asked).any() else _written(asked),
            bad=measure.bad,
            warn=limit.warn,
            fail=limit.fail,
        )

    def _findings(self, values: dict[str, Values]) -> Iterator[Finding]:
        for measure in self.measures:
            limit = self._limit(measure.name)
            runs = bad_runs(values[measure.name], limit, measure.bad, self._every_of(measure))
            for severity, run in runs:
                yield Finding(
                    measure=measure.name,
                    severity=severity,
                    first=run.first,
                    last=run.last,
                    worst=run.worst,
                    value=_rounded(run.value),
                    limit=run.limit,
                    sentence=measure.sentence(run),
                )

    def _every_of(self, measure: Measure) -> int:
        return self._every if measure.needs_face else 1

    def _of_figures(self, figures: Sequence[Figure]) -> Iterator[Finding]:
        """Findings that are of the whole film: what is late."""
        for figure in figures:
            if figure.value is None or (figure.warn is None and figure.fail is None):
                continue
            limit = Limit(warn=figure.warn, fail=figure.fail)
            for severity, run in bad_runs(np.array([abs(figure.value)]), limit, figure.bad):
                yield Finding(
                    measure=figure.name,
                    severity=severity,
                    first=0,
                    last=max(0, self._count - 1),
                    worst=0,
                    value=figure.value,
                    limit=run.limit,
                    sentence=f"{figure.label}: {figure.value:+.1f} {figure.unit}.",
                )

    def _faces(self, findings: Sequence[Finding]) -> dict[int, Box]:
        """Where the face is every second, and where a finding is worst."""
        every = range(0, self._count, max(1, round(self.reference.rate)))
        frames = sorted({*every, *(one.worst for one in findings)})
        boxes = np.frombuffer(self._boxes, np.intc).reshape(-1, 4)
        return {n: tuple(boxes[n].tolist()) for n in frames if n < self._count and boxes[n].any()}

    def _notes(self) -> Iterator[str]:
        if self.reference.landmarks is None:
            yield "No face is known to look for; only the pictures as a whole were inspected."
        elif not self.reference.is_portrait:
            yield "There is no portrait; the film is compared with its own first face."
        if not self._against_motion:
            yield "The motion that was asked for is not known; nothing is compared with it."


def verdict_of(findings: Sequence[Finding]) -> Verdict:
    """Return the worst severity among findings."""
    severities = {finding.severity for finding in findings}
    return "fail" if "fail" in severities else "warn" if "warn" in severities else "pass"


def _box(sight: Sight) -> Box:
    """The box of the face seen, or else of where it has to be or was; zeros if none is known."""
    place = sight.place if sight.seen is None else sight.seen.landmarks
    if place is None:
        return 0, 0, 0, 0
    top, bottom, left, right = around(place, sight.pixels)
    return left, top, right, bottom


def _written(values: Values) -> tuple[float | None, ...]:
    return tuple(_rounded(value) for value in values.tolist())


def _rounded(value: float) -> float | None:
    return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None
