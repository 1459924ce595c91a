from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

# test modules are imported by path, so that what they share has to be too
_spec = importlib.util.spec_from_file_location("sandbox", Path(__file__).with_name("sandbox.py"))
assert _spec is not None and _spec.loader is not None
sandbox: ModuleType = importlib.util.module_from_spec(_spec)
sys.modules["sandbox"] = sandbox
_spec.loader.exec_module(sandbox)


@pytest.fixture
def box(tmp_path: Path, shared: Path) -> object:
    """Folders to run `a1` in, with the shared models at hand."""
    return sandbox.Sandbox(tmp_path, {"A1_ASSET_PATH": str(shared / "models")})


@pytest.fixture(scope="session")
def portrait(shared: Path) -> Path:
    return shared / "data" / "portraits" / "p01_astronaut_frontal.png"


@pytest.fixture(scope="session")
def driver(shared: Path) -> Path:
    """A film of 75 pictures with sound."""
    return shared / "data" / "driving" / "d04_grid_bbaf2n.mpg"


@pytest.fixture(scope="session")
def long_driver(shared: Path) -> Path:
    """A film of 250 pictures, all of which are seen before the first is drawn."""
    return shared / "data" / "driving" / "d02_lp_glasses_30fps_audio.mp4"
