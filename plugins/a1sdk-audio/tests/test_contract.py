from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

from a1sdk.testing import MotionSourceContract, MotionWriterContract


class TestSpeech(MotionSourceContract):
    ref = "audio/speech"

    @pytest.fixture
    def component_options(self, voice_file: Path, said: str) -> dict[str, Any]:
        return {"path": voice_file, "transcript": said}


class TestSounds(MotionSourceContract):
    ref = "audio/speech"

    @pytest.fixture
    def component_options(self, voice_file: Path) -> dict[str, Any]:
        return {"path": voice_file, "language": "other"}


class TestRhubarb(MotionWriterContract):
    ref = "audio/rhubarb"
    options: ClassVar = {}
