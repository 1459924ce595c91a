from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from a1sdk import Registry
from a1sdk.plugin import MotionClip, StreamInfo
from a1sdk.testing import MotionSourceContract, performance


class TestVideoFace(MotionSourceContract):
    ref = "video/face"
    tracker = "disks/disks"
    reads_ahead = None  # the neutral face is known only after many pictures

    @pytest.fixture
    def registry(self, disks: str) -> Registry:
        return Registry()  # after the tracker was installed

    @pytest.fixture
    def component_options(self, disks: str, film: Any) -> dict[str, Any]:
        return {"path": film([60.0 + n % 5 for n in range(30)])}


class TestSavedClip(MotionSourceContract):
    ref = "video/clip"

    @pytest.fixture
    def component_options(self, tmp_path: Path) -> dict[str, Any]:
        clip = MotionClip.from_frames(performance(40), StreamInfo(Fraction(25)))
        clip.save(tmp_path / "take.a1motion")
        return {"path": tmp_path / "take.a1motion"}
