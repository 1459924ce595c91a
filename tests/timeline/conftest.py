"""Documents that are made up for a test."""

from __future__ import annotations

from pathlib import Path

import pytest
from documents import Fcp7, Fcpxml, Otio


@pytest.fixture
def xml(tmp_path: Path) -> Fcp7:
    """Make FCP 7 XML."""
    return Fcp7(tmp_path)


@pytest.fixture(scope="session")
def otio() -> Otio:
    """Make OTIO JSON."""
    return Otio()


@pytest.fixture
def fcp(tmp_path: Path) -> Fcpxml:
    """Make FCPXML."""
    return Fcpxml(tmp_path)
