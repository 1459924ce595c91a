from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from a1sdk_facemesh import a1_register_face_trackers
from a1sdk_facemesh.landmarker import Landmarker
from a1sdk_facemesh.options import Options
from PIL import Image, ImageOps

from a1sdk.plugin import AssetMissingError, RunContext
from a1sdk.testing.doubles import WatchedContext


@pytest.fixture(scope="session")
def lent(shared: Path) -> Iterator[RunContext]:
    """What a run lends to the tracker; the shared data's models count as being here."""
    folders = [os.environ.get("A1_ASSET_PATH"), str(shared / "models")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("A1_ASSET_PATH", os.pathsep.join(filter(None, folders)))
        host = WatchedContext()
        yield host.lend(a1_register_face_trackers()[0])
        host.close()


@pytest.fixture(scope="session", params=["bundle", "fallback"])
def tracker(request: pytest.FixtureRequest, lent: RunContext) -> Iterator[Landmarker]:
    """The tracker on real models, once with each set of them."""
    made = Landmarker(Options(models=request.param))
    try:
        made.setup(lent)
    except AssetMissingError as error:
        pytest.skip(str(error))
    yield made
    made.close()


@pytest.fixture(scope="session")
def load(shared: Path) -> Callable[[str], np.ndarray]:
    """Reads a portrait of the shared data as RGB of 8 bits, upright."""

    def read(name: str) -> np.ndarray:
        path = next((shared / "data" / "portraits").glob(f"{name}*"))
        with Image.open(path) as opened:
            return np.array(ImageOps.exif_transpose(opened).convert("RGB"))

    return read


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., RunContext]:
    """Makes a context whose assets are the named files, and no others."""

    def make(**contents: bytes) -> RunContext:
        def asset(name: str) -> Path:
            key = name.partition(".")[0]
            if key not in contents:
                raise AssetMissingError(f"Asset {name!r} is not here.")
            (tmp_path / name).write_bytes(contents[key])
            return tmp_path / name

        return SimpleNamespace(asset=asset, threads=1, check=lambda: None)  # type: ignore[return-value]

    return make
