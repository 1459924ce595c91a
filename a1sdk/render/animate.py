"""The main job in one call: a portrait gives a performance."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from pydantic import ValidationError

from a1sdk.components.choice import ComponentChoice
from a1sdk.components.options import config_error
from a1sdk.components.registry import Registry
from a1sdk.errors import ConfigError
from a1sdk.render.arrange import stack_of
from a1sdk.render.cast.sheet import Casting, CastSheet, Sheet, casting, sheet_of
from a1sdk.render.context import HostContext, Progress
from a1sdk.render.job import (
    Delivery,
    ExpressionMode,
    Mode,
    MotionLayer,
    Performance,
    RenderJob,
)
from a1sdk.render.pipeline import render

if TYPE_CHECKING:
    from a1sdk.qc.model import QcProfile
    from a1sdk.render.arrange import Layer, Performer
    from a1sdk.render.report import RenderReport

    AnyPath = str | os.PathLike[str]
    Driver = Performer | Sequence[Layer] | None


def animate(
    portrait: AnyPath,
    driver: Driver,
    output: AnyPath,
    *,
    progress: Progress | None = None,
    **options: Any,
) -> RenderReport:
    """Make a portrait give a performance, and return the record of the render.

        animate("portrait.png", "driver.mp4", "film.mp4")
        animate("portrait.png", None, "film.mp4", voice="line.wav", keys="beat.json")
        animate("portrait.png", "driver.mp4", "film.mp4", mocap="take.csv", take=["head=mocap"])

    Args:
        portrait: picture to animate: PNG, JPEG, WebP, TIFF; RGB, RGBA, grey, CMYK, 8 or 16 bit.
        driver: film whose face performs, a sound that speaks, a take, keys, or a saved motion
            (`.a1motion`); a layer, or all layers of a stack; None where others perform.
        output: film to write; the suffix chooses the container. A folder, or a name such as
            `shot.%04d.png`, gets a PNG sequence that starts at 1001; `shot.%04d.exr` OpenEXR.
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
    with HostContext(progress=progress) as context:
        return render(job, registry=registry, context=context)


