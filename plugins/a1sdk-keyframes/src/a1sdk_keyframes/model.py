"""The file format `a1.keys/1`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from a1sdk.plugin import ConfigError, Rate, Time, as_rate
from a1sdk_keyframes.base import Strict, check_value, plain
from a1sdk_keyframes.idle import Idle
from a1sdk_keyframes.presets import AnyPreset

SCHEMA_VERSION: Literal["a1.keys/1"] = "a1.keys/1"
LONGEST = Fraction(24 * 3600)
MOST_PASSES = 1_000_000
MOST_ACTIONS = 100_000
"""Presets that a file plays, repetitions counted: more than one a second for a day."""

Interpolation = Literal["hold", "linear", "smooth", "bezier"]
_STEEPEST = 1e6
Tangent = Annotated[float, Field(ge=-_STEEPEST, le=_STEEPEST)]
Handle = tuple[Time, Tangent]

_FRAMES = re.compile(r"\s*([0-9]{1,9})f\s*", re.ASCII)


def in_seconds(value: Any, rate: Any) -> Any:
    """Return a time in frames, such as `12f`, in seconds, and any other value as it is.

    Raises:
        ValueError: it is in frames, and there is no rate.
    """
    match = _FRAMES.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    if rate is None:
        raise ValueError(f"{value!r} is a time in frames, and there is no rate")
    try:
        return int(match[1]) / as_rate(rate)
    except ConfigError as error:
        raise ValueError(str(error)) from error


class Key(Strict):
    """A value at a time, and how the curve goes on from there to the next key."""

    at: Time = Field(description="When, in seconds, or in frames of the file's rate as 12f.")
    value: float = Field(description="The channel's value then.", strict=True)
    interpolation: Interpolation = Field(
        default="smooth",
        description="To the next key: hold stays, linear is straight, smooth never overshoots"
        " and is flat at the ends and where the curve turns, bezier follows its handles.",
    )
    slope_in: Tangent | None = Field(
        default=None, description="Slope of a smooth curve that arrives here, per second."
    )
    slope_out: Tangent | None = Field(
        default=None, description="Slope of a smooth curve that leaves from here, per second."
    )
    handle_in: Handle | None = Field(
        default=None,
        description="Handle of a bezier curve that arrives here: seconds before the key, and"
        " value relative to it. A third of the way, on the smooth slope, if absent.",
    )
    handle_out: Handle | None = Field(
        default=None,
        description="Handle of a bezier curve that leaves from here: seconds after the key, and"
        " value relative to it. A third of the way, on the smooth slope, if absent.",
    )


def short_key(given: Any) -> Any:
    """Return a key in full: the short form is `[at, value]` or `[at, value, interpolation]`."""
    if isinstance(given, (list, tuple)) and 2 <= len(given) <= 3:
        return dict(zip(("at", "value", "interpolation"), given, strict=False))
    return given


ShortKey = tuple[Time, float] | tuple[Time, float, Interpolation]
AnyKey = Annotated[Key, BeforeValidator(short_key, json_schema_input_type=ShortKey | Key)]


class Loop(Strict):
    """A stretch of time that plays again and again; what follows it comes that much later."""

    start: Time = Field(alias="from", description="Where the stretch begins.")
    stop: Time = Field(alias="to", description="Where it ends, and goes back to its beginning.")
    count: Annotated[int, Field(ge=1, le=MOST_PASSES)] | None = Field(
        default=None, description="How often it plays in all; for ever if absent."
    )

    @model_validator(mode="after")
    def _ordered(self) -> Loop:
        if not 0 <= self.start < self.stop <= LONGEST:
            raise ValueError(f"a loop from {plain(self.start)} to {plain(self.stop)} has no length")
        return self


class ChannelKeys(Strict):
    """The keys of one channel."""

    keys: list[AnyKey] = Field(min_length=1, description="Keys, in order of time.")
    loop: Loop | None = Field(default=None, description="A stretch of this channel that repeats.")

    @model_validator(mode="after")
    def _ordered(self) -> ChannelKeys:
        for one, two in pairwise(self.keys):
            if two.at <= one.at:
                raise ValueError(
                    f"the key at {plain(two.at)} does not come after the one at {plain(one.at)}"
                )
        for key in (self.keys[0], self.keys[-1]):
            if not 0 <= key.at <= LONGEST:
                raise ValueError(
                    f"the key at {plain(key.at)} does not lie between 0s and {plain(LONGEST)}"
                )
        return self

    @model_validator(mode="after")
    def _tangents_are_used(self) -> ChannelKeys:
        before: Interpolation | None = None
        for number, key in enumerate(self.keys):
            after = key.interpolation if number + 1 < len(self.keys) else None
            _expect(key, "in", before)
            _expect(key, "out", after)
            before = after
        for one, two in pairwise(self.keys):
            _expect_within(one, two)
        return self


def _expect(key: Key, side: str, interpolation: Interpolation | None) -> None:
    """Refuse tangents that the curve on that side of a key does not have."""
    for kind, wanted in (("slope", "smooth"), ("handle", "bezier")):
        if getattr(key, f"{kind}_{side}") is not None and interpolation != wanted:
            found = (
                "there is no curve" if interpolation is None else f"the curve is {interpolation}"
            )
            raise ValueError(
                f"the key at {plain(key.at)} has {kind}_{side}, and {found} on that side"
            )


def _expect_within(one: Key, two: Key) -> None:
    """Refuse handles with which time would run backwards."""
    for key, handle in ((one, one.handle_out), (two, two.handle_in)):
        if handle is not None and not 0 <= handle[0] <= two.at - one.at:
            raise ValueError(
                f"a handle of the key at {plain(key.at)} reaches {plain(handle[0])}, which is not"
                f" within the {plain(two.at - one.at)} to the neighbouring key"
            )


def _channel(given: Any) -> Any:
    """Read the short forms: a list of keys, or a number that is kept."""
    if isinstance(given, list):
        return {"keys": given}
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return {"keys": [{"at": 0, "value": given}]}
    return given


AnyChannel = Annotated[
    ChannelKeys,
    BeforeValidator(_channel, json_schema_input_type=float | list[AnyKey] | ChannelKeys),
]


class KeysFile(Strict):
    """A performance in keys; everything in it adds up."""

    schema_version: Literal["a1.keys/1"] = SCHEMA_VERSION
    rate: Rate | None = Field(
        default=None, description="Frames per second, for times in frames, and unless asked else."
    )
    duration: Time | None = Field(
        default=None, description="How long it lasts; to the last key or preset if absent."
    )
    channels: dict[str, AnyChannel] = Field(
        default_factory=dict, description="Keys by channel; a bare number is kept all along."
    )
    presets: list[AnyPreset] = Field(
        default_factory=list, description="Ready-made actions, at their times."
    )
    loop: Loop | None = Field(
        default=None, description="A stretch of all channels and presets that repeats."
    )
    idle: Idle | None = Field(
        default=None, description="What a living face does all the time; {} for all of it."
    )

    @model_validator(mode="before")
    @classmethod
    def _frames_to_seconds(cls, data: Any) -> Any:
        return _Frames(data.get("rate")).of_file(data) if isinstance(data, Mapping) else data

    @model_validator(mode="after")
    def _presets_end(self) -> KeysFile:
        if (played := sum(preset.count for preset in self.presets)) > MOST_ACTIONS:
            raise ValueError(f"presets play {played} times in all, and {MOST_ACTIONS} is the most")
        for preset in self.presets:
            if preset.at + preset.count * preset.length > LONGEST:
                raise ValueError(
                    f"preset {preset.preset!r} at {plain(preset.at)} does not end by"
                    f" {plain(LONGEST)}"
                )
        return self

    @model_validator(mode="after")
    def _values_fit(self) -> KeysFile:
        for name, channel in self.channels.items():
            for key in channel.keys:
                check_value(name, key.value, plain(key.at))
        if self.duration is not None and not 0 < self.duration <= LONGEST:
            raise ValueError(f"duration {plain(self.duration)} is not in 0s to {plain(LONGEST)}")
        return self


class _Frames:
    """Turns times such as `12f` into seconds, wherever a file has times."""

    def __init__(self, rate: Any) -> None:
        self._rate = rate

    def of_file(self, data: Mapping[str, Any]) -> dict[str, Any]:
        found = self._times(data, ("duration",))
        if isinstance(data.get("channels"), Mapping):
            channels = data["channels"].items()
            found["channels"] = {name: self._channel(given) for name, given in channels}
        if isinstance(data.get("presets"), list):
            found["presets"] = [self._times(given, ("at", "duration")) for given in data["presets"]]
        return self._loop(found)

    def _channel(self, given: Any) -> Any:
        given = _channel(given)
        if not isinstance(given, Mapping) or not isinstance(given.get("keys"), list):
            return given
        keys = [self._key(key) for key in given["keys"]]
        return self._loop({**given, "keys": keys})

    def _key(self, given: Any) -> Any:
        key = self._times(short_key(given), ("at",))
        for handle in ("handle_in", "handle_out"):
            if isinstance(key, dict) and isinstance(key.get(handle), (list, tuple)):
                key[handle] = [self._seconds(part) for part in key[handle]]
        return key

    def _loop(self, given: dict[str, Any]) -> dict[str, Any]:
        if isinstance(given.get("loop"), Mapping):
            given["loop"] = self._times(given["loop"], ("from", "to"))
        return given

    def _times(self, given: Any, names: tuple[str, ...]) -> Any:
        if not isinstance(given, Mapping):
            return given
        changed = {name: self._seconds(given[name]) for name in names if name in given}
        return {**given, **changed}

    def _seconds(self, value: Any) -> Any:
        return in_seconds(value, self._rate)
