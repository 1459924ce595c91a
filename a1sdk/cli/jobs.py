"""Arguments of the commands that make a job of a portrait and a performance."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from a1sdk.cli.inspecting import ENCODER, AskedQc, qc_options
from a1sdk.cli.performance import Performers, performance_options

if TYPE_CHECKING:
    from a1sdk.components.choice import ComponentChoice
    from a1sdk.components.registry import Registry
    from a1sdk.render.job import RenderJob

_FILE = click.Path(path_type=Path)


def picture_size(
    ctx: click.Context, param: click.Parameter, value: str | None
) -> tuple[int, int] | None:
    """Read the width and height of pictures, as `1280x720`."""
    if value is None:
        return None
    width, _, height = value.lower().partition("x")
    if not all(re.fullmatch("[0-9]{1,5}", side) for side in (width, height)):
        raise click.BadParameter(f"{value!r} is not a size; write it as 1280x720.")
    return int(width), int(height)


device_option = click.option(
    "--device",
    default="auto",
    show_default=True,
    help="cpu, cuda:0, mps; auto leaves it to each component.",
)

encoder_option = click.option(
    "--encoder",
    "encoders",
    multiple=True,
    metavar="PLUGIN/NAME",
    help="Who makes a likeness that the renderer needs; --set NAME.OPTION=VALUE sets its options."
    " May be repeated.",
)

commercial_option = click.option(
    "--commercial",
    is_flag=True,
    help="Refuse what does not allow commercial use, or does not say; A1_COMMERCIAL=1 does so"
    " always.",
)

licensed_option = click.option(
    "--licensed",
    multiple=True,
    metavar="NAME",
    help="You hold a licence for this that allows commercial use: a name that `a1 licences` shows."
    " May be repeated.",
)

_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--renderer",
        default="warp/mesh",
        show_default=True,
        help="Who draws; --set renderer.NAME=VALUE sets its options.",
    ),
    encoder_option,
    click.option(
        "--tracker", default="facemesh/landmarks", show_default=True, help="Who finds faces."
    ),
    click.option("--face", default="largest", show_default=True, help="largest, an index, or X,Y."),
    click.option(
        "--cast",
        type=_FILE,
        help="A cast sheet, a1.cast/1 JSON: people with pictures of them, and who plays whom; all"
        " whose faces are in PORTRAIT perform.",
    ),
    click.option("--driver-face", help="The same for the driver's film."),
    click.option("--expression", type=float, default=1.0, show_default=True, help="Gain, 0 to 3."),
    click.option("--head", type=float, default=1.0, show_default=True, help="Gain, 0 to 3."),
    click.option(
        "--expression-mode",
        type=click.Choice(["auto", "relative", "absolute"]),
        default="auto",
        show_default=True,
        help="Add to the portrait's own expression, or replace it; auto replaces smiles and"
        " speech.",
    ),
    click.option(
        "--head-mode",
        type=click.Choice(["relative", "absolute"]),
        default="relative",
        show_default=True,
        help="Add to the portrait's own pose, or replace it.",
    ),
    click.option(
        "--gaps",
        type=click.Choice(["hold", "interpolate", "neutral", "fail"]),
        default="interpolate",
        show_default=True,
        help="What to do where a face is lost.",
    ),
    click.option("--size", callback=picture_size, help="Picture size to deliver, as 1280x720."),
    click.option(
        "--fit",
        type=click.Choice(["crop", "pad"]),
        default="crop",
        show_default=True,
        help="How a portrait of another aspect ratio fills the size.",
    ),
    click.option(
        "--codec", help="h264, prores-4444, dnxhr-hqx, exr, ...; by the suffix if absent."
    ),
    click.option("--timecode", help="Start timecode, HH:MM:SS:FF."),
    click.option(
        "--audio/--no-audio",
        default=True,
        show_default=True,
        help="Carry over the sound of who performs: of sound files, or else of films.",
    ),
    click.option("--side-by-side", is_flag=True, help="Show the driver to the left of the result."),
    click.option(
        "--seed", type=int, default=0, show_default=True, help="Seed of everything random."
    ),
    device_option,
    commercial_option,
    licensed_option,
    qc_options(usual=False),
)

_TAKEN = (
    *("rate", "duration", "renderer", "tracker", "face", "cast", "expression", "head"),
    *(
        "expression_mode",
        "head_mode",
        "gaps",
        "size",
        "fit",
        "codec",
        "timecode",
        "audio",
        "side_by_side",
        "seed",
    ),
    *("device", "commercial", "licensed"),
)
"""Names of options that `make_job` takes as they are."""


@dataclass(frozen=True)
class Drawing:
    """What `--set` and `--encoder` say about who draws.

    Attributes:
        options: options of the renderer.
        encoders: identity encoders, with their options.
        others: options of everything else, by name.
    """

    options: dict[str, Any]
    encoders: tuple[ComponentChoice, ...]
    others: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, settings: Mapping[str, Mapping[str, str]], encoders: Sequence[str]) -> Drawing:
        """Return what belongs to the renderer, and to encoders by the references given."""
        from a1sdk.components.choice import ComponentChoice

        others = dict(settings)
        options = dict(others.pop("renderer", {}))
        choices = tuple(
            ComponentChoice(use=ref, options=dict(others.pop(ref.rpartition("/")[2], {})))
            for ref in encoders
        )
        return cls(options, choices, others)


@dataclass(frozen=True)
class AskedJob:
    """What the command line says about a render.

    Attributes:
        portrait: picture to animate.
        performers: who performs; their settings are of layers, encoders and the renderer.
        encoders: references of identity encoders.
        driver_face: face of the driver's film.
        qc: what is said about quality control.
        options: the others, as `make_job` takes them.
    """

    portrait: Path
    performers: Performers
    encoders: tuple[str, ...]
    driver_face: str | None
    qc: AskedQc
    options: Mapping[str, Any]

    def job(self, output: Path, registry: Registry) -> RenderJob:
        """Return the job.

        Raises:
            A1Error: an option is wrong, nobody performs, or a file is missing or unreadable.
        """
        from a1sdk.render.animate import make_job

        inspects = self.qc.inspects(usual=False)
        performers, measuring = self.performers.without(ENCODER)
        drawing = Drawing.of(performers.settings, self.encoders)
        performers = replace(performers, settings=drawing.others)
        if self.driver_face is not None:
            performers = performers.setting("driver", "face", self.driver_face)
        return make_job(
            self.portrait,
            performers.driver,
            output,
            registry=registry,
            **performers.others,
            renderer_options=drawing.options,
            encoders=drawing.encoders,
            qc=self.qc.limits(measuring, registry) if inspects or measuring else False,
            qc_page=self.qc.page,
            **self.options,
        )


def job_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the arguments of a render; it is called with an `AskedJob` first."""

    @wraps(command)
    def with_job(
        performers: Performers,
        portrait: Path,
        encoders: tuple[str, ...],
        driver_face: str | None,
        asked_qc: AskedQc,
        **options: Any,
    ) -> Any:
        given = {name: options.pop(name) for name in _TAKEN}
        asked = AskedJob(portrait, performers, encoders, driver_face, asked_qc, given)
        return command(asked, **options)

    for option in reversed(_OPTIONS):
        with_job = option(with_job)
    return click.argument("portrait", type=_FILE)(performance_options(with_job))
