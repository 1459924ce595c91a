"""Clips take the same memory at any length."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from a1sdk_dit.tiny import make_tiny_checkpoint

_HIGH_WATER = """
import sys
from pathlib import Path
import numpy as np
import torch
from a1sdk_dit.checkpoint.layout import find_layout
from a1sdk_dit.checkpoint.loading import load_scheduler, load_transformer, load_vae
from a1sdk_dit.sampling.generator import FrameGenerator
from a1sdk_dit.sampling.models import Models
from a1sdk_dit.sampling.settings import SamplingSettings

torch.set_num_threads(1)
layout, kind = find_layout(Path(sys.argv[1])), torch.float32
models = Models(
    load_transformer(layout, kind, "cpu"), load_vae(layout.vae, kind, "cpu", decoder=True),
    load_vae(layout.pose_guider, kind, "cpu", decoder=False), load_scheduler(layout),
    layout.geometry, torch.device("cpu"), kind,
)
picture = np.zeros((16, 16, 3), np.uint8)
frames = FrameGenerator(
    models, picture, np.zeros((4, 32), np.float32), picture, SamplingSettings(1, 1.0), seed=1
)
for windows in (20, 200):
    count = 8 + 8 * windows
    assert sum(1 for _ in frames.frames(picture for _ in range(count))) == count
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print(int(status["VmHWM"].split()[0]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the high water mark from Linux")
def test_memory_does_not_grow_with_the_clip(tmp_path: Path) -> None:
    folder = make_tiny_checkpoint(tmp_path / "tiny", frames=17, height=16, width=16)
    ran = subprocess.run(
        [sys.executable, "-c", _HIGH_WATER, str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    short, long = (int(line) for line in ran.stdout.split())
    assert long < 1.05 * short