def make_job(
    portrait: AnyPath,
    driver: Driver,
    output: AnyPath,
    *,
    registry: Registry | None = None,
    renderer: str = "warp/mesh",
    tracker: str = "facemesh/landmarks",
    source: str | None = None,
    voice: Performer | None = None,
    keys: Performer | None = None,
    mocap: Performer | None = None,
    take: Sequence[str] = (),
    layers: AnyPath | None = None,
    layer_options: Mapping[str, Mapping[str, Any]] | None = None,
    renderer_options: Mapping[str, Any] | None = None,
    encoders: Sequence[str | ComponentChoice] = (),
    face: str = "largest",
    cast: Sheet | None = None,
    expression: float = 1.0,
    head: float = 1.0,
    expression_mode: ExpressionMode = "auto",
    head_mode: Mode = "relative",
    gaps: Literal["hold", "interpolate", "neutral", "fail"] = "interpolate",
    rate: Fraction | int | str | None = None,
    duration: Fraction | int | str | None = None,
    size: tuple[int, int] | None = None,
    fit: Literal["crop", "pad"] = "crop",
    codec: str | None = None,
    timecode: str | None = None,
    audio: bool = True,
    side_by_side: bool = False,
    qc: bool | QcProfile = False,
    qc_page: bool = False,
    seed: int = 0,
    device: str = "auto",
    commercial: bool = False,
    licensed: Sequence[str] = (),
) -> RenderJob:
    """Build the job that `animate` runs.

    Args:
        renderer: reference of the renderer; `renderer_options` are its options.
        tracker: reference of the face tracker.
        source: reference of the driver's motion source; chosen by what `driver` is if absent.
        voice: sound that the mouth speaks, or a layer.
        keys: keyframes that are added to everything, or a layer.
        mocap: captured motion in place of the driver's, or a layer.
        take: who gives which region of the face, as `REGION[,REGION]=NAME[*WEIGHT]`, such as
            `head=mocap` or `eyes,brows=keys*0.5`; names are driver, mocap, voice and keys.
        layers: file with a stack of layers, in place of all these.
        layer_options: options of motion sources, by the name of their layer.
        encoders: identity encoders, by reference or with options, for the likenesses that the
            renderer needs; the first installed of each kind if absent.
        face: face of the portrait: `largest`, an index from 0, or `x,y` in pixels.
        cast: a cast sheet, in place of `face`: a file `a1.cast/1`, a mapping, or a `CastSheet`. The
            people it names perform at the same time, each as its part says.
        expression: gain of the expression, 0..3.
        head: gain of the head motion, 0..3.
        expression_mode: `relative` adds to the portrait's expression, `absolute` replaces it,
            `auto` replaces that of a portrait that smiles or speaks.
        head_mode: `relative` adds to the portrait's pose, `absolute` replaces it.
        gaps: what to do where the driver's face is lost.
        rate: frames per second to deliver; those of the first layer that has a rate of its own
            if absent, else 25.
        duration: seconds to deliver; those of the longest layer if absent.
        size: width and height to deliver; the portrait's own if absent.
        fit: how a portrait of another aspect ratio fills `size`.
        codec: see `a1sdk.media.CODECS`; by the suffix if absent.
        timecode: start timecode, `HH:MM:SS:FF`.
        audio: carry the sound of the first layer that reads sound over, else of the first film.
        side_by_side: show the driver to the left of the result.
        qc: inspect the film while it is made: True, or the limits to hold it to.
        qc_page: also write a page of what was found, `FILM.a1qc.html`.
        seed: seed of everything random.
        device: `cpu`, `cuda:0`, `mps`; `auto` leaves it to each component.
        commercial: refuse what does not allow commercial use, or does not say.
        licensed: names of what you hold a licence for that allows it.

    Raises:
        ConfigError: an option is wrong, or nobody performs.
        DecodeError: a file is missing or unreadable.
        PluginNotFoundError: no installed motion source reads a file.
    """
    registry = registry or Registry()
    sheet = None if cast is None else sheet_of(cast, registry)
    given = (driver, source, voice, keys, mocap, layers)
    stack: tuple[MotionLayer, ...] = ()
    if sheet is None or sheet.needs_driver or any(one is not None for one in given):
        stack = stack_of(
            driver,
            registry=registry,
            source=source,
            voice=voice,
            keys=keys,
            mocap=mocap,
            take=take,
            layers=layers,
            layer_options=layer_options,
        )
    if head_mode == "absolute":
        stack = tuple(
            layer if layer.mode == "add" else _facing_camera(layer, registry) for layer in stack
        )
    faces = _faces(face, stack, sheet, registry)
    try:
        return RenderJob(
            portrait=Path(portrait),
            **faces.fields,
            output=Path(output),
            renderer=ComponentChoice(use=renderer, options=dict(renderer_options or {})),
            encoders=tuple(_choice(one) for one in encoders),
            tracker=ComponentChoice(use=tracker),
            performance=Performance(
                expression=expression_mode,
                head=head_mode,
                expression_gain=expression,
                head_gain=head,
                gaps=gaps,
            ),
            delivery=Delivery(
                rate=rate,
                duration=duration,
                size=size,
                fit=fit,
                codec=codec,
                timecode=timecode,
                audio=audio,
                side_by_side=side_by_side,
            ),
            qc=qc,
            qc_page=qc_page,
            seed=seed,
            device=device,
            commercial=commercial,
            licensed=tuple(licensed),
        )
    except ValidationError as error:
        raise config_error(error) from None


def _faces(
    face: str, stack: tuple[MotionLayer, ...], sheet: CastSheet | None, registry: Registry
) -> Casting:
    if sheet is None:
        return Casting(face, stack)
    if face != "largest":
        raise ConfigError(
            f"The face {face!r} cannot be chosen together with a cast sheet.",
            hint="leave one of them out",
        )
    for layer in stack:
        if "face" in layer.options:
            raise ConfigError(
                f"Layer {layer.name!r} chooses a face of its film, and a cast sheet says whose.",
                hint="leave one of them out",
            )
    return casting(sheet, stack, registry)


def _choice(one: str | ComponentChoice) -> ComponentChoice:
    return one if isinstance(one, ComponentChoice) else ComponentChoice(use=one)


def _facing_camera(layer: MotionLayer, registry: Registry) -> MotionLayer:
    """The layer with head motion measured from facing the camera, where its source can choose."""
    model = registry.options_model("motion_source", layer.use)
    field = None if model is None else model.model_fields.get("head")
    if field is None or "absolute" not in get_args(field.annotation):
        return layer
    return layer.model_copy(update={"options": {"head": "absolute", **layer.options}})
