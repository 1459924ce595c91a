"""Refuse runs that would use what does not allow commercial use, and say what else there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from a1sdk.components.chosen import Chosen
from a1sdk.components.kinds import KINDS
from a1sdk.components.specs import (
    FaceTrackerSpec,
    IdentityEncoderSpec,
    Materials,
    MotionSourceSpec,
)
from a1sdk.errors import CapabilityError
from a1sdk.render.licensing import (
    Part,
    asset_parts,
    is_refused,
    objection,
    parts_of,
    planned_parts,
    taken,
)

if TYPE_CHECKING:
    from a1sdk.assets import AssetStore
    from a1sdk.components.registry import Registry
    from a1sdk.components.specs import Kind, Spec
    from a1sdk.render.permission import Permission

_FLAGS: dict[Kind, str] = {
    "renderer": "--renderer",
    "face_tracker": "--tracker",
    "identity_encoder": "--encoder",
}


def require_commercial(
    components: Sequence[Chosen[Any]],
    permission: Permission,
    registry: Registry,
    store: AssetStore | None = None,
) -> None:
    """Refuse what a run may not use; nothing is looked at where it may use everything.

    Raises:
        CapabilityError: it would use something that does not allow commercial use, or whose terms
            nobody has declared.
        PluginError: a plugin fails to say what it loads.
    """
    if not permission.commercial:
        return
    from a1sdk.assets import AssetStore

    store = store or AssetStore()
    refused = [one for one in planned_parts(components, store) if is_refused(one, permission)]
    if not refused:
        return
    owners = {one.ref: one for one in components}
    ways = [
        way
        for one in owners.values()
        if (mine := _those_of(one, refused))
        for way in _ways_out(one, mine, permission, registry, store)
    ]
    names = " ".join(f"--licensed {name}" for name in dict.fromkeys(one.name for one in refused))
    ways.append(f"say {names} if you hold a licence that allows it")
    raise CapabilityError(
        "The run may use only what allows commercial use:"
        f" {'; '.join(dict.fromkeys(objection(one) for one in refused))}.",
        hint="; or ".join(dict.fromkeys(ways)),
    )


def _those_of(chosen: Chosen[Any], parts: Sequence[Part]) -> list[Part]:
    """Return which parts are the component, its package, and what it loads."""
    names = (chosen.ref, chosen.plugin.distribution)
    return [one for one in parts if one.of == chosen.ref or one.name in names]


def _ways_out(
    chosen: Chosen[Any],
    refused: Sequence[Part],
    permission: Permission,
    registry: Registry,
    store: AssetStore,
) -> Iterator[str]:
    """Yield what there is in place of a component, or of what is refused of it."""
    roles = {one.role for one in refused}
    if not roles & {"component", "package"}:
        materials = chosen.materials()
        others = materials.assets.alternatives if materials.assets and roles != {"own"} else ()
        for alternative in others:
            if all(permission.allows(one.name, one.use) for one in alternative):
                names = " and ".join(repr(one.name) for one in alternative)
                yield f"let {chosen.ref} use {names} instead ({alternative[0].license})"
        if "own" in roles and _does_without(chosen, permission):
            yield f"leave out {' and '.join(one.name for one in refused if one.role == 'own')}"
    kind = chosen.spec.kind
    for ref in _substitutes(chosen, permission, registry, store):
        flag = _FLAGS.get(kind)
        yield f"use {flag} {ref}" if flag else f"use the {KINDS[kind].words} {ref}"


def _does_without(chosen: Chosen[Any], permission: Permission) -> bool:
    """Whether a component may be used with what its plugin declares, or loads nothing at all."""
    group = chosen.spec.assets
    return group is None or any(
        all(permission.allows(one.name, one.use) for one in alternative)
        for alternative in group.alternatives
    )


def _substitutes(
    chosen: Chosen[Any], permission: Permission, registry: Registry, store: AssetStore
) -> Iterator[str]:
    """Yield the references of components that could take its place, and are allowed."""
    for ref, spec in registry.specs(chosen.spec.kind).items():
        if ref == chosen.ref or not _does_the_same(spec, chosen.spec):
            continue
        other = Chosen(ref, spec, registry.load(ref.partition("/")[0]))
        parts = parts_of(
            [(other, Materials(assets=spec.assets))],
            lambda one, group: asset_parts(one.ref, taken(group, store)),
        )
        if not any(is_refused(part, permission) for part in parts):
            yield ref


def _does_the_same(spec: Spec, other: Spec) -> bool:
    """Whether a component could take another's place: it reads or makes the same."""
    if isinstance(spec, MotionSourceSpec) and isinstance(other, MotionSourceSpec):
        return bool(set(spec.inputs) & set(other.inputs))
    if isinstance(spec, IdentityEncoderSpec) and isinstance(other, IdentityEncoderSpec):
        return spec.produces == other.produces
    if isinstance(spec, FaceTrackerSpec) and isinstance(other, FaceTrackerSpec):
        return spec.expression or not other.expression
    return True
