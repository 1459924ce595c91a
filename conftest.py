"""Fixtures and rules for the tests of the core and of all plugins."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("a1sdk", deadline=None)  # a loaded machine is no fault
settings.load_profile("a1sdk")

_ENVIRONMENT = ("A1_DEBUG", "A1_PLUGINS", "A1_STRICT_PLUGINS", "A1_OFFLINE", "A1_COMMERCIAL")


def _shared_folder() -> Path:
    beside = Path(__file__).resolve().parent.parent / "shared"
    return Path(os.environ.get("A1_SHARED", beside))


def _reason_to_skip(item: pytest.Item) -> str | None:
    if item.get_closest_marker("shared") and not _shared_folder().is_dir():
        return f"no shared test data in {_shared_folder()}; A1_SHARED names the folder"
    if item.get_closest_marker("gpu") and os.environ.get("A1_TEST_DEVICE", "cpu") == "cpu":
        return "needs an accelerator; A1_TEST_DEVICE names it"
    for marker in ("network", "weights"):
        variable = f"A1_TEST_{marker.upper()}"
        if item.get_closest_marker(marker) and os.environ.get(variable) != "1":
            return f"needs {marker}; {variable}=1 runs it"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with a reason, what this machine has not got."""
    for item in items:
        if reason := _reason_to_skip(item):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The project's shared test data; skips where it is absent."""
    folder = _shared_folder()
    if not folder.is_dir():
        pytest.skip(f"no shared test data in {folder}; A1_SHARED names the folder")
    return folder
