"""Keep a driver's motion in a file, to look at it or to use it again."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a1sdk.components.blame import blaming
from a1sdk.components.checked import CheckedTracker, checked_motion
from a1sdk.errors import ConfigError
from a1sdk.media.files import same_file, sha256
from a1sdk.motion.clip import save_clip

if TYPE_CHECKING:
    from a1sdk.components.interfaces import Component, FaceTracker
    from a1sdk.components.registry import Registry
    from a1sdk.motion.clipformat import ClipHeader
    from a1sdk.render.context import HostContext


def extract_motion(
    driver: Path,
    output: Path,
    *,
    registry: Registry,
    context: HostContext,
    source: str = "video/face",
    tracker: str = "facemesh/landmarks",
    options: Mapping[str, Any] | None = None,
) -> ClipHeader:
    """Write the motion that a source takes from `driver` to a motion file, gaps as gaps.

    Args:
        driver: file that the source reads, through its option `path`.
        output: where to; ends with `.a1motion`.
        registry: where the components are looked up.
        context: the run; cancelling it leaves no file.
        source: reference of the motion source.
        tracker: reference of the face tracker, which is built if the source needs one.
        options: options of the source, besides `path`.

    Raises:
        A1Error: whatever went wrong; nothing is left under the output's name then.
    """
    if same_file(driver, output):
        raise ConfigError(f"The output {str(output)!r} is the driver.", hint="choose another name")
    chosen = registry.choose("motion_source", source, {**(options or {}), "path": str(driver)})
    with ExitStack() as stack:

        def open_component(component: Component, ref: str, ctx: HostContext) -> None:
            stack.callback(component.close)
            with blaming(ref, "in setup"):
                component.setup(ctx)

        faces: FaceTracker | None = None
        if chosen.spec.needs_face_tracker:
            finder = registry.choose("face_tracker", tracker)
            faces = finder.build()
            view = context.lend(finder.spec, label=finder.ref)
            open_component(faces, finder.ref, view)
            faces = CheckedTracker(faces, finder.ref, view)
        lent = context.lend(chosen.spec, label=chosen.ref, tracker=faces)
        motion = chosen.build()
        open_component(motion, chosen.ref, lent)
        with blaming(chosen.ref, "in probe"):
            info = motion.probe()
        about = {"driver": driver.name, "sha256": sha256(driver), "source": chosen.ref}
        with closing(checked_motion(motion.stream(lent), chosen.ref, info.count)) as frames:
            return save_clip(output, frames, info, about)
