"""Find plugins, import those that are used, and build their components.

Nothing is imported to list plugins; one plugin is imported to use it. What goes wrong with one
plugin is a value in the listing and a typed error on use, and stops no other plugin.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import metadata
from typing import TYPE_CHECKING, Any, Literal, cast, overload

import pluggy

from a1sdk.components.blame import blaming, describe
from a1sdk.components.chosen import Chosen
from a1sdk.components.discovery import (
    PluginInfo,
    discover,
    installed_entry_points,
    wanted_plugins,
)
from a1sdk.components.hookspecs import PROJECT, Hooks
from a1sdk.components.kinds import KINDS
from a1sdk.components.loading import collect_specs, imported, register
from a1sdk.components.options import did_you_mean, path_fields, validated
from a1sdk.errors import A1Error, ConfigError, PluginError, PluginNotFoundError, PluginRunError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from a1sdk.components.specs import (
        FaceTrackerSpec,
        IdentityEncoderSpec,
        Kind,
        MotionSourceSpec,
        MotionWriterSpec,
        RendererSpec,
        Spec,
    )

__all__ = ["Chosen", "PluginInfo", "Registry"]

logger = logging.getLogger(__name__)

Options = Mapping[str, Any] | None
_DEFAULTS: dict[Kind, str] = {"renderer": "warp/mesh", "face_tracker": "facemesh/landmarks"}
_FIRST_PARTY = ("video", "keyframes", "mocap", "audio")
"""Plugins whose sources and writers come before others', in this order."""

_OURS = frozenset({*_FIRST_PARTY, "dit", "facemesh", "insightface", "warp"})
"""Plugins that are published beside the core, as `a1sdk-NAME`."""


