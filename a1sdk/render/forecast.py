"""Say what a job would render and what that takes, without loading what draws or finds faces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

from a1sdk.components.blame import blaming
from a1sdk.components.checked import check_estimate
from a1sdk.components.interfaces import FaceTracker
from a1sdk.errors import CapabilityError
from a1sdk.media.stills import still_facts
from a1sdk.render.context import HostContext
from a1sdk.render.opening import Opener
from a1sdk.render.performance import LayeredPerformance
from a1sdk.render.plan import make_plan
from a1sdk.render.portrait import size_of_film

if TYPE_CHECKING:
    from a1sdk.components.data import (
        FaceObservation,
        Pixels,
        RenderEstimate,
        StreamInfo,
        TrackedFrame,
        VideoFrame,
    )
    from a1sdk.components.interfaces import RunContext
    from a1sdk.components.registry import Registry
    from a1sdk.render.job import RenderJob
    from a1sdk.render.performance import OpenLayer
    from a1sdk.render.plan import RenderPlan


@dataclass(frozen=True)
class Forecast:
    """What a job would render.

    Attributes:
        plan: the job and its components.
        info: rate and number of the pictures.
        size: width and height that the renderer draws.
        layers: the layers of motion, the base first; their sources are closed.
        device: where the renderer would work, as `RunContext.device` says it.
        estimate: what the renderer expects; None where it does not say.
    """

    plan: RenderPlan
    info: StreamInfo
    size: tuple[int, int]
    layers: Sequence[OpenLayer]
    device: str
    estimate: RenderEstimate | None

    @property
    def film_size(self) -> tuple[int, int]:
        """Width and height of the film, without the driver that may stand beside the result."""
        return self.plan.codec.size_of(*self.size)


def forecast(job: RenderJob, *, registry: Registry, memory: int | None = None) -> Forecast:
    """Return what a job would render; motion sources are opened and not run, nothing else is.

    Args:
        job: the job; its files have to be there.
        registry: where its components are looked up.
        memory: bytes that the renderer's device is to be taken to have; None for what it has.

    Raises:
        A1Error: the job cannot be rendered, as far as that is known without rendering it.
    """
    plan = make_plan(job, registry)
    facts = still_facts(job.portrait)
    size = job.delivery.size or size_of_film((facts.width, facts.height))
    plan.check_size(size)
    with HostContext() as lent, ExitStack() as stack:
        context = lent.running(job)
        performance = LayeredPerformance(
            plan.members[0].layers,
            Opener(context, stack, []),
            trackers=lambda one: _Unloaded() if one.chosen.spec.needs_face_tracker else None,
            rate=job.delivery.rate,
            duration=job.delivery.duration,
        )
        performance.check_head(job.performance.head)
        device = context.lend(plan.renderer.spec).device
    return Forecast(
        plan=plan,
        info=performance.info,
        size=size,
        layers=performance.layers,
        device=device,
        estimate=_estimate(plan, size, performance.info, device, memory),
    )


def _estimate(
    plan: RenderPlan, size: tuple[int, int], info: StreamInfo, device: str, memory: int | None
) -> RenderEstimate | None:
    """What the renderer expects of the render; it is built and not set up."""
    ref = plan.renderer.ref
    with closing(plan.renderer.build()) as renderer, blaming(ref, "in estimate"):
        estimate = renderer.estimate(size, info, device, memory)
    if estimate is None:
        return None
    check_estimate(estimate, ref)
    return _of_several(estimate, len(plan.members))


def _of_several(estimate: RenderEstimate, faces: int) -> RenderEstimate:
    """What several faces take, which one renderer draws in turns."""
    if faces == 1:
        return estimate
    further = (faces - 1) * estimate.face_bytes
    apart = estimate.host_bytes > 0
    note = f"One renderer draws {faces} faces, in turns."
    return replace(
        estimate,
        peak_bytes=estimate.peak_bytes + (0 if apart else further),
        host_bytes=estimate.host_bytes + (further if apart else 0),
        seconds=estimate.seconds and estimate.seconds * faces,
        fits=estimate.fits if apart or not further or estimate.fits is False else None,
        notes=(*estimate.notes, note),
    )


class _Unloaded(FaceTracker):
    """The face tracker of a run that is only planned: sources may take it, and not use it yet."""

    def detect(self, pixels: Pixels, ctx: RunContext) -> list[FaceObservation]:
        _refuse()

    def track(
        self, frames: Iterable[VideoFrame], ctx: RunContext, *, max_faces: int = 1
    ) -> Iterator[TrackedFrame]:
        _refuse()


def _refuse() -> NoReturn:
    raise CapabilityError(
        "A motion source looks for faces before its stream is asked for, so it cannot be planned."
    )
