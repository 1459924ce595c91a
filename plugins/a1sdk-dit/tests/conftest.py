from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
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
