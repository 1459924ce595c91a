"""Find the faces of a portrait that perform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from a1sdk.errors import ConfigError, NoFaceError
from a1sdk.render.cast.recognizer import shortfall
from a1sdk.render.job import is_name
from a1sdk.render.portrait import choose_face

if TYPE_CHECKING:
    from pathlib import Path

    from a1sdk.components.data import FaceObservation, Pixels
    from a1sdk.render.cast.recognizer import Match, Recognizer
    from a1sdk.render.plan import PlannedMember


@dataclass(frozen=True, eq=False)
class Cast:
    """The faces of a portrait that perform.

    Attributes:
        found: members whose face is there, with it; at least one.
        notes: sentences on who is not there, and on faces that are nobody's.
    """

    found: tuple[tuple[PlannedMember, FaceObservation], ...]
    notes: tuple[str, ...] = ()


def cast_of(
    members: Sequence[PlannedMember],
    pixels: Pixels,
    faces: list[FaceObservation],
    recognizer: Recognizer | None,
    path: Path,
) -> Cast:
    """Return who of a cast is in a portrait.

    Args:
        members: who is to perform; by the name of a person, or by a place in the picture.
        pixels: the picture.
        faces: all faces that it shows, largest first.
        recognizer: knows the people; None where no member is chosen by a name.
        path: the portrait, for messages.

    Raises:
        NoFaceError: there is no face, or nobody of the cast.
        ConfigError: a place has no face, or two members have the same.
    """
    named = [one for one in members if is_name(one.face)]
    if not named or recognizer is None or not faces:
        found = [(one, choose_face(faces, one.face, path)) for one in members]
        return Cast(_distinct(found, path))
    match = recognizer.match(pixels, faces)
    found, notes = [], []
    for member in members:
        if not is_name(member.face):
            found.append((member, choose_face(faces, member.face, path)))
        elif member.face in match.faces:
            found.append((member, faces[match.faces[member.face]]))
        else:
            notes.append(_missing(member.face, match, recognizer, path))
    if not found:
        raise NoFaceError(
            notes[0],
            path=str(path),
            hint="give other pictures of the person, or choose the face by x,y",
        )
    return Cast(_distinct(found, path), (*notes, *_strangers(faces, match, path)))


def _missing(name: str, match: Match, recognizer: Recognizer, path: Path) -> str:
    why = shortfall(match.likest[name], recognizer.threshold)
    return f"{name!r} is not in {path.name!r}: the likest face {why}."


def _strangers(faces: Sequence[FaceObservation], match: Match, path: Path) -> list[str]:
    """Say which faces are nobody's."""
    known = set(match.faces.values())
    places = [
        f"{face.center[0]:.0f},{face.center[1]:.0f}"
        for number, face in enumerate(faces)
        if number not in known
    ]
    if not places:
        return []
    are = "The face at" if len(places) == 1 else "The faces at"
    return [f"{are} {'; '.join(places)} in {path.name!r} matched nobody, and stays as it is."]


def _distinct(
    found: Sequence[tuple[PlannedMember, FaceObservation]], path: Path
) -> tuple[tuple[PlannedMember, FaceObservation], ...]:
    """Refuse a face that is to perform twice."""
    for number, (member, face) in enumerate(found):
        for other, same in found[:number]:
            if same is face:
                raise ConfigError(
                    f"{other.face!r} and {member.face!r} are the same face of {path.name!r}.",
                    hint="name another face, or give one performance in layers",
                )
    return tuple(found)
