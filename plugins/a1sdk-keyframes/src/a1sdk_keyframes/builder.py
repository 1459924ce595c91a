"""Keys from code.

from a1sdk_keyframes import Keys

keys = Keys(rate=25)
keys.at(0, smile=0, head_yaw=0)
keys.at("0.5s", smile=0.8, head_yaw=5).hold("1s").at("2s", smile=0, head_yaw=0)
keys.preset("blink", "0.9s").idle(head={"amount": 0.5})
keys.save("beat.json")
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a1sdk.plugin import ConfigError, StorageError, as_rate, as_time
from a1sdk_keyframes.channels import SLOTS, find
from a1sdk_keyframes.model import SCHEMA_VERSION, in_seconds
from a1sdk_keyframes.reading import checked_keys
from a1sdk_keyframes.text import keys_text

if TYPE_CHECKING:
    from typing import Self

    from a1sdk_keyframes.model import Interpolation, KeysFile

When = Fraction | int | str
"""A time: seconds exactly, or text as `"0.5s"`, `"3/2"`, or `"12f"`, frames of the rate."""

_NAME = "Keys()"
_UNDERSCORED = {name.replace(".", "_"): name for name in SLOTS if "." in name}


class Keys:
    """Keys, presets and idle life, put together step by step; each step returns the object.

    Channels are called as in a file of keys, with `_` for the dot: `smile`, `eyeBlinkLeft`,
    `head_yaw`, `gaze_pitch`, `gain_lips`. What is wrong raises `ConfigError`: misspelled channels
    at once, the rest when `model` is asked for.
    """

    def __init__(self, *, rate: Fraction | int | str | None = None, duration: When | None = None):
        """Begin with nothing.

        Args:
            rate: frames per second, for times in frames, and of the motion unless asked else.
            duration: how long it lasts; to the last key or preset if absent.
        """
        self._rate = None if rate is None else as_rate(rate)
        self._duration = None if duration is None else self._seconds(duration)
        self._keys: dict[str, list[dict[str, Any]]] = {}
        self._loops: dict[str | None, dict[str, Any]] = {}
        self._presets: list[dict[str, Any]] = []
        self._idle: dict[str, Any] | None = None
        self._pose: tuple[Fraction, dict[str, float]] = (Fraction(0), {})

    def at(self, time: When, interpolation: Interpolation = "smooth", /, **values: float) -> Self:
        """Key several channels at one time; keys need not come in order.

        Args:
            time: when.
            interpolation: to the next keys of these channels.
            values: by channel.
        """
        for name, value in values.items():
            self.key(name, time, value, interpolation=interpolation)
        self._pose = self._seconds(time), dict(values)
        return self

    def hold(self, time: When) -> Self:
        """Keep the pose of the last `at` for some time: key its channels again after that."""
        at, values = self._pose
        return self.at(at + self._seconds(time), **values)

    def key(
        self,
        channel: str,
        at: When,
        value: float,
        *,
        interpolation: Interpolation = "smooth",
        slope_in: float | None = None,
        slope_out: float | None = None,
        handle_in: tuple[When, float] | None = None,
        handle_out: tuple[When, float] | None = None,
    ) -> Self:
        """Key one channel, with tangents if wanted; see the fields of a key in the file format."""
        tangents = {
            "slope_in": slope_in,
            "slope_out": slope_out,
            "handle_in": handle_in and (self._seconds(handle_in[0]), handle_in[1]),
            "handle_out": handle_out and (self._seconds(handle_out[0]), handle_out[1]),
        }
        key = {"at": self._seconds(at), "value": value, "interpolation": interpolation}
        given = {name: tangent for name, tangent in tangents.items() if tangent is not None}
        self._keys.setdefault(_channel(channel), []).append({**key, **given})
        return self

    def preset(
        self,
        name: str,
        at: When,
        *,
        amount: float = 1.0,
        duration: When | None = None,
        **parameters: Any,
    ) -> Self:
        """Play a preset: `blink`, `smile`, `nod`, `shake`, `look`, `brow-flash`, `surprise`.

        Args:
            name: which.
            at: when it begins.
            amount: how strong it is.
            duration: how long it takes; its natural time if absent.
            parameters: its own, such as `yaw` of a look, `side` of a blink, or `count`.
        """
        given = {"preset": name, "at": self._seconds(at), "amount": amount, **parameters}
        if duration is not None:
            given["duration"] = self._seconds(duration)
        self._presets.append(given)
        return self

    def loop(
        self, start: When, stop: When, count: int | None = None, *, channel: str | None = None
    ) -> Self:
        """Repeat a stretch of time, of everything or of one channel.

        Args:
            start: where the stretch begins.
            stop: where it ends, and goes back to its beginning.
            count: how often it plays in all; for ever if absent.
            channel: the only one to repeat.
        """
        stretch = {"from": self._seconds(start), "to": self._seconds(stop)}
        name = None if channel is None else _channel(channel)
        self._loops[name] = stretch if count is None else {**stretch, "count": count}
        return self

    def idle(self, **kinds: Mapping[str, float]) -> Self:
        """Add idle life; name a kind to change it, as `blinks={"per_minute": 20}`.

        Args:
            kinds: settings of `blinks`, `head`, `saccades` and `breathing`; all are on if absent.
        """
        self._idle = {name: dict(settings) for name, settings in kinds.items()}
        return self

    @property
    def model(self) -> KeysFile:
        """The keys, checked.

        Raises:
            ConfigError: something in them is wrong; the message names channel and time.
        """
        return checked_keys(self._data(), _NAME)

    def save(self, path: Path | str) -> None:
        """Write a file of keys.

        Raises:
            ConfigError: something in them is wrong.
            StorageError: the file cannot be written.
        """
        target, text = Path(path), keys_text(self.model)
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            beside.write_text(text, "utf-8")
            beside.replace(target)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise StorageError(f"{str(target)!r} cannot be written: {error.strerror}.") from error

    def layer(self, name: str = "keys", **blend: Any) -> dict[str, Any]:
        """Return a layer of `RenderJob.motion` that plays the keys.

        Args:
            name: what the layer is called.
            blend: how it is mixed: `regions`, `mode`, `weight`, `time`, `fade_in`, `fade_out`.
        """
        file = self.model
        keys = file.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        keys["presets"] = [
            {"preset": preset.preset, **preset.model_dump(mode="json", exclude_defaults=True)}
            for preset in file.presets
        ]
        return {"use": "keyframes/keys", "name": name, "options": {"keys": keys}, **blend}

    def _data(self) -> dict[str, Any]:
        missing = [name for name in self._loops if name is not None and name not in self._keys]
        if missing:
            raise ConfigError(f"Channel {missing[0]!r} has a loop and no keys.")
        data = {
            "schema_version": SCHEMA_VERSION,
            "rate": self._rate,
            "duration": self._duration,
            "channels": {name: self._channel_data(name) for name in self._keys},
            "presets": self._presets,
            "loop": self._loops.get(None),
            "idle": self._idle,
        }
        return {name: value for name, value in data.items() if value is not None}

    def _channel_data(self, name: str) -> dict[str, Any]:
        keys = sorted(self._keys[name], key=lambda key: key["at"])
        loop = self._loops.get(name)
        return {"keys": keys} if loop is None else {"keys": keys, "loop": loop}

    def _seconds(self, time: When) -> Fraction:
        try:
            return as_time(in_seconds(time, self._rate))
        except ValueError as error:
            raise ConfigError(f"{_NAME}: {error}.", hint="Keys(rate=25) gives it one") from error


def _channel(name: str) -> str:
    dotted = _UNDERSCORED.get(name, name)
    try:
        return find(dotted).name
    except ValueError as error:
        raise ConfigError(f"{_NAME}: {error}.") from error
