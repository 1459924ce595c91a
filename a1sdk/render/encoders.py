"""Choose who makes the likenesses that a renderer needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from a1sdk.errors import CapabilityError, ConfigError

if TYPE_CHECKING:
    from a1sdk.components.choice import ComponentChoice
    from a1sdk.components.registry import Chosen, Registry
    from a1sdk.components.specs import IdentityEncoderSpec, RendererSpec


def choose_encoders(
    renderer: Chosen[RendererSpec],
    given: Mapping[str, Any],
    wanted: Sequence[ComponentChoice],
    registry: Registry,
) -> tuple[Chosen[IdentityEncoderSpec], ...]:
    """Return an encoder for each kind of likeness that a renderer needs, in order of the kinds.

    Args:
        renderer: the renderer.
        given: the options that were set for it. An encoder of its own plugin is given those that
            it has too, by name, so that both read the same checkpoint.
        wanted: the encoders asked for; the first installed for kinds that none of them makes.
        registry: where encoders are looked up.

    Raises:
        ConfigError: an encoder is asked for that is not needed, or an option is wrong.
        CapabilityError: no encoder makes a likeness from one picture, which is what a job names.
        PluginError: an encoder is missing or broken.
    """
    asked = {registry.resolve("identity_encoder", one.use): one.options for one in wanted}
    refs = [_maker(kind, renderer, asked, registry) for kind in sorted(renderer.spec.identities)]
    idle = [ref for ref in asked if ref not in refs]
    if idle or len(asked) < len(wanted):
        surplus = idle[0] if idle else wanted[-1].use
        raise ConfigError(
            f"Renderer {renderer.ref!r} has no use for the likeness of {surplus!r}.",
            hint="leave the encoder out, or ask for one encoder of each kind",
        )
    chosen = []
    for ref in refs:
        shared = _shared(ref, renderer, given, registry)
        options = {**shared, **asked.get(ref, {})}
        chosen.append(registry.choose("identity_encoder", ref, options))
    return tuple(chosen)


def _maker(
    kind: str, renderer: Chosen[RendererSpec], asked: Mapping[str, Any], registry: Registry
) -> str:
    """Return the reference of who makes likenesses of a kind: one asked for, or the first."""
    offered = cast("dict[str, IdentityEncoderSpec]", registry.specs("identity_encoder"))
    makers = [ref for ref, spec in offered.items() if spec.produces == kind]
    preferred = [ref for ref in asked if ref in makers] or makers
    fitting = [ref for ref in preferred if offered[ref].min_pictures == 1]
    if not fitting:
        raise CapabilityError(
            f"Renderer {renderer.spec.name!r} needs a likeness of kind {kind!r},"
            " and no installed identity encoder makes one from one picture.",
            hint="run `a1 plugin list --components` to see what is installed",
        )
    return fitting[0]


def _shared(
    ref: str, renderer: Chosen[RendererSpec], given: Mapping[str, Any], registry: Registry
) -> dict[str, Any]:
    """The renderer's options that an encoder of the same plugin has by the same name."""
    if ref.partition("/")[0] != renderer.plugin.name:
        return {}
    known = registry.option_names("identity_encoder", ref)
    return {name: value for name, value in given.items() if name in known}