class Registry:
    """Knows every installed plugin from metadata; imports one only when it is asked for.

    The environment is read once: `A1_PLUGINS=a,b` hides all other plugins, and
    `A1_STRICT_PLUGINS=1` raises at once what would otherwise only be listed.
    """

    def __init__(self, entry_points: Iterable[metadata.EntryPoint] | None = None) -> None:
        """Read the metadata of installed plugins, or take these entry points instead.

        Raises:
            PluginError: with `A1_STRICT_PLUGINS=1`, a plugin is incompatible or in conflict.
        """
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(Hooks)
        self._strict = os.environ.get("A1_STRICT_PLUGINS") == "1"
        found = installed_entry_points() if entry_points is None else entry_points
        self._plugins = discover(found, only=wanted_plugins())
        self._left_out: set[str] = set()
        self._specs: dict[str, dict[Kind, dict[str, Spec]]] = {}
        for info in self.plugins():
            if info.error is not None and self._strict:
                raise info.error

    def plugins(self) -> list[PluginInfo]:
        """Return every installed plugin by name, unusable ones included. Imports nothing."""
        return sorted(self._plugins.values(), key=lambda info: info.name)

    def load(self, name: str) -> PluginInfo:
        """Import one plugin. What goes wrong is recorded in the answer, not raised.

        Raises:
            PluginNotFoundError: no plugin has that name.
            PluginError: with `A1_STRICT_PLUGINS=1`, it cannot be loaded.
        """
        info = self._plugins.get(name)
        if info is None:
            raise _not_found(f"No plugin is named {name!r}.", name, self._plugins)
        if info.state == "available":
            info = self._plugins[name] = self._import(info)
        return info

    def specs(self, kind: Kind, plugin: str | None = None) -> dict[str, Spec]:
        """Return the components of one kind, by reference.

        Args:
            kind: kind of the components.
            plugin: the only plugin to ask. Without it, all are imported, and those that fail
                are left out with a logged warning.

        Raises:
            PluginError: that one plugin cannot be used.
        """
        if plugin is not None:
            return self._offered(kind, plugin)
        return {
            ref: spec for name in self._usable() for ref, spec in self._offered(kind, name).items()
        }

    def resolve(self, kind: Kind, ref: str) -> str:
        """Return the full reference `plugin/component` that `ref` means.

        A bare plugin name means its only component of that kind; a bare component name is
        looked up in all plugins, which imports them.

        Raises:
            PluginNotFoundError: nothing of that kind has that name.
            ConfigError: several have it.
            PluginError: the named plugin cannot be used.
        """
        plugin, slash, _ = ref.partition("/")
        if slash:
            known = self._offered(kind, plugin)
            if ref not in known:
                raise _no_component(kind, ref, known)
            return ref
        if plugin in self._plugins and (own := self._offered(kind, plugin)):
            return _only(kind, ref, own)
        everything = self.specs(kind)
        named = [full for full in everything if full.partition("/")[2] == ref]
        if not named:
            raise _no_component(kind, ref, everything)
        return _only(kind, ref, named)

    def spec(self, kind: Kind, ref: str) -> Spec:
        """Return the spec of the component that `ref` means; raises as `resolve` does."""
        full = self.resolve(kind, ref)
        return self._offered(kind, full.partition("/")[0])[full]

    def options_model(self, kind: Kind, ref: str) -> type[BaseModel] | None:
        """Return the pydantic model of a component's options, or None where it has none.

        Raises:
            PluginError: the component is not there, or its model cannot be imported.
            ConfigError: several components have that name.
        """
        model: type[BaseModel] | None = imported(self.spec(kind, ref).options, ref)
        return model

    def option_names(self, kind: Kind, ref: str) -> frozenset[str]:
        """Return the names of a component's options; raises as `options_model` does."""
        model = self.options_model(kind, ref)
        return frozenset(model.model_fields) if model is not None else frozenset()

    def path_options(self, kind: Kind, ref: str) -> frozenset[str]:
        """Return the names of those options that are paths; raises as `options_model` does."""
        model = self.options_model(kind, ref)
        return frozenset(path_fields(model).values()) if model is not None else frozenset()

    @overload
    def choose(
        self, kind: Literal["motion_source"], ref: str, options: Options = None
    ) -> Chosen[MotionSourceSpec]: ...
    @overload
    def choose(
        self, kind: Literal["motion_writer"], ref: str, options: Options = None
    ) -> Chosen[MotionWriterSpec]: ...
    @overload
    def choose(
        self, kind: Literal["face_tracker"], ref: str, options: Options = None
    ) -> Chosen[FaceTrackerSpec]: ...
    @overload
    def choose(
        self, kind: Literal["identity_encoder"], ref: str, options: Options = None
    ) -> Chosen[IdentityEncoderSpec]: ...
    @overload
    def choose(
        self, kind: Literal["renderer"], ref: str, options: Options = None
    ) -> Chosen[RendererSpec]: ...
    @overload
    def choose(self, kind: Kind, ref: str, options: Options = None) -> Chosen[Spec]: ...
    def choose(self, kind: Kind, ref: str, options: Options = None) -> Chosen[Any]:
        """Look a component up and check its options; the implementation is not imported.

        Args:
            kind: kind of the component.
            ref: its reference, as for `resolve`.
            options: values by name, checked against the component's options model.

        Raises:
            ConfigError: an option is wrong; it is named in full, as `renderer.options.size`.
            PluginError: the component is not there or cannot be used.
        """
        full = self.resolve(kind, ref)
        info = self.load(full.partition("/")[0])
        return Chosen(full, self.spec(kind, full), info, self._checked(kind, full, options))

    def default(self, kind: Kind) -> str:
        """Return the reference used when the user names no component of that kind.

        It is the first-party one where installed, otherwise the only one there is.

        Raises:
            PluginNotFoundError: none is installed.
            ConfigError: several are, and none is the first-party one.
        """
        usual = _DEFAULTS.get(kind)
        if usual is not None and usual.partition("/")[0] in self._plugins:
            return self.resolve(kind, usual)
        offered = self.specs(kind)
        words = KINDS[kind].words
        if not offered:
            raise PluginNotFoundError(
                f"No {words} is installed.", hint="run `a1 plugin list` to see what is"
            )
        return _only(kind, f"any {words}", offered)

    def source_for(self, *inputs: str) -> str:
        """Return the reference of the motion source that reads one of these inputs.

        Args:
            inputs: `video`, `audio` or suffixes such as `.csv`; the first that any source
                declares decides. First-party sources come before others.

        Raises:
            PluginNotFoundError: no installed source reads any of them.
            ConfigError: several sources of other parties do.
        """
        offered = cast("dict[str, MotionSourceSpec]", self.specs("motion_source"))
        for wanted in inputs:
            readers = [ref for ref, spec in offered.items() if wanted in spec.inputs]
            if readers:
                return _first_party("motion_source", wanted, readers)
        listed = " or ".join(repr(name) for name in inputs)
        raise PluginNotFoundError(
            f"No installed motion source reads {listed}.",
            hint="run `a1 plugin list --components` to see what each reads",
        )

    def writer_for(self, suffix: str) -> str:
        """Return the reference of the motion writer that writes files of this suffix.

        Args:
            suffix: such as `.csv`. First-party writers come before others.

        Raises:
            PluginNotFoundError: no installed writer writes it.
            ConfigError: several writers of other parties do.
        """
        offered = cast("dict[str, MotionWriterSpec]", self.specs("motion_writer"))
        writers = [ref for ref, spec in offered.items() if suffix in spec.outputs]
        if writers:
            return _first_party("motion_writer", suffix, writers)
        known = sorted({suffix for spec in offered.values() for suffix in spec.outputs})
        raise PluginNotFoundError(
            f"No installed motion writer writes {suffix!r} files.",
            hint=f"use {' or '.join(known)}" if known else "install a plugin that has a writer",
        )

    def diagnose(self, name: str) -> list[A1Error]:
        """Return what a loaded plugin says keeps its components from working here.

        A plugin that fails to say is such a thing itself.
        """
        try:
            told = [error for answer in self._call(name, "a1_doctor") for error in answer]
            for error in told:
                if not isinstance(error, A1Error):
                    raise TypeError(f"{error!r} is no A1Error")
        except Exception as error:  # whatever it is, the others are looked at all the same
            text = f"Plugin {name!r} failed in a1_doctor: {describe(error)}."
            hint = "tell the plugin's author: a1_doctor has to yield A1Errors, raise none"
            return [PluginRunError(text, plugin=name, hint=hint)]
        return told

    def notify(self, hook: Literal["a1_run_started", "a1_run_finished"], **arguments: Any) -> None:
        """Call an observer hook of every usable plugin; exceptions are logged and go no further."""
        for name in self._usable():
            self._notify_one(name, hook, arguments)

    def _notify_one(self, name: str, hook: str, arguments: dict[str, Any]) -> None:
        try:
            self._call(name, hook, **arguments)
        except Exception as error:  # an observer must not decide over the run it watches
            logger.warning("Plugin %r failed in %s: %s", name, hook, describe(error))
            logger.debug("Traceback of plugin %r in %s", name, hook, exc_info=True)

    def _import(self, info: PluginInfo) -> PluginInfo:
        try:
            register(self._manager, info)
            self._specs[info.name] = collect_specs(info, lambda hook: self._call(info.name, hook))
        except PluginError as error:
            if self._strict:
                raise
            return replace(info, state="broken", error=error)
        return replace(info, state="loaded")

    def _usable(self) -> list[str]:
        """Import all plugins, say once which of them are left out, and return the others."""
        for name in self._plugins:
            info = self.load(name)
            if info.error is not None and name not in self._left_out:
                self._left_out.add(name)
                # an incompatible plugin is no accident: it waits for another a1sdk
                level = logging.INFO if info.state == "incompatible" else logging.WARNING
                logger.log(level, "%s It is left out.", info.error)
        return [info.name for info in self.plugins() if info.error is None]

    def _call(self, name: str, hook: str, **arguments: Any) -> list[Any]:
        """Call a hook of one plugin and no other."""
        others = [plugin for other, plugin in self._manager.list_name_plugin() if other != name]
        answers: list[Any] = self._manager.subset_hook_caller(hook, others)(**arguments)
        return answers

    def _offered(self, kind: Kind, plugin: str) -> dict[str, Spec]:
        info = self.load(plugin)
        if info.error is not None:
            raise info.error
        return self._specs[plugin][kind]

    def _checked(self, kind: Kind, ref: str, options: Options) -> BaseModel | None:
        model = self.options_model(kind, ref)
        where = f"{kind}.options"
        if model is not None:
            with blaming(ref, "while its options were checked"):
                return validated(model, options, where)
        if options:
            raise ConfigError(
                f"{ref!r} takes no options; {where} names {sorted(options)}.", hint="leave them out"
            )
        return None


