"""The formats that are read, one module each, and those that are known and refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from a1sdk.plugin import ConfigError, did_you_mean
from a1sdk_mocap.formats import (
    arkit,
    audio2face,
    flame,
    livelink,
    liveportrait,
    maya,
    openface,
    packets,
    usd,
)
from a1sdk_mocap.formats.refused import REFUSED

if TYPE_CHECKING:
    from a1sdk_mocap.sample import Sample
    from a1sdk_mocap.take import Take


class Format(NamedTuple):
    """A format of takes: how it is recognised, and how it is read."""

    name: str
    matches: Callable[[Sample], bool]
    read: Callable[[Sample], Take]


FORMATS = tuple(
    Format(module.NAME, module.matches, module.read)
    for module in (
        liveportrait,
        flame,
        usd,
        packets,
        maya,
        audio2face,
        arkit,
        openface,
        livelink,
    )
)
"""Those with unmistakable first bytes come first."""


def find_format(sample: Sample, name: str) -> Format | None:
    """Return the format called `name`, or for `auto` the one whose marks a file bears.

    Raises:
        ConfigError: there is no format of that name.
    """
    if name == "auto":
        return next((form for form in FORMATS if form.matches(sample)), None)
    known = {form.name: form for form in FORMATS}
    if name not in known:
        hint = did_you_mean(name, known) or f"formats: auto, {', '.join(sorted(known))}"
        raise ConfigError(f"There is no take format {name!r}.", hint=hint)
    return known[name]


def refuse(sample: Sample) -> NoReturn:
    """Raise the error that says why a file of no format that is read cannot be a performance."""
    for refusal in REFUSED:
        if refusal.matches(sample):
            sample.refuse(refusal.why, hint=refusal.hint)
    sample.refuse(
        "is no take or cue file of a known format",
        hint=f"formats: {', '.join(form.name for form in FORMATS)}, rhubarb, phones;"
        " keys say what they are by a schema_version, a1.keys/1",
    )
