"""Write keys as text that people read: short forms, one channel after the other."""

from __future__ import annotations

import json
from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from a1sdk_keyframes.base import plain

if TYPE_CHECKING:
    from a1sdk_keyframes.model import ChannelKeys, Key, KeysFile, Loop

_WIDTH = 100


def keys_text(file: KeysFile) -> str:
    """Return the JSON text of a file of keys; it reads back as the same."""
    parts = {"schema_version": json.dumps(file.schema_version)}
    if file.rate is not None:
        parts["rate"] = json.dumps(str(file.rate))
    if file.duration is not None:
        parts["duration"] = json.dumps(_time(file.duration, file.rate))
    if file.channels:
        channels = {name: _channel(value, file.rate) for name, value in file.channels.items()}
        parts["channels"] = _object(channels, "  ")
    if file.presets:
        parts["presets"] = _list(_fields(preset, file.rate) for preset in file.presets)
    if file.loop is not None:
        parts["loop"] = json.dumps(_loop(file.loop, file.rate))
    if file.idle is not None:
        parts["idle"] = json.dumps(file.idle.model_dump(mode="json", exclude_unset=True))
    return _object(parts, "") + "\n"


def _time(value: Fraction, rate: Fraction | None) -> str:
    """In milliseconds or coarser decimals, else in frames where it is on one."""
    if (1000 * value).denominator != 1 and rate is not None and (value * rate).denominator == 1:
        return f"{value * rate}f"
    return plain(value)


def _channel(channel: ChannelKeys, rate: Fraction | None) -> str:
    keys = _wrapped((json.dumps(_key(key, rate)) for key in channel.keys), " " * 6)
    if channel.loop is None:
        return f"[{keys}\n    ]"
    loop = json.dumps(_loop(channel.loop, rate))
    return f'{{\n      "loop": {loop},\n      "keys": [{keys}\n      ]\n    }}'


def _key(key: Key, rate: Fraction | None) -> Any:
    at = _time(key.at, rate)
    if key.model_fields_set <= {"at", "value", "interpolation"}:
        short = [at, key.value]
        return short if key.interpolation == "smooth" else [*short, key.interpolation]
    return _fields(key, rate)


def _fields(model: Any, rate: Fraction | None) -> dict[str, Any]:
    """What was given of a model, its times as people write them."""
    given = {name: getattr(model, name) for name in model.model_dump(exclude_defaults=True)}
    name = {"preset": model.preset} if hasattr(model, "preset") else {}
    return {**name, **{key: _plain_value(value, rate) for key, value in given.items()}}


def _plain_value(value: Any, rate: Fraction | None) -> Any:
    if isinstance(value, Fraction):
        return _time(value, rate)
    return [_plain_value(part, rate) for part in value] if isinstance(value, tuple) else value


def _loop(loop: Loop, rate: Fraction | None) -> dict[str, Any]:
    stretch = {"from": _time(loop.start, rate), "to": _time(loop.stop, rate)}
    return stretch if loop.count is None else {**stretch, "count": loop.count}


def _object(parts: dict[str, str], indent: str) -> str:
    lines = [f"\n{indent}  {json.dumps(name)}: {text}" for name, text in parts.items()]
    return "{" + ",".join(lines) + f"\n{indent}}}"


def _list(items: Iterable[dict[str, Any]]) -> str:
    return "[" + ",".join(f"\n    {json.dumps(item)}" for item in items) + "\n  ]"


def _wrapped(items: Iterable[str], indent: str) -> str:
    """Join items by commas, as many to a line as fit."""
    lines: list[str] = []
    for item in items:
        if lines and len(indent) + len(lines[-1]) + len(item) + 3 <= _WIDTH:
            lines[-1] += f", {item}"
        else:
            lines.append(item)
    return ",".join(f"\n{indent}{line}" for line in lines)
