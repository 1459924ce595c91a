"""What is wrong with a shot, as it is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a1sdk.timeline.model import Problem, Severity

if TYPE_CHECKING:
    from a1sdk.timeline.model import Media
    from a1sdk.timeline.shots.locate import Located, State

_CODES: dict[State, str] = {"refused": "A1-MEDIA-REFUSED", "ambiguous": "A1-MEDIA-AMBIGUOUS"}


class Findings:
    """Problems of one shot, as they are found."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.problems: list[Problem] = []

    def add(self, code: str, severity: Severity, message: str, hint: str | None = None) -> None:
        """Note a problem; the same is noted once."""
        text = message
        if hint:
            stop = "" if hint.endswith(("?", ".")) else "."
            text = f"{message.rstrip('.')}: {hint}{stop}"
        problem = Problem(code, severity, text, self.where)
        if problem not in self.problems:
            self.problems.append(problem)

    @property
    def fatal(self) -> bool:
        """Whether any keeps the shot from being rendered."""
        return any(problem.severity == "error" for problem in self.problems)


def locating_code(where: Located, missing: str) -> str:
    """Return the code of a file that is not taken; `missing` if that is because it is not there."""
    return _CODES.get(where.state, missing)


def note_media(where: Located, what: str, media: Media, found: Findings) -> None:
    """Note what is wrong with a media file, naming clip and path."""
    written = media.url or media.name or "no name"
    if where.state == "relinked" and not {"/", "\\"} & set(written):
        return  # lists say names alone, which are looked for by nature
    if where.state == "relinked":
        message = f"{what} is not at {written!r:.300}; {str(where.path)!r} was taken for it"
        found.add("A1-MEDIA-RELINKED", "note", message)
    elif where.path is None:
        message = f"{what} ({written!r:.300}) {where.reason}"
        found.add(locating_code(where, "A1-MEDIA-OFFLINE"), "error", message, where.hint)
