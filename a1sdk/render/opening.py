"""Set up the components of a run, and close them when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any

from a1sdk.components.blame import blaming
from a1sdk.components.checked import CheckedTracker
from a1sdk.errors import A1Error

if TYPE_CHECKING:
    from a1sdk.components.interfaces import Component, FaceTracker
    from a1sdk.components.registry import Chosen
    from a1sdk.components.specs import C, ComponentSpec, FaceTrackerSpec
    from a1sdk.render.context import HostContext


class Opener:
    """Opens the components of one run; `stack` closes them, the last one first."""

    def __init__(self, context: HostContext, stack: ExitStack, warnings: list[str]) -> None:
        """Take the run's context; `warnings` gets what goes wrong while components are closed."""
        self.context = context
        self._stack, self._warnings = stack, warnings

    def open(
        self, chosen: Chosen[ComponentSpec[C]], view: HostContext, called: str | None = None
    ) -> C:
        """Build a component and set it up with `view`; errors call it `called`."""
        return self._stack.enter_context(self.using(chosen, view, called))

    @contextmanager
    def using(
        self, chosen: Chosen[ComponentSpec[C]], view: HostContext, called: str | None = None
    ) -> Iterator[C]:
        """Lend a component as `open` does, and close it at once afterwards."""
        component = chosen.build()
        name = called or chosen.ref
        try:
            with blaming(name, "in setup"):
                component.setup(view)
            yield component
        finally:
            self._release(component, name)

    def tracker(self, chosen: Chosen[FaceTrackerSpec]) -> FaceTracker:
        """Open a face tracker, checked, so that whoever calls it is not blamed for it."""
        view = self.lend(chosen)
        return CheckedTracker(self.open(chosen, view), chosen.ref, view)

    def lend(self, chosen: Chosen[Any], tracker: FaceTracker | None = None) -> HostContext:
        """Return the component's view of the run."""
        return self.context.lend(chosen.spec, label=chosen.ref, tracker=tracker)

    def closed(self, items: Any) -> Any:
        """Close `items` when the run ends, before what was opened earlier."""
        return self._stack.enter_context(closing(items))

    def _release(self, component: Component, name: str) -> None:
        """Close a component; what it leaves behind must not cost a film that is complete."""
        try:
            with blaming(name, "when it was closed"):
                component.close()
        except A1Error as error:
            self._warnings.append(str(error))
