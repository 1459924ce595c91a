"""Text as documents have it, made fit to be written again."""

from __future__ import annotations

from typing import Any


def text(value: Any) -> str:
    """Return a name as text that can be encoded; empty for what is none."""
    if not isinstance(value, str):
        return ""
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
