"""Render the shots of a cut into a folder, and hand the cut back with them in place."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from a1sdk.components.options import did_you_mean
from a1sdk.components.registry import Registry
from a1sdk.errors import A1Error, Cancelled, ConfigError
from a1sdk.media.codecs import SEQUENCE_START
from a1sdk.media.files import make_folder
from a1sdk.timeline.conform import Conformed, conform
from a1sdk.timeline.rendered import Rendered
from a1sdk.timeline.rendering.findings import remarked, result_of_media
from a1sdk.timeline.rendering.jobs import Delivered, JobMaker
from a1sdk.timeline.rendering.ledger import Ledger
from a1sdk.timeline.rendering.report import CutReport, report_of
from a1sdk.timeline.rendering.running import Outcome, ShotProgress, ShotRun

if TYPE_CHECKING:
    from a1sdk.components.specs import Spec
    from a1sdk.timeline.conform import Flavour
    from a1sdk.timeline.model import Problem
    from a1sdk.timeline.shots import Shot, Shots

logger = logging.getLogger(__name__)


@dataclass
class CutRender:
    """One render of a cut's shots; `cancel` stops it, from any thread or signal handler.

    Attributes:
        shots: the shots of the cut.
        folder: where their media, the report and the handed-back cut go.
        registry: where renderers, trackers and sources of motion are looked up.
        delivered: what the media are.
        only: names or ids of the shots to render; all if empty.
        jobs: how many shots to render at a time.
        flavours: editing programs that get a file of their own.
        qc_markers: whether what inspections of the shots found is marked in the cut.
        progress: is told how each shot gets on.
        outcomes: how each shot went, so far.
        failed: why the cut could not be handed back, if so.

    With more than one of `jobs`, processes are started afresh: what starts the run has to be under
    `if __name__ == "__main__"`, as for `multiprocessing`.
    """

    shots: Shots
    folder: Path
    registry: Registry = field(default_factory=Registry)
    delivered: Delivered = field(default_factory=Delivered)
    only: Sequence[str] = ()
    jobs: int = 1
    flavours: Collection[Flavour] = ()
    qc_markers: bool = True
    progress: ShotProgress | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    failed: A1Error | None = None

    def __post_init__(self) -> None:
        maker = JobMaker(self.folder, self.shots, self.delivered, self.registry)
        self._run = ShotRun(maker, Ledger(self.folder), self.jobs, self.progress)

    def cancel(self) -> None:
        """Stop what is rendering, and begin nothing more."""
        self._run.cancel()

    def run(self) -> CutReport:
        """Render what is not rendered yet, hand the cut back, and write and return the report.

        A shot that cannot be rendered stops no other; the cut keeps its clip.

        Raises:
            ConfigError: there is no shot of a name that was asked for.
            PluginError: there is no such renderer, or no such tracker.
            StorageError: the folder cannot be written to.
            Cancelled: it was cancelled; what is complete stays, and so does a report.
        """
        chosen = self._chosen()
        self._warn_of_copies(self.registry.spec("renderer", self.delivered.renderer))
        self.registry.spec("face_tracker", self.delivered.tracker)
        make_folder(self.folder)
        try:
            for outcome in self._run.outcomes(chosen):
                self.outcomes.append(outcome)
                if self.progress is not None:
                    self.progress(outcome.shot.name, outcome.state, 1, 1)
        except BaseException as error:
            stopped = isinstance(error, (Cancelled, KeyboardInterrupt))
            report_of(self.shots, self.outcomes, cancelled=stopped).save(self.report_path)
            raise
        ids = {shot.id for shot in chosen}
        others = (self._run.kept(shot) for shot in self.shots if shot.id not in ids)
        self.outcomes += filter(None, others)  # the cut is handed back with them too
        report = report_of(self.shots, self.outcomes, handed_back=self._hand_back())
        report.save(self.report_path)
        return report

    @property
    def report_path(self) -> Path:
        """Where the report is written: `cut.otio` has `cut.a1cut.json`."""
        return self.folder / f"{self.shots.cut.path.stem}.a1cut.json"

    def _warn_of_copies(self, renderer: Spec) -> None:
        """Say that each process has a renderer of its own, where they share a GPU."""
        if self.jobs > 1 and self.delivered.device != "cpu" and set(renderer.devices) != {"cpu"}:
            logger.warning(
                "Renderer %r is loaded by each of %d processes, and they share its device;"
                " one job at a time loads it once for all shots.",
                renderer.name,
                self.jobs,
            )

    def _chosen(self) -> list[Shot]:
        """Return the shots that were asked for."""
        if not self.only:
            return list(self.shots)
        known = {name: shot for shot in self.shots for name in (shot.name.lower(), shot.id)}
        for name in self.only:
            if name.lower() not in known:
                names = [shot.name for shot in self.shots]
                hint = did_you_mean(name, names) or f"shots: {', '.join(names[:20]) or 'none'}"
                raise ConfigError(f"There is no shot {name!r}.", hint=hint)
        wanted = {known[name.lower()].id for name in self.only}
        return [shot for shot in self.shots if shot.id in wanted]

    def _hand_back(self) -> Conformed | None:
        """Hand the cut back with all media that is complete."""
        problems: list[Problem] = []
        media = list(self._media(problems))
        if not media:
            return None
        try:
            done = conform(self.shots, media, self.folder, flavours=self.flavours)
        except A1Error as error:
            self.failed = error
            return None
        return replace(done, problems=(*done.problems, *problems))

    def _media(self, problems: list[Problem]) -> Iterator[Rendered]:
        """Yield all media that is complete, with remarks of its inspection."""
        for one in self.outcomes:
            rendered, record = _rendered(one), one.record
            if rendered is None or record is None:
                continue
            result = result_of_media(rendered.path, record) if self.qc_markers else None
            if result is not None:
                rendered, unmarked = remarked(rendered, result, self.shots.cut)
                problems += unmarked
            yield rendered


def _rendered(outcome: Outcome) -> Rendered | None:
    made, record = outcome.made, outcome.record
    if made is None or record is None:
        return None
    return Rendered(
        shot=outcome.shot,
        path=made.media,
        timecode=made.timecode,
        frames=record.frames,
        size=record.size,
        codec=made.codec.name,
        alpha=made.alpha,
        first=SEQUENCE_START if made.codec.sequence else None,
        provenance={"digest": record.digest, "seed": made.job.seed},
    )
