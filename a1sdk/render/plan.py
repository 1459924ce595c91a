"""Plan a job: resolve its components and refuse what cannot work, before anything heavy runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a1sdk.errors import CapabilityError, ConfigError, StorageError
from a1sdk.media import Codec, codec_for, same_file
from a1sdk.media.codecs import sequence_pattern
from a1sdk.qc.model import result_path
from a1sdk.render.cast.recognizer import choose_recognizer
from a1sdk.render.commerce import require_commercial
from a1sdk.render.encoders import choose_encoders
from a1sdk.render.inputs import check_files, files_at, paths_of
from a1sdk.render.permission import Permission
from a1sdk.render.vectors import choose_comparable

if TYPE_CHECKING:
    from a1sdk.components.registry import Chosen, Registry
    from a1sdk.components.specs import (
        FaceTrackerSpec,
        IdentityEncoderSpec,
        MotionSourceSpec,
        RendererSpec,
        Spec,
    )
    from a1sdk.render.job import CastMember, MotionLayer, RenderJob


@dataclass(frozen=True)
class PlannedLayer:
    """A layer of motion, and the source that was chosen for it.

    Attributes:
        called: what errors call the source.
        stage: what its progress is shown as.
    """

    layer: MotionLayer
    chosen: Chosen[MotionSourceSpec]
    called: str
    stage: str

    @property
    def film(self) -> Path | None:
        """The film whose pictures the source reads, if it does."""
        return self.layer.path if "video" in self.chosen.spec.inputs else None


@dataclass(frozen=True)
class PlannedMember:
    """A face of the portrait that performs, and its layers of motion, the base first."""

    face: str
    layers: tuple[PlannedLayer, ...]


@dataclass(frozen=True)
class RenderPlan:
    """A job whose components are found and fit together.

    Attributes:
        members: the faces that perform, the first one first.
        recognizer: who tells people apart, if the job names any.
        inspector: whose vectors tell quality control whether it is the portrait's face, if the
            job asks for that.
        encoders: one for each kind of likeness that the renderer needs.
        alpha: whether the result keeps the portrait's alpha.
        depth: most bits per channel that the result can have.
    """

    job: RenderJob
    members: tuple[PlannedMember, ...]
    recognizer: Chosen[IdentityEncoderSpec] | None
    inspector: Chosen[IdentityEncoderSpec] | None
    tracker: Chosen[FaceTrackerSpec]
    renderer: Chosen[RendererSpec]
    encoders: tuple[Chosen[IdentityEncoderSpec], ...]
    codec: Codec
    alpha: bool
    depth: int

    @property
    def layers(self) -> tuple[PlannedLayer, ...]:
        """The layers of motion of all faces."""
        return tuple(layer for member in self.members for layer in member.layers)

    @property
    def components(self) -> tuple[Chosen[Spec], ...]:
        """All components once, in the order in which they work."""
        sources = {one.chosen.ref: one.chosen for one in self.layers}
        encoders = {one.ref: one for one in (*self._comparing, *self.encoders)}
        return self.tracker, *sources.values(), *encoders.values(), self.renderer

    @property
    def reads(self) -> list[Path]:
        """The pictures, and the files and folders that options of the components name."""
        return [self.job.portrait, *_likenesses(self.job), *paths_of(self.choices)]

    @property
    def choices(self) -> tuple[Chosen[Spec], ...]:
        """All components, each as often as it works, with the options it is given for that."""
        sources = (layer.chosen for layer in self.layers)
        return *sources, self.tracker, *self._comparing, *self.encoders, self.renderer

    @property
    def _comparing(self) -> tuple[Chosen[IdentityEncoderSpec], ...]:
        return tuple(filter(None, (self.inspector, self.recognizer)))

    def check_size(self, size: tuple[int, int]) -> None:
        """Raise `CapabilityError` where the renderer draws no picture of this width and height."""
        limit = self.renderer.spec.max_side
        if limit is not None and max(size) > limit:
            raise CapabilityError(
                f"Renderer {self.renderer.ref!r} draws at most {limit} pixels a side, and the"
                f" portrait has {size[0]}x{size[1]}.",
                hint="deliver a smaller picture with --size",
            )

    @property
    def shown(self) -> PlannedLayer | None:
        """The layer whose film is shown beside the result: the first that reads one."""
        return next((one for one in self.layers if one.film is not None), None)


def make_plan(
    job: RenderJob, registry: Registry, *, permission: Permission | None = None
) -> RenderPlan:
    """Return the plan of a job; imports the plugins it names and nothing heavier.

    Args:
        job: the job.
        registry: where its components are looked up.
        permission: what it may use; what it says itself if None.

    Raises:
        ConfigError: a reference, an option or the output is wrong.
        CapabilityError: the components cannot do this together, or may not be used for it.
        PluginError: a plugin is missing or broken.
        StorageError: the output's folder is missing or not writable.
        DecodeError: an input is no readable file.
    """
    members = tuple(_member(one, registry) for one in job.members)
    layers = [layer for member in members for layer in member.layers]
    tracker = choose_tracker(registry, job.tracker.use, job.tracker.options)
    renderer = registry.choose("renderer", job.renderer.use, job.renderer.options)
    check_files([job.portrait, *_likenesses(job), *paths_of(one.chosen for one in layers)])
    _check_output(job.output)
    _check_fit(job, layers, renderer.spec)
    codec = codec_for(job.output, job.delivery.codec)
    identity = None if isinstance(job.qc, bool) else job.qc.identity
    plan = RenderPlan(
        job=job,
        members=members,
        recognizer=choose_recognizer(job.roster, registry) if job.roster and job.people else None,
        inspector=choose_comparable(registry, identity.use, identity.options) if identity else None,
        tracker=tracker,
        renderer=renderer,
        encoders=choose_encoders(renderer, job.renderer.options, job.encoders, registry),
        codec=codec,
        alpha=codec.alpha and renderer.spec.alpha,
        depth=max({8, *codec.depths} & {8, *renderer.spec.depths}),
    )
    _check_kept(plan)
    require_commercial(plan.choices, permission or Permission.of(job), registry)
    return plan


def _member(member: CastMember, registry: Registry) -> PlannedMember:
    return PlannedMember(member.face, plan_layers(member.motion, registry))


def _likenesses(job: RenderJob) -> list[Path]:
    """The pictures of people that faces are recognised by, if any are."""
    people = job.roster.people if job.roster is not None and job.people else ()
    return [path for person in people for path in person.pictures]


def choose_tracker(
    registry: Registry, ref: str, options: Mapping[str, Any] | None = None
) -> Chosen[FaceTrackerSpec]:
    """Choose the face tracker that a portrait and a performance are seen by.

    Raises:
        ConfigError: an option is wrong.
        CapabilityError: it sees no expressions.
        PluginError: it is missing or broken.
    """
    chosen = registry.choose("face_tracker", ref, options)
    if not chosen.spec.expression:
        raise CapabilityError(
            f"Face tracker {chosen.ref!r} finds faces and sees no expressions.",
            hint="choose another with --tracker, such as facemesh/landmarks",
        )
    return chosen


def plan_layers(layers: Sequence[MotionLayer], registry: Registry) -> tuple[PlannedLayer, ...]:
    """Choose the motion source of every layer.

    Raises:
        ConfigError: an option of a layer is wrong, or it names a person and shows none.
        CapabilityError: a live source would have to be played backwards.
        PluginError: a source is missing or broken.
    """
    planned = _choose_sources(layers, registry)
    for one in planned:
        if one.layer.who and not one.chosen.spec.needs_face_tracker:
            raise ConfigError(
                f"Layer {one.layer.name!r} names {one.layer.who!r}, and motion source"
                f" {one.chosen.spec.name!r} looks at no faces.",
                hint="leave the name out",
            )
        if one.chosen.spec.live and one.layer.time.goes_back:
            raise CapabilityError(
                f"Layer {one.layer.name!r} is played backwards, and motion source"
                f" {one.chosen.spec.name!r} is live.",
                hint="keep its motion in a file first, with `a1 motion extract`",
            )
    return planned


def _choose_sources(layers: Sequence[MotionLayer], registry: Registry) -> tuple[PlannedLayer, ...]:
    if len(layers) == 1:
        chosen = registry.choose("motion_source", layers[0].use, layers[0].options)
        called = chosen.ref + (f" for {layers[0].who}" if layers[0].who else "")
        return (PlannedLayer(layers[0], chosen, called, called),)
    planned = []
    for layer in layers:
        try:
            chosen = registry.choose("motion_source", layer.use, layer.options)
        except ConfigError as error:
            raise ConfigError(f"Layer {layer.name!r}: {error}", hint=error.hint) from error
        planned.append(PlannedLayer(layer, chosen, f"{chosen.ref} as {layer.name}", layer.name))
    return tuple(planned)


def _check_kept(plan: RenderPlan) -> None:
    """Refuse an output in the place of something that is read."""
    output = plan.job.output
    for path in files_at(plan.reads):
        if _overwrites(output, path):
            raise ConfigError(
                f"The output {str(output)!r} is one of the inputs.",
                hint="choose another name with -o",
            )


def _check_output(output: Path) -> None:
    folder = output.absolute().parent
    if not folder.is_dir():
        raise StorageError(
            f"The output's folder {str(folder)!r} does not exist.", hint=f"mkdir -p '{folder}'"
        )
    for path in (output, report_path(output), result_path(output)):
        _check_name(path)


def _check_name(path: Path) -> None:
    """Refuse a name that no file can have here, which is found out by looking for it."""
    try:
        os.lstat(path)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise StorageError(
            f"{str(path)!r} cannot be written: {reason}.", hint="choose another name with -o"
        ) from error


def report_path(output: Path) -> Path:
    """Return where the report of a result lies: `film.mp4` has `film.mp4.a1report.json`.

    The whole name, so that two codecs of one shot keep a report each; of a pattern such as
    `shot.%04d.png`, what comes before the number.
    """
    return output.with_name(f"{output.name.partition('.%')[0]}.a1report.json")


def _overwrites(output: Path, path: Path) -> bool:
    """Whether writing `output`, which may be a sequence, would replace the file `path`."""
    pattern = sequence_pattern(output)
    if pattern is None:
        return same_file(path, output) or same_file(path.absolute().parent, output)
    before, _, after = pattern
    taken = path.name.startswith(before) and path.name.endswith(after)
    return taken and same_file(path.absolute().parent, output.absolute().parent)


def _check_fit(job: RenderJob, layers: Sequence[PlannedLayer], renderer: RendererSpec) -> None:
    live = [one.chosen.spec.name for one in layers if one.chosen.spec.live]
    if live and renderer.lookahead is None:
        raise CapabilityError(
            f"Renderer {renderer.name!r} needs the whole performance before it starts;"
            f" motion source {live[0]!r} is live."
        )
    if job.device.partition(":")[0] not in ("auto", *renderer.devices):
        raise CapabilityError(
            f"Renderer {renderer.name!r} does not run on {job.device!r}.",
            hint=f"it runs on {', '.join(renderer.devices)}",
        )
    if job.delivery.side_by_side and not any("video" in one.chosen.spec.inputs for one in layers):
        named = " and ".join(repr(one.chosen.spec.name) for one in layers)
        raise CapabilityError(f"Motion source {named} has no picture to show side by side.")
