"""Arrange performers into layers: a driver, a mocap take, a voice and keys, and who gives what."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from a1sdk.components.options import config_error, did_you_mean
from a1sdk.errors import ConfigError
from a1sdk.motion.regions import REGIONS, by_region, regions_of
from a1sdk.render.job import LayerStack, MotionLayer
from a1sdk.render.jobfile import load_layers
from a1sdk.render.reading import source_for

if TYPE_CHECKING:
    from a1sdk.components.registry import Registry
    from a1sdk.components.specs import MotionSourceSpec

    Layer = MotionLayer | Mapping[str, Any]
    Performer = str | os.PathLike[str] | Layer

M = TypeVar("M", bound=BaseModel)
ROLES = ("driver", "mocap", "voice", "keys")
"""Who may perform, from the base upwards: the first that is there is laid under the others."""

FADE = Fraction(1, 5)
"""Seconds in which a layer that replaces motion comes in and goes out inside the film."""

_SILENT = ("mocap", "keys")
_COMPLETE = "a stack of layers is complete in itself"
_OVER: Mapping[str, Mapping[str, Any]] = {
    "driver": {},
    "mocap": {"regions": {"all": 1.0}, "mode": "override"},
    "voice": {"regions": {"mouth": 1.0}, "mode": "override"},
    "keys": {"regions": {"all": 1.0}, "mode": "add"},
}
"""What each gives when it is laid over others and nobody says otherwise."""

_TAKE = re.compile(r"(?P<regions>[^=]+)=(?P<name>[^*]+)(?:\*(?P<share>.+))?")
_TAKE_HINT = "write it as head=mocap, or lips,jaw=voice*0.8"


@dataclass(frozen=True, slots=True)
class Claim:
    """One region of the face that is taken from one performer, to a share of 0..1."""

    region: str
    name: str
    share: float


def stack_of(
    driver: Performer | Sequence[Layer] | None,
    *,
    registry: Registry,
    source: str | None = None,
    voice: Performer | None = None,
    keys: Performer | None = None,
    mocap: Performer | None = None,
    take: Sequence[str] = (),
    layers: str | os.PathLike[str] | None = None,
    layer_options: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[MotionLayer, ...]:
    """Return the layers that give a performance, the base first.

    Args:
        driver: file that any source reads, a layer, or all layers of a stack. A layer is a
            `MotionLayer`, or a mapping with its fields.
        registry: where sources are looked up.
        source: reference of the driver's motion source; by what `driver` is if absent.
        voice: sound that speaks, or a layer.
        keys: keyframes, or a layer.
        mocap: captured motion, or a layer.
        take: who gives what, see `arrange`.
        layers: file with a stack of layers, in place of all others.
        layer_options: options of motion sources, by the name of their layer.

    Raises:
        ConfigError: nobody performs, or what is asked for makes no sense.
        DecodeError: a file is missing or unreadable.
        PluginNotFoundError: no installed source reads a file.
    """
    if source is not None:
        driver = _from_source(source, driver, registry)
    performers = {"driver": driver, "voice": voice, "keys": keys, "mocap": mocap}
    if layers is not None:
        _refuse_others(f"Layers {str(layers)!r}", {**performers, "take": take or None})
        stack = load_layers(Path(layers), registry)
    elif isinstance(driver, Sequence) and not isinstance(driver, str):
        _refuse_others("A stack of layers", {**performers, "driver": None, "take": take or None})
        stack = _checked(LayerStack, {"layers": tuple(driver)}).layers
    else:
        stack = arrange(cast("Mapping[str, Performer | None]", performers), take, registry)
    return _with_options(stack, layer_options or {}, registry)


def _from_source(source: str, driver: object, registry: Registry) -> MotionLayer:
    """The driver as a layer of the source that is named, which need not read a file."""
    if not isinstance(driver, (str, os.PathLike, type(None))):
        raise ConfigError(
            f"A source {source!r} is named for a driver that is a layer, which has one.",
            hint="leave the source out",
        )
    reads = "path" in registry.option_names("motion_source", source)
    if driver is not None and not reads:
        raise ConfigError(
            f"Motion source {source!r} reads no file, and the driver is {str(driver)!r}.",
            hint="leave the driver out",
        )
    path = {} if driver is None else {"path": str(Path(driver))}
    return MotionLayer(use=source, options=path)


def _checked(model: type[M], value: object) -> M:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise config_error(error, given=value) from None


def _refuse_others(what: str, others: Mapping[str, object]) -> None:
    given = [name for name, value in others.items() if value is not None]
    if given:
        raise ConfigError(
            f"{what} cannot be given together with {given[0]!r}.",
            hint=f"{_COMPLETE}: write {given[0]!r} into it",
        )


def _with_options(
    stack: tuple[MotionLayer, ...],
    options: Mapping[str, Mapping[str, Any]],
    registry: Registry,
) -> tuple[MotionLayer, ...]:
    names = [layer.name for layer in stack]
    for name in options:
        if name not in names:
            raise ConfigError(
                f"There is no layer {name!r} to set options of.",
                hint=did_you_mean(name, names) or f"layers: {', '.join(names)}",
            )
    return tuple(_with_options_of(layer, options.get(layer.name, {}), registry) for layer in stack)


def _with_options_of(
    layer: MotionLayer, options: Mapping[str, Any], registry: Registry
) -> MotionLayer:
    known = registry.option_names("motion_source", layer.use) if options else frozenset()
    for name in options:
        if name not in known:
            raise ConfigError(
                f"Layer {layer.name!r}, which is {layer.use!r}, has no option {name!r}.",
                hint=did_you_mean(name, known) or f"options: {', '.join(sorted(known)) or 'none'}",
            )
    return layer.model_copy(update={"options": {**layer.options, **options}})


def arrange(
    performers: Mapping[str, Performer | None], take: Sequence[str], registry: Registry
) -> tuple[MotionLayer, ...]:
    """Return the layers that perform together, the base first.

    The first of `ROLES` that is there is the base. Over it, mocap takes everything, a voice the
    mouth, and keys are added to everything. A performer that `take` names gives the regions it is
    named for and nothing else, and a region that `take` names comes from nobody else.

    Args:
        performers: files, or layers, by their role; None for those that are not there. What a
            layer says of itself is kept.
        take: who gives what, as `REGION[,REGION]=NAME[*WEIGHT]`, such as `lips=voice*0.8`.
        registry: where sources are looked up.

    Raises:
        ConfigError: there is no performer, or `take` makes no sense.
        DecodeError: a file is missing or unreadable.
        PluginNotFoundError: no installed source reads a file.
    """
    present = {role: one for role in ROLES if (one := performers.get(role)) is not None}
    if not present:
        raise ConfigError(
            "There is nobody to perform.",
            hint="give a DRIVER, or one of --voice, --keys, --mocap and --layers",
        )
    claims = _claims(take, list(present))
    base = next(iter(present))
    return tuple(
        _layer(role, one, {} if role == base else _blend(role, claims), registry)
        for role, one in present.items()
    )


def _layer(
    role: str, performer: Performer, blend: Mapping[str, Any], registry: Registry
) -> MotionLayer:
    if isinstance(performer, (MotionLayer, Mapping)):
        performer = _checked(MotionLayer, performer)
        own = {"name": performer.name or role}
        own |= {name: v for name, v in blend.items() if name not in performer.model_fields_set}
        return performer.model_copy(update=own)
    path = Path(performer)
    use = source_for(path, registry, speech=role == "voice")
    offered = cast("dict[str, MotionSourceSpec]", registry.specs("motion_source"))
    if role in _SILENT and "audio" in offered[use].inputs:
        raise ConfigError(
            f"{str(path)!r} is a sound, and is given as {role}.", hint="give it with --voice"
        )
    if role == "voice" and not (offered[use].speaks or "audio" in offered[use].inputs):
        raise ConfigError(
            f"{str(path)!r} does not speak, and is given as voice.",
            hint="give it with --keys or --mocap, or as the driver",
        )
    return MotionLayer(use=use, options={"path": str(path)}, name=role, **blend)


def _blend(role: str, claims: Sequence[Claim]) -> dict[str, Any]:
    """How a performer that is laid over others joins them."""
    named = {claim.region: claim.share for claim in claims if claim.name == role}
    if named:
        blend = {"regions": named, "mode": "override"}
    else:
        blend = {**_OVER[role], "regions": _unclaimed(_OVER[role]["regions"], claims)}
    if not blend["regions"]:
        raise ConfigError(
            f"Nothing is left for {role!r} to give: all it would do is taken from others.",
            hint=f"leave {role!r} out, or name what is taken from it",
        )
    return blend | ({"fade_in": FADE, "fade_out": FADE} if blend["mode"] == "override" else {})


def _unclaimed(regions: Mapping[str, float], claims: Sequence[Claim]) -> dict[str, float]:
    taken = {claim.region for claim in claims}
    left = {region: share for region, share in by_region(regions).items() if region not in taken}
    return dict(regions) if len(left) == len(by_region(regions)) else left


def _claims(take: Sequence[str], present: Sequence[str]) -> list[Claim]:
    found: dict[tuple[str, str], Claim] = {}
    for text in take:
        match = _TAKE.fullmatch(text.replace(" ", ""))
        if match is None:
            raise ConfigError(f"{text!r} does not say what is from whom.", hint=_TAKE_HINT)
        name = _performer(match["name"], present)
        share = _share(match["share"], text)
        for region in (one for group in match["regions"].split(",") for one in regions_of(group)):
            if (region, name) in found:
                raise ConfigError(f"{region!r} is taken from {name!r} twice.")
            found[region, name] = Claim(region, name, share)
    _check_base(found.values(), present[0])
    return sorted(found.values(), key=lambda claim: REGIONS.index(claim.region))


def _performer(name: str, present: Sequence[str]) -> str:
    if name in present:
        return name
    here = f"here: {', '.join(present)}"
    what = "is not given" if name in ROLES else "does not exist"
    raise ConfigError(
        f"Nothing can be taken from {name!r}, which {what}.",
        hint=did_you_mean(name, present) or here,
    )


def _share(text: str | None, whole: str) -> float:
    try:
        share = float(text) if text is not None else 1.0
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ConfigError(f"The weight in {whole!r} is not between 0 and 1.", hint=_TAKE_HINT)
    return share


def _check_base(claims: Sequence[Claim] | Any, base: str) -> None:
    weak = [claim for claim in claims if claim.name == base and claim.share != 1]
    if weak:
        raise ConfigError(
            f"{base!r} lies under the others and has no weight of its own.",
            hint="give the weight to what lies over it, or change --expression and --head",
        )
