"""Arguments of every command that takes a performance: who performs, and who gives what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import wraps
from pathlib import Path
from typing import Any

import click

_FILE = click.Path(path_type=Path)


@dataclass(frozen=True)
class Performers:
    """What the command line says about who performs.

    Attributes:
        driver: film, sound, take or keys that give the performance.
        source: reference of the driver's motion source; found by the file if None.
        voice: sound that speaks.
        keys: keyframes.
        mocap: captured motion.
        take: who gives what, as `arrange` reads it.
        layers: a stack of layers in a file.
        settings: options of layers, and of whatever else the command has, by name.
    """

    driver: Path | None = None
    source: str | None = None
    voice: Path | None = None
    keys: Path | None = None
    mocap: Path | None = None
    take: tuple[str, ...] = ()
    layers: Path | None = None
    settings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def others(self) -> dict[str, Any]:
        """All but the driver, as `stack_of` and `make_job` take it."""
        names = ("source", "voice", "keys", "mocap", "take", "layers")
        return {name: getattr(self, name) for name in names} | {"layer_options": self.settings}

    def without(self, name: str) -> tuple[Performers, Mapping[str, str]]:
        """Return the same without the options of `name`, which is no layer, and those options."""
        others = {of: values for of, values in self.settings.items() if of != name}
        return replace(self, settings=others), self.settings.get(name, {})

    def setting(self, name: str, option: str, value: str) -> Performers:
        """Return the same with one option of the layer `name` set."""
        changed = {**self.settings.get(name, {}), option: value}
        return replace(self, settings={**self.settings, name: changed})


def read_settings(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> dict[str, dict[str, str]]:
    """Return options by what they are of: `{"driver": {"neutral": "12"}}`."""
    grouped: dict[str, dict[str, str]] = {}
    for text in values:
        whole, equals, value = text.partition("=")
        of, dot, name = whole.partition(".")
        if not (equals and dot and of and name):
            raise click.BadParameter(f"{text!r} sets nothing; write it as driver.neutral=12.")
        grouped.setdefault(of, {})[name] = value
    return grouped


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("driver", type=_FILE, required=False),
    click.option("--voice", type=_FILE, help="Sound, or a film's sound, that the mouth speaks."),
    click.option("--keys", type=_FILE, help="Keyframes, added to everything."),
    click.option("--mocap", type=_FILE, help="Captured motion, in place of the driver's."),
    click.option(
        "--from",
        "take",
        multiple=True,
        metavar="REGION[,...]=NAME[*WEIGHT]",
        help="Take regions of the face from driver, voice, keys or mocap, as head=mocap or"
        " eyes,brows=keys*0.5; may be repeated. Regions: lips, jaw, cheeks, eyes, brows, gaze,"
        " head; mouth, face, all.",
    ),
    click.option("--layers", type=_FILE, help="A stack of layers instead, a1.layers/1 JSON."),
    click.option("--source", help="Where the driver's motion comes from; by its kind if absent."),
    click.option(
        "--rate", help="Frames per second, as 25 or 24000/1001; the driver's own if absent."
    ),
    click.option("--duration", help="Seconds, as 4.5 or 9/2; as long as the longest if absent."),
    click.option(
        "--set",
        "settings",
        multiple=True,
        callback=read_settings,
        metavar="NAME.OPTION=VALUE",
        help="An option of a layer's motion source, as driver.neutral=12; may be repeated.",
    ),
)


def performance_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the arguments of a performance.

    The command is called with one `Performers` as its first argument, and with `rate` and
    `duration`, text or None, among its options.
    """
    names = [one.name for one in fields(Performers)]

    @wraps(command)
    def with_performers(**options: Any) -> Any:
        given = {name: options.pop(name) for name in names}
        return command(Performers(**given), **options)

    for option in reversed(_OPTIONS):
        option(with_performers)
    return with_performers
