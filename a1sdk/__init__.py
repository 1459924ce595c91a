"""Make a portrait perform. Plugin authors: see `a1sdk.plugin`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a1sdk.lazy import lazily

if TYPE_CHECKING:
    from a1sdk.components.registry import Registry
    from a1sdk.errors import A1Error
    from a1sdk.motion.clip import MotionClip
    from a1sdk.render.animate import animate, make_job
    from a1sdk.render.context import HostContext
    from a1sdk.render.job import MotionLayer, RenderJob
    from a1sdk.render.jobfile import load_job, load_layers, save_layers
    from a1sdk.render.report import RenderReport

__version__ = "0.1.0"

__all__ = [
    "A1Error",
    "HostContext",
    "MotionClip",
    "MotionLayer",
    "Registry",
    "RenderJob",
    "RenderReport",
    "__version__",
    "animate",
    "load_job",
    "load_layers",
    "make_job",
    "save_layers",
]

_LAZY = {
    "A1Error": "a1sdk.errors",
    "HostContext": "a1sdk.render.context",
    "MotionClip": "a1sdk.motion.clip",
    "MotionLayer": "a1sdk.render.job",
    "Registry": "a1sdk.components.registry",
    "RenderJob": "a1sdk.render.job",
    "RenderReport": "a1sdk.render.report",
    "animate": "a1sdk.render.animate",
    "load_job": "a1sdk.render.jobfile",
    "load_layers": "a1sdk.render.jobfile",
    "make_job": "a1sdk.render.animate",
    "save_layers": "a1sdk.render.jobfile",
}
"""Public names and the modules they come from, each imported when first asked for."""

__getattr__, __dir__ = lazily(__name__, _LAZY)
