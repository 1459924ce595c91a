"""Read jobs and stacks of layers from files, and write stacks."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from a1sdk.components.choice import ComponentChoice
from a1sdk.components.options import config_error, did_you_mean
from a1sdk.components.registry import Registry
from a1sdk.errors import ConfigError
from a1sdk.media.files import write_text
from a1sdk.render.job import LayerStack, MotionLayer, RenderJob, Roster
from a1sdk.render.reading import OTHER_FILES

if TYPE_CHECKING:
    from a1sdk.components.specs import Kind
    from a1sdk.qc.model import QcProfile

M = TypeVar("M", bound=BaseModel)
C = TypeVar("C", bound=ComponentChoice)
R = TypeVar("R", bound=Roster)
_LARGEST = 16 << 20  # bytes; a job takes a few hundred, and keys written into it some more


def load_job(path: Path, registry: Registry | None = None) -> RenderJob:
    """Return the job of a JSON file; relative paths in it start from the file's folder.

    So do those of its components' options that are paths.

    Args:
        path: the file.
        registry: where components are looked up; None for those that are installed.

    Raises:
        ConfigError: there is no such file, or it is no job.
        PluginError: a component that has options is missing or broken.
    """
    return moved_job(read_model(path, RenderJob, "job"), path.parent.joinpath, registry)


def moved_job(
    job: RenderJob, change: Callable[[Path], Path], registry: Registry | None = None
) -> RenderJob:
    """Return a job with every path in it changed, those of its components' options too.

    Args:
        job: the job.
        change: returns what a path becomes.
        registry: where components are looked up; None for those that are installed.

    Raises:
        PluginError: a component that has options is missing or broken.
    """
    moved = _Moved(registry or Registry(), change)
    return job.model_copy(
        update={
            "portrait": change(job.portrait),
            "output": change(job.output),
            "motion": moved.layers(job.motion),
            "renderer": moved.choice("renderer", job.renderer),
            "encoders": tuple(moved.choice("identity_encoder", one) for one in job.encoders),
            "tracker": moved.choice("face_tracker", job.tracker),
            "cast": tuple(
                member.model_copy(update={"motion": moved.layers(member.motion)})
                for member in job.cast
            ),
            "roster": job.roster and moved_roster(job.roster, change, moved.registry),
            "qc": job.qc if isinstance(job.qc, bool) else moved.profile(job.qc),
        }
    )


def moved_profile(
    profile: QcProfile, change: Callable[[Path], Path], registry: Registry | None = None
) -> QcProfile:
    """Return a profile of quality control with the paths in its encoder's options changed.

    Args:
        profile: the profile.
        change: returns what a path becomes.
        registry: where components are looked up; None for those that are installed.

    Raises:
        PluginError: the encoder has options, and is missing or broken.
    """
    return _Moved(registry or Registry(), change).profile(profile)


def moved_roster(roster: R, change: Callable[[Path], Path], registry: Registry | None = None) -> R:
    """Return people, or a cast sheet, with the paths of their pictures and options changed.

    Args:
        roster: the people.
        change: returns what a path becomes.
        registry: where components are looked up; None for those that are installed.

    Raises:
        PluginError: a component that has options is missing or broken.
    """
    moved = _Moved(registry or Registry(), change)
    people = tuple(
        one.model_copy(update={"pictures": tuple(change(path) for path in one.pictures)})
        for one in roster.people
    )
    encoder = roster.encoder and moved.choice("identity_encoder", roster.encoder)
    return roster.model_copy(update={"people": people, "encoder": encoder})


def moved_layers(
    layers: Sequence[MotionLayer],
    change: Callable[[Path], Path],
    registry: Registry | None = None,
) -> tuple[MotionLayer, ...]:
    """Return layers with the paths in their options changed, see `moved_job`."""
    return _Moved(registry or Registry(), change).layers(layers)


def load_layers(path: Path, registry: Registry | None = None) -> tuple[MotionLayer, ...]:
    """Return the layers of a JSON file; relative paths in it start from the file's folder.

    Args:
        path: the file.
        registry: where motion sources are looked up; None for those that are installed.

    Raises:
        ConfigError: there is no such file, or it is no stack of layers.
        PluginError: a motion source that has options is missing or broken.
    """
    moved = _Moved(registry or Registry(), path.parent.joinpath)
    return moved.layers(read_model(path, LayerStack, "stack of layers").layers)


def save_layers(
    layers: Sequence[MotionLayer], path: Path, registry: Registry | None = None
) -> None:
    """Write layers to a JSON file; paths into the file's folder are written relative to it.

    Args:
        layers: the layers, the base first.
        path: the file.
        registry: where motion sources are looked up; None for those that are installed.

    Raises:
        PluginError: a motion source that has options is missing or broken.
        StorageError: no space, no permission.
    """
    moved = _Moved(registry or Registry(), partial(_seen_from, path.absolute().parent))
    stack = LayerStack(layers=moved.layers(layers))
    written = {
        "schema_version": stack.schema_version,
        **stack.model_dump(mode="json", exclude_defaults=True),
    }
    write_text(path, json.dumps(written, indent=2, ensure_ascii=False) + "\n")


@dataclass(frozen=True)
class _Moved:
    """Changes the options of components that are paths.

    Attributes:
        registry: knows which options are paths.
        change: returns what a path becomes.
    """

    registry: Registry
    change: Callable[[Path], Path]

    def layers(self, layers: Sequence[MotionLayer]) -> tuple[MotionLayer, ...]:
        """Return layers with their paths changed."""
        return tuple(self.choice("motion_source", layer) for layer in layers)

    def profile(self, profile: QcProfile) -> QcProfile:
        """Return a profile with its encoder's paths changed."""
        encoder = profile.identity and self.choice("identity_encoder", profile.identity)
        return profile.model_copy(update={"identity": encoder})

    def choice(self, kind: Kind, choice: C) -> C:
        """Return a component's choice with its paths changed."""
        if not choice.options:
            return choice
        names = self.registry.path_options(kind, choice.use)
        paths = {
            name: str(self.change(Path(value)))
            for name, value in choice.options.items()
            if name in names and value and isinstance(value, (str, Path))
        }
        return choice.model_copy(update={"options": {**choice.options, **paths}})


def read_model(path: Path, model: type[M], what: str) -> M:
    """Return the model of a JSON file.

    Args:
        path: the file.
        model: what it is read as.
        what: what errors call it.

    Raises:
        ConfigError: there is no such file, or it is not what the model describes.
    """
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
        wrong = config_error(error, path.name, _parsed(content))
        raise ConfigError(str(wrong), hint=_meant(error, model) or wrong.hint) from None


def _parsed(content: bytes) -> object:
    """Return what a JSON file says; None where it is no JSON."""
    try:
        return from_json(content)
    except ValueError:
        return None


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


def _seen_from(folder: Path, path: Path) -> Path:
    whole = path.absolute()
    return whole.relative_to(folder) if whole.is_relative_to(folder) else whole
