"""Read jobs and stacks of layers from files, and write stacks."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from a1sdk.components.options import config_error, did_you_mean
from a1sdk.errors import ConfigError
from a1sdk.media.files import write_text
from a1sdk.render.job import LayerStack, MotionLayer, RenderJob
from a1sdk.render.reading import OTHER_FILES

M = TypeVar("M", bound=BaseModel)
_LARGEST = 16 << 20  # bytes; a job takes a few hundred, and keys written into it some more


def load_job(path: Path) -> RenderJob:
    """Return the job of a JSON file; relative paths in it start from the file's folder.

    Raises:
        ConfigError: there is no such file, or it is no job.
    """
    job = _read(path, RenderJob, "job")
    folder = path.parent
    changes = {"portrait": folder / job.portrait, "output": folder / job.output}
    return job.model_copy(update={**changes, "motion": _rooted(job.motion, folder)})


def load_layers(path: Path) -> tuple[MotionLayer, ...]:
    """Return the layers of a JSON file; relative paths in it start from the file's folder.

    Raises:
        ConfigError: there is no such file, or it is no stack of layers.
    """
    return _rooted(_read(path, LayerStack, "stack of layers").layers, path.parent)


def save_layers(layers: Sequence[MotionLayer], path: Path) -> None:
    """Write layers to a JSON file; paths into the file's folder are written relative to it.

    Raises:
        StorageError: no space, no permission.
    """
    stack = LayerStack(layers=_with_files(layers, partial(_seen_from, path.absolute().parent)))
    written = {
        "schema_version": stack.schema_version,
        **stack.model_dump(mode="json", exclude_defaults=True),
    }
    write_text(path, json.dumps(written, indent=2, ensure_ascii=False) + "\n")


def _read(path: Path, model: type[M], what: str) -> M:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise ConfigError(f"{str(path)!r} is too large to be a {what}.")
        return model.model_validate_json(content)
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        raise ConfigError(f"{what.capitalize()} {str(path)!r} {reason}.") from None
    except ValidationError as error:
        wrong = config_error(error, path.name)
        raise ConfigError(str(wrong), hint=_meant(error, model) or wrong.hint) from None


def _meant(error: ValidationError, model: type[BaseModel]) -> str | None:
    """A hint at what was meant by a file of another kind, or a name that is unknown."""
    first = error.errors(include_url=False)[0]
    if first["loc"] == ("schema_version",):
        return OTHER_FILES.get(str(first["input"]))
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    known = {name for part in parts for name in part.get("properties", {})}
    return (
        did_you_mean(str(first["loc"][-1]), known) if first["type"] == "extra_forbidden" else None
    )


def _rooted(layers: Sequence[MotionLayer], folder: Path) -> tuple[MotionLayer, ...]:
    """The layers with their paths joined to `folder`; absolute ones stay as they are."""
    return _with_files(layers, folder.joinpath)


def _with_files(
    layers: Sequence[MotionLayer], change: Callable[[Path], Path]
) -> tuple[MotionLayer, ...]:
    return tuple(
        one.with_files({name: change(path) for name, path in one.files.items()}) for one in layers
    )


def _seen_from(folder: Path, path: Path) -> Path:
    whole = path.absolute()
    return whole.relative_to(folder) if whole.is_relative_to(folder) else whole
