"""Who performs in a shot: what its settings name, else what lies on its group's tracks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from pydantic import ValidationError

from a1sdk.components.options import config_error
from a1sdk.errors import ConfigError, DecodeError
from a1sdk.timeline.drivers import Ambiguous, Piece
from a1sdk.timeline.locate import Located, file_kind
from a1sdk.timeline.model import Media, Problem, Severity, SourceMap, Span
from a1sdk.timeline.numbers import timecode_seconds
from a1sdk.timeline.sidecar import Curves

if TYPE_CHECKING:
    from a1sdk.timeline.binding import Binding, Layer, Role
    from a1sdk.timeline.drivers import Drivers
    from a1sdk.timeline.locate import FileKind, Locator
    from a1sdk.timeline.model import Clip, Cut
    from a1sdk.timeline.sidecar import SidecarShot

_PLACE = re.compile(r"(?P<track>.+)@(?P<at>\d{2}:\d{2}:\d{2}[:;]\d{2,3})")
_WANTED: dict[Role, tuple[FileKind, ...]] = {
    "PORTRAIT": ("picture", "film"),
    "DRIVE": ("film", "other", "sound"),
    "VOICE": ("sound", "film"),
    "KEYS": ("other",),
}
_NOTHING = "none"


class Findings:
    """Problems of one shot, as they are found."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.problems: list[Problem] = []

    def add(self, code: str, severity: Severity, message: str, hint: str | None = None) -> None:
        """Note a problem; the same is noted once."""
        text = f"{message.rstrip('.')}: {hint}." if hint else message
        problem = Problem(code, severity, text, self.where)
        if problem not in self.problems:
            self.problems.append(problem)

    @property
    def fatal(self) -> bool:
        """Whether any keeps the shot from being rendered."""
        return any(problem.severity == "error" for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who performs in a shot, in order of time.

    Attributes:
        drivers: films and takes that give the performance.
        voices: sound that speaks.
        keys: files of keyframes.
        curves: keyframes that the cut carries itself.
        curves_layer: which layer bound them.
    """

    drivers: tuple[Piece, ...] = ()
    voices: tuple[Piece, ...] = ()
    keys: tuple[Piece, ...] = ()
    curves: Curves | None = None
    curves_layer: Layer = "default"

    def __bool__(self) -> bool:
        return bool(self.drivers or self.voices or self.keys or self.curves)


@dataclass(frozen=True)
class Casting:
    """Finds who performs in the shots of one cut."""

    cut: Cut
    drivers: Drivers
    locator: Locator

    def cast(
        self,
        clip: Clip,
        window: Span,
        binding: Binding,
        entries: Sequence[SidecarShot],
        found: Findings,
    ) -> Cast:
        """Return who performs in a portrait clip's window of record time; note what is wrong."""
        driving = self._performers("DRIVE", "drive", window, binding, found)
        voices = self._performers("VOICE", "voice", window, binding, found)
        drivers = [one for one in driving if not _speaks(one)]
        voices = voices or [one for one in driving if _speaks(one)]
        curves, layer = self._curves(clip, entries, binding, found)
        keys = [] if curves else self._performers("KEYS", "keys", window, binding, found)
        _note_gaps(drivers, window, binding, found)
        if self._off("DRIVE", binding, window) and not drivers:
            found.add("A1-DRIVE-DISABLED", "warning", "its driver is switched off")
        return Cast(
            tuple(self._located(drivers, "DRIVE", found)),
            tuple(self._located(voices, "VOICE", found)),
            tuple(self._located(keys, "KEYS", found)),
            curves,
            layer,
        )

    def _off(self, role: Role, binding: Binding, window: Span) -> bool:
        return bool(self.drivers.disabled(role, _group(binding), window))

    def _performers(
        self, role: Role, key: str, window: Span, binding: Binding, found: Findings
    ) -> list[Piece]:
        lying = self.drivers.on_tracks(role, _group(binding), window)
        bound = binding.settings.get(key)
        if bound is None or (bound.layer == "sidecar" and any(_by_track(one) for one in lying)):
            pieces = lying
        elif str(bound.value).lower() == _NOTHING:
            return []
        else:
            pieces = self._asked(role, key, str(bound.value), window, found)
            pieces = [replace(piece, layer=bound.layer) for piece in pieces]
        return _ignoring_speed(pieces) if binding.get("retime") == "ignore" else pieces

    def _asked(self, role: Role, key: str, text: str, window: Span, found: Findings) -> list[Piece]:
        """Return the pieces that a setting names."""
        place = _PLACE.fullmatch(text)
        try:
            if place is not None:
                pieces = self._at_place(place, window)
            elif role == "KEYS":
                pieces = self.drivers.on_track(text, window)
            else:
                pieces = self.drivers.called(text, window) or self.drivers.on_track(text, window)
        except Ambiguous as error:
            found.add(f"A1-{role}-AMBIGUOUS", "error", str(error), error.hint)
            return []
        except DecodeError as error:
            found.add(f"A1-{role}-MISSING", "error", f"{key}={text}: {error}", error.hint)
            return []
        return pieces or self._file(role, key, text, window, found)

    def _at_place(self, place: re.Match[str], window: Span) -> list[Piece] | None:
        at = timecode_seconds(place["at"], self.cut.rate) - self.cut.start
        return self.drivers.at_place(place["track"], at, window)

    def _file(self, role: Role, key: str, text: str, window: Span, found: Findings) -> list[Piece]:
        """Return a file that a setting names as one piece, from its beginning."""
        where = self.locator.named(text, _WANTED[role])
        if where.path is None:
            known = self.drivers.hint(text)
            what = f"{key}={text} is no clip and no track of the cut, and as a file it"
            found.add(f"A1-{role}-MISSING", "error", f"{what} {where.reason}", known or where.hint)
            return []
        media = Media(name=where.path.name, url=str(where.path), kind="file")
        source = SourceMap.linear(Fraction(0))
        piece = Piece(
            name=where.path.name,
            span=window,
            origin=window.start,
            source=source,
            media=media,
            layer="default",
            path=where.path,
        )
        return [piece]

    def _located(self, pieces: Iterable[Piece], role: Role, found: Findings) -> Iterable[Piece]:
        for piece in pieces:
            if piece.path is not None:
                yield piece
                continue
            where = self.locator.find(piece.media, _WANTED[role])
            note_media(where, f"{_CALLED[role]} {piece.name!r}", piece.media, found)
            yield replace(piece, path=where.path)

    def _curves(
        self, clip: Clip, entries: Sequence[SidecarShot], binding: Binding, found: Findings
    ) -> tuple[Curves | None, Layer]:
        """Return the keyframes that the clip's effects carry, else those in the sidecar."""
        asked = binding.settings.get("keys")
        if asked is None or asked.layer != "metadata":
            for _, metadata in clip.effects:
                curves = _curves_in(metadata, found)
                if curves is not None:
                    return curves, "metadata"
        if asked is None:
            for entry in entries:
                if entry.curves is not None:
                    return entry.curves, "sidecar"
        return None, "default"


_CALLED: dict[Role, str] = {
    "PORTRAIT": "portrait",
    "DRIVE": "driver",
    "VOICE": "voice",
    "KEYS": "keys",
}


def note_media(where: Located, what: str, media: Media, found: Findings) -> None:
    """Note what is wrong with a media file, naming clip and path."""
    written = media.url or media.name or "no name"
    message = f"{what} ({written!r:.120}) {where.reason}"
    if where.state == "refused":
        found.add("A1-MEDIA-REFUSED", "error", message, where.hint)
    elif where.state == "ambiguous":
        found.add("A1-MEDIA-AMBIGUOUS", "error", message, where.hint)
    elif where.state == "offline":
        found.add("A1-MEDIA-OFFLINE", "error", message, where.hint)
    elif where.state == "relinked":
        message = f"{what} is not at {written!r:.120}; {str(where.path)!r} was taken for it"
        found.add("A1-MEDIA-RELINKED", "note", message)


def _group(binding: Binding) -> str:
    return str(binding.get("group", "")).lower()


def _by_track(piece: Piece) -> bool:
    return piece.layer != "sidecar"


def _speaks(piece: Piece) -> bool:
    """Whether a driver has only sound."""
    named = piece.path.name if piece.path else piece.media.url or piece.media.name
    return file_kind(named.replace("\\", "/").rpartition("/")[2]) == "sound"


def _ignoring_speed(pieces: Iterable[Piece]) -> list[Piece]:
    """Return pieces that play at their own speed from the first frame they show."""
    return [
        replace(one, origin=one.span.start, source=SourceMap.linear(one.at(one.span.start)))
        for one in pieces
    ]


def _note_gaps(drivers: Sequence[Piece], window: Span, binding: Binding, found: Findings) -> None:
    if not drivers:
        return
    covered = sum((one.span.duration for one in drivers), Fraction(0))
    missing = window.duration - covered
    if missing <= 0:
        return
    policy = binding.get("gap", "neutral")
    share = f"{round(100 * missing / window.duration)} % of the shot"
    if policy == "error":
        found.add("A1-DRIVE-GAP", "error", f"its driver leaves a gap over {share}, and gap=error")
        return
    done = "the face rests there" if policy == "neutral" else "the last pose is held there"
    found.add("A1-DRIVE-GAP", "warning", f"its driver leaves a gap over {share}; {done}")


def _curves_in(metadata: object, found: Findings) -> Curves | None:
    ours = metadata.get("a1sdk") if isinstance(metadata, Mapping) else None
    if not isinstance(ours, Mapping) or ours.get("schema_version") != "a1.curves/1":
        return None
    try:
        return Curves.model_validate(ours)
    except ValidationError as error:
        wrong: ConfigError = config_error(error, "a1sdk.curves")
        found.add("A1-KEYS-INVALID", "error", str(wrong), wrong.hint)
        return None
