"""`a1 schema`: JSON Schemas of every file that is read or written, and of components' options."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from a1sdk.components.loading import imported
from a1sdk.components.options import did_you_mean
from a1sdk.errors import ConfigError
from a1sdk.media.files import write_text

if TYPE_CHECKING:
    from a1sdk.components.registry import Registry
    from a1sdk.components.specs import FileFormat, Kind, MotionSourceSpec

FILES = {
    "a1.cast-1": ("a1sdk.render.cast.sheet:CastSheet", "Cast sheet"),
    "a1.curves-1": ("a1sdk.timeline.shots.sidecar:Curves", "Keyframes carried in a timeline"),
    "a1.cut-plan-1": ("a1sdk.timeline.plan:CutPlan", "Shots of a cut"),
    "a1.cut-report-1": ("a1sdk.timeline.rendering.report:CutReport", "Report of a cut's render"),
    "a1.job-1": ("a1sdk.render.job:RenderJob", "Render job"),
    "a1.layers-1": ("a1sdk.render.job:LayerStack", "Stack of motion layers"),
    "a1.licenses-1": ("a1sdk.assets.licenses:Acceptances", "Licences that were accepted"),
    "a1.motion-1": ("a1sdk.motion.clipformat:ClipHeader", "Header of a motion clip"),
    "a1.qc-1": ("a1sdk.qc.model:QcResult", "Result of an inspection"),
    "a1.qc-profile-1": ("a1sdk.qc.model:QcProfile", "Limits of an inspection"),
    "a1.report-1": ("a1sdk.render.report:RenderReport", "Render report"),
    "a1.shot-1": (
        "a1sdk.timeline.shots.grammar:ScriptedNote",
        "Settings of a shot, as metadata of a clip",
    ),
    "a1.shot-record-1": (
        "a1sdk.timeline.records:ShotRecord",
        "Record of a shot that is rendered",
    ),
    "a1.sidecar-1": ("a1sdk.timeline.shots.sidecar:Sidecar", "Settings beside a timeline"),
    "a1.snapshot-1": ("a1sdk.assets.lock:SnapshotLock", "Lock file of a snapshot"),
    "a1.used-licenses-1": (
        "a1sdk.render.licensing:UsedLicenses",
        "Licences of what is installed, or of what a render would use",
    ),
}
"""The core's file formats: where their pydantic models are, and what they are called."""

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@click.command()
@click.argument("name", required=False)
@click.option(
    "--write",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write all schemas into this folder instead.",
)
def schema(name: str | None, write: Path | None) -> None:
    """Print the JSON Schema called NAME, or the names there are.

    NAME is a file format, or a component, PLUGIN/COMPONENT, for its options.
    """
    from a1sdk.components.registry import Registry

    registry = Registry()
    if write is not None:
        for path, text in all_schemas(registry).items():
            write_text(write / path, text)
            click.echo(write / path)
    elif name is None:
        click.echo("\n".join([*FILES, *_formats(registry), *(r for _, r in _components(registry))]))
    elif name in FILES:
        click.echo(file_schema(name), nl=False)
    elif name in (formats := _formats(registry)):
        click.echo(_format_schema(*formats[name]), nl=False)
    else:
        click.echo(_options_schema_of(registry, name), nl=False)


def file_schema(name: str) -> str:
    """Return the JSON Schema of a file format, as text."""
    target, title = FILES[name]
    module, _, model = target.partition(":")
    return _text(getattr(import_module(module), model), title)


def options_schema(registry: Registry, kind: Kind, ref: str) -> str | None:
    """Return the JSON Schema of a component's options, as text; None where it has none."""
    model = registry.options_model(kind, ref)
    return _text(model, f"Options of {ref}") if model is not None else None


def all_schemas(registry: Registry) -> dict[str, str]:
    """Return the text of every schema, by the path it has in the folder `schemas`."""
    texts = {f"{name}.schema.json": file_schema(name) for name in FILES}
    for name, (ref, about) in _formats(registry).items():
        texts[f"{name}.schema.json"] = _format_schema(ref, about)
    for kind, ref in _components(registry):
        text = options_schema(registry, kind, ref)
        if text is not None:
            texts[f"options/{kind}.{ref.replace('/', '.')}.schema.json"] = text
    return texts


def _formats(registry: Registry) -> dict[str, tuple[str, FileFormat]]:
    """Return the plugins' file formats, and which source each is of, by name."""
    offered = cast("dict[str, MotionSourceSpec]", registry.specs("motion_source"))
    return {about.name: (ref, about) for ref, spec in offered.items() for about in spec.formats}


def _format_schema(ref: str, about: FileFormat) -> str:
    return _text(imported(about.model, ref), about.title)


def _components(registry: Registry) -> list[tuple[Kind, str]]:
    from a1sdk.components.kinds import KINDS

    return [(kind, ref) for kind in KINDS for ref in registry.specs(kind)]


def _options_schema_of(registry: Registry, ref: str) -> str:
    """Return the schema of the options of the component called `ref`, of whichever kind."""
    components = _components(registry)
    texts = [options_schema(registry, kind, ref) for kind, known in components if known == ref]
    if not texts:
        hint = did_you_mean(ref, [*FILES, *_formats(registry), *(known for _, known in components)])
        raise ConfigError(
            f"There is no schema {ref!r}.", hint=hint or "run `a1 schema` for the names"
        )
    if texts == [None]:
        raise ConfigError(f"{ref!r} has no options.")
    return "".join(text for text in texts if text is not None)


def _text(model: Any, title: str) -> str:
    described = {"$schema": _DIALECT, **model.model_json_schema(), "title": title}
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"
