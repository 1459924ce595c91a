"""`a1 plan`: what a render would make and take, before anything heavy is loaded."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from a1sdk.cli.assets import size_text
from a1sdk.cli.jobs import AskedJob, job_options
from a1sdk.errors import CapabilityError, ConfigError

if TYPE_CHECKING:
    from a1sdk.components.data import RenderEstimate
    from a1sdk.components.registry import Registry
    from a1sdk.render.forecast import Forecast
    from a1sdk.render.job import RenderJob
    from a1sdk.render.performance import OpenLayer

_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?) ?([kmgt]?)(i?)b?", re.IGNORECASE)
_OF_A_FILE = {"portrait", "device", "memory", "as_json", "commercial", "licensed"}


def _bytes(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """Read an amount of memory, as `24GB` or `22.5GiB`."""
    if value is None:
        return None
    found = _SIZE.fullmatch(value.strip())
    if found is None:
        raise click.BadParameter(f"{value!r} is no amount of memory; write it as 24GB.")
    number, unit, binary = found.groups()
    base = 1024 if binary else 1000
    return int(float(number) * base ** " kmgt".index(unit.lower() or " "))


@click.command()
@job_options
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="What would be written; a film if absent.",
)
@click.option(
    "--memory",
    callback=_bytes,
    metavar="AMOUNT",
    help="Memory the device is to have, as 24GB; what it has if absent.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plan(asked: AskedJob, output: Path | None, memory: int | None, as_json: bool) -> None:
    """Say what a render would make, and what memory and time its renderer expects to take.

    Takes what `a1 animate` takes, or a job file in place of PORTRAIT. Nothing is written, and no
    weights are loaded. Fails if the renderer says that it cannot be done.
    """
    from a1sdk.components.registry import Registry
    from a1sdk.render.forecast import forecast

    registry = Registry()
    with TemporaryDirectory(prefix="a1-plan-") as folder:
        unwritten = Path(folder, _film_of(asked.options["codec"]))
        job = _job(asked, output or unwritten, registry)
        found = forecast(job, registry=registry, memory=memory)
    click.echo(json.dumps(_facts(found), indent=2) if as_json else "\n".join(_lines(found)))
    _check_fits(found, memory)


def _job(asked: AskedJob, output: Path, registry: Registry) -> RenderJob:
    """The job: a file's, or that of the command line."""
    from a1sdk.render.jobfile import load_job

    if asked.portrait.suffix.lower() != ".json":
        return asked.job(output, registry)
    given = [name for name in click.get_current_context().params if _is_given(name)]
    other = [name for name in given if name not in _OF_A_FILE]
    if other:
        raise ConfigError(
            f"A job file is planned as it stands, and {', '.join(sorted(other))} would change it.",
            hint="give --device, --memory, --commercial, --licensed and --json only",
        )
    job = load_job(asked.portrait, registry)
    device = {"device": asked.options["device"]} if "device" in given else {}
    may = {name: asked.options[name] for name in ("commercial", "licensed")}
    return job.model_copy(update=device).using(**may)


def _is_given(name: str) -> bool:
    source = click.get_current_context().get_parameter_source(name)
    return source is ParameterSource.COMMANDLINE


def _film_of(codec: str | None) -> str:
    """A file's name for a codec, for renders of which no output is asked for."""
    from a1sdk.media import CODECS

    known = CODECS.get(codec or "h264")
    if known is None:
        return "film.mp4"  # that there is no such codec is said of any name
    return f"film{'.%04d' if known.sequence else ''}{known.suffix}"


def _check_fits(found: Forecast, memory: int | None) -> None:
    """Raise `CapabilityError` where the renderer says that the render cannot be done."""
    estimate = found.estimate
    if estimate is None or estimate.fits is not False:
        return
    there = "the memory there is" if memory is None else size_text(memory)
    raise CapabilityError(
        f"{found.plan.renderer.ref!r} does not fit into {there}: it needs"
        f" {size_text(estimate.peak_bytes)}.",
        hint=estimate.advice,
    )


