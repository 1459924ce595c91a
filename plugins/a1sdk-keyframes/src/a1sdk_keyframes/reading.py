"""Read files of keys; whatever is wrong in one is said by file, channel and time."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from a1sdk.plugin import ConfigError, DecodeError, did_you_mean
from a1sdk_keyframes.model import KeysFile, short_key

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MOST_BYTES = 64 << 20
"""A file of keys is no larger: that is hours of every channel keyed on every frame."""


def read_keys(path: Path) -> KeysFile:
    """Read a file of keys.

    Raises:
        DecodeError: it cannot be read.
        ConfigError: it is no JSON, or holds what keys cannot be; the message names the file, and
            the line, or the channel and time.
    """
    return parse_keys(_text(path), str(path))


def parse_keys(text: str, name: str) -> KeysFile:
    """Read keys from text; `name` is where it comes from, for messages. Raises as `read_keys`."""
    try:
        data = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ConfigError(f"{name!r} is no JSON: {where}: {error.msg}.") from error
    except ValueError as error:
        raise ConfigError(f"{name!r} cannot be read: {error}.") from error
    except RecursionError:
        raise ConfigError(f"{name!r} is nested too deeply to be keys.") from None
    if not isinstance(data, dict):
        raise ConfigError(f"{name!r} holds no keys: it is no JSON object.")
    return checked_keys(data, name)


def checked_keys(data: dict[str, Any], name: str) -> KeysFile:
    """Read keys from what JSON holds; `name` is where it comes from. Raises as `read_keys`."""
    try:
        return KeysFile.model_validate(data)
    except ValidationError as error:
        raise _config_error(error, data, name) from error


def _text(path: Path) -> str:
    name = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise DecodeError(f"{name!r} cannot be read: {error.strerror}.", path=name) from error
    if len(data) > MOST_BYTES:
        most = MOST_BYTES >> 20
        raise DecodeError(f"{name!r} is no file of keys: it has more than {most} MB.", path=name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DecodeError(f"{name!r} is no text in UTF-8.", path=name) from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that comes twice, of which JSON would keep the last and tell nobody."""
    found = dict(pairs)
    if len(found) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"it has {twice!r} twice in one object")
    return found


def _config_error(error: ValidationError, data: dict[str, Any], name: str) -> ConfigError:
    details = error.errors(include_url=False)
    first = min(details, key=lambda detail: detail["type"] == "missing")
    where, reason = _place(first["loc"], data), _reason(first)
    message = f"{name!r}: {where}: {reason}." if where else f"{name!r}: {reason}."
    return ConfigError(message, hint=_hint(first))


def _place(loc: tuple[int | str, ...], data: dict[str, Any]) -> str:
    """Name a place in a file as its author would: channel and time, not indices."""
    kind, rest = (loc[0], loc[1:]) if loc else ("", ())
    if kind == "channels" and rest:
        return _place_in_channel(str(rest[0]), rest[1:], data["channels"].get(rest[0]))
    if kind == "presets" and rest and isinstance(rest[0], int):
        return _place_in_preset(rest[0], rest[2:], data["presets"][rest[0]])
    return ".".join(str(part) for part in loc)


def _place_in_preset(number: int, field: tuple[int | str, ...], given: Any) -> str:
    about = given if isinstance(given, dict) else {}
    name = about.get("preset", number + 1)
    at = f" at {about['at']}" if "at" in about and field != ("at",) else ""
    return _joined(f"preset {name!s:.40}{at:.40}", field)


def _place_in_channel(name: str, loc: tuple[int | str, ...], given: Any) -> str:
    keys = given.get("keys") if isinstance(given, dict) else given
    named = f"channel {name!r}"
    if len(loc) < 2 or loc[0] != "keys" or not isinstance(loc[1], int):
        return _joined(named, loc)
    if not isinstance(keys, list):
        return named
    key = short_key(keys[loc[1]])
    when = key.get("at") if isinstance(key, dict) else None
    told = isinstance(when, (int, str)) and loc[2:] != ("at",)
    at = f"at {when!s:.40}" if told else f"key {loc[1] + 1}"
    return _joined(f"{named} {at}", loc[2:])


def _joined(place: str, field: tuple[int | str, ...]) -> str:
    return " ".join([place, *(str(part) for part in field)])


def _reason(detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        return "there is no such field"
    if detail["type"] == "missing":
        return "it is missing"
    if detail["type"] == "too_short":
        return "there is none"
    if detail["type"] in ("union_tag_not_found", "model_attributes_type"):
        return "it names no preset"
    if detail["type"] == "union_tag_invalid":
        return f"there is no preset {detail['ctx']['tag']!r}"
    if detail["type"] == "model_type":
        return f"{detail['input']!r:.40} is not what belongs there"
    message = detail["msg"].removeprefix("Value error, ").rstrip(".")
    return message[:1].lower() + message[1:]


def _hint(detail: ErrorDetails) -> str | None:
    kind = detail["type"]
    if kind == "union_tag_invalid":
        known = [tag.strip().strip("'") for tag in detail["ctx"]["expected_tags"].split(",")]
        return did_you_mean(detail["ctx"]["tag"], known) or f"presets: {', '.join(known)}"
    if kind == "literal_error":
        return did_you_mean(
            str(detail["input"]), re.findall("'([^']+)'", detail["ctx"]["expected"])
        )
    if kind == "extra_forbidden":
        name = str(detail["loc"][-1])
        return None if name in _fields() else did_you_mean(name, _fields())
    return None


@cache
def _fields() -> list[str]:
    """Every field that a file of keys can have."""
    defined = KeysFile.model_json_schema()["$defs"].values()
    found = {name for model in defined for name in model.get("properties", ())}
    return sorted(found | set(KeysFile.model_fields))
