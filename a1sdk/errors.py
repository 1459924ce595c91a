"""Every error the SDK raises on purpose, with the exit code the command line gives it.

    A1Error(message, hint=)               1
    ├─ ConfigError                        2   an option, argument or job file is wrong
    ├─ CapabilityError                    2   these components cannot do this together
    ├─ PluginError(plugin=)               3   a plugin is missing, broken or misbehaving
    │  ├─ PluginNotFoundError
    │  ├─ PluginLoadError                     could not be imported or registered
    │  ├─ PluginConflictError                 two distributions claim one name
    │  ├─ PluginApiError                      built for another plugin API
    │  ├─ ContractError                       returned what its interface forbids
    │  └─ PluginRunError                      raised while running; the original is `__cause__`
    ├─ ResourceError                      4   the machine lacks something
    │  ├─ AssetMissingError                   a declared file is not here
    │  ├─ DeviceUnavailableError
    │  ├─ OutOfMemoryError
    │  └─ StorageError                        no space, no permission
    ├─ MediaError(path=)                  5   a media file cannot be used
    │  ├─ DecodeError
    │  ├─ EncodeError
    │  ├─ ConformError                        a handed back cut is not the one that came in
    │  └─ NoFaceError                         no face to track where one is needed
    └─ Cancelled                        130   the run was asked to stop; not a failure

A message says in one sentence what happened to which thing; the hint says what to do about it.
Keyword arguments have defaults because exceptions with required ones cannot be unpickled.
"""

from __future__ import annotations

from typing import ClassVar


class A1Error(Exception):
    """Base of the tree: catch this to catch everything the SDK raises on purpose."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


class ConfigError(A1Error):
    """An option, an argument or a job file is wrong."""

    exit_code = 2


class CapabilityError(A1Error):
    """The chosen components cannot do this together."""

    exit_code = 2


class PluginError(A1Error):
    """A plugin is missing, broken or misbehaving."""

    exit_code = 3

    def __init__(self, message: str, *, plugin: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.plugin = plugin


class PluginNotFoundError(PluginError):
    """No installed plugin provides what was asked for."""


class PluginLoadError(PluginError):
    """A plugin could not be imported or registered."""


class PluginConflictError(PluginError):
    """Two distributions claim the same plugin name."""


class PluginApiError(PluginError):
    """A plugin is built for another version of the plugin API."""


class ContractError(PluginError):
    """A plugin returned something its interface forbids."""


class PluginRunError(PluginError):
    """A plugin raised while running; the original exception is `__cause__`."""


class ResourceError(A1Error):
    """The machine lacks something the run needs."""

    exit_code = 4


class AssetMissingError(ResourceError):
    """A file that a component declares is not on this machine."""


class DeviceUnavailableError(ResourceError):
    """The requested device is not on this machine."""


class OutOfMemoryError(ResourceError):
    """The run does not fit into the memory there is."""


class StorageError(ResourceError):
    """A file could not be written: no space, no permission, no such folder."""


class MediaError(A1Error):
    """A media file cannot be used."""

    exit_code = 5

    def __init__(self, message: str, *, path: str = "", hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class DecodeError(MediaError):
    """A media file cannot be read."""


class EncodeError(MediaError):
    """A media file cannot be written as asked."""


class ConformError(MediaError):
    """A cut that was handed back would differ from the one that came in; it was not kept."""


class NoFaceError(MediaError):
    """There is no face where one is needed."""


class Cancelled(A1Error):
    """The run was asked to stop; not a failure."""

    exit_code = 130
