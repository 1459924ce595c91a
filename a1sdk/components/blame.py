"""Say which plugin an exception came from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from a1sdk.errors import A1Error, OutOfMemoryError, PluginRunError


@contextmanager
def blaming(plugin: str, doing: str) -> Iterator[None]:
    """Turn what a plugin's code raises into an error that names the plugin.

    Errors of the `A1Error` tree pass unchanged: the plugin has already said what is wrong.

    Args:
        plugin: name of the plugin, or a reference `plugin/component`.
        doing: what it was doing, to be read after "failed": `"in setup"`, `"at frame 17"`.

    Raises:
        OutOfMemoryError: the plugin ran out of memory.
        PluginRunError: it raised anything else; the original is `__cause__`.
    """
    try:
        yield
    except A1Error:
        raise
    except Exception as error:
        raise attributed(error, plugin, doing) from error


def attributed(error: Exception, plugin: str, doing: str) -> A1Error:
    """Return the typed error to raise for `error`, which `plugin` raised."""
    if isinstance(error, MemoryError):
        return OutOfMemoryError(
            f"Plugin {plugin!r} ran out of memory {doing}.",
            hint="use a smaller picture, or a machine with more memory",
        )
    return PluginRunError(
        f"Plugin {plugin!r} failed {doing}: {describe(error)}.",
        plugin=plugin.partition("/")[0],
        hint="set A1_DEBUG=1 to see where, and tell the plugin's author",
    )


def describe(error: BaseException) -> str:
    """Return the type and the first line of an exception, without a period at the end."""
    lines = str(error).strip().splitlines()
    name = type(error).__name__
    return f"{name}: {lines[0].rstrip('.')}" if lines else name
