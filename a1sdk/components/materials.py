"""Which files and folders of the user's own a component is told to load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a1sdk.components.options import path_fields
from a1sdk.components.specs import Materials

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

    from a1sdk.components.specs import Spec

WEIGHTS = frozenset(
    {".bin", ".ckpt", ".engine", ".gguf", ".h5", ".mlmodel", ".mlpackage", ".onnx", ".pb", ".pt"}
    | {".pth", ".safetensors", ".task", ".tflite"}
)
"""What the names of files end in that hold weights."""


def materials_of(spec: Spec, options: BaseModel | None) -> Materials:
    """Return what a component is taken to load whose plugin does not say: all of it.

    That is its assets, and what its options of the type `Path` name that is a folder or a file of
    weights. The film, sound or take that a motion source reads is none of it, be it a folder.
    """
    fields = path_fields(type(options)) if options is not None else ()
    named = {name: getattr(options, name) for name in fields}
    own = {}
    for name, path in named.items():
        is_input = spec.kind == "motion_source" and (name == "path" or name.endswith("_path"))
        if path is not None and (_holds_weights(path) or (path.is_dir() and not is_input)):
            own[name] = path
    return Materials(assets=spec.assets, own=own)


def _holds_weights(path: Path) -> bool:
    return path.suffix.lower() in WEIGHTS
