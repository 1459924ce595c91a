"""What quality control found in a shot's media, as remarks for the cut.

An editor looks at places, not at measures. What is bad in about the same frames is one remark,
named after all that is bad there, and so is what one measure finds again within half a second. Of a
shot, the worst remarks are kept; they are few enough to look at one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from a1sdk.qc.model import Finding, QcResult, result_path
from a1sdk.timeline.model import Problem
from a1sdk.timeline.remarks import Remark

if TYPE_CHECKING:
    from a1sdk.timeline.model import Cut
    from a1sdk.timeline.records import ShotRecord
    from a1sdk.timeline.rendered import Rendered

MOST = 20
"""Remarks that a shot has at most."""

_APART = Fraction(1, 2)  # seconds between two findings of one measure that are two remarks
_NAMED = 3  # measures that a remark is called after


def result_of_media(path: Path, record: ShotRecord) -> QcResult | None:
    """Return the result of a shot's inspection, if it lies beside its media and is of it.

    That is known of a film by its digest; of numbered pictures, of which a result has none, by the
    result being no older than the last of them.

    Args:
        path: the film; of numbered pictures, their pattern.
        record: of the media.
    """
    beside = result_path(path)
    try:
        result = QcResult.model_validate_json(beside.read_bytes())
        written = beside.stat().st_mtime_ns
    except (OSError, ValidationError):
        return None
    film = record.files.get(path.name)
    if film is not None:
        same = film.sha256 in {one.sha256 for one in result.inputs if one.role == "film"}
    else:
        same = written >= max(one.written for one in record.files.values())
    return result if same and result.frames == record.frames else None


def remarked(rendered: Rendered, result: QcResult, cut: Cut) -> tuple[Rendered, list[Problem]]:
    """Return rendered media with what was found in it as remarks, and what has none.

    Findings in handles, which the cut does not show, have no remark.
    """
    seen = [one for one in result.findings if rendered.marked(one.first, one.last) is not None]
    places = sorted(_places(seen, round(_APART * rendered.rate)), key=_Place.order)
    series = frozenset(one.name for one in result.series)
    kept = [place.remark(rendered, series) for place in places[:MOST]]
    unseen = len(result.findings) - len(seen)
    left = sum(len(place.findings) for place in places[MOST:])
    whys = [f"{unseen} in its handles"] if unseen else []
    whys += [f"{left} beyond its {MOST} worst places"] if left else []
    shot = rendered.shot
    message = f"Findings in {shot.name!r} that have no marker: {', '.join(whys)}."
    problem = Problem("A1-QC-UNMARKED", "note", message, shot.placed.where(cut))
    return replace(rendered, remarks=tuple(kept)), [problem] if whys else []


@dataclass
class _Place:
    """Findings of about the same frames; the first of them is the worst."""

    findings: list[Finding] = field(default_factory=list)

    @property
    def first(self) -> int:
        return min(one.first for one in self.findings)

    @property
    def last(self) -> int:
        return max(one.last for one in self.findings)

    def takes(self, other: Finding, apart: int) -> bool:
        """Whether a finding is of this place: half of both at least, or the same soon again."""
        between = max(self.first, other.first) - min(self.last, other.last) - 1
        if between < 0:
            whole = max(self.last, other.last) - min(self.first, other.first) + 1
            if -2 * between >= whole:
                return True
        alike = any(_kind(one) == _kind(other) for one in self.findings)
        return alike and between < apart

    def order(self) -> tuple[bool, float, int]:
        """Return what sorts places: what fails, by how much, and when."""
        worst = max(map(_excess, self.findings))
        return all(one.severity == "warn" for one in self.findings), -worst, self.first

    def remark(self, media: Rendered, series: Collection[str]) -> Remark:
        """Return the remark.

        Args:
            media: what it is on.
            series: the measures that have a worst frame; others are of the whole film.
        """
        worst: dict[str, Finding] = {}
        for one in sorted(self.findings, key=lambda one: (one.severity, -_excess(one))):
            worst.setdefault(_called(one), one)
        counts = Counter(map(_called, self.findings))
        more = [f"{len(worst) - _NAMED} more"] if len(worst) > _NAMED else []
        said = []
        for name, one in worst.items():
            said += [one.sentence, *([_worst(one, media)] if one.measure in series else [])]
            said += [f"{counts[name]} times; this is the worst."] if counts[name] > 1 else []
        return Remark(
            first=self.first,
            last=self.last,
            severity=next(iter(worst.values())).severity,
            about=", ".join([*list(worst)[:_NAMED], *more]),
            comment=" ".join(said),
            facts={"findings": [_facts(one) for one in self.findings]},
        )


def _places(findings: Sequence[Finding], apart: int) -> Iterator[_Place]:
    """Yield the places of findings, which come in the order of how bad they are, then of time."""
    places: list[_Place] = []
    for one in findings:
        place = next((place for place in places if place.takes(one, apart)), None)
        if place is None:
            places.append(place := _Place())
        place.findings.append(one)
    return iter(places)


def _kind(one: Finding) -> tuple[object, ...]:
    return one.measure, one.who, one.severity


def _called(one: Finding) -> str:
    return one.measure if one.who is None else f"{one.measure} of {one.who}"


def _excess(one: Finding) -> float:
    """Return by which share of its limit a finding is beyond it."""
    if one.value is None or not one.limit:
        return float("inf")
    return abs(abs(one.value) - abs(one.limit)) / abs(one.limit)


def _worst(one: Finding, media: Rendered) -> str:
    """Return the worst frame in words: record timecode, which the media is stamped with, first."""
    where = "of the film" if one.worst in media.shown else "of the film, in its handle"
    value = "" if one.value is None else f": {one.value:.4g}"
    limit = "" if one.limit is None or not value else f", limit {one.limit:.4g}"
    return f"Worst at {media.timecode + one.worst}, frame {one.worst} {where}{value}{limit}."


def _facts(one: Finding) -> dict[str, object]:
    return one.model_dump(mode="json", exclude={"sentence"}, exclude_none=True)
