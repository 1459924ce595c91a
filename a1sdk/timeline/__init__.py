"""Editing timelines: read any cut, find its shots, render them and hand it back.

    shots = find_shots(read_cut("cut.otio"))
    report = CutRender(shots, Path("shots")).run()

Not loaded by `import a1sdk`; each name is imported when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from a1sdk.lazy import lazily

if TYPE_CHECKING:
    from a1sdk.timeline.formats.bundles import unpack_media
    from a1sdk.timeline.formats.edl.reader import read_edls
    from a1sdk.timeline.model import Cut, Problem
    from a1sdk.timeline.plan import CutPlan, plan_of
    from a1sdk.timeline.problems import PROBLEMS
    from a1sdk.timeline.read import read_cut
    from a1sdk.timeline.rendering.cut import CutRender
    from a1sdk.timeline.rendering.jobs import Delivered
    from a1sdk.timeline.rendering.report import CutReport
    from a1sdk.timeline.shots.finding import Shot, Shots, find_shots
    from a1sdk.timeline.shots.sidecar import Sidecar
    from a1sdk.timeline.walk import Placed, placed

__all__ = [
    "PROBLEMS",
    "Cut",
    "CutPlan",
    "CutRender",
    "CutReport",
    "Delivered",
    "Placed",
    "Problem",
    "Shot",
    "Shots",
    "Sidecar",
    "find_shots",
    "placed",
    "plan_of",
    "read_cut",
    "read_edls",
    "unpack_media",
]

_LAZY = {
    "PROBLEMS": "a1sdk.timeline.problems",
    "Cut": "a1sdk.timeline.model",
    "CutPlan": "a1sdk.timeline.plan",
    "CutRender": "a1sdk.timeline.rendering.cut",
    "CutReport": "a1sdk.timeline.rendering.report",
    "Delivered": "a1sdk.timeline.rendering.jobs",
    "Placed": "a1sdk.timeline.walk",
    "Problem": "a1sdk.timeline.model",
    "Shot": "a1sdk.timeline.shots.finding",
    "Shots": "a1sdk.timeline.shots.finding",
    "Sidecar": "a1sdk.timeline.shots.sidecar",
    "find_shots": "a1sdk.timeline.shots.finding",
    "placed": "a1sdk.timeline.walk",
    "plan_of": "a1sdk.timeline.plan",
    "read_cut": "a1sdk.timeline.read",
    "read_edls": "a1sdk.timeline.formats.edl.reader",
    "unpack_media": "a1sdk.timeline.formats.bundles",
}
"""Public names and the modules they come from, each imported when first asked for."""

__getattr__, __dir__ = lazily(__name__, _LAZY)
