from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from a1sdk.testing import RendererContract


class TestContract(RendererContract):
    ref = "dit/skyreels-a1"
    size = (96, 128)

    @pytest.fixture
    def component_options(self, tiny: Path) -> dict[str, Any]:
        return {"checkpoint": str(tiny), "steps": 2}
