"""Write the pictures of a render to the delivered film, with the sound of its performance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log10
from typing import TYPE_CHECKING

from a1sdk.media import open_writer
from a1sdk.render.sidebyside import beside_driver, driver_width
from a1sdk.render.sound import sound_of
from a1sdk.timing import Timecode

if TYPE_CHECKING:
    from a1sdk.components.data import VideoFrame
    from a1sdk.media import Audio
    from a1sdk.render.asked import Role
    from a1sdk.render.clock import StageClock
    from a1sdk.render.context import HostContext
    from a1sdk.render.plan import RenderPlan
    from a1sdk.render.report import RenderReport

_OVER = "Voices together are up to {:.1f} dB over full scale; a limiter holds them there."


def write_film(
    plan: RenderPlan,
    pictures: Iterator[VideoFrame],
    roles: Sequence[Role],
    context: HostContext,
    clock: StageClock,
    report: RenderReport,
) -> None:
    """Write `pictures` to the job's output and note in the report what was written.

    Args:
        plan: the job's.
        pictures: in order.
        roles: who performs in them; all at one rate.
        context: the run.
        clock: gets the seconds that writing takes.
        report: gets what was written.

    Raises:
        ConfigError: the start timecode names no frame at this rate, or the sound would have to
            be retimed.
        EncodeError: the film cannot be written as asked, or is not what was asked.
        StorageError: no space, no permission.
    """
    delivery, info, portrait = plan.job.delivery, roles[0].performance.info, roles[0].portrait
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
        audio=_sound(plan, roles, report.warnings),
        timecode=timecode,
    )
    view = context.lend(plan.renderer.spec, stage="rendering")
    with writer:
        for picture in view.track(pictures, total=info.count):
            with clock.busy("write"):
                writer.write(picture.pixels)
    report.frames, report.rate, report.size = writer.count, info.rate, writer.size
    if (writer.sound_peak or 0) > 1:
        report.warnings.append(_OVER.format(20 * log10(writer.sound_peak or 1)))


def _sound(plan: RenderPlan, roles: Sequence[Role], warnings: list[str]) -> Audio | None:
    """The sound for exactly the film's duration, where there is any and it is wanted."""
    info = roles[0].performance.info
    if info.count is None or not plan.job.delivery.audio or plan.codec.sequence:
        return None
    people = [role.performance.layers for role in roles]
    return sound_of(people, info.count / info.rate, warnings)
