from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from a1sdk_audio.speech import RATE

from a1sdk.plugin import open_sound

if TYPE_CHECKING:
    from a1sdk_audio.speech import Samples

VOICE = Path(__file__).parents[3] / "examples" / "media" / "voice.flac"


@pytest.fixture(scope="session")
def voice() -> Samples:
    """A synthetic voice: "Hello! I am only a picture. My lips follow this voice, ..."."""
    return np.concatenate(list(open_sound(VOICE, rate=RATE).blocks()))


@pytest.fixture(scope="session")
def voice_file() -> Path:
    return VOICE


@pytest.fixture(scope="session")
def said() -> str:
    return "Hello! I am only a picture. My lips follow this voice, and my eyes follow keys."
