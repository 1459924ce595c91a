"""Motion from keyframes, `keyframes/keys`, written by hand, by code or by `keyframes/json`.

`from a1sdk_keyframes import Keys` is the way to make keys in Python; see `a1sdk_keyframes.builder`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from a1sdk.plugin import FileFormat, MotionSourceSpec, MotionWriterSpec, hookimpl

if TYPE_CHECKING:
    from a1sdk_keyframes.builder import Keys

__all__ = ["Keys"]


@hookimpl
def a1_register_motion_sources() -> list[MotionSourceSpec]:
    """Offer the source."""
    return [
        MotionSourceSpec(
            name="keys",
            summary="Plays keyframes, presets and idle life, at any rate.",
            factory="a1sdk_keyframes.source:KeysSource",
            options="a1sdk_keyframes.options:Options",
            inputs=("a1.keys/1",),
            any_rate=True,
            formats=(
                FileFormat(
                    name="a1.keys-1", model="a1sdk_keyframes.model:KeysFile", title="Keyframes"
                ),
            ),
        )
    ]


@hookimpl
def a1_register_motion_writers() -> list[MotionWriterSpec]:
    """Offer the writer."""
    return [
        MotionWriterSpec(
            name="json",
            summary="Writes motion as keyframes that can be edited by hand.",
            factory="a1sdk_keyframes.writer:KeysWriter",
            options="a1sdk_keyframes.options:WriterOptions",
            outputs=(".json",),
        )
    ]


def __getattr__(name: str) -> Any:
    if name != "Keys":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from a1sdk_keyframes.builder import Keys  # numpy and pydantic, which listing must not load

    return Keys
