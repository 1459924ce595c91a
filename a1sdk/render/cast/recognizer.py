"""Recognise people whose pictures are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from a1sdk.components.data import Portrait
from a1sdk.errors import CapabilityError, NoFaceError
from a1sdk.media import read_still
from a1sdk.render.cast.matching import assign
from a1sdk.render.portrait import detect_faces
from a1sdk.render.vectors import FaceVectors, choose_comparable

if TYPE_CHECKING:
    from a1sdk.components.data import FaceObservation, Floats, Pixels
    from a1sdk.components.interfaces import FaceTracker
    from a1sdk.components.registry import Chosen, Registry
    from a1sdk.components.specs import IdentityEncoderSpec
    from a1sdk.render.context import HostContext
    from a1sdk.render.job import Person, Roster
    from a1sdk.render.opening import Opener


def choose_recognizer(roster: Roster, registry: Registry) -> Chosen[IdentityEncoderSpec]:
    """Return the identity encoder that tells the people of a roster apart.

    Raises:
        ConfigError: an option of it is wrong.
        CapabilityError: there is none whose likenesses can be compared.
        PluginError: it is missing or broken.
    """
    wanted = roster.encoder
    if wanted is None:
        offered = cast("dict[str, IdentityEncoderSpec]", registry.specs("identity_encoder"))
        able = [ref for ref, spec in offered.items() if spec.comparison and spec.min_pictures == 1]
        if not able:
            raise CapabilityError(
                "No installed identity encoder tells people apart.",
                hint="pip install a1sdk-insightface, or choose faces by x,y",
            )
        return registry.choose("identity_encoder", able[0])
    return choose_comparable(registry, wanted.use, wanted.options)


@dataclass(frozen=True, eq=False)
class Match:
    """Who is who in a picture.

    Attributes:
        faces: number of each person's face, by name, of those who are there.
        likest: likeness of each person to the face that is most like them, by name.
    """

    faces: dict[str, int]
    likest: dict[str, float]


class Recognizer:
    """Tells which faces are those of the people of a roster. It may be asked from any thread.

    Attributes:
        names: what the people are called, in the order of all likenesses.
        threshold: likeness from which on a face is a person's.
    """

    def __init__(
        self,
        chosen: Chosen[IdentityEncoderSpec],
        roster: Roster,
        opener: Opener,
        tracker: FaceTracker,
        view: HostContext,
    ) -> None:
        """Set up the encoder, which `opener` closes, and look at everybody's pictures.

        Args:
            chosen: the encoder.
            roster: the people.
            opener: the run's.
            tracker: finds the faces in their pictures.
            view: what the tracker is lent; it gets warnings.

        Raises:
            DecodeError: a picture cannot be read.
            NoFaceError: a picture shows no face.
            ResourceError: the encoder's model is not here.
        """
        self._vectors = FaceVectors(chosen, opener)
        self.names = roster.names
        self.threshold = roster.threshold or self._vectors.comparison.same_from
        known = [list(_portraits(one, tracker, view)) for one in roster.people]
        self._known = np.stack([self._vectors.of(portraits) for portraits in known])
        for text in self._doubles():
            view.warn(text)

    def _doubles(self) -> Iterator[str]:
        """Say whose pictures show faces that would be one person's."""
        alike = self._known @ self._known.T
        for first, one in enumerate(self.names):
            for second, other in enumerate(self.names[:first]):
                if alike[first, second] >= self.threshold:
                    yield (
                        f"The pictures of {other!r} and {one!r} may show one person: they are alike"
                        f" by {alike[first, second]:.2f}, and from {self.threshold:.2f} on two"
                        " faces are one person's."
                    )

    def vector(self, pixels: Pixels, face: FaceObservation) -> Floats:
        """Return what a face of a picture is compared by, float32 [n], of length 1."""
        return self._vectors.of([Portrait(pixels, face)])

    def likeness(self, vectors: Sequence[Floats]) -> Floats:
        """Return how alike people and faces are, float32 [people, faces], cosines."""
        if not vectors:
            return np.zeros((len(self.names), 0), np.float32)
        return np.asarray(self._known @ np.stack(vectors).T, np.float32)

    def match(self, pixels: Pixels, faces: Sequence[FaceObservation]) -> Match:
        """Return who is who in a picture, each person at most once."""
        likeness = self.likeness([self.vector(pixels, face) for face in faces])
        found = zip(self.names, assign(likeness, self.threshold), strict=True)
        likest = likeness.max(1) if faces else np.zeros(len(self.names))
        return Match(
            {name: face for name, face in found if face is not None},
            {name: float(most) for name, most in zip(self.names, likest, strict=True)},
        )


def shortfall(likest: float, threshold: float) -> str:
    """Return half a sentence on why the face that is likest to a person is not theirs."""
    why = f"{threshold:.2f} is needed" if likest < threshold else "was taken for somebody else's"
    return f"comes to {likest:.2f}, and {why}"


def _portraits(person: Person, tracker: FaceTracker, view: HostContext) -> Iterator[Portrait]:
    """Yield a person's pictures with the largest face of each."""
    for path in person.pictures:
        pixels = read_still(path).pixels
        faces = detect_faces(pixels, tracker, view)
        if not faces:
            raise NoFaceError(
                f"No face was found in {path.name!r}, a picture of {person.name!r}.",
                path=str(path),
                hint="use a picture that shows the person alone, and larger",
            )
        if len(faces) > 1:
            view.warn(
                f"{path.name!r} shows {len(faces)} faces; the largest is taken for {person.name!r}."
            )
        yield Portrait(pixels, faces[0])
