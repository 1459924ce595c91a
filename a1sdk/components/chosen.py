"""A component that was looked up and whose options were checked, ready to be built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from a1sdk.components.blame import blaming
from a1sdk.components.discovery import PluginInfo
from a1sdk.components.kinds import KINDS
from a1sdk.components.loading import imported
from a1sdk.components.materials import materials_of
from a1sdk.components.specs import C, ComponentSpec, Materials
from a1sdk.errors import ContractError

if TYPE_CHECKING:
    from pydantic import BaseModel

S = TypeVar("S", bound=ComponentSpec[Any], covariant=True)


@dataclass(frozen=True, eq=False)
class Chosen(Generic[S]):
    """A component, found but not imported.

    Attributes:
        ref: full reference, `plugin/component`.
        spec: what its plugin says of it.
        plugin: the plugin it belongs to.
        options: its checked options; None when it has none.
    """

    ref: str
    spec: S
    plugin: PluginInfo
    options: BaseModel | None = None

    def build(self: Chosen[ComponentSpec[C]]) -> C:
        """Import the implementation and construct it; `setup` and `close` are the caller's.

        Raises:
            PluginLoadError: the implementation cannot be imported.
            PluginRunError: its constructor raised.
            ContractError: what the factory made is no component of that kind.
        """
        factory = imported(self.spec.factory, self.ref)
        arguments = [] if self.options is None else [self.options]
        with blaming(self.ref, "while it was constructed"):
            component = factory(*arguments)
        interface = KINDS[self.spec.kind].interface
        if not isinstance(component, interface):
            raise ContractError(
                f"The factory of {self.ref!r} made a {type(component).__name__},"
                f" not a {interface.__name__}.",
                plugin=self.plugin.name,
            )
        return cast("C", component)

    def materials(self) -> Materials:
        """Return what it loads with its options; the implementation is not imported.

        Raises:
            PluginError: its plugin fails to say.
        """
        told = imported(self.spec.materials, self.ref)
        if told is None:
            return materials_of(self.spec, self.options)
        with blaming(self.ref, "while it said what it loads"):
            found = told(self.options)
        if not isinstance(found, Materials):
            raise ContractError(
                f"{self.ref!r} says what it loads with a {type(found).__name__}, not Materials.",
                plugin=self.plugin.name,
            )
        return found
