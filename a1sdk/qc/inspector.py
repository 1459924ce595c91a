"""Inspect a film shot by shot, in memory that grows by a few hundred bytes a frame."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

import a1sdk
from a1sdk.qc.figures import faces_of, lip_sync_of, slip_of
from a1sdk.qc.measures.base import Run
from a1sdk.qc.model import (
    Box,
    FacePlaces,
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
from a1sdk.qc.runs import bad_runs
from a1sdk.qc.shot import ShotInspector, finding_of, limited
from a1sdk.qc.signals import rounded
from a1sdk.qc.sound import speaks

if TYPE_CHECKING:
    from a1sdk.components.data import FaceObservation, Floats, TargetFrame
    from a1sdk.qc.measures.person import Likeness
    from a1sdk.qc.shot import Measured, Part, ShotFound
    from a1sdk.qc.sight import Picture, Scene
    from a1sdk.qc.sound import SoundCheck


class Inspector:
    """Measures a film that it is fed frame by frame; of the pictures it keeps none.

    Args:
        scene: what its first shot is held to.
        profile: limits; what it leaves out has its default.
        likeness: an identity network, see `a1sdk.qc.measures.person.LikenessVector`.
        every: faces are looked for in every so many frames.
    """

    def __init__(
        self,
        scene: Scene,
        profile: QcProfile | None = None,
        *,
        likeness: Likeness | None = None,
        every: int = 1,
    ) -> None:
        self.profile = profile or QcProfile()
        self.rate, self.size = scene.rate, scene.pixels.shape[1::-1]
        self._likeness, self._every = likeness, every
        self._count = 0
        self._against_motion = False
        self._done: list[ShotFound] = []
        self._shot = self._begun(scene)
        self.seconds = 0.0

    def _begun(self, scene: Scene) -> ShotInspector:
        return ShotInspector(self._count, scene, self.profile, self._likeness, self._every)

    def cut(self, scene: Scene) -> None:
        """Let another shot begin with the next frame, held to a scene of its own."""
        if self._shot.count:
            self._done.append(self._shot.found())
        self._shot = self._begun(scene)

    def see(
        self,
        picture: Picture,
        targets: Sequence[TargetFrame | None] = (),
        faces: Sequence[FaceObservation | None] = (),
        *,
        looked: bool = True,
        resized: bool = False,
    ) -> None:
        """Take in the next frame.

        Args:
            picture: as delivered: RGB, uint8, uint16, or floats 0..1, of the scene's size.
            targets: where each face of the scene had to be, None where that is not known; nothing
                where it is of none.
            faces: where a tracker found each; None where it found it not; nothing if it found none.
            looked: whether a tracker was asked.
            resized: whether the picture was stored in another size than the first of the film.
        """
        begin = time.perf_counter()
        self._shot.see(picture, targets, faces, looked=looked, resized=resized)
        self._against_motion = self._against_motion or any(one is not None for one in targets)
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
        shots = [*self._done, self._shot.found()]
        figures = [one for shot in shots for one in self._figures_of(shot, sound)]
        parts = [part for shot in shots for part in (*shot.faces, shot.pictures)]
        found = [one for part in parts for one in part.findings]
        found += [finding for one in figures for finding in _of_figures(one)]
        found += self._without_faces(shots)
        found.sort(key=lambda one: (one.severity != "fail", one.first))
        return QcResult(
            verdict=verdict_of(found),
            a1sdk=a1sdk.__version__,
            rate=self.rate,
            frames=self._count,
            size=self.size,
            timecode=timecode,
            tracked_every=self._every,
            against_motion=self._against_motion,
            inputs=tuple(inputs),
            components=tuple(components),
            profile=self._judged_by(shots),
            series=tuple(_joined(shots, self._count)),
            shots=tuple(figures),
            findings=tuple(found),
            faces=tuple(_places(shots)),
            notes=(*self._notes(shots, sound), *notes),
            seconds=round(self.seconds, 3),
        )

    def _figures_of(self, shot: ShotFound, sound: SoundCheck | None) -> Iterator[ShotFigures]:
        """Those of the pictures, the only face's among them, and those of each face with a name."""
        figures: dict[str | None, list[Figure]] = {None: [faces_of(len(shot.faces))]}
        for part in (*shot.faces, shot.pictures):
            figures.setdefault(part.who, []).extend(part.figures)
        if sound is not None:
            heard = sound.of(range(shot.first, shot.last + 1), self.rate)
            for part in shot.faces:
                mouth = part.mouth if _alone(part, shot) else np.full_like(part.mouth, np.nan)
                lips = lip_sync_of(heard, mouth, self.rate)
                figures[part.who].append(limited(lips, shot.limits))
            figures[None].append(limited(slip_of(heard), shot.limits))
        for who, known in figures.items():
            yield ShotFigures(
                first=shot.first,
                last=shot.last,
                who=who,
                held_to=shot.held_to,
                figures=tuple(known),
            )

    def _without_faces(self, shots: Sequence[ShotFound]) -> Iterator[Finding]:
        """Yield a finding where no shot of the film has a face that is known to look for.

        Some shots may well have none; a film in which none has was hardly inspected.
        """
        figure = faces_of(sum(len(shot.faces) for shot in shots))
        limit = shots[0].limits.get(figure.name, Limit())
        for severity, run in bad_runs(np.array([figure.value]), limit, figure.bad):
            yield Finding(
                measure=figure.name,
                severity=severity,
                first=0,
                last=max(0, self._count - 1),
                worst=0,
                value=figure.value,
                limit=run.limit,
                sentence="No face is known to look for; only the pictures as a whole were"
                " inspected.",
            )

    def _judged_by(self, shots: Sequence[ShotFound]) -> QcProfile:
        """The profile with the limits of all measures, as far as any shot was judged by them."""
        limits: dict[str, Limit] = {}
        for name, limit in (pair for shot in shots for pair in shot.limits.items()):
            if limits.get(name, Limit()) == Limit():
                limits[name] = limit
        return self.profile.model_copy(update={"limits": limits})

    def _notes(self, shots: Sequence[ShotFound], sound: SoundCheck | None) -> Iterator[str]:
        if not self._against_motion:
            yield "The motion that was asked for is not known; nothing is compared with it."
        if sound is not None and any(len(_speakers(shot)) > 1 for shot in shots):
            yield (
                "Several faces move their lips while the film has one sound; it is not compared"
                " with the lips of any of them there."
            )


