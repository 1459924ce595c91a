"""Follow several people through one film, which is read, tracked and recognised once."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from a1sdk.components.data import TrackedFrame
from a1sdk.components.interfaces import FaceTracker
from a1sdk.media.cuts import CutWatch
from a1sdk.media.part import FilmPart
from a1sdk.render.cast.backlog import Backlog
from a1sdk.render.cast.search import Look, Search
from a1sdk.streams import iterating

if TYPE_CHECKING:
    from a1sdk.components.data import FaceObservation, Pixels, VideoFrame
    from a1sdk.components.interfaces import RunContext
    from a1sdk.render.cast.recognizer import Recognizer
    from a1sdk.render.context import HostContext

MOST_FACES = 8
"""Faces that are followed in a film, those of the people among them."""


class Ensemble:
    """People who are followed through one film by one face tracker.

    Each gets a face tracker that sees nobody else, whoever is in the picture. Who is first asked to
    track a `FilmPart` has it read, tracked, and looked through for everybody; whoever is asked for
    the same part later gets what was found then. They may be asked in any order, from threads of
    their own. Where one is far ahead, what was found for the others waits in a file.
    """

    def __init__(self, tracker: FaceTracker, recognizer: Recognizer, context: HostContext) -> None:
        """Follow people whom `recognizer` knows; files are in the scratch folder of `context`."""
        self.tracker, self.recognizer, self.context = tracker, recognizer, context
        self.lock = threading.Lock()  # the tracker is asked by one thread at a time
        self._people: list[str] = []
        self._shared: _Pass | None = None

    def join(self, name: str, film: str) -> PersonTracker:
        """Return what sees only the person called `name`; all join before any of them is asked.

        Args:
            name: of the person.
            film: what errors call the film.
        """
        self._people.append(name)
        return PersonTracker(self, len(self._people) - 1, name, film)

    def open_pass(self, place: int, frames: Iterable[VideoFrame], ctx: RunContext) -> _Place:
        """Return one person's place in a pass through a film, in that of all if there can be one.

        Args:
            place: the person's, in the order in which they joined.
            frames: the pictures; those of a `FilmPart` are shared.
            ctx: services of the run.
        """
        if not isinstance(frames, FilmPart):
            return _Pass(self, frames, [self._people[place]], ctx).places[0]
        with self.lock:
            if self._shared is None:
                self._shared = _Pass(self, frames, self._people, ctx)
            shared = self._shared
            if shared.frames == frames and not shared.places[place].is_taken:
                shared.places[place].is_taken = True
                return shared.places[place]
        return _Pass(self, frames, [self._people[place]], ctx).places[0]

    def close(self) -> None:
        """Stop following whom nobody asked for."""
        if self._shared is not None:
            for place in self._shared.places:
                place.close()


class PersonTracker(FaceTracker):
    """A face tracker that sees one person of an ensemble."""

    def __init__(self, ensemble: Ensemble, place: int, name: str, film: str) -> None:
        super().__init__(ensemble.tracker.options)
        self._ensemble, self._place = ensemble, place
        self._name, self._film = name, film

    def detect(self, pixels: Pixels, ctx: RunContext) -> list[FaceObservation]:
        """Return the person's face, if it is in the picture."""
        ensemble = self._ensemble
        with ensemble.lock:
            faces = ensemble.tracker.detect(pixels, ctx)
        found = ensemble.recognizer.match(pixels, faces).faces.get(self._name)
        return [] if found is None else [faces[found]]

    def track(
        self, frames: Iterable[VideoFrame], ctx: RunContext, *, max_faces: int = 1
    ) -> Iterator[TrackedFrame]:
        """Yield the person's face of each frame, none where they are not.

        Raises:
            NoFaceError: there are faces, and none is the person's.
        """
        with closing(self._ensemble.open_pass(self._place, frames, ctx)) as found:
            yield from found.faces()
            found.search.check_found(self._film)


class _Place:
    """One person's place in a pass through a film."""

    def __init__(self, way: _Pass, search: Search, context: HostContext) -> None:
        self._way, self.search = way, search
        self.waiting = Backlog(context)
        self.is_taken = False

    def faces(self) -> Iterator[TrackedFrame]:
        """Yield the person's face of each picture."""
        while (frame := self._way.next_of(self)) is not None:
            yield frame

    def close(self) -> None:
        """Ask for no more."""
        self._way.leave(self)


class _Pass:
    """A pass through pictures, with a place for everybody who is looked for on the way."""

    def __init__(
        self,
        ensemble: Ensemble,
        frames: Iterable[VideoFrame],
        people: Sequence[str],
        ctx: RunContext,
    ) -> None:
        self.frames, self._ensemble, self._ctx = frames, ensemble, ctx
        searches = (Search(ensemble.recognizer, name) for name in people)
        self.places = [_Place(self, search, ensemble.context) for search in searches]
        self._looks = self._looked()
        self._error: BaseException | None = None

    def next_of(self, place: _Place) -> TrackedFrame | None:
        """Return what is next for one place; None at the end.

        Raises:
            BaseException: what ended the pass, for every place when it gets there.
        """
        with self._ensemble.lock:
            if not place.waiting and not self._go_on():
                return None
            return place.waiting.popleft()

    def leave(self, place: _Place) -> None:
        """Find nothing for a place any more; the last one to leave ends the pass."""
        with self._ensemble.lock:
            place.waiting.close()
            if all(one.waiting.is_closed for one in self.places):
                self._looks.close()

    def _go_on(self) -> bool:
        """Look at the next picture, for every place; return whether there was one."""
        if self._error is not None:
            raise self._error
        try:
            look = next(self._looks, None)
            if look is None:
                return False
            for place in self.places:
                face = place.search.find(look)
                place.waiting.append(TrackedFrame(look.pts, () if face is None else (face,)))
        except BaseException as error:
            self._error = error
            raise
        return True

    def _looked(self) -> Generator[Look, None, None]:
        """Look at each picture whose faces were tracked."""
        ensemble, watch = self._ensemble, CutWatch()
        kept: deque[Pixels] = deque()

        def noted() -> Generator[VideoFrame, None, None]:
            with iterating(self.frames) as frames:
                for frame in frames:
                    kept.append(frame.pixels)
                    yield frame

        with closing(noted()) as pictures:
            tracked = ensemble.tracker.track(pictures, self._ctx, max_faces=MOST_FACES)
            with iterating(tracked) as frames:
                for frame in frames:
                    pixels = kept.popleft()
                    yield Look(ensemble.recognizer, frame, pixels, watch.is_cut(pixels))
