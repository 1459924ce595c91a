"""Rendered shots in the place of their portraits, in timelines that any adapter has read.

A shot is recognised by its id, where the clip tells it, else by the clip's name and where it lies
in the cut; in both cases it has to be as long as the report says. All other clips are left alone.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from a1sdk.errors import A1Error, ConfigError, MediaError
from a1sdk.media.codecs import SEQUENCE_START
from a1sdk.timeline.conform.otio_nodes import RENDER_SCHEMA, render_node, shot_node
from a1sdk.timeline.filenames import PictureName
from a1sdk.timeline.formats.otio.reader import cut_of
from a1sdk.timeline.formats.otio.rescue import parse
from a1sdk.timeline.model import Clip, Cut, Nest
from a1sdk.timeline.numbers import exact_rate
from a1sdk.timeline.remarks import is_remark
from a1sdk.timeline.rendering.report import CutReport, ShotResult
from a1sdk.timeline.shots.edges import whole_frames
from a1sdk.timeline.shots.films import FORMER
from a1sdk.timeline.shots.grammar import read_note
from a1sdk.timeline.shots.naming import identity
from a1sdk.timeline.walk import Placed, placed
from a1sdk.timing import Timecode

_KNOWN = "a1sdk.linking"  # where the argument map keeps what is known of the timeline


def link(clip: Any, arguments: dict[str, Any]) -> Any:
    """Return the reference to a clip's render, and let the clip show it; None if there is none.

    Args:
        clip: a clip of opentimelineio, in its timeline.
        arguments: `report` is the report's path. What is found out of the timeline is kept here,
            so that it is found out once for all of its clips.

    Raises:
        ConfigError: no report is named, or what is named is none.
        DecodeError: the timeline has times that are no numbers.
        MediaError: the report tells of media that is not there.
    """
    root = _root(clip)
    known = arguments.get(_KNOWN)
    if not isinstance(known, _Linking) or known.root is not root:
        if not arguments.get("report"):
            hint = "media_linker_argument_map={'report': 'shots/cut.a1cut.json'}"
            raise ConfigError("The media linker 'a1' is told no report.", hint=hint)
        known = arguments[_KNOWN] = _Linking(root, Path(arguments["report"]))
    return known.reference(clip)


def relink(timeline: Any, report: Path) -> list[str]:
    """Put the shots of a render into a timeline; return the names of those that are in it now.

    Args:
        timeline: a timeline or stack of opentimelineio, which is changed.
        report: the report of `a1 timeline render`.

    Raises:
        ConfigError: the report is none.
        DecodeError: the timeline has times that are no numbers.
        MediaError: the report tells of media that is not there.
    """
    linking = _Linking(getattr(timeline, "tracks", timeline), report)
    found: list[str] = []
    for clip in timeline.find_clips():
        reference = linking.reference(clip)
        if reference is not None:
            clip.media_reference = reference
            found.append(reference.metadata["a1sdk"]["name"])
    return found


@dataclass(frozen=True)
class _Render:
    """A shot's media, as the report has it."""

    result: ShotResult
    path: Path
    rate: Fraction

    @property
    def first(self) -> Fraction:
        """Seconds on the media's clock of its first frame."""
        return Timecode.parse(self.result.timecode or "", self.rate).frame / self.rate

    @property
    def stop(self) -> Fraction:
        return self.first + (self.result.frames or 0) / self.rate

    def lead(self, one: Placed) -> Fraction:
        """Return the seconds on the media's clock that a clip shows at its own start."""
        return self.first + self.result.shot.head / self.rate - (one.span.start - one.whole.start)

    def fits(self, one: Placed) -> bool:
        """Whether no sequence around a clip is retimed, or hides more of it than is rendered."""
        lead = self.lead(one)
        at_speed = all(nest.source.speed == 1 for nest in one.path if isinstance(nest, Nest))
        return at_speed and lead >= self.first and lead + one.clip.span.duration <= self.stop

    def reference(self, rate: float) -> Any:
        """Return the media reference; its times are written at `rate`, as the clip's are."""
        from opentimelineio import schema

        ours = render_node(self.result.shot, self.result.codec) | {"digest": self.result.digest}
        common = {
            "available_range": _range(self.first, self.stop - self.first, self.rate, rate),
            "metadata": {"a1sdk": ours},
        }
        pictures = PictureName.parsed(self.path.name)
        if pictures is None:
            return schema.ExternalReference(target_url=self.path.as_uri(), **common)
        return schema.ImageSequenceReference(
            target_url_base=f"{self.path.parent.as_uri()}/",
            name_prefix=pictures.before,
            name_suffix=pictures.after,
            start_frame=SEQUENCE_START,
            frame_step=1,
            rate=rate,
            frame_zero_padding=pictures.digits,
            **common,
        )