def _facts(found: Forecast) -> dict[str, Any]:
    """What is known of a render, as `--json` prints it."""
    plan, info, spec = found.plan, found.info, found.plan.renderer.spec
    return {
        "frames": info.count,
        "rate": str(info.rate),
        "duration": None if info.count is None else str(info.count / info.rate),
        "size": list(found.film_size),
        "codec": plan.codec.name,
        "faces": [one.face for one in plan.members],
        "components": [{"ref": one.ref, "kind": one.spec.kind} for one in plan.components],
        "layers": [_layer_facts(layer) for layer in found.layers],
        "renderer": {
            "ref": plan.renderer.ref,
            "device": found.device,
            "native_rate": None if spec.native_rate is None else str(spec.native_rate),
            "frames_ahead": spec.reach(info.rate),
        },
        "estimate": None if found.estimate is None else asdict(found.estimate),
    }


def _layer_facts(layer: OpenLayer) -> dict[str, Any]:
    return {
        "name": layer.name,
        "ref": layer.planned.chosen.ref,
        "rate": str(layer.info.rate),
        "frames": layer.info.count,
        "regions": layer.layer.shares(),
    }


def _lines(found: Forecast) -> Iterator[str]:
    """Yield what is known of a render, a line for each thing."""
    info, size = found.info, "x".join(map(str, found.film_size))
    if found.plan.job.delivery.side_by_side:
        size += " and the driver beside it"
    count = "frames until it ends" if info.count is None else f"{info.count} frames"
    lasts = "" if info.count is None else f", {float(info.count / info.rate):.2f} s"
    yield f"film: {count}, {size}, {info.rate} fps{lasts}, {found.plan.codec.name}"
    members, recognizer = found.plan.members, found.plan.recognizer
    if len(members) > 1:
        yield f"faces: {', '.join(one.face for one in members)}; the layers are the first one's"
    if recognizer is not None:
        yield f"recognized by: {recognizer.ref}"
    for layer in found.layers:
        ref, rate, regions = layer.planned.chosen.ref, layer.info.rate, layer.layer.shares()
        given = ", ".join(
            name if share == 1 else f"{name}*{share:g}" for name, share in regions.items()
        )
        yield f"layer {layer.name}: {ref}, {rate} fps, {given}"
    yield f"tracker: {found.plan.tracker.ref}"
    for encoder in found.plan.encoders:
        yield f"encoder: {encoder.ref}"
    yield f"renderer: {_renderer_line(found)}"
    if found.estimate is None:
        yield "estimate: none; the renderer does not say what it takes"
    else:
        yield from _estimate_lines(found.estimate)


def _renderer_line(found: Forecast) -> str:
    spec, rate = found.plan.renderer.spec, found.info.rate
    parts = [found.plan.renderer.ref, f"device {found.device}"]
    if spec.native_rate is not None:
        parts.append(f"draws {spec.native_rate} fps and fills in the rest")
    ahead = spec.reach(rate)
    if ahead != 0:
        parts.append("needs all motion first" if ahead is None else f"looks {ahead} frames ahead")
    return ", ".join(parts)


def _estimate_lines(estimate: RenderEstimate) -> Iterator[str]:
    beside = f", {size_text(estimate.host_bytes)} beside it" if estimate.host_bytes else ""
    fits = {True: ", fits", False: ", does not fit", None: ""}[estimate.fits]
    yield f"memory: {size_text(estimate.peak_bytes)} of the device{beside}{fits}"
    if estimate.seconds is not None:
        yield f"time: {_time_text(estimate.seconds)}"
    if estimate.settings:
        yield f"settings: {', '.join(f'{k}={v}' for k, v in estimate.settings.items())}"
    yield from (f"note: {note}" for note in estimate.notes)


def _time_text(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
