"""Read a job from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from a1sdk.components.options import config_error
from a1sdk.errors import ConfigError
from a1sdk.render.job import RenderJob

_LARGEST = 1 << 20  # bytes; a job takes a few hundred


def load_job(path: Path) -> RenderJob:
    """Return the job of a JSON file; relative paths in it start from the file's folder.

    Raises:
        ConfigError: there is no such file, or it is no job.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise ConfigError(f"{str(path)!r} is too large to be a job.")
        job = RenderJob.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"Job {str(path)!r} cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        raise config_error(error, path.name) from None
    return _rooted(job, path.parent)


def _rooted(job: RenderJob, folder: Path) -> RenderJob:
    """The job with its paths joined to `folder`; absolute ones stay as they are."""
    changes: dict[str, Any] = {
        "portrait": folder / job.portrait,
        "output": folder / job.output,
    }
    driver = job.motion.options.get("path")
    if isinstance(driver, str):
        options = {**job.motion.options, "path": str(folder / driver)}
        changes["motion"] = job.motion.model_copy(update={"options": options})
    return job.model_copy(update=changes)
