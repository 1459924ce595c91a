"""Write the pictures of a render to the delivered film, with the sound of its performance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from a1sdk.errors import ConfigError
from a1sdk.media import AudioSource, open_writer, probe
from a1sdk.render.sidebyside import beside_driver, driver_width
from a1sdk.timing import Timecode

if TYPE_CHECKING:
    from fractions import Fraction

    from a1sdk.components.data import Portrait, VideoFrame
    from a1sdk.render.clock import StageClock
    from a1sdk.render.context import HostContext
    from a1sdk.render.performance import LayeredPerformance, OpenLayer
    from a1sdk.render.plan import RenderPlan
    from a1sdk.render.report import RenderReport


def write_film(
    plan: RenderPlan,
    pictures: Iterator[VideoFrame],
    portrait: Portrait,
    performance: LayeredPerformance,
    context: HostContext,
    clock: StageClock,
    report: RenderReport,
) -> None:
    """Write `pictures` to the job's output and note in the report what was written.

    Raises:
        ConfigError: the start timecode names no frame at this rate, or the sound would have to
            be retimed.
        EncodeError: the film cannot be written as asked, or is not what was asked.
        StorageError: no space, no permission.
    """
    delivery, info = plan.job.delivery, performance.info
    label = delivery.timecode
    timecode = None if label is None else Timecode.parse(label, info.rate)
    width, height = portrait.size
    shown = plan.shown if delivery.side_by_side else None
    if shown is not None and shown.film is not None:
        width += driver_width(shown.film, height)
        pictures = beside_driver(pictures, shown.film, info.rate, portrait.pixels, shown.layer.time)
    writer = open_writer(
        plan.job.output,
        rate=info.rate,
        width=width,
        height=height,
        alpha=portrait.pixels.shape[2] == 4,
        depth=portrait.pixels.dtype.itemsize * 8,
        codec=plan.codec.name,
        audio=_sound(plan, performance),
        timecode=timecode,
    )
    view = context.lend(plan.renderer.spec, stage="rendering")
    with writer:
        for picture in view.track(pictures, total=info.count):
            with clock.busy("write"):
                writer.write(picture.pixels)
    report.frames, report.rate, report.size = writer.count, info.rate, writer.size


def _sound(plan: RenderPlan, performance: LayeredPerformance) -> AudioSource | None:
    """The sound for exactly the film's duration, where there is any and it is wanted."""
    info = performance.info
    if info.count is None or not plan.job.delivery.audio or plan.codec.sequence:
        return None
    return sound_of(performance.layers, info.count / info.rate)


def sound_of(layers: Sequence[OpenLayer], duration: Fraction) -> AudioSource | None:
    """Return the sound of a performance for exactly a duration in seconds; None without any.

    Raises:
        ConfigError: the layer that sounds is retimed.
    """
    layer = _sounding(layers)
    if layer is None or layer.layer.path is None:
        return None
    time = layer.layer.time
    if time.points is not None or time.speed != 1:
        raise ConfigError(
            f"Layer {layer.name!r} is retimed, and its sound cannot be.",
            hint="leave the sound out with --no-audio, in a job delivery.audio",
        )
    return AudioSource(layer.layer.path, layer.info.start - time.offset, duration)


def _sounding(layers: Sequence[OpenLayer]) -> OpenLayer | None:
    """The layer whose sound is heard: the first that reads sound, else the first film's."""
    for kind in ("audio", "video"):
        for layer in layers:
            path = layer.layer.path
            if kind in layer.planned.chosen.spec.inputs and path and probe(path).audio:
                return layer
    return None
