"""Which clips of a cut are portraits, and which may perform."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from a1sdk.errors import A1Error, ConfigError
from a1sdk.timeline.model import Clip, Cut, Marker, Nest, Problem, Severity, Track
from a1sdk.timeline.numbers import timecode_seconds
from a1sdk.timeline.shots.binding import (
    Binding,
    TrackRole,
    bind,
    labels_of,
    marked,
    track_role,
)
from a1sdk.timeline.shots.covering import Covering
from a1sdk.timeline.shots.drivers import Candidate, Lane, by_name
from a1sdk.timeline.shots.findings import Findings
from a1sdk.timeline.shots.locate import fold
from a1sdk.timeline.shots.sidecar import Sidecar, SidecarShot
from a1sdk.timeline.walk import Placed, placed


@dataclass
class Portrait:
    """A portrait clip that is to be a shot: its settings, and what is wrong with it so far.

    Attributes:
        covers: the clips above that hide it all the time; none where any of it is seen.
    """

    placed: Placed
    role: TrackRole | None
    binding: Binding
    findings: Findings
    entries: tuple[SidecarShot, ...] = ()
    covers: tuple[Clip, ...] = ()


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
        everything = self._everything()
        lane = Lane(everything)
        entries = self._entries(everything, lane)
        notes = self._cut_notes(lane)
        for height, found in self._nest_notes(everything).items():
            notes[height].extend(found)
        covering = Covering(everything)
        for height, one in enumerate(everything):
            portrait = self._portrait(one, notes.get(height, ()), entries.get(height, ()))
            if portrait is not None:
                portrait.covers = covering.over(one)
                self.portraits.append(portrait)
            elif not _is_portrait(one):
                self.others.append(one)

    def _everything(self) -> list[Candidate]:
        """Return all clips, with what the tracks around them say."""
        roles: dict[int, TrackRole | None] = {}
        known: dict[int, tuple[TrackRole | None, frozenset[str]]] = {}
        found = []
        for height, one in enumerate(placed(self.cut)):
            path = id(one.path)  # clips of one track share it
            if path not in known:
                known[path] = self._role_at(one.path, roles), labels_of(one.path)
            role, labels = known[path]
            found.append(Candidate(one, role, height, labels))
        return found

    def _role_at(
        self, path: Sequence[Track | Nest], roles: dict[int, TrackRole | None]
    ) -> TrackRole | None:
        """Return what a clip is for: as the innermost track around it that has a role says."""
        found = None
        for count, track in enumerate(path, 1):
            if not isinstance(track, Track):
                continue
            if id(track) not in roles:
                roles[id(track)] = self._role(path[:count])
            found = roles[id(track)] or found
        return found

    def _role(self, path: Sequence[Track | Nest]) -> TrackRole | None:
        try:
            return track_role(path, self.sidecar)
        except ConfigError as error:
            track = path[-1]
            where = track.label if isinstance(track, Track) else ""
            self._note("A1-SHOT-TRACK-NAME", f"{error} {error.hint}", where)
            return None

    def _note(self, code: str, message: str, where: str, severity: Severity = "warning") -> None:
        self.problems.append(Problem(code, severity, message, where))

    def _entries(
        self, everything: Sequence[Candidate], lane: Lane
    ) -> dict[int, tuple[SidecarShot, ...]]:
        """Return the sidecar's entries by the heights of the clips that they mean."""
        named = by_name(everything, lambda one: one.placed.clip) if self.sidecar.shots else {}
        found: dict[int, tuple[SidecarShot, ...]] = {}
        for entry in self.sidecar.shots:
            try:
                meant = self._meant(entry, lane, named)
                what = f"means {len(meant)} clips" if meant else "means no clip"
            except A1Error as error:
                meant, what = [], f"names no time of the cut: {error}"
            if len(meant) != 1:
                message = f"The sidecar's entry for {entry} {what.rstrip('.')}."
                self._note("A1-SHOT-UNMATCHED", message, "sidecar")
            for one in meant:
                found[one.height] = (*found.get(one.height, ()), entry)
        return found

    def _meant(
        self, entry: SidecarShot, lane: Lane, named: Mapping[str, Sequence[Candidate]]
    ) -> Sequence[Candidate]:
        """Return the clips an entry means: of several the portraits, of those what is seen."""
        if entry.at is None:
            found = list(named.get(fold(entry.clip or ""), ()))
        else:
            at = timecode_seconds(entry.at, self.cut.rate) - self.cut.start
            found = lane.at(at)
            if entry.clip is not None:
                called = {one.height for one in named.get(fold(entry.clip), ())}
                found = [one for one in found if one.height in called]
        if entry.track is None:
            found = [one for one in found if one.placed.track.kind == "video"]
        else:
            found = [one for one in found if fold(entry.track) in one.labels]
        found = [one for one in found if _is_portrait(one)] or found
        return [one for one in found if one.placed.enabled] or found

    def _cut_notes(self, lane: Lane) -> defaultdict[int, list[Marker]]:
        """Return the cut's own `A1` markers by the height of the one portrait they lie in."""
        found: defaultdict[int, list[Marker]] = defaultdict(list)
        for marker in filter(marked, self.cut.markers):
            under = [one for one in lane.at(marker.span.start) if _is_seen_portrait(one)]
            if len(under) == 1:
                found[under[0].height].append(marker)
                continue
            message = f"Marker {marker.name!r:.60} of the cut lies in {len(under)} portraits."
            self._note(
                "A1-SHOT-CUT-MARKER", message, f"cut @ {self.cut.timecode(marker.span.start)}"
            )
        return found

    def _nest_notes(self, everything: Iterable[Candidate]) -> dict[int, list[Marker]]:
        """Return `A1` markers on nested sequences by the height of the one portrait in each."""
        inside: dict[tuple[int, ...], list[Candidate]] = defaultdict(list)
        nests: dict[tuple[int, ...], Nest] = {}
        for one in filter(_is_seen_portrait, everything):
            path = one.placed.path
            for count, nest in enumerate(path, 1):
                if isinstance(nest, Nest) and nest.markers:
                    key = tuple(map(id, path[:count]))
                    inside[key].append(one)
                    nests[key] = nest
        found: dict[int, list[Marker]] = defaultdict(list)
        for key, under in inside.items():
            markers = [marker for marker in nests[key].markers if marked(marker)]
            if len(under) == 1:
                found[under[0].height].extend(markers)
            elif markers:
                message = f"Marker {markers[0].name!r:.60} is on {len(under)} portraits at once."
                self._note("A1-SHOT-CUT-MARKER", message, under[0].placed.where(self.cut))
        return found

    def _portrait(
        self, one: Candidate, notes: Sequence[Marker], entries: tuple[SidecarShot, ...]
    ) -> Portrait | None:
        """Return the portrait that a clip is; None where it is none, or is switched off."""
        clip, role = one.placed.clip, one.role
        told = bool(clip.markers or notes or entries or "a1sdk" in clip.metadata)
        if not told and not _is_portrait(one):
            return None
        binding = bind(clip.metadata, (*notes, *clip.markers), role, entries, self.sidecar)
        if not binding.spoken and not _is_portrait(one):
            return None
        where = one.placed.where(self.cut)
        if one.placed.track.kind != "video" or (role is not None and role.role != "PORTRAIT"):
            message = f"{clip.name!r:.60} has settings of a shot, and is no portrait."
            self._note("A1-SHOT-NOTE-UNUSED", message, where)
            return None
        if not one.placed.enabled:
            message = f"{clip.name!r:.60} is switched off and is no shot."
            self._note("A1-SHOT-DISABLED", message, where, "note")
            return None
        findings = Findings(where)
        for layer, error in binding.wrong:
            findings.add("A1-SHOT-SETTINGS", "error", f"{layer}: {error}", error.hint)
        return Portrait(one.placed, role, binding, findings, entries)


def _is_portrait(one: Candidate) -> bool:
    """Whether a clip lies on a PORTRAIT track, switched on or not."""
    video = one.placed.track.kind == "video"
    return video and one.role is not None and one.role.role == "PORTRAIT"


def _is_seen_portrait(one: Candidate) -> bool:
    return _is_portrait(one) and one.placed.enabled
