"""The main job in one call: a portrait gives a driver's performance."""

from __future__ import annotations

import os
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import ValidationError

from a1sdk.components.options import config_error
from a1sdk.components.registry import Registry
from a1sdk.errors import DecodeError
from a1sdk.media import probe
from a1sdk.render.context import HostContext, Progress
from a1sdk.render.job import (
    ComponentChoice,
    Delivery,
    ExpressionMode,
    Mode,
    Performance,
    RenderJob,
)
from a1sdk.render.pipeline import render

if TYPE_CHECKING:
    from a1sdk.components.specs import MotionSourceSpec
    from a1sdk.render.report import RenderReport

    AnyPath = str | os.PathLike[str]


def animate(
    portrait: AnyPath,
    driver: AnyPath,
    output: AnyPath,
    *,
    progress: Progress | None = None,
    **options: Any,
) -> RenderReport:
    """Make a portrait give a driver's performance, and return the record of the render.

    Args:
        portrait: picture to animate: PNG, JPEG, WebP, TIFF; RGB, RGBA, grey, CMYK, 8 or 16 bit.
        driver: film whose face performs, or a saved motion (`.a1motion`).
        output: film to write; the suffix chooses the container. A folder, or a name such as
            `shot.%04d.png`, gets a PNG sequence that starts at 1001.
        progress: called with a stage's name, frames done, and the total where it is known.
        **options: as for `make_job`.

    Raises:
        ConfigError: an option is wrong.
        MediaError: a file cannot be read or written, or shows no face.
        ResourceError: the tracker's models are not here, or the disk is full.
        PluginError: a plugin is missing or broken.
    """
    registry = Registry()
    job = make_job(portrait, driver, output, registry=registry, **options)
    with HostContext(device=job.device, seed=job.seed, progress=progress) as context:
        return render(job, registry=registry, context=context)


def make_job(
    portrait: AnyPath,
    driver: AnyPath,
    output: AnyPath,
    *,
    registry: Registry | None = None,
    renderer: str = "warp/mesh",
    tracker: str = "facemesh/landmarks",
    source: str | None = None,
    source_options: Mapping[str, Any] | None = None,
    renderer_options: Mapping[str, Any] | None = None,
    face: str = "largest",
    expression: float = 1.0,
    head: float = 1.0,
    expression_mode: ExpressionMode = "auto",
    head_mode: Mode = "relative",
    gaps: Literal["hold", "interpolate", "neutral", "fail"] = "interpolate",
    rate: Fraction | int | str | None = None,
    size: tuple[int, int] | None = None,
    fit: Literal["crop", "pad"] = "crop",
    codec: str | None = None,
    timecode: str | None = None,
    audio: bool = True,
    side_by_side: bool = False,
    seed: int = 0,
    device: str = "cpu",
) -> RenderJob:
    """Build the job that `animate` runs.

    Args:
        renderer: reference of the renderer; `renderer_options` are its options.
        tracker: reference of the face tracker.
        source: reference of the motion source; chosen by what `driver` is if absent.
        source_options: options of the motion source.
        face: face of the portrait: `largest`, an index from 0, or `x,y` in pixels.
        expression: gain of the expression, 0..3.
        head: gain of the head motion, 0..3.
        expression_mode: `relative` adds to the portrait's expression, `absolute` replaces it,
            `auto` replaces that of a portrait that smiles or speaks.
        head_mode: `relative` adds to the portrait's pose, `absolute` replaces it.
        gaps: what to do where the driver's face is lost.
        rate: frames per second to deliver; the driver's own if absent.
        size: width and height to deliver; the portrait's own if absent.
        fit: how a portrait of another aspect ratio fills `size`.
        codec: see `a1sdk.media.CODECS`; by the suffix if absent.
        timecode: start timecode, `HH:MM:SS:FF`.
        audio: carry the driver's sound over.
        side_by_side: show the driver to the left of the result.
        seed: seed of everything random.
        device: `cpu`, `cuda:0`, `mps`.

    Raises:
        ConfigError: an option is wrong, or no motion source reads the driver.
    """
    registry = registry or Registry()
    path = Path(driver)
    reference = source or _source_for(path, registry)
    motion_options = dict(source_options or {})
    known = registry.option_names("motion_source", reference)
    if "path" in known:
        motion_options["path"] = str(path)
    if "head" in known and head_mode == "absolute":
        motion_options["head"] = "absolute"
    try:
        return RenderJob(
            portrait=Path(portrait),
            motion=ComponentChoice(use=reference, options=motion_options),
            output=Path(output),
            renderer=ComponentChoice(use=renderer, options=dict(renderer_options or {})),
            tracker=ComponentChoice(use=tracker),
            face=face,
            performance=Performance(
                expression=expression_mode,
                head=head_mode,
                expression_gain=expression,
                head_gain=head,
                gaps=gaps,
            ),
            delivery=Delivery(
                rate=rate,
                size=size,
                fit=fit,
                codec=codec,
                timecode=timecode,
                audio=audio,
                side_by_side=side_by_side,
            ),
            seed=seed,
            device=device,
        )
    except ValidationError as error:
        raise config_error(error) from None


def _source_for(driver: Path, registry: Registry) -> str:
    """The motion source that reads a file: by its suffix, else by what is in it."""
    offered = cast("dict[str, MotionSourceSpec]", registry.specs("motion_source"))
    known = {name for spec in offered.values() for name in spec.inputs}
    suffix = driver.suffix.lower()
    if suffix in known:
        return registry.source_for(suffix)
    kind = probe(driver).kind
    if kind == "still":
        raise DecodeError(
            f"{str(driver)!r} is a picture; it has no motion to drive with.",
            path=str(driver),
            hint="the order is: a1 animate PORTRAIT DRIVER -o OUTPUT",
        )
    return registry.source_for(kind)
