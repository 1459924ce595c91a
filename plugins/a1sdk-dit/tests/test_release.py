"""A checkpoint of the release's sizes, its weights left hollow, is understood."""

from __future__ import annotations

from a1sdk_dit.checkpoint.layout import Layout
from a1sdk_dit.checkpoint.loading import verify


def test_every_tensor_has_its_place(release: Layout) -> None:
    verify(release)
    assert (release.identity_tokens, release.identity_width) == (729, 1152)
    geometry = release.geometry
    assert (geometry.frames, geometry.width, geometry.height) == (49, 720, 480)


def test_sizes_are_the_ones_known_of_the_release(release: Layout) -> None:
    stored = {
        part.folder.name: sum(tensor.size for tensor in part.weights.values())
        for part in (release.transformer, release.vae)
    }
    assert stored["transformer"] == 2 * (5_588_820_928 + 56_153_088)
    assert stored["vae"] == 2 * 215_583_907
    vision = [s for name, s in release.siglip.weights.items() if name.startswith("vision_model.")]
    assert sum(tensor.size for tensor in vision) == 2 * 428_225_600
