"""Import what a plugin names, and check what it registers; every failure names the plugin."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pluggy

from a1sdk.components.blame import describe
from a1sdk.components.discovery import PluginInfo
from a1sdk.components.hookspecs import PROJECT, Hooks
from a1sdk.components.kinds import KINDS, KindInfo
from a1sdk.components.options import did_you_mean
from a1sdk.components.specs import Kind, Spec
from a1sdk.errors import ContractError, PluginLoadError

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_HOOKS = tuple(name for name in vars(Hooks) if name.startswith("a1_"))


def import_target(target: str) -> Any:
    """Return the module or object that `"module"` or `"module:object"` names."""
    module, _, attribute = target.partition(":")
    found = import_module(module)
    for part in filter(None, attribute.split(".")):
        found = getattr(found, part)
    return found


def imported(target: Any, ref: str) -> Any:
    """Return what `"module:object"` names, or `target` itself where it is no string.

    Raises:
        PluginLoadError: it cannot be imported; `ref` says for which component.
    """
    if not isinstance(target, str):
        return target
    with loading(ref, f"{target!r}, of {ref!r}, could not be imported"):
        return import_target(target)


@contextmanager
def loading(plugin: str, message: str) -> Iterator[None]:
    """Turn any exception, exiting too, into a `PluginLoadError` that begins with `message`."""
    try:
        yield
    except (Exception, SystemExit) as error:
        name = plugin.partition("/")[0]
        raise PluginLoadError(
            f"{message}: {describe(error)}.", plugin=name, hint=_hint(name, error)
        ) from error


def register(manager: pluggy.PluginManager, info: PluginInfo) -> None:
    """Import a plugin and register it, leaving nothing behind when that fails.

    Raises:
        PluginLoadError: it cannot be imported, or its hooks are not those of this API.
    """
    with loading(info.name, f"Plugin {info} could not be imported"):
        plugin = import_target(info.target)
    with loading(info.name, f"Plugin {info} could not be registered"):
        try:
            _refuse_hooks_that_are_none(plugin)
            manager.register(plugin, name=info.name)
            manager.check_pending()
        except Exception:
            if manager.has_plugin(info.name):  # pluggy keeps half of a failed registration
                manager.unregister(name=info.name)
            raise


def collect_specs(
    info: PluginInfo, call: Callable[[str], list[Any]]
) -> dict[Kind, dict[str, Spec]]:
    """Return all components of one plugin: by kind, then by reference.

    Args:
        info: the plugin.
        call: calls the hook of that name in that plugin alone.

    Raises:
        PluginLoadError: a hook raised.
        ContractError: a hook returned what is no list of its kind's specs.
    """
    return {kind: _specs_of(info, about, call) for kind, about in KINDS.items()}


def _specs_of(
    info: PluginInfo, about: KindInfo, call: Callable[[str], list[Any]]
) -> dict[str, Spec]:
    with loading(info.name, f"Plugin {info} failed in {about.hook}()"):
        specs = [spec for answer in call(about.hook) for spec in answer]
    named: dict[str, Spec] = {}
    for spec in specs:
        if not isinstance(spec, about.spec):
            raise _refused(info, about, f"a {type(spec).__name__}, not a {about.spec.__name__}")
        if not _NAME.fullmatch(spec.name):
            raise _refused(info, about, f"the name {spec.name!r}, which is not like 'my-name'")
        ref = f"{info.name}/{spec.name}"
        if ref in named:
            raise _refused(info, about, f"two components named {spec.name!r}")
        named[ref] = spec
    return named


def _refused(info: PluginInfo, about: KindInfo, what: str) -> ContractError:
    return ContractError(f"Plugin {info}: {about.hook}() returned {what}.", plugin=info.name)


def _refuse_hooks_that_are_none(plugin: object) -> None:
    """Refuse a hook without its decorator, which pluggy ignores, and one that is misspelled."""
    for name in vars(plugin):
        value = getattr(plugin, name)
        if not (name.startswith("a1_") and callable(value)):
            continue
        guess = "" if name in _HOOKS else f" ({did_you_mean(name, _HOOKS) or 'no such hook'})"
        marks = getattr(value, f"{PROJECT}_impl", None)
        if marks is None:
            raise TypeError(f"{name}() lacks the decorator @hookimpl{guess}")
        if guess and not (marks["specname"] or marks["optionalhook"]):
            raise TypeError(f"{name}() is no hook of a1sdk{guess}")


def _hint(plugin: str, error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"install what provides the module {error.name!r}, or reinstall the plugin"
    return f"set A1_DEBUG=1 and run `a1 plugin check {plugin}` to see where"
