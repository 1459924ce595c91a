"""Plugins made up for a test, installed beside the real ones and hidden again after it."""

from __future__ import annotations

import importlib.util
import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

from a1sdk.components.registry import Registry

GROUP = "a1sdk.plugins.v1"
Load = Callable[[Path, str], ModuleType]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads a file, such as a made-up plugin, as a module of a name that is gone after the test."""

    def loaded(path: Path, name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    return loaded


class Site:
    """A folder on the import path, with distributions in it, as pip would have put them there."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = path
        self.modules: set[str] = set()
        self._names: set[str] = set()
        self._monkeypatch = monkeypatch

    def add(
        self,
        name: str,
        source: str,
        *,
        distribution: str | None = None,
        group: str = GROUP,
        target: str | None = None,
        version: str = "0.1.0",
    ) -> None:
        """Install a plugin of one module, and make it one of the few that are found."""
        distribution = distribution or f"a1-{name}"
        module = distribution.replace("-", "_")
        (self.path / f"{module}.py").write_text(textwrap.dedent(source), encoding="utf-8")
        self.add_metadata(distribution, f"[{group}]\n{name} = {target or module}\n", version)
        self.modules.add(module)
        self._names |= {name, distribution}
        self._monkeypatch.setenv("A1_PLUGINS", ",".join(sorted(self._names)))

    def add_metadata(self, distribution: str, entry_points: str, version: str = "0.1.0") -> None:
        """Write what pip writes about a distribution."""
        folder = self.path / f"{distribution.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        about = f"Metadata-Version: 2.4\nName: {distribution}\nVersion: {version}\n"
        about += "License-Expression: Apache-2.0\n"
        (folder / "METADATA").write_text(about, encoding="utf-8")
        (folder / "entry_points.txt").write_text(entry_points, encoding="utf-8")

    def registry(self) -> Registry:
        """A registry that knows the plugins of this site and no others."""
        found = metadata.distributions(path=[str(self.path)])
        return Registry([point for item in found for point in item.entry_points])


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An empty site; what is added to it can be found and imported during the test."""
    path = tmp_path / "site"
    path.mkdir()
    monkeypatch.syspath_prepend(path)
    made = Site(path, monkeypatch)
    yield made
    for module in made.modules:
        sys.modules.pop(module, None)


@pytest.fixture(scope="session")
def site_factory() -> type[Site]:
    """The class behind `site`, for fixtures that live longer than one test."""
    return Site
