"""Loading the model files: the bundle, or the fallback."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from a1sdk.plugin import Asset, AssetMissingError, RunContext
from a1sdk_facemesh.assets import BUNDLE, DETECTOR, FALLBACK, MESH
from a1sdk_facemesh.attention import AttentionNetwork
from a1sdk_facemesh.detector import Detector
from a1sdk_facemesh.mesh import FaceMesh, WholeNetwork
from a1sdk_facemesh.networks import Network, damaged

_MEMBERS = ("face_detector.tflite", "face_landmarks_detector.tflite", "face_blendshapes.tflite")


@dataclass(frozen=True, slots=True)
class Models:
    """The networks of one tracker."""

    detector: Detector
    mesh: FaceMesh


def load_models(
    ctx: RunContext, choice: Literal["auto", "bundle", "fallback"], *, blendshapes: bool
) -> Models:
    """Load the chosen models; `auto` takes the bundle if it is here, else the fallback.

    Raises:
        AssetMissingError: files of the choice are not on this machine.
        ResourceError: a file is damaged.
    """
    # Measured: on two cores that decode and encode as well, a second thread costs more than it
    # gives, because it waits for its turn.
    threads = 1 if ctx.threads < 4 else 2
    if choice != "fallback":
        paths = _find(ctx, (BUNDLE,))
        if paths is not None:
            return _load_bundle(paths[BUNDLE.name], threads, blendshapes)
    if choice != "bundle":
        paths = _find(ctx, FALLBACK)
        if paths is not None:
            return _load_fallback(paths, threads)
    wanted = {"auto": "", "bundle": " (bundle)", "fallback": " (fallback)"}[choice]
    raise AssetMissingError(
        f"The models{wanted} of 'facemesh/landmarks' are not on this machine.",
        hint="fetch them with `a1 assets pull facemesh`",
    )


def _find(ctx: RunContext, assets: tuple[Asset, ...]) -> dict[str, Path] | None:
    try:
        return {asset.name: ctx.asset(asset.name) for asset in assets}
    except AssetMissingError:
        return None


def _load_bundle(path: Path, threads: int, blendshapes: bool) -> Models:
    try:
        with zipfile.ZipFile(path) as bundle:
            detector, mesh, shapes = (
                Network(member, bundle.read(member), threads) for member in _MEMBERS
            )
    except (KeyError, OSError, zipfile.BadZipFile) as error:
        raise damaged(path.name, error) from error
    return Models(Detector(detector), FaceMesh(WholeNetwork(mesh), shapes if blendshapes else None))


def _load_fallback(paths: dict[str, Path], threads: int) -> Models:
    detector = Network(DETECTOR.name, paths[DETECTOR.name].read_bytes(), threads)
    mesh = AttentionNetwork(MESH.name, paths[MESH.name].read_bytes(), threads)
    return Models(Detector(detector), FaceMesh(mesh))
