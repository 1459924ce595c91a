"""Run a job: pull motion through retargeting and the renderer into a film.

The chain is lazy, and its stages work in threads of their own: while one frame is tracked, the
one before is drawn and another encoded. The queues between them hold a few frames, so memory does
not grow with the film.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

from a1sdk.components.blame import blaming, describe
from a1sdk.components.checked import Pulled, checked_video
from a1sdk.components.data import Identity, Portrait, TargetFrame, VideoFrame
from a1sdk.errors import A1Error, Cancelled, OutOfMemoryError
from a1sdk.qc.profile import default_profile, judged_by
from a1sdk.render.asked import Asked, Role
from a1sdk.render.cast.together import Placed, Remembered, Together, together
from a1sdk.render.clock import StageClock
from a1sdk.render.film import write_film
from a1sdk.render.inspection import qc_tracker
from a1sdk.render.opening import Opener
from a1sdk.render.plan import RenderPlan, make_plan
from a1sdk.render.record import close_report, open_report
from a1sdk.render.vectors import FaceVectors
from a1sdk.render.warm import WarmRenderer
from a1sdk.render.watching import Watch
from a1sdk.streams import prefetch

if TYPE_CHECKING:
    from a1sdk.components.data import FaceObservation
    from a1sdk.components.interfaces import Renderer
    from a1sdk.components.registry import Chosen, Registry
    from a1sdk.components.specs import IdentityEncoderSpec
    from a1sdk.render.context import HostContext
    from a1sdk.render.job import RenderJob
    from a1sdk.render.report import RenderReport

T = TypeVar("T")
_QUEUE = 24  # items between stages: a stage that is held up for a moment holds up no other
_QUEUE_BYTES = 64 << 20  # and of large pictures no more than fit in here


def render(
    job: RenderJob,
    *,
    registry: Registry,
    context: HostContext,
    warm: WarmRenderer | None = None,
) -> RenderReport:
    """Render a job to its output, write the report beside it, and return the report.

    Args:
        job: what is rendered, where and with which seed.
        registry: where its components are looked up.
        context: the run; cancelling it leaves no file.
        warm: keeps the renderer for the next run; it is closed with this one if None.

    Raises:
        A1Error: whatever went wrong; nothing is left under the output's name then.
    """
    plan = make_plan(job, registry)
    report = open_report(plan)
    context = context.running(job)
    registry.notify("a1_run_started", job=job)
    try:
        with ExitStack() as stack:
            _Run(plan, registry, context, stack, report, warm).film()
        close_report(plan, report, context)
    except BaseException as error:
        stopped = isinstance(error, (Cancelled, KeyboardInterrupt))
        report.outcome = "cancelled" if stopped else "failed"
        report.error = str(error) if isinstance(error, A1Error) else describe(error)
        raise
    finally:
        registry.notify("a1_run_finished", job=job, report=report)
    return report


class _Run:
    """One execution of a plan; `stack` closes what it opens, the last thing first."""

    def __init__(
        self,
        plan: RenderPlan,
        registry: Registry,
        context: HostContext,
        stack: ExitStack,
        report: RenderReport,
        warm: WarmRenderer | None,
    ) -> None:
        self.plan, self.job, self.registry = plan, plan.job, registry
        self.context, self.report = context, report
        self.stack, self.warm = stack, warm
        self.opener = Opener(context, stack, report.warnings)
        self.clock = StageClock()

    def film(self) -> None:
        """Render and write every frame."""
        with self.clock.busy("prepare"):
            tracker = self.opener.tracker(self.plan.tracker)
            asked = Asked(self.plan, self.opener, self.report.warnings)
            found = asked.portraits(tracker)
            self.report.faces_in_portrait = asked.faces
            likenesses = self._likenesses([portrait for _, portrait in found])
            roles = asked.roles(found, tracker)
            watch = self._watch(roles, asked.others)
            pictures = self._drawn(asked, roles, likenesses, watch)
        if watch is not None:
            pictures = watch.pictures(pictures)
        write_film(self.plan, pictures, roles, self.context, self.clock, self.report)
        if watch is not None:
            watch.finish(self.report, audio=not self.plan.codec.sequence)
        self.report.seconds = self.clock.seconds()
        for layer in (layer for role in roles for layer in role.performance.layers):
            self.report.note_layer(layer)

    def _drawn(
        self,
        asked: Asked,
        roles: Sequence[Role],
        likenesses: Sequence[dict[str, Identity]],
        watch: Watch | None,
    ) -> Iterator[VideoFrame]:
        """The pictures in which all faces perform that are to, and no others.

        One renderer draws all of them: each by itself, in turns.
        """
        renderer, view = self._renderer()
        streams = []
        for number, (role, identities) in enumerate(zip(roles, likenesses, strict=True)):
            targets = self._targets(asked, number, role, watch)
            seen = view.of_face(role.who) if len(roles) > 1 else view
            streams.append(self._pictures(renderer, seen, role, identities, targets))
        portrait = roles[0].portrait
        waiting = max(1, _QUEUE_BYTES // portrait.pixels.nbytes)
        drawn = self._queued(zip(*streams, strict=True), waiting // len(streams))
        if len(streams) == 1 and not asked.others:
            return (alone.frame for (alone,) in drawn)
        join = Together(portrait.pixels, [one.portrait.face for one in roles], asked.others)
        joined = together(self.clock.waited("join", drawn), join)
        return self._queued(self.clock.worked("join", joined), waiting)

    def _targets(
        self, asked: Asked, number: int, role: Role, watch: Watch | None
    ) -> Iterator[TargetFrame]:
        """Where a face has to be, worked out ahead of the renderer."""
        motion = role.performance.frames(self.job.performance.gaps)
        wanted = asked.targets(self.clock.worked("motion", motion), role.portrait, role.performance)
        return self._queued(wanted if watch is None else watch.targets(number, wanted))

    def _watch(self, roles: Sequence[Role], others: Sequence[FaceObservation]) -> Watch | None:
        """Who inspects the film while it is made, if the job asks for it."""
        wanted, job = self.job.qc, self.job
        if wanted is False:
            return None
        chosen = qc_tracker(self.registry, job.tracker.use, job.tracker.options)
        inspector = self.plan.inspector
        vectors = None if inspector is None else FaceVectors(inspector, self.opener)
        profile = default_profile() if wanted is True else wanted
        watch: Watch = self.opener.closed(
            Watch(
                roles,
                others=others,
                profile=profile if vectors is None else judged_by(profile, vectors.comparison),
                chosen=chosen,
                tracker=self.opener.tracker(chosen),
                view=self.opener.lend(chosen),
                clock=self.clock,
                vectors=vectors,
            )
        )
        return watch

    def _likenesses(self, portraits: Sequence[Portrait]) -> list[dict[str, Identity]]:
        """The likenesses of each face, by kind.

        Each encoder is closed before the next, and before the renderer loads. A renderer that is
        kept from an earlier run goes where its memory is needed for one.
        """
        known: list[dict[str, Identity]] = [{} for _ in portraits]
        for chosen in self.plan.encoders:
            try:
                identities = self._encoded(chosen, portraits)
            except OutOfMemoryError:
                if self.warm is None or not self.warm.is_set_up:
                    raise
                self.warm.close()
                identities = self._encoded(chosen, portraits)
            for one, identity in zip(known, identities, strict=True):
                one[chosen.spec.produces] = identity
        return known

    def _encoded(
        self, chosen: Chosen[IdentityEncoderSpec], portraits: Sequence[Portrait]
    ) -> list[Identity]:
        view = self.opener.lend(chosen)
        with self.opener.using(chosen, view) as encoder, blaming(chosen.ref, "in encode"):
            return [encoder.encode([portrait], view) for portrait in portraits]

    def _renderer(self) -> tuple[Renderer, HostContext]:
        """The renderer, set up, or what is kept of one; and what it is lent."""
        warm = self.warm or self.stack.enter_context(WarmRenderer(self.report.warnings))
        return self.stack.enter_context(warm.lent(self.plan, self.context))

    def _pictures(
        self,
        renderer: Renderer,
        view: HostContext,
        role: Role,
        identities: dict[str, Identity],
        targets: Iterator[TargetFrame],
    ) -> Iterator[Placed]:
        """The pictures in which one face performs, and where it is in them."""
        ref, portrait, remembered = self.plan.renderer.ref, role.portrait, Remembered(targets)
        pulled = Pulled(self.clock.waited("render", remembered.targets()))
        with blaming(ref, "in render"):
            drawn = renderer.render(portrait, identities, pulled, role.performance.info, view)
        checked = checked_video(drawn, ref, targets=pulled, like=portrait.pixels)
        return remembered.placed(self.clock.worked("render", self.opener.closed(checked)))

    def _queued(self, items: Iterator[T], most: int = _QUEUE) -> Iterator[T]:
        """Let `items` be made in a thread of their own, a few ahead."""
        queued: Iterator[T] = self.opener.closed(prefetch(items, min(most, _QUEUE)))
        return queued