def verdict_of(findings: Sequence[Finding]) -> Verdict:
    """Return the worst severity among findings."""
    severities = {finding.severity for finding in findings}
    return "fail" if "fail" in severities else "warn" if "warn" in severities else "pass"


def _speakers(shot: ShotFound) -> list[Part]:
    return [part for part in shot.faces if speaks(part.mouth)]


def _alone(part: Part, shot: ShotFound) -> bool:
    """Whether the sound of a shot can only be that of one face."""
    return all(other is part for other in _speakers(shot))


def _of_figures(shot: ShotFigures) -> Iterator[Finding]:
    """Findings that are of a whole shot: what is late."""
    for figure in shot.figures:
        if figure.value is None:
            continue
        limit = Limit(warn=figure.warn, fail=figure.fail)
        for severity, run in bad_runs(np.array([abs(figure.value)]), limit, figure.bad):
            whole = Run(shot.first, shot.last, shot.first, figure.value, run.limit)
            said = f"{figure.label}: {figure.value:+.1f} {figure.unit}."
            yield finding_of(figure.name, shot.who, severity, whole, said)


def _joined(shots: Sequence[ShotFound], count: int) -> Iterator[Series]:
    """Yield each measure of each face, and then of the pictures, over the whole film."""
    known: dict[tuple[str | None, str], list[tuple[int, Measured]]] = {}
    faces = ((shot.first, part) for shot in shots for part in shot.faces)
    for first, part in (*faces, *((shot.first, shot.pictures) for shot in shots)):
        for one in part.measured:
            known.setdefault((part.who, one.series.name), []).append((first, one))
    for pieces in known.values():
        values = _laid([(first, one.values) for first, one in pieces], count)
        asked = [(first, one.asked) for first, one in pieces if one.asked is not None]
        same = [one.series for _, one in pieces]
        series = next((one for one in same if one.is_limited), same[0])
        yield series.model_copy(
            update={"values": values, "asked": _laid(asked, count) if asked else None}
        )


def _laid(pieces: Sequence[tuple[int, Floats]], count: int) -> tuple[float | None, ...]:
    """Lay values of shots, each with its first frame, into a film; None where there are none."""
    whole = np.full(count, np.nan, np.float32)
    for first, values in pieces:
        whole[first : first + len(values)] = values
    return tuple(rounded(value) for value in whole.tolist())


def _places(shots: Sequence[ShotFound]) -> Iterator[FacePlaces]:
    """Yield where each face is every second, where a shot begins, and where a finding is worst."""
    known: dict[str | None, dict[int, Box]] = {}
    for shot in shots:
        for part, boxes in zip(shot.faces, shot.boxes, strict=True):
            known.setdefault(part.who, {}).update(boxes)
    for who, boxes in known.items():
        if boxes:
            yield FacePlaces(who=who, boxes=boxes)
