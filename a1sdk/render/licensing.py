"""Under which licences a run works: of packages, components, and what these load."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from a1sdk.components.chosen import Chosen
from a1sdk.components.kinds import KINDS
from a1sdk.components.packages import Package, dependencies, package
from a1sdk.components.specs import (
    AnyAsset,
    Asset,
    CommercialUse,
    Folder,
    Materials,
    Snapshot,
    Terms,
)

if TYPE_CHECKING:
    from a1sdk.assets import AssetStore, Status
    from a1sdk.components.registry import Registry
    from a1sdk.components.specs import AssetGroup
    from a1sdk.render.permission import Permission

CORE = "a1sdk"
Role = Literal["package", "component", "file", "snapshot", "folder", "own", "dependency"]
_ROLES: dict[type[AnyAsset], Role] = {Asset: "file", Snapshot: "snapshot", Folder: "folder"}
_WORST: tuple[CommercialUse, ...] = ("no", "unknown", "terms", "yes")


class Part(BaseModel):
    """Something that a run uses, and what one may do with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role = Field(
        description="package; component: an implementation; file, snapshot and folder: what a"
        " component loads, as its plugin declares it; own: what an option names; dependency: a"
        " package that these need."
    )
    name: str = Field(description="Package, plugin/component, asset, or option.")
    of: str = Field("", description="The component that loads it, as plugin/component.")
    package: str = Field("", description="The package that a component belongs to.")
    version: str = Field("", description="Of a package; of a snapshot, its repository and commit.")
    license: str = Field(description="SPDX expression, LicenseRef-..., or NOASSERTION if unknown.")
    license_url: str = Field("", description="Where the terms can be read.")
    license_notes: str = Field("", description="What else one has to know of them.")
    commercial: CommercialUse = Field(
        description="Whether commercial use is allowed; terms: on conditions."
    )
    licensed: bool = Field(
        False, description="Whether the user holds another licence, which allows it."
    )
    state: str | None = Field(
        None, description="Of a file, snapshot or folder: cached, found, missing or damaged."
    )
    path: str | None = Field(None, description="Where it is on this machine.")

    @property
    def effective(self) -> CommercialUse:
        """Whether this user may use it commercially."""
        return "terms" if self.licensed and self.commercial != "yes" else self.commercial


class UsedLicenses(BaseModel):
    """Under which licences all works that is installed, or that a render would use."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal["a1.used-licenses/1"] = "a1.used-licenses/1"
    file: Path | None = Field(None, description="The job or the cut; null: all that is installed.")
    commercial: CommercialUse | None = Field(
        None, description="Whether all that the render would use may be used commercially."
    )
    parts: tuple[Part, ...]


AssetsOf = Callable[[Chosen[Any], "AssetGroup"], Iterable[Part]]
"""Which of a component's assets count, as parts."""


def parts_of(
    components: Iterable[tuple[Chosen[Any], Materials]], assets_of: AssetsOf
) -> list[Part]:
    """Return the core, and the packages, components and materials of a run, each once.

    Args:
        components: with what each loads.
        assets_of: which of their assets count.
    """
    parts = {(CORE, ""): _package_part(package(CORE))}
    for chosen, materials in sorted(components, key=_by_package):
        name = chosen.plugin.distribution
        parts.setdefault((name, ""), _package_part(package(name)))
        own = [_own_part(chosen, option, str(path)) for option, path in materials.own.items()]
        lent = () if materials.assets is None else assets_of(chosen, materials.assets)
        for part in (_component_part(chosen), *lent, *own):
            parts.setdefault((part.name, f"{part.of} {part.path}"), part)
    return list(parts.values())


def planned_parts(components: Sequence[Chosen[Any]], store: AssetStore) -> list[Part]:
    """Return what components would use on this machine: of assets, the alternative that is here.

    Where none is complete it is the first, which a pull would fetch.

    Raises:
        PluginError: a plugin fails to say what it loads.
    """
    loaded = [(one, one.materials()) for one in components]
    return parts_of(loaded, lambda chosen, group: asset_parts(chosen.ref, taken(group, store)))


def used_parts(
    components: Sequence[Chosen[Any]], used: Mapping[str, Mapping[str, str]]
) -> list[Part]:
    """Return what components have used in a run.

    Args:
        components: those of the run.
        used: what was lent to each, as `HostContext.used` has it.
    """

    def lent(chosen: Chosen[Any], group: AssetGroup) -> Iterator[Part]:
        names = used.get(chosen.ref, {})
        tops = {name.partition("/")[0] for name in names}
        for asset in {one.name: one for some in group.alternatives for one in some}.values():
            if asset.name in tops:
                yield _asset_part(chosen.ref, asset, version=names.get(asset.name, ""))

    declared = [
        (one, Materials(assets=one.spec.assets, own=one.materials().own)) for one in components
    ]
    return parts_of(declared, lent)