def _first_party(kind: Kind, wanted: str, refs: Sequence[str]) -> str:
    """Return the first component of the first of our own plugins, or the only one there is.

    Raises:
        ConfigError: there are several, all of other parties.
    """
    ours = [ref for plugin in _FIRST_PARTY for ref in refs if ref.startswith(f"{plugin}/")]
    return ours[0] if ours else _only(kind, wanted, refs)


def _only(kind: Kind, ref: str, candidates: Collection[str]) -> str:
    """Return the one candidate there is.

    Raises:
        ConfigError: there are several.
    """
    if len(candidates) == 1:
        return next(iter(candidates))
    raise ConfigError(
        f"{ref!r} could be any of these {KINDS[kind].words}s: {', '.join(sorted(candidates))}.",
        hint=f"name one in full, such as {min(candidates)!r}",
    )


def _no_component(kind: Kind, ref: str, known: Iterable[str]) -> PluginNotFoundError:
    return _not_found(f"No plugin provides a {KINDS[kind].words} {ref!r}.", ref, known)


def _not_found(message: str, name: str, known: Iterable[str]) -> PluginNotFoundError:
    if name in _OURS:
        hint = f"pip install a1sdk-{name}"
    else:
        hint = did_you_mean(name, known) or "run `a1 plugin list --components`"
    return PluginNotFoundError(message, plugin=name.partition("/")[0], hint=hint)
