"""Which files and folders of the user's own a component is told to load."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a1sdk.components.specs import Materials

if TYPE_CHECKING:
    from pydantic import BaseModel

    from a1sdk.components.specs import Spec

WEIGHTS = frozenset(
    {".bin", ".ckpt", ".engine", ".gguf", ".h5", ".mlmodel", ".mlpackage", ".onnx", ".pb", ".pt"}
    | {".pth", ".safetensors", ".task", ".tflite"}
)
"""What the names of files end in that hold weights."""


def materials_of(spec: Spec, options: BaseModel | None) -> Materials:
    """Return what a component is taken to load whose plugin does not say: all of it.

    That is its assets, and what its options name that is a folder or a file of weights. The film,
    sound or take that a motion source reads is none of it, be it a folder.
    """
    own = {}
    for name, value in options if options is not None else ():
        is_input = spec.kind == "motion_source" and (name == "path" or name.endswith("_path"))
        for path in _paths(value):
            if path.suffix.lower() in WEIGHTS or (path.is_dir() and not is_input):
                own[name] = path
    return Materials(assets=spec.assets, own=own)


def _paths(value: Any) -> Iterator[Path]:
    """Yield the paths in the value of an option; a text is one if it looks like one."""
    if isinstance(value, Path):
        yield value
    elif isinstance(value, str):
        path = Path(value)
        if value and len(value) < 4096 and (os.sep in value or path.suffix.lower() in WEIGHTS):
            yield path
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _paths(one)
    elif isinstance(value, dict):
        yield from _paths(list(value.values()))
