from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import a1sdk
import a1sdk.plugin
import a1sdk.testing
import a1sdk.timeline

MODULES = (a1sdk, a1sdk.plugin, a1sdk.timeline, a1sdk.testing)


@pytest.mark.parametrize("module", MODULES)
def test_every_name_that_is_listed_is_there(module: ModuleType) -> None:
    assert len(set(module.__all__)) == len(module.__all__)
    assert all(getattr(module, name) is not None for name in module.__all__)


@pytest.mark.parametrize("module", MODULES[:3])
def test_lazy_names_are_public_and_known_to_type_checkers(module: ModuleType) -> None:
    assert set(module._LAZY) <= set(module.__all__)
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    (guarded,) = (node for node in tree.body if isinstance(node, ast.If))
    known = {
        alias.name: node.module
        for node in guarded.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert known == module._LAZY


def test_the_plugin_facade_shows_what_it_lists_and_no_more() -> None:
    code = "import a1sdk.plugin as m; print(*(n for n in dir(m) if not n.startswith('_')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == set(a1sdk.plugin.__all__)


@pytest.mark.parametrize("module", MODULES[:3])
def test_unknown_names_are_attribute_errors(module: ModuleType) -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = module.nonsense


@pytest.mark.parametrize("module", (a1sdk, a1sdk.timeline))
def test_dir_shows_the_public_names(module: ModuleType) -> None:
    assert dir(module) == sorted(module.__all__)
