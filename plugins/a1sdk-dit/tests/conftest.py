from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import copytree

import pytest
import torch
from a1sdk_dit.tiny import make_tiny_checkpoint


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint in the layout of the release; leave it as it is."""
    return make_tiny_checkpoint(tmp_path_factory.mktemp("tiny") / "checkpoint")


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with the transformer in one file; leave it as it is."""
    folder = tmp_path_factory.mktemp("whole") / "checkpoint"
    return make_tiny_checkpoint(folder, shard_size="1GB")


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """Copies a checkpoint, for changing the copy."""
    return lambda folder: Path(copytree(folder, tmp_path / "copy"))


@pytest.fixture(scope="session")
def write_hollow() -> Callable[[Path, Mapping[str, torch.Tensor]], int]:
    """Writes weights of a network without memory: bfloat16 zeros that take no room on the disk.

    Returns how many bytes of weights there are.
    """

    def write(path: Path, tensors: Mapping[str, torch.Tensor]) -> int:
        header: dict[str, dict[str, object]] = {}
        end = 0
        for name, values in tensors.items():
            begin, end = end, end + 2 * math.prod(values.shape)
            header[name] = {"dtype": "BF16", "shape": [*values.shape], "data_offsets": [begin, end]}
        text = json.dumps(header).encode()
        with path.open("wb") as file:
            file.write(len(text).to_bytes(8, "little") + text)
            file.truncate(8 + len(text) + end)
        return end

    return write
