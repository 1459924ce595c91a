"""Installed plugins, read from the metadata of distributions; nothing is imported."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Literal

from a1sdk.components.blame import describe
from a1sdk.errors import PluginApiError, PluginConflictError, PluginError, PluginLoadError

logger = logging.getLogger(__name__)

API_MAJOR = 1
GROUP = f"a1sdk.plugins.v{API_MAJOR}"
_GROUP_PREFIX = "a1sdk.plugins.v"
_ANY_GROUP = re.compile(r"a1sdk\.plugins\.v(\d+)")

State = Literal["available", "loaded", "broken", "incompatible", "conflict"]


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """One installed plugin, as far as it is known.

    Attributes:
        name: name of its entry point; references to its components begin with it.
        distribution: name of the installed package it belongs to.
        version: version of that package.
        api: major version of the plugin API it is built for.
        state: `available` until it is needed, then `loaded` or `broken`; `incompatible` when
            built for another API; `conflict` when two packages claim its name.
        error: why it cannot be used, if so.
        target: what its entry point names, `module` or `module:object`.
    """

    name: str
    distribution: str
    version: str
    api: int = API_MAJOR
    state: State = "available"
    error: PluginError | None = None
    target: str = ""

    def __str__(self) -> str:
        return f"{self.name!r} ({self.distribution} {self.version})"


def installed_entry_points() -> list[metadata.EntryPoint | PluginInfo]:
    """Return the entry points of all plugins; for unreadable metadata, a broken plugin.

    Distributions are read one by one so that one with a damaged file hides no other.
    """
    found: list[metadata.EntryPoint | PluginInfo] = []
    seen: set[str] = set()
    for distribution in metadata.distributions():
        if not _announces_plugins(distribution):
            continue
        name, version = _identify(distribution)
        if name.lower() in seen:  # the first on the path is the one that imports find
            continue
        seen.add(name.lower())
        try:
            found.extend(distribution.entry_points)
        except (ValueError, TypeError) as error:  # what the parser raises, by version
            found.append(_unreadable(name, version, error))
    return found


def _announces_plugins(distribution: metadata.Distribution) -> bool:
    try:
        text = distribution.read_text("entry_points.txt")
    except UnicodeDecodeError:  # of any package: whether it has plugins cannot be told
        name, _ = _identify(distribution)
        logger.warning("Package %r is damaged: reinstall it, if it has plugins of a1sdk.", name)
        return False
    return text is not None and _GROUP_PREFIX in text


def discover(
    found: Iterable[metadata.EntryPoint | PluginInfo], *, only: frozenset[str] | None = None
) -> dict[str, PluginInfo]:
    """Return the plugins that these entry points announce, by name.

    Args:
        found: entry points of any group, and plugins already known to be broken.
        only: names to keep; None keeps all.
    """
    plugins: dict[str, PluginInfo] = {}
    for info in sorted(_announced(found), key=_ours_first):
        if only is not None and info.name not in only:
            continue
        rival = plugins.get(info.name)
        if rival is None:
            plugins[info.name] = info if info.api == API_MAJOR else _incompatible(info)
        elif rival.distribution != info.distribution and info.api == API_MAJOR:
            plugins[info.name] = _conflict(rival, info)
    return plugins


def wanted_plugins() -> frozenset[str] | None:
    """Return the plugins that `A1_PLUGINS=a,b` allows; None when it is not set or empty."""
    names = os.environ.get("A1_PLUGINS", "").split(",")
    return frozenset(name.strip() for name in names if name.strip()) or None


def _ours_first(info: PluginInfo) -> tuple[bool, str, str]:
    return info.api != API_MAJOR, info.name, info.distribution


def _announced(found: Iterable[metadata.EntryPoint | PluginInfo]) -> Iterator[PluginInfo]:
    for point in found:
        if isinstance(point, PluginInfo):
            yield point
        elif match := _ANY_GROUP.fullmatch(point.group):
            name, version = _identify(point.dist)
            yield PluginInfo(point.name, name, version, int(match[1]), target=point.value)


def _identify(distribution: metadata.Distribution | None) -> tuple[str, str]:
    # `.name` and `.version` fail for half-removed packages, whose metadata is empty
    try:
        fields = distribution.metadata if distribution is not None else None
    except UnicodeDecodeError:
        fields = None
    if fields is None:
        return "unknown", "0"
    name = fields["Name"] if "Name" in fields else "unknown"
    return name, fields["Version"] if "Version" in fields else "0"


def _unreadable(name: str, version: str, error: Exception) -> PluginInfo:
    broken = PluginLoadError(
        f"The entry points of package {name!r} cannot be read: {describe(error)}.",
        plugin=name,
        hint=f"reinstall it: pip install --force-reinstall --no-deps {name}",
    )
    return PluginInfo(name, name, version, state="broken", error=broken)


def _incompatible(info: PluginInfo) -> PluginInfo:
    older = "a1sdk" if info.api > API_MAJOR else info.distribution
    stale = PluginApiError(
        f"Plugin {info} is built for plugin API v{info.api}; this a1sdk speaks v{API_MAJOR}.",
        plugin=info.name,
        hint=f"upgrade {older}: pip install --upgrade {older}",
    )
    return replace(info, state="incompatible", error=stale)


def _conflict(first: PluginInfo, second: PluginInfo) -> PluginInfo:
    names = f"{first.distribution}, {second.distribution}"
    clash = PluginConflictError(
        f"Packages {names} both provide a plugin named {first.name!r}; neither is used.",
        plugin=first.name,
        hint=f"uninstall one of them: pip uninstall {second.distribution}",
    )
    return replace(first, distribution=names, version="-", state="conflict", error=clash)
