from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

from a1sdk.testing import MotionSourceContract

EXAMPLES = Path(__file__).parents[3] / "examples" / "keys"


class TestKeysInPlace(MotionSourceContract):
    ref = "keyframes/keys"
    options: ClassVar = {
        "keys": {
            "rate": "30000/1001",
            "channels": {"smile": [[0, 0], ["1s", 0.8]], "head.yaw": [[0, -20], ["2s", 20]]},
            "presets": [{"preset": "blink", "at": "0.3s"}],
            "idle": {},
        }
    }


class TestKeysFile(MotionSourceContract):
    ref = "keyframes/keys"

    @pytest.fixture
    def component_options(self) -> dict[str, Any]:
        return {"path": EXAMPLES / "beat.json"}


class TestEndless(MotionSourceContract):
    ref = "keyframes/keys"
    options: ClassVar = {"keys": {"idle": {}}, "rate": "24"}
