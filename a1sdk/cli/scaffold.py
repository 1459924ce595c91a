"""Write the package of a new plugin: the smallest motion source, and its contract test."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from string import Template

from a1sdk.errors import ConfigError, StorageError
from a1sdk.media.files import write_text

SUMMARY = "Nods once a second."
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_FILES = {
    "pyproject.toml": "pyproject.toml.txt",
    "README.md": "README.md.txt",
    "src/a1sdk_{module}/__init__.py": "module.py.txt",
    "src/a1sdk_{module}/py.typed": None,
    "tests/test_contract.py": "test_contract.py.txt",
}


def scaffold(name: str, folder: Path) -> list[Path]:
    """Write the package of a plugin into a new folder, and return the files.

    Raises:
        ConfigError: the name cannot be a plugin's.
        StorageError: the folder is not empty, or cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{name!r} cannot be the name of a plugin.",
            hint="use small letters, digits and single hyphens, as in 'head-nod'",
        )
    module = name.replace("-", "_")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StorageError(f"{str(folder)!r} already exists.", hint="name another with --into")
    values = {"name": name, "module": module, "summary": SUMMARY, "sentence": SUMMARY[:-1].lower()}
    written = []
    for target, template in _FILES.items():
        path = folder / target.format(module=module)
        text = "" if template is None else Template(_read(template)).substitute(values)
        write_text(path, text)
        written.append(path)
    return written


def _read(template: str) -> str:
    return (files("a1sdk.cli") / "templates" / template).read_text("utf-8")
