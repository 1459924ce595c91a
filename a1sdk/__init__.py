"""Make a portrait perform. Plugin authors: see `a1sdk.plugin`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from a1sdk.components.registry import Registry
    from a1sdk.errors import A1Error

__version__ = "0.1.0"

__all__ = ["A1Error", "Registry", "__version__"]

_LAZY = {
    "A1Error": "a1sdk.errors",
    "Registry": "a1sdk.components.registry",
}
"""Public names and the modules they come from, each imported when first asked for."""


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_LAZY[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
