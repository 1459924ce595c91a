"""Keep a renderer set up from one run to the next, for its networks may take minutes to load."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from a1sdk.components.checked import CheckedTracker
from a1sdk.render.inputs import files_at, paths_of
from a1sdk.render.opening import Opener

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

    from a1sdk.components.interfaces import FaceTracker, Renderer
    from a1sdk.components.registry import Chosen
    from a1sdk.components.specs import Spec
    from a1sdk.render.context import HostContext
    from a1sdk.render.permission import Permission
    from a1sdk.render.plan import RenderPlan

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Wanted:
    """All that a renderer is set up by; what equals it can be used in its place."""

    components: tuple[tuple[str, str, BaseModel | None], ...]
    device: str
    permission: Permission
    files: tuple[tuple[Path, int, int], ...]

    @classmethod
    def by(cls, plan: RenderPlan, context: HostContext) -> _Wanted:
        chosen: list[Chosen[Spec]] = [plan.renderer]
        if plan.renderer.spec.needs_face_tracker:
            chosen.append(plan.tracker)
        seen = ((path, path.stat()) for path in files_at(paths_of(chosen)))
        return cls(
            components=tuple((one.ref, one.plugin.version, one.options) for one in chosen),
            device=context.lend(plan.renderer.spec).device,
            permission=context.permission,
            files=tuple((path, about.st_size, about.st_mtime_ns) for path, about in seen),
        )


@dataclass(frozen=True)
class _Kept:
    """A renderer that is set up, with a face tracker of its own if it needs one.

    Attributes:
        told: what they were set up with, which knows what they told and used then.
        stack: closes them; `left` gets what goes wrong at that.
    """

    wanted: _Wanted
    renderer: Renderer
    tracker: FaceTracker | None
    told: HostContext
    stack: ExitStack
    left: list[str]


class WarmRenderer:
    """At most one renderer, set up and kept for the next run that asks for the same.

    Whoever makes one closes it. A renderer is closed as soon as another one is asked for, so that
    there is never more than one, and after a run that failed, whoever was at fault.
    """

    def __init__(self, warnings: list[str] | None = None) -> None:
        """Keep none yet; `warnings` gets what goes wrong when one is closed, else the log does."""
        self._kept: _Kept | None = None
        self._warnings = warnings

    def __enter__(self) -> WarmRenderer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_set_up(self) -> bool:
        """Whether a renderer is kept, and the memory it takes."""
        return self._kept is not None

    def close(self) -> None:
        """Close the renderer that is kept, if any."""
        kept, self._kept = self._kept, None
        if kept is None:
            return
        kept.stack.close()
        if self._warnings is not None:
            self._warnings += kept.left
            return
        for text in kept.left:
            logger.warning("%s", text)

    @contextmanager
    def lent(
        self, plan: RenderPlan, context: HostContext
    ) -> Iterator[tuple[Renderer, HostContext]]:
        """Lend the renderer of a plan, set up, and its view of a run.

        What it told while it was set up is told of each run. Its face tracker is one of its own,
        for it works beside those who perform.

        Raises:
            A1Error: it cannot be set up.
        """
        try:
            kept = self._kept_for(plan, context)
            context.include(kept.told)
            tracker = kept.tracker
            if tracker is not None:
                seeing = context.lend(plan.tracker.spec, label=plan.tracker.ref)
                tracker = CheckedTracker(tracker, plan.tracker.ref, seeing)
            ref = plan.renderer.ref
            yield kept.renderer, context.lend(plan.renderer.spec, label=ref, tracker=tracker)
        except BaseException:
            self.close()
            raise

    def _kept_for(self, plan: RenderPlan, context: HostContext) -> _Kept:
        wanted = _Wanted.by(plan, context)
        if self._kept is None or self._kept.wanted != wanted:
            self.close()
            self._kept = _set_up(plan, context, wanted)
        return self._kept


def _set_up(plan: RenderPlan, context: HostContext, wanted: _Wanted) -> _Kept:
    told, left = context.lasting(), list[str]()
    with ExitStack() as stack:
        stack.callback(told.close)
        opener, tracker, seen = Opener(told, stack, left), None, None
        if plan.renderer.spec.needs_face_tracker:
            seeing = opener.lend(plan.tracker)
            tracker = opener.open(plan.tracker, seeing)
            seen = CheckedTracker(tracker, plan.tracker.ref, seeing)
        renderer = opener.open(plan.renderer, opener.lend(plan.renderer, seen))
        return _Kept(wanted, renderer, tracker, told, stack.pop_all(), left)
