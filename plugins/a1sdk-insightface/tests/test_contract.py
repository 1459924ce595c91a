from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from a1sdk.testing import FaceTrackerContract, IdentityEncoderContract


@pytest.mark.shared
class TestArcFace(IdentityEncoderContract):
    ref = "insightface/arcface"

    @pytest.fixture
    def component_options(self, real_pack: Path) -> dict[str, Any]:
        return {"folder": str(real_pack)}


@pytest.mark.shared
class TestScrfd(FaceTrackerContract):
    ref = "insightface/scrfd"

    @pytest.fixture
    def component_options(self, real_pack: Path) -> dict[str, Any]:
        return {"folder": str(real_pack)}


class TestArcFaceOfMadeUpNetworks(IdentityEncoderContract):
    ref = "insightface/arcface"

    @pytest.fixture
    def component_options(self, pack: Callable[..., Path]) -> dict[str, Any]:
        return {"folder": str(pack())}
