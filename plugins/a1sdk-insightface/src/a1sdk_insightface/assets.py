"""The model packs: folders that users bring, for nobody here knows the digests of the originals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a1sdk.plugin import AssetGroup, Folder, Materials

if TYPE_CHECKING:
    from a1sdk_insightface.options import PackOptions

NAMES = ("antelopev2", "buffalo_l", "buffalo_m", "buffalo_s", "buffalo_sc")
"""Packs by the names under which insightface gives them out, the most able first."""

LICENSE = "LicenseRef-InsightFace-noncommercial"


def _pack(name: str) -> Folder:
    return Folder(
        name=name,
        include=("*.onnx",),
        source="https://github.com/deepinsight/insightface/tree/master/model_zoo",
        license=LICENSE,
        license_url="https://github.com/deepinsight/insightface#license",
        license_notes="The models are for non-commercial research only, unless insightface.ai has"
        " licensed them to you.",
        commercial=False,
    )


PACKS = {name: _pack(name) for name in NAMES}

ASSETS = AssetGroup(alternatives=tuple((pack,) for pack in PACKS.values()))


def materials(options: PackOptions) -> Materials:
    """Return what a component loads with its options: a pack, or a folder of the user's own."""
    if options.folder is not None:
        return Materials(own={"folder": options.folder})
    if options.pack is not None:
        return Materials(assets=AssetGroup(alternatives=((PACKS[options.pack],),)))
    return Materials(assets=ASSETS)
