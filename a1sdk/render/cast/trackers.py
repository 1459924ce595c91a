"""Lend face trackers to the layers of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a1sdk.render.cast.ensemble import Ensemble

if TYPE_CHECKING:
    from a1sdk.components.interfaces import FaceTracker
    from a1sdk.components.registry import Chosen
    from a1sdk.components.specs import FaceTrackerSpec
    from a1sdk.render.cast.recognizer import Recognizer
    from a1sdk.render.opening import Opener
    from a1sdk.render.plan import PlannedLayer


class Trackers:
    """Lends each layer that looks at faces a tracker of its own, since layers work in threads.

    Layers that look for people of a cast in the same pictures share one, and what it finds: those
    of one motion source with the same options, shown at the same times. That is known before
    anything is read, and holds for the whole run.
    """

    def __init__(
        self,
        chosen: Chosen[FaceTrackerSpec],
        opener: Opener,
        recognizer: Recognizer | None = None,
        tracker: FaceTracker | None = None,
    ) -> None:
        """Lend trackers that `opener` closes.

        Args:
            chosen: the run's face tracker.
            opener: the run's.
            recognizer: who finds the people that layers name; None if none of them does.
            tracker: a tracker that is open, and needed by nobody else any more.
        """
        self._chosen, self._opener, self._recognizer = chosen, opener, recognizer
        self._free = tracker
        self._ensembles: list[tuple[PlannedLayer, Ensemble]] = []

    def lend(self, one: PlannedLayer) -> FaceTracker | None:
        """Return the tracker for a layer; it sees only the person that the layer names, if any."""
        if not one.chosen.spec.needs_face_tracker:
            return None
        if not one.layer.who or self._recognizer is None:
            return self._open()
        ensemble = self._ensemble(one, self._recognizer)
        return ensemble.join(one.layer.who, str(one.layer.path or one.called))

    def _ensemble(self, one: PlannedLayer, recognizer: Recognizer) -> Ensemble:
        for other, known in self._ensembles:
            if _see_the_same(one, other):
                return known
        made: Ensemble = self._opener.closed(
            Ensemble(self._open(), recognizer, self._opener.context)
        )
        self._ensembles.append((one, made))
        return made

    def _open(self) -> FaceTracker:
        free, self._free = self._free, None
        return free or self._opener.tracker(self._chosen)


def _see_the_same(one: PlannedLayer, other: PlannedLayer) -> bool:
    """Whether the sources of two layers look at the same pictures, at about the same time."""
    return (one.chosen.ref, one.chosen.options, one.layer.time) == (
        other.chosen.ref,
        other.chosen.options,
        other.layer.time,
    )
