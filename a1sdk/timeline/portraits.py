"""Which clips of a cut are portraits, and which may perform."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from a1sdk.errors import ConfigError
from a1sdk.timeline.binding import Binding, TrackRole, bind, marked, track_label, track_role
from a1sdk.timeline.casting import Findings
from a1sdk.timeline.drivers import Candidate, names_of
from a1sdk.timeline.model import Cut, Marker, Problem, Track
from a1sdk.timeline.numbers import timecode, timecode_seconds
from a1sdk.timeline.sidecar import Sidecar, SidecarShot
from a1sdk.timeline.walk import Placed, placed


@dataclass
class Portrait:
    """A portrait clip that is to be a shot: its settings, and what is wrong with it so far."""

    placed: Placed
    role: TrackRole | None
    binding: Binding
    findings: Findings
    entries: tuple[SidecarShot, ...] = ()


@dataclass
class Survey:
    """Sorts the clips of a cut into portraits and those who may perform.

    Attributes:
        portraits: the shots to be, in order of their tracks and time.
        others: all other clips.
        problems: what is wrong with the tracks, and with what is no shot.
    """

    cut: Cut
    sidecar: Sidecar
    portraits: list[Portrait] = field(default_factory=list)
    others: list[Candidate] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        everything = list(placed(self.cut))
        roles = self._roles(everything)
        entries = self._entries(everything)
        notes = self._cut_notes(everything, roles)
        for height, one in enumerate(everything):
            role = role_at(one, roles)
            found = self._portrait(one, role, notes.get(height, ()), entries.get(height, ()))
            if found is not None:
                self.portraits.append(found)
            elif role is None or role.role != "PORTRAIT":
                self.others.append(Candidate(one, role, height, labels_of(one)))

    def _roles(self, everything: Iterable[Placed]) -> dict[int, TrackRole]:
        roles: dict[int, TrackRole] = {}
        seen: set[int] = set()
        for track in (one for item in everything for one in item.path if isinstance(one, Track)):
            if id(track) in seen:
                continue
            seen.add(id(track))
            try:
                role = track_role(track, self.sidecar)
            except ConfigError as error:
                self._note("A1-SHOT-TRACK-NAME", f"{error} {error.hint}", track_label(track))
                continue
            if role is not None:
                roles[id(track)] = role
        return roles

    def _note(self, code: str, message: str, where: str) -> None:
        self.problems.append(Problem(code, "warning", message, where))

    def _entries(self, everything: Sequence[Placed]) -> dict[int, tuple[SidecarShot, ...]]:
        """Return the sidecar's entries by the places of the clips that they mean."""
        found: dict[int, list[SidecarShot]] = defaultdict(list)
        for entry in self.sidecar.shots:
            meant = [n for n, one in enumerate(everything) if self._means(entry, one)]
            if len(meant) != 1:
                what = f"means {len(meant)} clips" if meant else "means no clip"
                message = f"The sidecar's entry for {entry} {what}."
                self._note("A1-SHOT-UNMATCHED", message, "sidecar")
            for place in meant:
                found[place].append(entry)
        return {place: tuple(entries) for place, entries in found.items()}

    def _means(self, entry: SidecarShot, one: Placed) -> bool:
        if entry.clip is not None and entry.clip.lower() not in names_of(one.clip):
            return False
        if entry.track is not None and entry.track.lower() not in labels_of(one):
            return False
        if entry.track is None and one.track.kind != "video":
            return False
        if entry.at is None:
            return True
        return timecode_seconds(entry.at, self.cut.rate) - self.cut.start in one.span

    def _cut_notes(
        self, everything: Sequence[Placed], roles: Mapping[int, TrackRole]
    ) -> dict[int, tuple[Marker, ...]]:
        """Return the cut's own `A1` markers by the place of the one portrait they lie in."""
        found: dict[int, tuple[Marker, ...]] = {}
        for marker in filter(marked, self.cut.markers):
            under = [
                place
                for place, one in enumerate(everything)
                if marker.span.start in one.span and _is_portrait(role_at(one, roles))
            ]
            at = self._label(marker.span.start)
            if len(under) != 1:
                message = f"Marker {marker.name!r:.60} of the cut lies in {len(under)} portraits."
                self._note("A1-SHOT-CUT-MARKER", message, f"cut @ {at}")
                continue
            found[under[0]] = (*found.get(under[0], ()), marker)
        return found

    def _portrait(
        self,
        one: Placed,
        role: TrackRole | None,
        notes: Sequence[Marker],
        entries: tuple[SidecarShot, ...],
    ) -> Portrait | None:
        """Return the portrait that a clip is; None where it is none, or is switched off."""
        plain = role is None or role.role != "PORTRAIT"
        told = bool(one.clip.markers or notes or entries or "a1sdk" in one.clip.metadata)
        if one.track.kind != "video" or (plain and (role is not None or not told)):
            return None
        markers = (*notes, *one.clip.markers)
        binding = bind(one.clip.metadata, markers, role, entries, self.sidecar)
        if plain and not binding.spoken:
            return None
        where = self._where(one)
        if not one.enabled:
            message = f"{one.clip.name!r:.60} is switched off and is no shot."
            self.problems.append(Problem("A1-SHOT-DISABLED", "note", message, where))
            return None
        findings = Findings(where)
        for layer, error in binding.wrong:
            findings.add("A1-SHOT-SETTINGS", "error", f"{layer}: {error}", error.hint)
        return Portrait(one, role, binding, findings, entries)

    def _where(self, one: Placed) -> str:
        track = one.track.name or track_label(one.track)
        return f"{track}/{one.clip.name or one.clip.media.name} @ {self._label(one.span.start)}"

    def _label(self, time: Fraction) -> str:
        cut = self.cut
        return timecode(cut.start + time, cut.rate, drop_frame=cut.drop_frame)


def role_at(one: Placed, roles: Mapping[int, TrackRole]) -> TrackRole | None:
    """Return what a clip is for: as the innermost track around it that has a role says."""
    for track in reversed(one.path):
        role = roles.get(id(track))
        if role is not None:
            return role
    return None


def labels_of(one: Placed) -> frozenset[str]:
    """Return what a clip's own track may be called, in small letters: its name, and V1."""
    return frozenset({one.track.name.lower(), track_label(one.track).lower()} - {""})


def _is_portrait(role: TrackRole | None) -> bool:
    return role is not None and role.role == "PORTRAIT"
