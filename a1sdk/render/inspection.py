"""Inspect a film that lies on the disk: by the job it was made from, or by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a1sdk.components.data import Portrait
from a1sdk.errors import ConfigError
from a1sdk.media import open_footage, read_still
from a1sdk.media.depth import flatten, to_depth
from a1sdk.media.reader import at_rate
from a1sdk.qc.inspector import Inspector
from a1sdk.qc.model import QcComponent, QcInput, QcProfile
from a1sdk.qc.profile import AGAINST_OTHERS, completed, without
from a1sdk.qc.sight import Reference
from a1sdk.render.asked import Asked
from a1sdk.render.commerce import require_commercial
from a1sdk.render.following import Shown, followed
from a1sdk.render.hearing import listen
from a1sdk.render.opening import Opener
from a1sdk.render.permission import Permission
from a1sdk.render.plan import make_plan
from a1sdk.render.portrait import choose_face, detect_faces, fit
from a1sdk.render.sidebyside import driver_width
from a1sdk.render.vectors import FaceVectors, choose_comparable
from a1sdk.streams import prefetch

if TYPE_CHECKING:
    from a1sdk.components.choice import ComponentChoice
    from a1sdk.components.data import TargetFrame
    from a1sdk.components.registry import Chosen, Registry
    from a1sdk.components.specs import FaceTrackerSpec
    from a1sdk.media import NumberedReader, TimedFrame, VideoReader
    from a1sdk.qc.model import QcResult, Role
    from a1sdk.qc.sound import SoundCheck
    from a1sdk.render.basis import Basis
    from a1sdk.render.context import HostContext
    from a1sdk.render.job import RenderJob
    from a1sdk.render.performance import LayeredPerformance

_AHEAD = 4  # pictures decoded while others are measured
_LOOKED_THROUGH = 100  # pictures in which a film's own first face is looked for

Change = Callable[[Iterator[Shown]], Iterator[Shown]]


@dataclass
class _Held:
    """A film's reference, and what was asked of it."""

    reference: Reference
    faces: int = 1
    targets: Iterator[TargetFrame] = field(default_factory=lambda: iter(()))
    performance: LayeredPerformance | None = None
    beside: int = 0  # columns of the driver's picture to the left of the result


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
        profile: limits; the defaults if None.
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
    limits = completed(profile or QcProfile())
    if basis.job is not None and not basis.made:
        limits = without(limits, AGAINST_OTHERS)
    with ExitStack() as stack:
        work = _Inspection(film, basis, registry, context, stack, tracker)
        return work.run(limits, every, change, work.vectors(limits.identity))


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
    """Return the records of a film and of what it is held to; what is no file is left out."""
    found: list[tuple[Role, Path]] = [("film", film)]
    if job is not None:
        portrait = job.portrait
    if portrait is not None:
        found.append(("portrait", portrait))
    if job is not None:
        found += [("driver", path) for path in job.driven_by]
    kept = dict.fromkeys((role, path) for role, path in found if path.is_file())
    return [QcInput.of(path, role=role) for role, path in kept]


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

    def run(
        self, profile: QcProfile, every: int, change: Change | None, vectors: FaceVectors | None
    ) -> QcResult:
        """Measure every frame."""
        held = self._held()
        pairs = self._pairs(held)
        film = pairs if change is None else change(pairs)
        likeness = None if vectors is None else vectors.of_face
        inspector = Inspector(held.reference, profile, likeness=likeness, every=every)
        if held.reference.landmarks is None:
            for shown in film:
                inspector.see(shown.pixels, looked=False)
        else:
            self._follow(film, inspector, held, every)
        return inspector.finish(
            inputs=inputs_of(self.film, self.basis.job, self.basis.portrait),
            components=components_of(self.chosen, vectors),
            timecode=self.reader.media.timecode,
            sound=self._sound(held),
            notes=self.notes,
        )

    def _sound(self, held: _Held) -> SoundCheck | None:
        """What is heard, and what had to be; numbered pictures have no sound."""
        if self.reader.media.audio is None:
            return None
        return listen(self.film, held.performance, self.reader.info.duration, self.notes)

    def _follow(self, film: Iterator[Shown], inspector: Inspector, held: _Held, every: int) -> None:
        home = held.reference.landmarks
        total = held.performance.info.count if held.performance is not None else None
        stream = followed(film, self.tracker, self.view, every=every, faces=held.faces, home=home)
        for one in self.context.staged("inspecting").track(stream, total=total):
            inspector.see(one.shown.pixels, one.shown.target, one.face, looked=one.looked)

    def _held(self) -> _Held:
        if self.basis.job is not None:
            return self._by_job(self.basis.job)
        if self.basis.portrait is not None:
            return self._by_portrait(self.basis.portrait)
        return self._alone()

    def _by_job(self, job: RenderJob) -> _Held:
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
        first = asked.roles(asked.portraits(tracker)[:1], tracker)[0]
        portrait, performance = first.portrait, first.performance
        motion = performance.frames(job.performance.gaps)
        shown = plan.shown if job.delivery.side_by_side and self.basis.made else None
        film = None if shown is None else shown.film
        return _Held(
            _reference(portrait, performance.info.rate),
            asked.faces,
            asked.targets(motion, portrait, performance),
            performance,
            0 if film is None else driver_width(film, portrait.size[1]),
        )

    def _by_portrait(self, path: Path) -> _Held:
        """Held to a portrait alone, in the size of the film."""
        pixels = flatten(to_depth(read_still(path).pixels, 8))
        faces = detect_faces(pixels, self.tracker, self.view)
        whole = Portrait(pixels, choose_face(faces, self.basis.face, path))
        info = self.reader.info
        portrait = fit(whole, (info.width, info.height), "crop")
        return _Held(_reference(portrait, info.rate), len(faces))

    def _alone(self) -> _Held:
        """Held to itself: to the first picture that shows a face."""
        info = self.reader.info
        first = None
        for frame in islice(self.reader.frames(), _LOOKED_THROUGH):
            first = frame.pixels if first is None else first
            faces = self.tracker.detect(frame.pixels, self.view)
            if faces:
                face = faces[0].landmarks
                return _Held(Reference(frame.pixels, face, info.rate, is_portrait=False))
        assert first is not None  # a film has pictures
        return _Held(Reference(first, None, info.rate, is_portrait=False))

    def _pairs(self, held: _Held) -> Iterator[Shown]:
        """The film's pictures with the targets of the same instants."""
        reference = held.reference
        height, width = reference.pixels.shape[:2]
        left = held.beside
        _check_size(self.film, self.reader, left + width, height)
        pictures: Iterator[TimedFrame] = self.stack.enter_context(
            closing(prefetch(self.reader.frames(), _AHEAD))
        )
        steady = at_rate(pictures, reference.rate, self.reader.info.duration)
        targets = held.targets
        for frame in steady:
            target = next(targets, None)
            yield Shown.of(frame.pixels[:height, left : left + width], target)
        if next(targets, None) is not None:
            self.notes.append("The film is shorter than the performance that was asked for.")


def _reference(portrait: Portrait, rate: Fraction) -> Reference:
    pixels = flatten(to_depth(portrait.pixels, 8))
    return Reference(pixels, portrait.face.landmarks, rate)


def _check_size(film: Path, reader: VideoReader | NumberedReader, width: int, height: int) -> None:
    """Raise unless a film has the size of its portrait; odd sides may have grown by one."""
    info = reader.info
    if not (0 <= info.width - width <= 1 and 0 <= info.height - height <= 1):
        raise ConfigError(
            f"{str(film)!r} has {info.width}x{info.height} pixels, and its job makes"
            f" {width}x{height}.",
            hint="give the portrait and the driver with --portrait and --driver instead",
        )
