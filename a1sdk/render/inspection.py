"""Inspect a film that lies on the disk: by the job it was made from, or by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a1sdk.components.data import Portrait
from a1sdk.errors import ConfigError
from a1sdk.media import open_footage, read_still
from a1sdk.media.depth import flatten, to_depth
from a1sdk.media.numbered import is_numbered, numbered_files
from a1sdk.media.reader import at_rate
from a1sdk.qc.inspector import Inspector
from a1sdk.qc.model import QcComponent, QcInput, QcProfile
from a1sdk.qc.profile import Grounds, judged_by
from a1sdk.qc.sight import Reference, Scene
from a1sdk.render.asked import Asked
from a1sdk.render.commerce import require_commercial
from a1sdk.render.following import Shown, followed
from a1sdk.render.hearing import listen
from a1sdk.render.opening import Opener
from a1sdk.render.permission import Permission
from a1sdk.render.plan import make_plan
from a1sdk.render.portrait import choose_face, detect_faces, fit
from a1sdk.render.scenes import HeldShot, Survey, notes_on, scene_of
from a1sdk.render.sidebyside import driver_width
from a1sdk.render.vectors import FaceVectors, choose_comparable
from a1sdk.streams import prefetch
from a1sdk.timing import frame_count

if TYPE_CHECKING:
    from a1sdk.components.choice import ComponentChoice
    from a1sdk.components.data import TargetFrame
    from a1sdk.components.registry import Chosen, Registry
    from a1sdk.components.specs import FaceTrackerSpec
    from a1sdk.media import NumberedReader, TimedFrame, VideoFacts, VideoReader
    from a1sdk.qc.model import QcResult, Role
    from a1sdk.qc.sound import SoundCheck
    from a1sdk.render.basis import Basis
    from a1sdk.render.context import HostContext
    from a1sdk.render.job import RenderJob
    from a1sdk.render.performance import LayeredPerformance

_AHEAD = 4  # pictures decoded while others are measured

Change = Callable[[Iterator[Shown]], Iterator[Shown]]


@dataclass(frozen=True, eq=False)
class _Held:
    """What a film is held to.

    Attributes:
        rate: frames per second that it is inspected at.
        size: width and height of what is inspected.
        shots: its shots, in order.
        faces: how many faces its pictures may have.
        targets: where each face has to be, frame by frame, as far as that is known.
        performances: what the faces perform.
        beside: columns of the driver's picture to the left of the result.
    """

    rate: Fraction
    size: tuple[int, int]
    shots: Sequence[HeldShot]
    faces: int = 1
    targets: Iterator[tuple[TargetFrame, ...]] = field(default_factory=lambda: iter(()))
    performances: Sequence[LayeredPerformance] = ()
    beside: int = 0


def inspect_film(
    film: Path,
    basis: Basis,
    *,
    registry: Registry,
    context: HostContext,
    tracker: str = "facemesh/landmarks",
    profile: QcProfile | None = None,
    every: int = 1,
    change: Change | None = None,
) -> QcResult:
    """Measure a film, frame by frame, and return what was found.

    Args:
        film: any film that can be read, or numbered pictures, see `a1sdk.media.open_footage`.
        basis: what it is held to.
        registry: where components are looked up.
        context: the run.
        tracker: reference of the face tracker, where there is no job that names one.
        profile: limits, beside those that fit what is known of the film; see `Grounds.limits`.
        every: the face is looked for in every so many frames.
        change: changes the pictures before they are measured; for trials of the measures.

    Raises:
        ConfigError: the job's portrait has another size than the film, or the rate of numbered
            pictures is not known.
        DecodeError: a file cannot be read.
        NoFaceError: the portrait has no face, or the driver none.
        PluginError: a component is missing or broken.
        ResourceError: the tracker's models are not here.
    """
    with ExitStack() as stack:
        work = _Inspection(film, basis, registry, context, stack, tracker)
        return work.run(profile or QcProfile(), every, change)


def qc_tracker(
    registry: Registry, use: str, options: Mapping[str, Any] | None = None
) -> Chosen[FaceTrackerSpec]:
    """Return the face tracker that inspects: landmarks alone, where it can leave out the rest."""
    wanted = dict(options or {})
    if "blendshapes" in registry.option_names("face_tracker", use):
        wanted["blendshapes"] = False
    return registry.choose("face_tracker", use, wanted)


def components_of(
    tracker: Chosen[FaceTrackerSpec], vectors: FaceVectors | None
) -> list[QcComponent]:
    """Return the records of the components that measure."""
    measuring: list[Chosen[Any]] = [tracker, *([] if vectors is None else [vectors.chosen])]
    return [
        QcComponent(
            ref=one.ref,
            package=one.plugin.distribution,
            version=one.plugin.version,
            license=one.spec.license,
        )
        for one in measuring
    ]


def inputs_of(film: Path, job: RenderJob | None, portrait: Path | None = None) -> list[QcInput]:
    """Return the records of a film and of what it is held to; what is not there is left out."""
    found: list[tuple[Role, Path]] = [("film", film)]
    if job is not None:
        portrait = job.portrait
    if portrait is not None:
        found.append(("portrait", portrait))
    if job is not None:
        found += [("driver", path) for path in job.driven_by]
    kept = dict.fromkeys((role, path) for role, path in found if _is_there(path))
    return [_record(path, role) for role, path in kept]


def _is_there(path: Path) -> bool:
    return path.is_file() or is_numbered(path)


def _record(path: Path, role: Role) -> QcInput:
    """Return the record of a file, or of numbered pictures as if they were one file."""
    if not is_numbered(path):
        return QcInput.of(path, role=role)
    digest, size = hashlib.sha256(), 0
    for picture in numbered_files(path):
        content = picture.read_bytes()
        digest.update(content)
        size += len(content)
    return QcInput(path=path, role=role, sha256=digest.hexdigest(), bytes=size)


class _Inspection:
    """One film being inspected; `stack` closes what it opens."""

    def __init__(
        self,
        film: Path,
        basis: Basis,
        registry: Registry,
        context: HostContext,
        stack: ExitStack,
        tracker: str,
    ) -> None:
        self.film, self.basis, self.registry = film, basis, registry
        self.notes: list[str] = list(basis.notes)
        self.context = context
        self.opener = Opener(context, stack, self.notes)
        self.stack = stack
        self.reader = open_footage(film, basis.rate)
        stack.callback(self.reader.close)
        job = basis.job
        use, options = (tracker, {}) if job is None else (job.tracker.use, job.tracker.options)
        self.chosen = qc_tracker(registry, use, options)
        self.tracker = self.opener.tracker(self.chosen)
        self.view = self.opener.lend(self.chosen)

    def vectors(self, choice: ComponentChoice | None) -> FaceVectors | None:
        """Who tells whether it is the portrait's face, if anybody is named; permission permitting.

        Raises:
            CapabilityError: its vectors cannot be compared, or it may not be used.
            PluginError: it is missing or broken.
            ResourceError: its model is not here.
        """
        if choice is None:
            return None
        chosen = choose_comparable(self.registry, choice.use, choice.options)
        require_commercial([chosen], Permission.of(self.basis.job), self.registry)
        return FaceVectors(chosen, self.opener)

    def run(self, profile: QcProfile, every: int, change: Change | None) -> QcResult:
        """Measure every frame."""
        vectors = self.vectors(profile.identity)
        if vectors is not None:
            profile = judged_by(profile, vectors.comparison)
        held = self._held(vectors)
        self.notes += _on_rate(self.reader.info, held.rate)
        film = self._film(held)
        film = film if change is None else change(film)
        inspector = self._inspected(film, held, profile, every, vectors)
        if next(held.targets, None) is not None:
            self.notes.append("The film is shorter than the performance that was asked for.")
        return inspector.finish(
            inputs=inputs_of(self.film, self.basis.job, self.basis.portrait),
            components=components_of(self.chosen, vectors),
            timecode=self.reader.media.timecode,
            sound=self._sound(held),
            notes=self.notes,
        )

    def _inspected(
        self,
        film: Iterator[Shown],
        held: _Held,
        profile: QcProfile,
        every: int,
        vectors: FaceVectors | None,
    ) -> Inspector:
        """Let every shot be seen, each held to its own scene."""
        likeness = None if vectors is None else vectors.of_face
        inspector: Inspector | None = None
        empty: list[HeldShot] = []
        for shot in held.shots:
            scene = shot.scene()
            if inspector is None:
                inspector = Inspector(scene, profile, likeness=likeness, every=every)
            else:
                inspector.cut(scene)
            pictures: Iterator[Shown] = islice(film, shot.count)
            if not scene.faces:
                empty.append(shot)
                for shown in pictures:
                    inspector.see(shown.pixels, looked=False, resized=shown.resized)
                continue
            if not shot.as_asked:
                pictures = (replace(shown, targets=()) for shown in pictures)
            self._follow(pictures, inspector, scene, held.faces, every)
        assert inspector is not None  # a film has a shot
        self.notes += notes_on(
            held.shots, empty, by_itself=self.basis.job is None and self.basis.portrait is None
        )
        return inspector

    def _follow(
        self, film: Iterator[Shown], inspector: Inspector, scene: Scene, faces: int, every: int
    ) -> None:
        stream = followed(
            film, self.tracker, self.view, homes=scene.homes, every=every, faces=faces
        )
        for one in stream:
            inspector.see(
                one.shown.pixels,
                one.shown.targets,
                one.faces,
                looked=one.looked,
                resized=one.shown.resized,
            )

    def _sound(self, held: _Held) -> SoundCheck | None:
        """What is heard, and what had to be; numbered pictures have no sound."""
        if self.reader.media.audio is None:
            return None
        return listen(self.film, held.performances, self.reader.info.duration, self.notes)

    def _held(self, vectors: FaceVectors | None) -> _Held:
        if self.basis.job is not None:
            return self._by_job(self.basis.job, vectors)
        info = self.reader.info
        size = info.width, info.height
        if self.basis.portrait is None:
            survey = self._survey(info.rate)
            return _Held(info.rate, size, list(survey.by_itself(self._cuts(survey))))
        scene, faces = self._portrayed(self.basis.portrait, size)
        return _Held(info.rate, size, self._shots_of(scene, vectors), faces)

    def _by_job(self, job: RenderJob, vectors: FaceVectors | None) -> _Held:
        """Held to a job: its portrait, its motion."""
        if not self.basis.made:
            info = self.reader.info
            size = info.width, info.height
            delivery = {"rate": info.rate, "duration": info.duration, "size": size}
            job = job.model_copy(update={"delivery": job.delivery.model_copy(update=delivery)})
        named = self.film if self.basis.made else self.film.with_name(f"{self.film.stem}.a1qc.mkv")
        plan = make_plan(job.model_copy(update={"output": named}), self.registry)
        asked = Asked(plan, self.opener, self.notes)
        tracker = self.opener.tracker(plan.tracker)
        roles = asked.roles(asked.portraits(tracker), tracker)
        scene = scene_of(roles, asked.others, made=self.basis.made)
        shown = plan.shown if job.delivery.side_by_side and self.basis.made else None
        film = None if shown is None else shown.film
        width, height = roles[0].portrait.size
        return _Held(
            scene.rate,
            (width, height),
            self._shots_of(scene, vectors),
            asked.faces,
            zip(*(asked.wanted_of(role) for role in roles), strict=True),
            [role.performance for role in roles],
            0 if film is None else driver_width(film, height),
        )

    def _portrayed(self, path: Path, size: tuple[int, int]) -> tuple[Scene, int]:
        """The portrait in the size of the film, and how many faces it has."""
        pixels = flatten(to_depth(read_still(path).pixels, 8))
        faces = detect_faces(pixels, self.tracker, self.view)
        whole = Portrait(pixels, choose_face(faces, self.basis.face, path))
        portrait = fit(whole, size, "crop")
        rate = self.reader.info.rate
        face = Reference(portrait.pixels, portrait.face.landmarks, rate)
        grounds = Grounds(made=self.basis.one_shot, motion=False)
        return Scene(portrait.pixels, rate, [face], grounds=grounds), len(faces)

    def _shots_of(self, scene: Scene, vectors: FaceVectors | None) -> list[HeldShot]:
        """The film's shots, as they are held to a portrait: one, if we made it."""
        whole = HeldShot(0, None, lambda: scene)
        if self.basis.one_shot:
            return [whole]
        survey = self._survey(scene.rate)
        cuts = self._cuts(survey)
        return [whole] if len(cuts) == 1 else list(survey.by_portrait(cuts, scene, vectors))

    def _survey(self, rate: Fraction) -> Survey:
        reader = open_footage(self.film, self.basis.rate)
        self.stack.callback(reader.close)
        made = self.basis.one_shot
        return Survey(reader, rate, self.tracker, self.view, self.context, made=made)

    def _cuts(self, survey: Survey) -> list[range]:
        count = frame_count(self.reader.info.duration, self.reader.info.rate)
        return [range(count)] if self.basis.one_shot else survey.shots()

    def _film(self, held: _Held) -> Iterator[Shown]:
        """The film's pictures with the targets of the same instants."""
        width, height = held.size
        left = held.beside
        _check_size(self.film, self.reader, left + width, height)
        pictures: Iterator[TimedFrame] = self.stack.enter_context(
            closing(prefetch(self.reader.frames(alpha=True), _AHEAD))
        )
        duration = self.reader.info.duration
        steady = at_rate(pictures, held.rate, duration)
        total = frame_count(duration, held.rate)
        first: tuple[int, int] | None = None
        for frame in self.context.staged("inspecting").track(steady, total=total):
            targets = next(held.targets, ())
            first = first or frame.stored
            resized = frame.stored != first
            yield Shown.of(frame.pixels[:height, left : left + width], targets, resized=resized)


def _on_rate(info: VideoFacts, rate: Fraction) -> Iterator[str]:
    """Yield what is odd about the rate of a film that is inspected at a rate."""
    if info.vfr:
        yield (
            f"The film has no constant rate; it is inspected at {_written(rate)} frames per second."
        )
    elif info.rate != rate:
        yield (
            f"The film has {_written(info.rate)} frames per second, and was to have"
            f" {_written(rate)}, at which it is inspected."
        )


def _written(rate: Fraction) -> str:
    return f"{float(rate):.6g}"


def _check_size(film: Path, reader: VideoReader | NumberedReader, width: int, height: int) -> None:
    """Raise unless a film has the size of its portrait; odd sides may have grown by one."""
    info = reader.info
    if not (0 <= info.width - width <= 1 and 0 <= info.height - height <= 1):
        raise ConfigError(
            f"{str(film)!r} has {info.width}x{info.height} pixels, and its job makes"
            f" {width}x{height}.",
            hint="give the portrait and the driver with --portrait and --driver instead",
        )
