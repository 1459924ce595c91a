"""Write the pictures of a render to the delivered film, with the driver's sound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from a1sdk.media import AudioSource, open_writer, probe
from a1sdk.render.sidebyside import beside_driver, driver_width
from a1sdk.timing import Timecode

if TYPE_CHECKING:
    from a1sdk.components.data import Portrait, StreamInfo, VideoFrame
    from a1sdk.render.clock import StageClock
    from a1sdk.render.context import HostContext
    from a1sdk.render.plan import RenderPlan
    from a1sdk.render.report import RenderReport


def write_film(
    plan: RenderPlan,
    pictures: Iterator[VideoFrame],
    portrait: Portrait,
    info: StreamInfo,
    context: HostContext,
    clock: StageClock,
    report: RenderReport,
) -> None:
    """Write `pictures` to the job's output and note in the report what was written.

    Raises:
        ConfigError: the start timecode names no frame at this rate.
        EncodeError: the film cannot be written as asked, or is not what was asked.
        StorageError: no space, no permission.
    """
    delivery, driver = plan.job.delivery, driver_of(plan)
    label = delivery.timecode
    timecode = None if label is None else Timecode.parse(label, info.rate)
    width, height = portrait.size
    if delivery.side_by_side and driver is not None:
        width += driver_width(driver, height)
        pictures = beside_driver(pictures, driver, info.rate, portrait.pixels)
    writer = open_writer(
        plan.job.output,
        rate=info.rate,
        width=width,
        height=height,
        alpha=portrait.pixels.shape[2] == 4,
        depth=portrait.pixels.dtype.itemsize * 8,
        codec=plan.codec.name,
        audio=_sound(plan, driver, info),
        timecode=timecode,
    )
    shown = context.lend(plan.renderer.spec, label="rendering")
    with writer:
        for picture in shown.track(pictures, total=info.count):
            with clock.busy("write"):
                writer.write(picture.pixels)
    report.frames, report.rate, report.size = writer.count, info.rate, writer.size


def driver_of(plan: RenderPlan) -> Path | None:
    """Return the film or sound file that drives the job, where its motion source reads one."""
    path = plan.job.motion.options.get("path")
    readable = {"video", "audio"} & set(plan.motion.spec.inputs)
    return Path(path) if path and readable else None


def _sound(plan: RenderPlan, driver: Path | None, info: StreamInfo) -> AudioSource | None:
    """The driver's sound for exactly the film's duration, where there is any and it is wanted."""
    if driver is None or info.count is None or not plan.job.delivery.audio or plan.codec.sequence:
        return None
    if probe(driver).audio is None:
        return None
    return AudioSource(driver, info.start, info.count / info.rate)
