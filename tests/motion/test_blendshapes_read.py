"""Does the face landmarker's own network read the shapes of the basis as what they are?"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from a1sdk.errors import AssetMissingError
from a1sdk.motion.blendshapes import INDEX, displacement, reference_face
from a1sdk.testing.doubles import WatchedContext

pytestmark = pytest.mark.shared

READ = (
    *("eyeBlinkLeft", "eyeBlinkRight", "jawOpen", "mouthSmileLeft", "mouthSmileRight"),
    *("mouthPucker", "mouthFunnel", "browDownLeft", "browDownRight", "browInnerUp"),
    *("browOuterUpLeft", "browOuterUpRight"),
)


@pytest.fixture(scope="module")
def read(shared: Path) -> Callable[[np.ndarray], np.ndarray]:
    """What the network reads of coefficients [52] on the reference face."""
    models = pytest.importorskip("a1sdk_facemesh.models")
    from a1sdk_facemesh import a1_register_face_trackers

    folders = [os.environ.get("A1_ASSET_PATH"), str(shared / "models")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("A1_ASSET_PATH", os.pathsep.join(filter(None, folders)))
        try:
            context = WatchedContext().lend(a1_register_face_trackers()[0])
            mesh = models.load_models(context, "bundle", blendshapes=True).mesh
        except AssetMissingError as error:
            pytest.skip(str(error))

    def network(scores: np.ndarray) -> np.ndarray:
        shape = reference_face() + displacement(scores)
        return np.asarray(mesh.blendshapes((200 * shape + 320).astype(np.float32)))

    return network


@pytest.mark.parametrize("name", READ)
def test_a_ramp_is_read_as_that_shape(name: str, read: Callable[[np.ndarray], np.ndarray]) -> None:
    ramp = np.linspace(0, 1, 11)
    seen = []
    for value in ramp:
        scores = np.zeros(52, np.float32)
        scores[INDEX[name]] = value
        seen.append(read(scores)[INDEX[name]])
    assert np.corrcoef(ramp, seen)[0, 1] > 0.9
    assert seen[-1] - seen[0] > 0.35
    if name.endswith("Left"):
        scores = np.zeros(52, np.float32)
        scores[INDEX[name]] = 1.0
        other = INDEX[f"{name[:-4]}Right"]
        assert abs(read(scores)[other] - read(np.zeros(52, np.float32))[other]) < 0.2