class _Linking:
    """What is known of a timeline: which of its clips shows which shot.

    `root` is its stack; a clip does not know of the timeline above that.
    """

    def __init__(self, root: Any, report: Path) -> None:
        self.root = root
        self._report = CutReport.load(report)
        self._folder = report.absolute().parent
        self._by_id: dict[str, list[ShotResult]] = defaultdict(list)
        self._by_place: dict[tuple[str, int, int], list[ShotResult]] = defaultdict(list)
        begin = self._frame(self._report.start)
        for one in self._report.shots:
            shot = one.shot
            self._by_id[shot.id.lower()].append(one)
            self._by_place[shot.clip, self._frame(shot.start) - begin, shot.frames].append(one)
        cut = cut_of(parse(root.to_json_string().encode()), Path("cut.otio"), rate=None)
        self._clips = dict(_clips(root, ""))  # held, so that no other object gets an id of theirs
        self._renders = dict(self._found(cut))

    def reference(self, clip: Any) -> Any:
        found = self._renders.get(id(clip))
        if found is None:
            return None
        render, one = found
        rate = _written_rate(clip, render.rate)
        _show(clip, one.clip, render.lead(one), render.rate, rate)
        if render.result.digest != _shown(clip):
            _drop_remarks(clip)
        _identify(clip, render.result)
        return render.reference(rate)

    def _found(self, cut: Cut) -> Iterator[tuple[int, tuple[_Render, Placed]]]:
        """Yield the clips that show a shot, by the identity of their objects."""
        for one in placed(cut):
            result = self._result(one)
            if one.enabled and result is not None and one.clip.origin in self._clips:
                render = self._render(result)
                if render.fits(one):
                    yield id(self._clips[one.clip.origin]), (render, one)

    def _frame(self, label: str) -> int:
        return Timecode.parse(label, self._report.rate).frame

    def _result(self, one: Placed) -> ShotResult | None:
        """Return the shot that a clip is, if it has media."""
        frames = whole_frames(one.span, self._report.rate)
        known = [shot for name in _ids(one) for shot in self._by_id.get(name, ())]
        known = [shot for shot in known if shot.shot.frames == len(frames)]
        if not known and {one.track.kind, one.outermost.kind} == {"video"}:
            name = one.clip.called
            known = self._by_place.get((name, frames.start, len(frames)), [])
        if len(known) > 1:
            labels = one.track.name, one.track.label
            known = [shot for shot in known if shot.shot.track in labels]
        return known[0] if len(known) == 1 and known[0].media is not None else None

    def _render(self, result: ShotResult) -> _Render:
        assert result.media is not None
        path = result.media
        for place in (path, self._folder / path.name, self._folder / path.parent.name / path.name):
            pictures = PictureName.parsed(place.name)
            first = place if pictures is None else place.with_name(pictures.of(SEQUENCE_START))
            if first.is_file():
                return _Render(result, place.absolute(), self._report.rate)
        raise MediaError(
            f"Shot {result.shot.name!r} is said to be in {path}, which is not there.",
            path=str(path),
            hint="render it again, or put it beside the report",
        )


