"""What each shot of a film is held to: its portrait, or, where others cut it, its own pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, cast

from a1sdk.media import at_rate
from a1sdk.media.cuts import CUT, Outline, shots_of
from a1sdk.media.depth import flatten, to_depth
from a1sdk.media.reader import SLACK
from a1sdk.qc.measures.person import FaceLooks
from a1sdk.qc.profile import DEFAULT_LIMITS, Grounds
from a1sdk.qc.sight import FaceSight, Reference, Scene

if TYPE_CHECKING:
    from a1sdk.components.data import FaceObservation, Floats, Pixels
    from a1sdk.components.interfaces import FaceTracker
    from a1sdk.media import NumberedReader, VideoReader
    from a1sdk.qc.sight import Levels
    from a1sdk.render.asked import Role
    from a1sdk.render.context import HostContext
    from a1sdk.render.vectors import FaceVectors

    Chooses = Callable[[Levels, Sequence[FaceObservation]], FaceObservation | None]

_LOOKED_THROUGH = 100  # pictures of a shot in which its face is looked for
_STEP = 4  # of so many one
_MOST_TOLD = 12  # shots that a note names


@dataclass(frozen=True, eq=False)
class HeldShot:
    """A shot, and what it is held to.

    Attributes:
        first: its first frame.
        count: how many frames it has; None if all that come.
        scene: makes what it is held to, which takes as much memory as a picture.
        as_asked: whether it is framed as the portrait, so that faces have to be where motion that
            was asked for has them.
    """

    first: int
    count: int | None
    scene: Callable[[], Scene]
    as_asked: bool = True


def scene_of(
    roles: Sequence[Role], others: Sequence[FaceObservation], *, made: bool = True
) -> Scene:
    """Return what a film is held to in which faces of a portrait perform, and others do not.

    Args:
        roles: the faces that perform.
        others: those that do not.
        made: whether it was made here.
    """
    portrait, rate = roles[0].portrait, roles[0].performance.info.rate
    pixels = flatten(to_depth(portrait.pixels, 8))
    several = len(roles) > 1
    faces = [
        Reference(pixels, role.portrait.face.landmarks, rate, role.who if several else None)
        for role in roles
    ]
    still = [one.landmarks for one in others]
    return Scene(pixels, rate, faces, others=still, grounds=Grounds(made=made))


class Survey:
    """Looks through a film before it is inspected: at its cuts, and for the faces of its shots.

    Args:
        reader: of the film, used by nobody else.
        rate: frames per second that it is inspected at.
        tracker: looks for faces.
        view: what it is lent.
        context: the run.
        made: whether the film was made here.
    """

    def __init__(
        self,
        reader: VideoReader | NumberedReader,
        rate: Fraction,
        tracker: FaceTracker,
        view: HostContext,
        context: HostContext,
        *,
        made: bool,
    ) -> None:
        self._reader, self._rate, self._made = reader, rate, made
        self._tracker, self._view, self._context = tracker, view, context

    def shots(self) -> list[range]:
        """Return the frames of each shot."""
        shown = self._reader.frames(alpha=True)
        steady = at_rate(shown, self._rate, self._reader.info.duration)
        watched = self._context.staged("looking for cuts").track(steady)
        return list(shots_of((flatten(frame.pixels) for frame in watched), self._rate))

    def by_itself(self, shots: Sequence[range]) -> Iterator[HeldShot]:
        """Yield shots held to themselves: to the first picture that shows a face, if one does."""
        for shot in shots:
            yield self._held(shot, *self._first_seen(shot, _largest))

    def by_portrait(
        self, shots: Sequence[range], portrait: Scene, vectors: FaceVectors | None
    ) -> Iterator[HeldShot]:
        """Yield shots held to a portrait, as far as they show its face.

        A shot that is framed as the portrait is held to it. One that shows its face elsewhere is
        held to its own picture, and the person in it to the portrait's. Others are inspected as
        pictures only, unless no shot at all shows the portrait: then it is missing from all.

        Args:
            shots: their frames.
            portrait: it, in the size of the film.
            vectors: recognise its face, if they are there; else its looks do.
        """
        (person,) = portrait.faces
        knows = _looking_like(person) if vectors is None else _known_to(vectors, person)
        framed = [shot for shot in shots if self._is_framed_as(shot, portrait)]
        seen = {shot.start: self._first_seen(shot, knows) for shot in shots if shot not in framed}
        missing = not framed and not any(face is not None for _, face in seen.values())
        for shot in shots:
            if missing or shot in framed:
                yield HeldShot(shot.start, len(shot), lambda: portrait)
            else:
                yield self._held(shot, *seen[shot.start], person)

    def _held(
        self, shot: range, frame: int, face: Floats | None, person: Reference | None = None
    ) -> HeldShot:
        scene = partial(self._own_scene, frame, face, person)
        return HeldShot(shot.start, len(shot), scene, as_asked=False)

    def _own_scene(self, frame: int, face: Floats | None, person: Reference | None) -> Scene:
        pixels = self._picture(frame)
        grounds = Grounds(made=self._made, motion=False, portrait=person is not None)
        if face is None:
            return Scene(pixels, self._rate, grounds=grounds)
        own = Reference(pixels, face, self._rate, person=person, source="the shot's first picture")
        return Scene(pixels, self._rate, [own], grounds=grounds)

    def _first_seen(self, shot: range, chooses: Chooses) -> tuple[int, Floats | None]:
        """Return the first frame of a shot with the face that is wanted; else the first of all."""
        for frame, pixels in self._some(shot):
            face = chooses(pixels, self._tracker.detect(pixels, self._view))
            if face is not None:
                return frame, face.landmarks
        return shot.start, None

    def _is_framed_as(self, shot: range, portrait: Scene) -> bool:
        own = Outline.of(portrait.pixels)
        return any(Outline.of(pixels).unlike(own) <= CUT for _, pixels in self._some(shot))

    def _some(self, shot: range) -> Iterator[tuple[int, Levels]]:
        for frame in shot[:_LOOKED_THROUGH:_STEP]:
            yield frame, self._picture(frame)

    def _picture(self, frame: int) -> Levels:
        self._context.check()
        pixels = self._reader.still((frame + SLACK) / self._rate)
        return cast("Levels", flatten(pixels))


def notes_on(
    shots: Sequence[HeldShot], empty: Sequence[HeldShot], *, by_itself: bool
) -> Iterator[str]:
    """Yield where shots begin, and which of them were not inspected as one may expect.

    Args:
        shots: all of them.
        empty: those in which no face is looked for.
        by_itself: whether nothing is known that the film is to be like.
    """
    if by_itself and len(empty) < len(shots):
        held = "the film is" if len(shots) == 1 else "each shot is"
        yield f"There is no portrait; {held} compared with its own first face."
    if len(shots) > 1:
        yield f"The film has {len(shots)} shots; it is cut at {_begin(shots[1:])}."
    if empty and len(empty) < len(shots):
        why = "no face was found" if by_itself else "the portrait's face was not recognised"
        many = "shots that begin" if len(empty) > 1 else "shot that begins"
        yield f"Only the pictures were inspected of the {many} at {_begin(empty)}: {why}."


def _begin(shots: Sequence[HeldShot]) -> str:
    told = ", ".join(str(shot.first) for shot in shots[:_MOST_TOLD])
    more = "" if len(shots) <= _MOST_TOLD else ", ..."
    return f"frame{'s' if len(shots) > 1 else ''} {told}{more}"


def _largest(pixels: Pixels, faces: Sequence[FaceObservation]) -> FaceObservation | None:
    return faces[0] if faces else None


def _looking_like(person: Reference) -> Chooses:
    """Choose the face that has the looks of a person, if one has."""
    looks = FaceLooks(person)
    same_from = DEFAULT_LIMITS["face_looks"].fail
    assert same_from is not None  # see there

    def choose(pixels: Levels, faces: Sequence[FaceObservation]) -> FaceObservation | None:
        sights = ((FaceSight(pixels, person, seen=one.landmarks), one) for one in faces)
        alike = ((looks.value(sight), one) for sight, one in sights)
        return _likest([(value, one) for value, one in alike if value >= same_from])

    return choose


def _known_to(vectors: FaceVectors, person: Reference) -> Chooses:
    """Choose the face that an identity encoder takes for a person's, if it does."""
    own = vectors.of_face(person.pixels, person.landmarks)

    def choose(pixels: Levels, faces: Sequence[FaceObservation]) -> FaceObservation | None:
        alike = [(float(vectors.of_face(pixels, one.landmarks) @ own), one) for one in faces]
        return _likest([pair for pair in alike if pair[0] >= vectors.comparison.same_from])

    return choose


def _likest(faces: Sequence[tuple[float, FaceObservation]]) -> FaceObservation | None:
    return max(faces, key=lambda pair: pair[0])[1] if faces else None