def installed_parts(registry: Registry, store: AssetStore) -> list[Part]:
    """Return all components that are installed, with all that they might load."""
    components = [
        (Chosen(ref, spec, registry.load(ref.partition("/")[0])), Materials(assets=spec.assets))
        for kind in KINDS
        for ref, spec in registry.specs(kind).items()
    ]

    def every(chosen: Chosen[Any], group: AssetGroup) -> Iterator[Part]:
        found = {one.name: one for some in group.alternatives for one in some}
        return asset_parts(chosen.ref, map(store.status, found.values()))

    return parts_of(components, every)


def dependency_parts(parts: Iterable[Part]) -> list[Part]:
    """Return the packages that those among the parts need and that are installed."""
    names = [one.name for one in parts if one.role == "package"]
    return [_package_part(found, "dependency") for found in dependencies(names)]


def with_licenses(parts: Iterable[Part], licensed: frozenset[str]) -> list[Part]:
    """Return parts with what the user holds another licence for marked."""
    return [one.model_copy(update={"licensed": one.name in licensed}) for one in parts]


def worst(parts: Iterable[Part]) -> CommercialUse:
    """Return whether all of it may be used commercially; packages that say nothing do not count.

    Their components say it for them.
    """
    found = {one.effective for one in parts if not _is_silent(one)}
    return next((use for use in _WORST if use in found), "yes")


def statement(parts: Iterable[Part], permission: Permission) -> list[str]:
    """Return what a report warns of, a sentence for each thing that limits commercial use."""
    said = []
    for one in parts:
        if one.commercial == "no" and not one.licensed:
            said.append(f"The result may not be used commercially: {objection(one)}.")
        elif permission.commercial and one.licensed and one.commercial != "yes":
            said.append(f"{_called(one)} is used under a licence of your own.")
        elif permission.commercial and one.effective == "terms":
            said.append(f"{_called(one)} allows commercial use on conditions: {_terms(one)}.")
    return list(dict.fromkeys(said))


def asset_parts(ref: str, statuses: Iterable[Status]) -> Iterator[Part]:
    """Yield assets of the component `ref` as parts."""
    from a1sdk.assets.snapshots import SnapshotStatus

    for one in statuses:
        version = one.revision if isinstance(one, SnapshotStatus) else ""
        yield _asset_part(ref, one.asset, one, version)


def taken(group: AssetGroup, store: AssetStore) -> Sequence[Status]:
    """Return the statuses of the best alternative that is complete here, else of the first."""
    first: Sequence[Status] = ()
    for alternative in group.alternatives:
        statuses = [store.status(asset) for asset in alternative]
        if all(status.path is not None for status in statuses):
            return statuses
        first = first or statuses
    return first


def _asset_part(ref: str, asset: AnyAsset, status: Status | None = None, version: str = "") -> Part:
    where = None if status is None or status.path is None else str(status.path)
    state = None if status is None else status.state
    return Part(
        role=_ROLES[type(asset)],
        name=asset.name,
        of=ref,
        version=version,
        state=state,
        path=where,
        **_facts(asset),
    )


def _by_package(one: tuple[Chosen[Any], Materials]) -> tuple[str, str]:
    return one[0].plugin.distribution, one[0].ref


def _component_part(chosen: Chosen[Any]) -> Part:
    return Part(
        role="component",
        name=chosen.ref,
        package=chosen.plugin.distribution,
        version=chosen.plugin.version,
        **_facts(chosen.spec),
    )


def _own_part(chosen: Chosen[Any], option: str, path: str) -> Part:
    return Part(role="own", name=option, of=chosen.ref, path=path, **_facts(Terms()))


def _package_part(found: Package, role: Role = "package") -> Part:
    return Part(
        role=role,
        name=found.name,
        version=found.version,
        license=found.license,
        license_url=found.license_url,
        commercial=found.commercial,
    )


def _facts(terms: Terms) -> dict[str, Any]:
    return {
        "license": terms.license,
        "license_url": terms.license_url,
        "license_notes": terms.license_notes,
        "commercial": terms.use,
    }


def _is_silent(part: Part) -> bool:
    return part.role == "package" and part.commercial in ("terms", "unknown")


def is_refused(part: Part, permission: Permission) -> bool:
    """Say whether a run may not use a part."""
    return not _is_silent(part) and not permission.allows(part.name, part.commercial)


def objection(part: Part) -> str:
    """Return what is wrong with a part that is refused, as half a sentence."""
    if part.commercial == "unknown":
        return f"what one may do with {_called(part)} is not known"
    return f"{_called(part)} does not allow it ({_terms(part)})"


def _called(part: Part) -> str:
    if part.role == "own":
        return f"the {part.name} {part.path!r} of {part.of!r}"
    return f"{part.name!r} of {part.of!r}" if part.of else repr(part.name)


def _terms(part: Part) -> str:
    return f"{part.license}, {part.license_url}" if part.license_url else part.license
