"""The shipped basis is what its tool makes today."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

import a1sdk

ROOT = Path(a1sdk.__file__).resolve().parent.parent
CLIPS = (
    *("d04_grid_bbaf2n.mpg", "d05_grid_lwbsza.mpg", "d06_grid_swwp2s.mpg"),
    "d07_vfr_face_then_noface.mov:70",
)


@pytest.mark.shared
def test_the_basis_is_made_by_its_tool(shared: Path, tmp_path: Path) -> None:
    pytest.importorskip("a1sdk_facemesh")
    pytest.importorskip("matplotlib")
    folders = [os.environ.get("A1_ASSET_PATH"), str(shared / "models")]
    if not list((shared / "models").rglob("*.task")):
        pytest.skip("the face landmarker's bundle is not here")
    made = tmp_path / "basis.safetensors"
    clips = [str(shared / "data" / "driving" / clip) for clip in CLIPS]
    subprocess.run(
        [sys.executable, str(ROOT / "tools" / "make_basis.py"), *clips, "-o", str(made)],
        env={**os.environ, "A1_ASSET_PATH": os.pathsep.join(filter(None, folders))},
        check=True,
        capture_output=True,
    )
    shipped = load_file(ROOT / "a1sdk" / "motion" / "basis.safetensors")
    for name, array in load_file(made).items():
        away = np.abs(array.astype(np.float64) - shipped[name].astype(np.float64))
        assert away.max() < 2e-3, name
