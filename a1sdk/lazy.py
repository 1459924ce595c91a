"""Names of a package that are imported when they are first asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(
    package: str, modules: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the `__getattr__` and `__dir__` of a package.

        __getattr__, __dir__ = lazily(__name__, {"probe": "a1sdk.media.probing"})

    Args:
        package: the package's name.
        modules: public names, and the modules they come from.
    """

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(modules[name]), name)

    def listed() -> list[str]:
        return sorted({*modules, *getattr(sys.modules[package], "__all__", ())})

    return get, listed
