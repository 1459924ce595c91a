"""Keep a performance in a file, to look at it or to use it again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a1sdk.errors import ConfigError
from a1sdk.media.files import same_file, sha256
from a1sdk.motion.clip import save_clip
from a1sdk.render.commerce import require_commercial
from a1sdk.render.inputs import check_files, paths_of
from a1sdk.render.opening import Opener
from a1sdk.render.performance import LayeredPerformance
from a1sdk.render.permission import Permission
from a1sdk.render.plan import choose_tracker, plan_layers

if TYPE_CHECKING:
    from a1sdk.components.registry import Chosen, Registry
    from a1sdk.motion.clipformat import ClipHeader
    from a1sdk.motion.gaps import GapPolicy
    from a1sdk.render.context import HostContext
    from a1sdk.render.job import MotionLayer
    from a1sdk.render.performance import OpenLayer

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Extracted:
    """A performance that was written to a motion file.

    Attributes:
        header: what the file says of itself.
        layers: the layers it was mixed from, the base first; their sources are closed.
    """

    header: ClipHeader
    layers: Sequence[OpenLayer]


def extract_motion(
    layers: Sequence[MotionLayer],
    output: Path,
    *,
    registry: Registry,
    context: HostContext,
    tracker: str = "facemesh/landmarks",
    rate: Fraction | None = None,
    duration: Fraction | None = None,
    gaps: GapPolicy = "interpolate",
) -> Extracted:
    """Write the motion that layers give together, with its labels, to a motion file.

    Of one layer that is taken as it is, gaps stay gaps; of several that are mixed they are filled.

    Args:
        layers: the layers, the base first, as `stack_of` returns them.
        output: where to; ends with `.a1motion`.
        registry: where the components are looked up.
        context: the run; cancelling it leaves no file.
        tracker: reference of the face tracker, which is built if a source needs one.
        rate: frames per second; those of the first layer that has a rate of its own if None.
        duration: seconds; those of the longest layer if None.
        gaps: how gaps are filled where layers are mixed.

    Raises:
        A1Error: whatever went wrong; nothing is left under the output's name then.
    """
    planned = plan_layers(layers, registry)
    named = next((one.layer for one in planned if one.layer.who), None)
    if named is not None:
        raise ConfigError(
            f"Layer {named.name!r} names {named.who!r}, and no cast sheet says who that is.",
            hint="choose the face by its place, with the source's option face",
        )
    files, warnings = paths_of(one.chosen for one in planned), list[str]()
    check_files(files)
    for path in files:
        if same_file(path, output):
            raise ConfigError(
                f"The output {str(output)!r} is one of the inputs.", hint="choose another name"
            )
    about = {"source": ", ".join(one.chosen.ref for one in planned)}
    if files:
        about["driver"] = ", ".join(path.name for path in files)
    if len(files) == 1:
        about["sha256"] = sha256(files[0])
    needed = any(one.chosen.spec.needs_face_tracker for one in planned)
    finder = choose_tracker(registry, tracker) if needed else None
    used: list[Chosen[Any]] = [one.chosen for one in planned]
    require_commercial([*used, *filter(None, [finder])], Permission.of(), registry)
    with ExitStack() as stack:
        opener = Opener(context, stack, warnings)
        performance = LayeredPerformance(
            planned,
            opener,
            tracker=None if finder is None else opener.tracker(finder),
            rate=rate,
            duration=duration,
        )
        frames = opener.closed(performance.frames(None if performance.is_plain else gaps))
        header = save_clip(output, frames, performance.info, about, performance.labels)
    for warning in (*warnings, *context.warnings):
        logger.warning(warning)
    return Extracted(header, performance.layers)
