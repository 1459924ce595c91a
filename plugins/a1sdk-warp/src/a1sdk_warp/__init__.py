"""Renderer `warp/mesh`: a portrait warped by its own landmarks, on the CPU, without weights."""

from __future__ import annotations

from a1sdk.plugin import RendererSpec, hookimpl


@hookimpl
def a1_register_renderers() -> list[RendererSpec]:
    """Return the one renderer of this plugin."""
    return [
        RendererSpec(
            name="mesh",
            summary="Warps the portrait by its landmarks on the CPU, with eyelids and a mouth.",
            factory="a1sdk_warp.mesh:MeshWarp",
            options="a1sdk_warp.options:MeshOptions",
            alpha=True,
            depths=(8, 16),
        )
    ]
