"""Inspect a film while it is made: beside the run, in a thread of its own."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from a1sdk.components.blame import describe
from a1sdk.errors import A1Error
from a1sdk.qc.inspector import Inspector
from a1sdk.qc.model import result_path
from a1sdk.render.following import Shown, followed
from a1sdk.render.hearing import listen
from a1sdk.render.inspection import components_of, inputs_of
from a1sdk.render.report import QcRecord
from a1sdk.render.scenes import scene_of

if TYPE_CHECKING:
    from a1sdk.components.data import FaceObservation, TargetFrame, VideoFrame
    from a1sdk.components.interfaces import FaceTracker, RunContext
    from a1sdk.components.registry import Chosen
    from a1sdk.components.specs import FaceTrackerSpec
    from a1sdk.qc.model import QcProfile, QcResult
    from a1sdk.render.asked import Role
    from a1sdk.render.clock import StageClock
    from a1sdk.render.report import RenderReport
    from a1sdk.render.vectors import FaceVectors

EVERY = 2
"""The face is looked for in every second picture: that is most of what inspecting takes."""

_WAITING = 8  # pictures that wait to be inspected; a run that is ahead of that waits itself
_WAITING_BYTES = 64 << 20  # and of large pictures no more than fit in here


class Watch:
    """Inspects the pictures that pass by on their way to the film.

    What goes wrong while inspecting costs no film: the report says so.

    Args:
        roles: the faces that perform, in the portrait as delivered, and what is asked of them.
        others: the faces of the portrait that do not perform.
        profile: limits.
        chosen: the face tracker that looks at the film.
        tracker: it, set up, and used by nobody else.
        view: what it is lent.
        clock: gets the seconds that inspecting took.
        vectors: of faces, by an identity network, where the profile names one.
    """

    def __init__(
        self,
        roles: Sequence[Role],
        *,
        others: Sequence[FaceObservation],
        profile: QcProfile,
        chosen: Chosen[FaceTrackerSpec],
        tracker: FaceTracker,
        view: RunContext,
        clock: StageClock,
        vectors: FaceVectors | None = None,
    ) -> None:
        scene = scene_of(roles, others)
        likeness = None if vectors is None else vectors.of_face
        self._inspector = Inspector(scene, profile, likeness=likeness, every=EVERY)
        self._components = components_of(chosen, vectors)
        self._performances, self._clock = [role.performance for role in roles], clock
        self._homes = scene.homes
        self._asked: tuple[deque[TargetFrame], ...] = tuple(deque() for _ in roles)
        room = max(1, min(_WAITING, _WAITING_BYTES // scene.pixels.nbytes))
        self._waiting: queue.Queue[Shown | None] = queue.Queue(room)
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(
            target=self._inspect, args=(tracker, view, len(roles) + len(others)), daemon=True
        )
        self._thread.start()

    def targets(self, number: int, targets: Iterator[TargetFrame]) -> Iterator[TargetFrame]:
        """Yield the targets of a role, remembering each until its picture passes by."""
        for target in targets:
            self._asked[number].append(target)
            yield target

    def pictures(self, pictures: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
        """Yield the pictures, one for each target, in order, and let them be inspected."""
        for picture in pictures:
            targets = tuple(asked.popleft() for asked in self._asked)
            if self._error is None:
                self._waiting.put(Shown(picture.pixels, targets))
            yield picture

    def close(self) -> None:
        """Stop inspecting. Safe to call twice."""
        self._stop.set()
        self._end()

    def finish(self, report: RenderReport, *, audio: bool) -> None:
        """Write the result beside the film, which is complete, and note the verdict in the report.

        Args:
            report: of the run.
            audio: whether the film is a file that may have sound.
        """
        self._end()
        try:
            if self._error is not None:
                raise self._error
            with self._clock.busy("inspect"):
                result = self._result(report, audio)
            path = result_path(report.job.output)
            result.save(path)
        except Exception as error:
            why = str(error) if isinstance(error, A1Error) else describe(error)
            report.warnings.append(f"The film is complete, but was not inspected: {why}")
            return
        report.qc = QcRecord(
            verdict=result.verdict,
            findings=len(result.findings),
            worst=next((one.sentence for one in result.worst_first), None),
            result=path,
        )

    def _result(self, report: RenderReport, audio: bool) -> QcResult:
        job, notes, info = report.job, list[str](), self._performances[0].info
        sound = None
        if audio:
            sound = listen(job.output, self._performances, report.frames / info.rate, notes)
        return self._inspector.finish(
            inputs=inputs_of(job.output, job),
            components=self._components,
            timecode=job.delivery.timecode,
            sound=sound,
            notes=notes,
        )

    def _end(self) -> None:
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()

    def _inspect(self, tracker: FaceTracker, view: RunContext, faces: int) -> None:
        """What the thread does; after an error it only takes away what waits."""
        coming = self._coming()
        try:
            waited = self._clock.waited("inspect", coming)
            stream = followed(waited, tracker, view, homes=self._homes, every=EVERY, faces=faces)
            for one in self._clock.worked("inspect", stream):
                with self._clock.busy("inspect"):
                    shown = one.shown
                    self._inspector.see(shown.pixels, shown.targets, one.faces, looked=one.looked)
        except BaseException as error:  # told when the film is complete
            self._error = error
            for _ in coming:
                pass

    def _coming(self) -> Iterator[Shown]:
        while (shown := self._waiting.get()) is not None:
            if not self._stop.is_set():
                yield Shown.of(shown.pixels, shown.targets)
