"""Find the motion source that reads a file: by what it says of itself, its suffix, its content."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

from a1sdk.components.options import did_you_mean
from a1sdk.errors import ConfigError, DecodeError
from a1sdk.media import probe
from a1sdk.media.files import check_readable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from a1sdk.components.registry import Registry
    from a1sdk.components.specs import MotionSourceSpec

_PREFIX = 1 << 16  # bytes of a JSON file; what it calls itself stands at its beginning
_TOKEN = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*+)"?|[{}\[\]]', re.DOTALL)
_FIELD = re.compile(r"\s*:")
_VALUE = re.compile(r'\s*:\s*"([^"\\]{1,100})"')
OTHER_FILES = {
    "a1.cast/1": "give it with --cast",
    "a1.job/1": "render it with: a1 render",
    "a1.layers/1": "give it with --layers",
    "a1.report/1": "a report is the record of a render; it has no motion",
}
"""Files of ours that are no motion, and what they are for."""


def source_for(path: Path, registry: Registry, *, speech: bool = False) -> str:
    """Return the reference of the motion source that reads a file.

    A JSON file's `schema_version` decides, then a field that some source declares, then a suffix
    that one declares, then whether the file is a film or a sound.

    Args:
        path: the file.
        registry: where sources are looked up.
        speech: take what is said in a film, and not the face it shows.

    Raises:
        ConfigError: a JSON file that is no motion, or of an unknown kind.
        DecodeError: there is no such file, or it is neither film nor sound.
        PluginNotFoundError: no installed source reads it.
    """
    offered = cast("dict[str, MotionSourceSpec]", registry.specs("motion_source"))
    known = {name for spec in offered.values() for name in spec.inputs}
    suffix = path.suffix.lower()
    if suffix == ".json":
        return registry.source_for(_json_kind(path, known))
    if suffix in known:
        return registry.source_for(suffix)
    kind = probe(path).kind
    if kind == "still":
        raise DecodeError(
            f"{str(path)!r} is a picture; it has no motion to drive with.",
            path=str(path),
            hint="the order is: a1 animate PORTRAIT DRIVER -o OUTPUT",
        )
    return registry.source_for("audio" if speech else kind)


def _json_kind(path: Path, known: set[str]) -> str:
    """What a source has to declare to read this JSON file: its version, a field, or `.json`."""
    fields = list(_fields(path))
    schema = next((value for name, value in fields if name == "schema_version" and value), "")
    if schema in known:
        return schema
    if ".json" in known and not schema.startswith("a1."):
        told = (f".json:{name}" for name, _ in fields)
        return next((kind for kind in told if kind in known), ".json")
    understood = sorted(name for name in known if "/" in name or name == ".json")
    what = f"is a {schema!r} file" if schema else "does not say what it is"
    listed = ", ".join(map(repr, understood)) or "none"
    raise ConfigError(
        f"{str(path)!r} {what}, which no installed motion source reads.",
        hint=OTHER_FILES.get(schema)
        or did_you_mean(schema, understood)
        or f"schema_version of JSON files that are read: {listed}",
    )


def schema_version(path: Path) -> str:
    """Return the `schema_version` of a JSON object in a file; empty where it does not begin so.

    Only the beginning is read, and it is not parsed: a file of any size and depth costs the same.

    Raises:
        DecodeError: the file is missing or cannot be read.
    """
    said = (value for name, value in _fields(path) if name == "schema_version" and value)
    return next(said, "")


def _fields(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the fields of the JSON object at a file's beginning, with what they say if it is short.

    Raises:
        DecodeError: the file is missing or cannot be read.
    """
    check_readable(path)
    with path.open("rb") as file:
        text = file.read(_PREFIX).decode("utf-8-sig", "replace")
    depth = 0
    for token in _TOKEN.finditer(text):
        if token["text"] is None:
            depth += 1 if token[0] in "{[" else -1
        elif depth == 1 and _FIELD.match(text, token.end()):
            value = _VALUE.match(text, token.end())
            yield token["text"], value[1] if value else ""
