"""What is in a model pack: which of its files does what."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from a1sdk.plugin import ConfigError, ResourceError

Task = Literal["detection", "recognition"]
Kind = Literal["detection", "boxes", "recognition", "other"]

_KINDS: dict[int, Kind] = {9: "detection", 15: "detection", 6: "boxes", 10: "boxes"}
"""Of SCRFD detectors, by how many outputs they have: scores, boxes, and points or none, for each of
three or five grids."""

_FEWEST_OUTPUTS = 5  # from which on a network is no other than a detector
_SMALLEST_CROP, _CROP_STEP = 112, 16  # sides of the crops that recognition networks take
_LANDMARK_CROP = 192  # and the one that is a landmark network's


def file_for(task: Task, folder: Path) -> Path:
    """Return the file of a pack that does a task.

    Raises:
        ConfigError: none does, or several do, or the detector has no points.
        ResourceError: none does, and a file is damaged that may be the one.
    """
    kinds: dict[Path, Kind] = {}
    unreadable: list[ResourceError] = []
    for path in sorted(folder.glob("*.onnx")):
        try:
            kinds[path] = _kind_of(path)
        except ResourceError as error:
            unreadable.append(error)
    fitting = [path for path, kind in kinds.items() if kind == task]
    if len(fitting) > 1:
        raise ConfigError(
            f"Model pack {str(folder)!r} has several networks for {task}: {_names(fitting)}.",
            hint="leave one of them in the folder, or name a folder that has only one",
        )
    if fitting:
        return fitting[0]
    if unreadable:
        raise unreadable[0]
    raise _lacking(task, folder, kinds)


def damaged(path: Path, error: Exception | str) -> ResourceError:
    """Return the error for a file that is no usable network."""
    return ResourceError(
        f"{path.name} of model pack {str(path.parent)!r} cannot be loaded:"
        f" {' '.join(str(error).split()) or type(error).__name__}",
        hint="copy or unpack the pack again",
    )


def boxes_only(path: Path) -> ConfigError:
    """Return the error for a detector that does not say where eyes, nose and mouth are."""
    return ConfigError(
        f"The detector {path.name} gives boxes, and no five points of a face.",
        hint="name a pack whose SCRFD detector has points; their names often end in kps or bnkps",
    )


def _lacking(task: Task, folder: Path, kinds: dict[Path, Kind]) -> ConfigError:
    """Return the error for a pack without a network for a task, and what there is instead."""
    boxes = [path for path, kind in kinds.items() if kind == "boxes"]
    if task == "detection" and boxes:
        return boxes_only(boxes[0])
    if kinds:
        return ConfigError(
            f"Model pack {str(folder)!r} has no network for {task}; there are {_names(kinds)}.",
            hint="name a folder with both: a SCRFD detector with five points, and a recogniser",
        )
    return ConfigError(f"There are no networks, *.onnx, in {str(folder)!r}.", hint=_nearby(folder))


def _nearby(folder: Path) -> str:
    """Return where the networks may be that somebody expected in a folder."""
    inside = next((path.parent for path in sorted(folder.glob("*/*.onnx"))), None)
    if inside is not None:
        return f"name the folder that they are in: {str(inside)!r}"
    archive = next(iter(sorted(folder.glob("*.zip"))), None)
    if archive is not None:
        return f"unpack {archive.name!r}, and name the folder that holds its *.onnx files"
    return "name the folder that holds the pack's *.onnx files"


def _names(paths: list[Path] | dict[Path, Kind]) -> str:
    return ", ".join(path.name for path in paths)


def _kind_of(path: Path) -> Kind:
    about = path.stat()
    return _kind_by_shapes(path, about.st_size, about.st_mtime_ns)


@lru_cache(maxsize=64)
def _kind_by_shapes(path: Path, size: int, changed: int) -> Kind:
    """Return what a network is, by the shapes of what goes in and comes out; `changed` is a key.

    The rules are those of insightface's `ModelRouter`, which would have to start every network of
    the pack to apply them; but what has many outputs and is no SCRFD is not taken for one.
    """
    import onnx

    if not size:
        raise damaged(path, "the file is empty")
    try:
        graph = onnx.load_model(str(path), load_external_data=False).graph
    except Exception as error:  # protobuf's own errors among them
        raise damaged(path, error) from error
    if len(graph.output) >= _FEWEST_OUTPUTS:
        return _KINDS.get(len(graph.output), "other")
    stored = {tensor.name for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in stored]
    if len(inputs) != 1 or len(graph.output) != 1:
        return "other"
    sides = [axis.dim_value for axis in inputs[0].type.tensor_type.shape.dim][2:4]
    height, width = sides if len(sides) == 2 else (0, 0)
    fits = height == width >= _SMALLEST_CROP and width % _CROP_STEP == 0
    return "recognition" if fits and width != _LANDMARK_CROP else "other"
