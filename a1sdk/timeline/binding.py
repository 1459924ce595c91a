"""Which settings a shot has, and who says so: metadata, markers, track names, the sidecar.

Four layers, the highest wins, setting by setting:

    metadata   `metadata["a1sdk"]` of the clip, by scripts: `{"schema_version": "a1.shot/1"}`
               and the keys of a note
    marker     a marker `A1 ...` on the clip, or one of the cut's within one shot alone
    track      `A1 PORTRAIT BOB`: the role of a track, and the group it belongs to
    sidecar    `CUT.a1.json`: the entry for the shot, then its preset, then the defaults
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from a1sdk.components.options import did_you_mean
from a1sdk.errors import ConfigError
from a1sdk.timeline.grammar import ShotNote, note_of, read_note
from a1sdk.timeline.model import Marker, Track
from a1sdk.timeline.sidecar import Sidecar, SidecarShot

Layer = Literal["metadata", "marker", "track", "sidecar", "default"]
Role = Literal["PORTRAIT", "DRIVE", "VOICE", "KEYS"]

SHOT_SCHEMA = "a1.shot/1"
"""What `metadata["a1sdk"]` of a clip calls itself where it has settings."""

_ROLES: Mapping[str, Role] = {
    "PORTRAIT": "PORTRAIT",
    "FACE": "PORTRAIT",
    "STILL": "PORTRAIT",
    "DRIVE": "DRIVE",
    "PERF": "DRIVE",
    "VOICE": "VOICE",
    "DIALOGUE": "VOICE",
    "DX": "VOICE",
    "KEYS": "KEYS",
}
_CALLED = re.compile(r"\s*A1[\s_:]+(?P<what>.*\S)\s*", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class TrackRole:
    """What the clips of a track are for.

    Attributes:
        role: portraits, or who performs.
        group: whose, in small letters; empty for everybody's.
        layer: which layer says so.
    """

    role: Role
    group: str
    layer: Layer


@dataclass(frozen=True, slots=True)
class Bound:
    """A setting, and which layer supplied it."""

    value: Any
    layer: Layer


@dataclass(frozen=True)
class Binding:
    """The settings of one clip.

    Attributes:
        settings: by their names in `ShotNote`.
        spoken: whether the clip itself is said to be a shot: in its metadata, by a marker, or in
            the sidecar.
        wrong: what could not be understood: the layer, and why.
    """

    settings: Mapping[str, Bound] = field(default_factory=dict)
    spoken: bool = False
    wrong: tuple[tuple[Layer, ConfigError], ...] = ()

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a setting."""
        bound = self.settings.get(name)
        return default if bound is None else bound.value

    def layer(self, name: str) -> Layer:
        """Return which layer supplied a setting."""
        bound = self.settings.get(name)
        return "default" if bound is None else bound.layer


def role_of(text: str, layer: Layer = "track") -> TrackRole | None:
    """Return what a track called `text` is for; None where that is no business of ours.

    Raises:
        ConfigError: it is nearly the name of a role.
    """
    called = _CALLED.fullmatch(text)
    if called is None:
        return None
    word, *group = re.split(r"[\s_]+", called["what"])
    role = _ROLES.get(word.upper())
    if role is not None:
        return TrackRole(role, " ".join(group).lower(), layer)
    hint = did_you_mean(word.upper(), _ROLES)
    if hint is not None:
        raise ConfigError(f"Track {text!r:.60} has no role that is known.", hint=hint)
    return None


def track_label(track: Track) -> str:
    """Return what editors call a track whatever its name: V1, A2."""
    return f"{track.kind[0].upper()}{track.number}"


def track_role(track: Track, sidecar: Sidecar) -> TrackRole | None:
    """Return what a track is for, by its name, else by the sidecar.

    Raises:
        ConfigError: its name, or what the sidecar says, is nearly the name of a role.
    """
    named = role_of(track.name)
    if named is not None:
        return named
    labels = {track.name.lower(), track_label(track).lower()} - {""}
    for called, text in sidecar.tracks.items():
        if called.lower() in labels:
            found = role_of(f"A1 {text}", "sidecar")
            if found is None:
                raise ConfigError(
                    f"The sidecar calls track {called!r} {text!r}, which is no role.",
                    hint=f"roles: {', '.join(_ROLES)}",
                )
            return found
    return None


def bind(
    metadata: Mapping[str, Any],
    markers: Iterable[Marker],
    role: TrackRole | None,
    entries: Iterable[SidecarShot],
    sidecar: Sidecar,
) -> Binding:
    """Return the settings of a clip.

    Args:
        metadata: the clip's.
        markers: those on the clip, and those of the cut that belong to it alone.
        role: that of its track.
        entries: what the sidecar says of this clip.
        sidecar: for presets and defaults.
    """
    wrong: list[tuple[Layer, ConfigError]] = []
    notes = [*_read(_told(metadata, markers), wrong), *((one.note, "sidecar") for one in entries)]
    settings: dict[str, Bound] = {}
    for note, layer in notes:
        _add(settings, note, layer)
    if role is not None and role.group:
        settings.setdefault("group", Bound(role.group, role.layer))
    if "preset" in settings:
        _add(settings, _preset(settings["preset"], sidecar, wrong), "sidecar")
    _add(settings, sidecar.defaults, "sidecar")
    return Binding(settings, bool(notes), tuple(wrong))


def marked(marker: Marker) -> bool:
    """Whether a marker is an `A1` marker, be it understood or not."""
    try:
        return read_note(marker.name, marker.comment) is not None
    except ConfigError:
        return True


Told = Callable[[], ShotNote | None]


def _told(
    metadata: Mapping[str, Any], markers: Iterable[Marker]
) -> Iterator[tuple[Literal["metadata", "marker"], Told]]:
    """Yield how to read every note of a clip, the highest first, and its layer."""
    ours = metadata.get("a1sdk")
    if isinstance(ours, Mapping) and ours.get("schema_version") == SHOT_SCHEMA:
        said = {key: value for key, value in ours.items() if key != "schema_version"}
        yield "metadata", partial(note_of, said)
    for marker in markers:
        yield "marker", partial(read_note, marker.name, marker.comment)


def _read(
    told: Iterable[tuple[Layer, Told]], wrong: list[tuple[Layer, ConfigError]]
) -> Iterator[tuple[ShotNote, Layer]]:
    for layer, read in told:
        try:
            note = read()
        except ConfigError as error:
            wrong.append((layer, error))
            note = ShotNote()  # it is a shot; what it is to be like is not known
        if note is not None:
            yield note, layer


def _add(settings: dict[str, Bound], note: ShotNote, layer: Layer) -> None:
    for name in note.model_fields_set:
        settings.setdefault(name, Bound(getattr(note, name), layer))


def _preset(asked: Bound, sidecar: Sidecar, wrong: list[tuple[Layer, ConfigError]]) -> ShotNote:
    if asked.value not in sidecar.presets:
        hint = did_you_mean(asked.value, sidecar.presets) or "add it to the sidecar"
        error = ConfigError(f"The sidecar has no preset {asked.value!r:.60}.", hint=hint)
        wrong.append((asked.layer, error))
    return sidecar.presets.get(asked.value, ShotNote())
