"""Which settings a shot has, and who says so: metadata, markers, track names, the sidecar.

Four layers, the highest wins, setting by setting:

    metadata   `metadata["a1sdk"]` of the clip, by scripts: `{"schema_version": "a1.shot/1"}`
               and the keys of a note
    marker     a marker `A1 ...` on the clip, or one of the cut's within one shot alone
    track      `A1 PORTRAIT BOB`: the role of a track, and the group it belongs to
    sidecar    `CUT.a1.json`: the entry for the shot, then its preset, then the defaults

Two notes of one layer that disagree are an error, as nothing says which is meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from a1sdk.components.options import did_you_mean
from a1sdk.errors import ConfigError
from a1sdk.timeline.model import Marker, Nest, Track
from a1sdk.timeline.shots.grammar import ShotNote, note_of, read_note
from a1sdk.timeline.shots.locate import fold
from a1sdk.timeline.shots.sidecar import Sidecar, SidecarShot

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
_CALLED = re.compile(r"A1[\s_:]+(?P<what>[^\s_:].*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class TrackRole:
    """What the clips of a track are for.

    Attributes:
        role: portraits, or who performs.
        group: whose, as `group_of` says; empty for everybody's.
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
    called = _CALLED.fullmatch(text.strip())
    if called is None:
        return None
    word, *group = re.split(r"[\s_]+", called["what"])
    role = _ROLES.get(word.upper())
    if role is not None:
        return TrackRole(role, group_of(" ".join(group)), layer)
    hint = did_you_mean(word.upper(), _ROLES.keys() - {"DX"})  # which all of two letters are like
    if hint is not None:
        raise ConfigError(f"Track {text!r:.60} has no role that is known.", hint=hint)
    return None


def group_of(text: str) -> str:
    """Return a group's name as groups are compared: folded, `_` as a space."""
    return " ".join(fold(text).replace("_", " ").split())


def labels_of(path: Sequence[Track | Nest]) -> frozenset[str]:
    """Return what settings may call the tracks that lead to an item, folded.

    Their names, and V1 or A1 for the cut's own track alone: editors count those of the sequence
    that is open.
    """
    tracks = [one for one in path if isinstance(one, Track)]
    labels = {tracks[0].label, *(track.name for track in tracks)} - {""}
    return frozenset(map(fold, labels))


def track_role(path: Sequence[Track | Nest], sidecar: Sidecar) -> TrackRole | None:
    """Return what a track is for, by its name, else by the sidecar.

    Args:
        path: the tracks and nested sequences that lead to it, itself the last.
        sidecar: what is said beside the cut.

    Raises:
        ConfigError: its name, or what the sidecar says, is nearly the name of a role.
    """
    track = path[-1]
    named = role_of(track.name)
    if named is not None:
        return named
    own = {fold(track.name)} if len(path) > 1 else labels_of(path)
    for called, text in sidecar.tracks.items():
        if called and fold(called) in own:
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
    entries: Sequence[SidecarShot],
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
    settings: dict[str, Bound] = {}
    told = list(_read(_told(metadata, markers), wrong))
    for note, layer in told:
        _add_once(settings, note, layer, wrong)
    _add_group(settings, role, "track")
    for entry in entries:
        _add_once(settings, entry.note, "sidecar", wrong)
    _add_group(settings, role, "sidecar")
    if "preset" in settings:
        _add(settings, _preset(settings["preset"], sidecar, wrong))
    _add(settings, sidecar.defaults)
    return Binding(settings, bool(told or entries), tuple(wrong))


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
    if isinstance(ours, Mapping) and _is_note(ours):
        yield "metadata", partial(_scripted, ours)
    for marker in markers:
        yield "marker", partial(read_note, marker.name, marker.comment)


def _is_note(ours: Mapping[str, Any]) -> bool:
    """Whether what scripts say of a clip is its settings, of whichever version."""
    return str(ours.get("schema_version", SHOT_SCHEMA)).startswith("a1.shot/")


def _scripted(ours: Mapping[str, Any]) -> ShotNote:
    version = ours.get("schema_version")
    if version != SHOT_SCHEMA:
        what = "has no schema_version" if version is None else f"is {version!r:.40}, not known here"
        raise ConfigError(f"Metadata 'a1sdk' {what}.", hint=f"write {SHOT_SCHEMA!r}")
    return note_of({key: value for key, value in ours.items() if key != "schema_version"})


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


def _add_once(
    settings: dict[str, Bound], note: ShotNote, layer: Layer, wrong: list[tuple[Layer, ConfigError]]
) -> None:
    """Add a note's settings; where another note of the same layer says otherwise, say so."""
    for name, value in _said(note):
        bound = settings.setdefault(name, Bound(value, layer))
        if bound.layer == layer and bound.value != value:
            message = f"Key {name!r} is said twice: {bound.value!r:.40} and {value!r:.40}."
            wrong.append((layer, ConfigError(message, hint="leave one of them out")))


def _add_group(settings: dict[str, Bound], role: TrackRole | None, layer: Layer) -> None:
    if role is not None and role.group and role.layer == layer:
        settings.setdefault("group", Bound(role.group, layer))


def _add(settings: dict[str, Bound], note: ShotNote) -> None:
    """Add what the sidecar says of several shots; it counts below all else."""
    for name, value in _said(note):
        settings.setdefault(name, Bound(value, "sidecar"))


def _said(note: ShotNote) -> Iterator[tuple[str, Any]]:
    """Yield the settings of a note; those that are null are left to the layers below."""
    for name in sorted(note.model_fields_set):
        value = getattr(note, name)
        if value is not None:
            yield name, value


def _preset(asked: Bound, sidecar: Sidecar, wrong: list[tuple[Layer, ConfigError]]) -> ShotNote:
    presets = {fold(name): preset for name, preset in sidecar.presets.items()}
    found = presets.get(fold(asked.value))
    if found is None:
        hint = did_you_mean(asked.value, sidecar.presets) or "add it to the sidecar"
        error = ConfigError(f"The sidecar has no preset {asked.value!r:.60}.", hint=hint)
        wrong.append((asked.layer, error))
    return found or ShotNote()
