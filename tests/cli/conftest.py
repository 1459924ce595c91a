from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from a1sdk.media import open_writer, write_still
from a1sdk.testing import portrait

FAKES = Path(__file__).parents[1] / "render" / "fake_plugin.py"
MODULE = "a1_cli_fakes"


@pytest.fixture
def studio(
    load: Callable[[Path, str], ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> ModuleType:
    """A folder with a portrait and a driver, entered, and made-up components alone."""
    module = load(FAKES, MODULE)
    points = [EntryPoint("fake", MODULE, "a1sdk.plugins.v1")]
    monkeypatch.setattr("a1sdk.components.registry.installed_entry_points", lambda: points)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "out").mkdir()
    write_still(tmp_path / "portrait.png", portrait(160, 120).pixels)
    with open_writer(tmp_path / "driver.mkv", rate=Fraction(25), width=64, height=48) as writer:
        for number in range(10):
            writer.write(np.full((48, 64, 3), number * 20, np.uint8))
    return module