def _root(clip: Any) -> Any:
    while (parent := clip.parent()) is not None:
        clip = parent
    return clip


def _clips(item: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """Yield the clips in a composition by their JSON pointers."""
    from opentimelineio import core, schema

    if isinstance(item, schema.Clip):
        yield pointer, item
    elif isinstance(item, core.Composition):
        for index, child in enumerate(item):
            yield from _clips(child, f"{pointer}/children/{index}")


def _ids(one: Placed) -> set[str]:
    """Return the ids that a clip's metadata and notes say, in small letters; else its own."""
    ours = one.clip.metadata.get("a1sdk")
    said = {str(ours.get("id") or "")} if isinstance(ours, Mapping) else set()
    for marker in one.clip.markers:
        try:
            note = read_note(marker.name, marker.comment)
        except A1Error:
            continue  # `a1 timeline inspect` says what is wrong with it
        said.add((note and note.id) or "")
    return {name.lower() for name in said if name} or {identity(one)}


def _written_rate(clip: Any, rate: Fraction) -> float:
    """Return how a clip's own range writes a rate: 23.976 stays 23.976."""
    window = clip.source_range
    if window is None or exact_rate(window.start_time.rate) != rate:
        return float(rate)
    return float(window.start_time.rate)


def _show(clip: Any, before: Clip, lead: Fraction, rate: Fraction, written: float) -> None:
    """Let a clip show its render: its range, and its markers where they are in the cut."""
    from opentimelineio.schema import TimeEffect

    for marker, old in zip(clip.markers, before.markers, strict=True):
        start = lead + old.span.start - before.span.start
        marker.marked_range = _range(start, old.span.duration, rate, written)
    clip.source_range = _range(lead, before.span.duration, rate, written)
    clip.effects[:] = [one for one in clip.effects if not isinstance(one, TimeEffect)]
    _keep_media(clip)


def _keep_media(clip: Any) -> None:
    """Let a clip hold its media a second time, as what it showed before it was rendered.

    All of its references are copied: opentimelineio 0.18.1 frees those that a clip holds already
    when it is given them again, and crashes later.
    """
    active = clip.active_media_reference_key
    references = {key: one.clone() for key, one in clip.media_references().items()}
    if active in references and FORMER not in references and not _is_render(references[active]):
        references[FORMER] = references[active].clone()
        clip.set_media_references(references, active)


def _is_render(reference: Any) -> bool:
    ours = reference.metadata.get("a1sdk")
    return isinstance(ours, Mapping) and ours.get("schema_version") == RENDER_SCHEMA


def _shown(clip: Any) -> str | None:
    """Return the digest of the render that a clip shows already."""
    reference = clip.media_reference
    return reference.metadata["a1sdk"].get("digest") if _is_render(reference) else None


def _drop_remarks(clip: Any) -> None:
    """Take off what was remarked on former media; of this media, the hand-back has the remarks."""
    clip.markers[:] = [one for one in clip.markers if not is_remark(one.name)]


def _identify(clip: Any, result: ShotResult) -> None:
    """Note which shot a clip is, beside what its own settings say."""
    own = json.loads(clip.to_json_string())["metadata"].get("a1sdk")
    clip.metadata["a1sdk"] = shot_node(result.shot, own)


def _range(start: Fraction, duration: Fraction, rate: Fraction, written: float) -> Any:
    from opentimelineio.opentime import TimeRange

    return TimeRange(_time(start, rate, written), _time(duration, rate, written))


def _time(seconds: Fraction, rate: Fraction, written: float) -> Any:
    """Return frames at a rate; a time between two frames as an exact fraction of seconds."""
    from opentimelineio.opentime import RationalTime

    frames = seconds * rate
    if frames.denominator == 1:
        return RationalTime(float(frames), written)
    return RationalTime(float(seconds.numerator), float(seconds.denominator))
