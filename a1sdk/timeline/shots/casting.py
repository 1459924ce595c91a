"""Who performs in a shot: what its settings name, else what lies on its group's tracks."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from pydantic import ValidationError

from a1sdk.components.options import config_error, did_you_mean
from a1sdk.errors import A1Error, ConfigError
from a1sdk.timeline.model import Media, SourceMap, Span
from a1sdk.timeline.numbers import timecode_seconds
from a1sdk.timeline.shots.binding import group_of
from a1sdk.timeline.shots.drivers import Ambiguous, Piece
from a1sdk.timeline.shots.edges import on_frames, on_shot
from a1sdk.timeline.shots.findings import Findings, locating_code, note_media
from a1sdk.timeline.shots.locate import file_kind
from a1sdk.timeline.shots.sidecar import Curves

if TYPE_CHECKING:
    from a1sdk.timeline.model import Clip, Cut
    from a1sdk.timeline.shots.binding import Binding, Layer, Role
    from a1sdk.timeline.shots.drivers import Drivers
    from a1sdk.timeline.shots.locate import FileKind, Locator
    from a1sdk.timeline.shots.sidecar import SidecarShot

_PLACE = re.compile(r"(?P<track>.+)@(?P<at>\d{2}:\d{2}:\d{2}[:;]\d{2,3})")
_WANTED: dict[Role, tuple[FileKind, ...]] = {
    "PORTRAIT": ("picture", "film"),
    "DRIVE": ("film", "other", "sound"),
    "VOICE": ("sound", "film"),
    "KEYS": ("other",),
}
_NOTHING = "none"
_SETTINGS: dict[Role, str] = {"DRIVE": "drive", "VOICE": "voice", "KEYS": "keys"}
_CALLED: dict[Role, str] = {"DRIVE": "driver", "VOICE": "voice", "KEYS": "keys"}
_MISSING: dict[Role, str] = {
    "DRIVE": "A1-DRIVE-MISSING",
    "VOICE": "A1-VOICE-MISSING",
    "KEYS": "A1-KEYS-MISSING",
}
_AMBIGUOUS: dict[Role, str] = {"DRIVE": "A1-DRIVE-AMBIGUOUS", "VOICE": "A1-VOICE-AMBIGUOUS"}


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
        self._check_group(binding, found)
        driving = self._performers("DRIVE", window, binding, found)
        voices = self._performers("VOICE", window, binding, found)
        drivers = on_frames([one for one in driving if not _speaks(one)], self.cut.rate)
        if not voices and not _is_none(binding, "voice"):
            voices = [one for one in driving if _speaks(one)]
        voices = on_shot(voices, window, self.cut.rate)
        keys = self._performers("KEYS", window, binding, found)
        curves, layer = self._curves(clip, entries, binding, found)
        if curves is not None and layer == "sidecar" and keys:
            curves, layer = None, "default"  # a KEYS track counts more
        _note_gaps(drivers, window, binding, found)
        if not drivers and self._off("DRIVE", binding, window):
            found.add("A1-DRIVE-DISABLED", "warning", "its driver is switched off")
        return Cast(
            tuple(self._located(drivers, "DRIVE", found)),
            tuple(self._located(voices, "VOICE", found)),
            () if curves else tuple(self._located(keys, "KEYS", found)),
            curves,
            layer,
        )

    def _check_group(self, binding: Binding, found: Findings) -> None:
        """Note a group that somebody wrote and no track has."""
        group, known = _group(binding), self.drivers.groups()
        if binding.layer("group") in ("metadata", "marker") and group not in known:
            message = f"no DRIVE, VOICE or KEYS track is of group {group!r:.60}"
            found.add("A1-SHOT-GROUP", "warning", message, did_you_mean(group, known))

    def _off(self, role: Role, binding: Binding, window: Span) -> bool:
        off = self.drivers.disabled(role, _group(binding), window)
        return bool(off) and _SETTINGS[role] not in binding.settings

    def _overlap(self, binding: Binding, window: Span) -> bool:
        return self.drivers.overlap("VOICE", _group(binding), window) > 0

    def _performers(
        self, role: Role, window: Span, binding: Binding, found: Findings
    ) -> list[Piece]:
        lying = self.drivers.on_tracks(role, _group(binding), window)
        bound = binding.settings.get(_SETTINGS[role])
        if bound is None or (bound.layer == "sidecar" and any(_by_track(one) for one in lying)):
            pieces = lying
        elif _is_none(binding, _SETTINGS[role]):
            return []
        else:
            pieces = self._asked(role, str(bound.value), window, found)
            pieces = [replace(piece, layer=bound.layer) for piece in pieces]
        if role == "VOICE" and pieces is lying and self._overlap(binding, window):
            message = "several voices speak at once: the one on the track above is taken"
            found.add("A1-VOICE-OVERLAP", "warning", message)
        if binding.get("retime") != "ignore":
            return pieces
        return _ignoring_speed(pieces, 1 / self.cut.rate)

    def _asked(self, role: Role, text: str, window: Span, found: Findings) -> list[Piece]:
        """Return the pieces that a setting names."""
        said = f"{_SETTINGS[role]}={text}"
        place = _PLACE.fullmatch(text)
        try:
            if place is not None:
                return self._at_place(place, window)
            pieces = self._named(role, text, window)
        except Ambiguous as error:
            found.add(_AMBIGUOUS[role], "error", str(error), error.hint)
            return []
        except A1Error as error:
            found.add(_MISSING[role], "error", f"{said:.120}: {error}", error.hint)
            return []
        return pieces or self._file(role, text, window, found)

    def _named(self, role: Role, text: str, window: Span) -> list[Piece] | None:
        if role == "KEYS":  # a file's name, which clips of pictures may have too
            return self.drivers.on_track(text, window)
        kind = "audio" if role == "VOICE" else "video"
        return self.drivers.called(text, kind, window) or self.drivers.on_track(text, window)

    def _at_place(self, place: re.Match[str], window: Span) -> list[Piece]:
        at = timecode_seconds(place["at"], self.cut.rate) - self.cut.start
        pieces = self.drivers.at_place(place["track"], at, window)
        if pieces is None:
            hint = self.drivers.hint(place["track"])
            raise ConfigError(f"There is no track {place['track']!r:.60} with clips.", hint=hint)
        if not pieces:
            raise ConfigError("Nothing lies there.", hint="name a timecode of the cut")
        return pieces

    def _file(self, role: Role, text: str, window: Span, found: Findings) -> list[Piece]:
        """Return a file that a setting names as one piece, from its beginning."""
        where = self.locator.named(text, _WANTED[role])
        if where.path is None:
            known = self.drivers.hint(text)
            what = f"{_SETTINGS[role]}={text:.120} is no clip and no track, and as a file it"
            code = locating_code(where, _MISSING[role])
            found.add(code, "error", f"{what} {where.reason}", known or where.hint)
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


def _group(binding: Binding) -> str:
    return group_of(str(binding.get("group", "")))


def _is_none(binding: Binding, name: str) -> bool:
    """Whether settings say that nobody gives a part."""
    return str(binding.get(name, "")).lower() == _NOTHING


def _by_track(piece: Piece) -> bool:
    return piece.layer != "sidecar"


def _speaks(piece: Piece) -> bool:
    """Whether a driver has only sound."""
    return file_kind(piece.path.name if piece.path else piece.media.file_name) == "sound"


def _ignoring_speed(pieces: Iterable[Piece], frame: Fraction) -> list[Piece]:
    """Return pieces that play forwards at their own speed, from the first frame they show."""
    return [
        replace(one, origin=one.span.start, source=SourceMap.linear(one.shown(frame).start))
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
    share = f"{math.ceil(100 * missing / window.duration)} % of the shot"
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
