"""Whether a written cut is the one that came in, but for what was relinked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from a1sdk.errors import A1Error, ConformError
from a1sdk.timeline.conform.edl_patch import located
from a1sdk.timeline.conform.relinks import Key, Relink, Remarked
from a1sdk.timeline.filenames import base_name
from a1sdk.timeline.formats.edl.time import Clock
from a1sdk.timeline.model import (
    Clip,
    Cut,
    Gap,
    Marker,
    Media,
    Nest,
    SourceMap,
    Span,
    Track,
    Transition,
)
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.remarks import is_remark
from a1sdk.timeline.rendered import Rendered
from a1sdk.timeline.shots.locate import plain_path
from a1sdk.timeline.walk import Placed, placed

_FINE = 10007
"""Parts of a second that markers are compared to, and times in media where the format has been
changed: OTIO's numbers are floating point. Being prime, it has no steps where frames of usual rates
are."""
_ANY = "*"
"""The track of sound that was taken off a clip."""
_NUMBER = re.compile(r"(%0?\d*d|\[\d+-\d+\]|\d+)$", re.ASCII)
"""What a picture's name ends with, or that of all of them."""
_Marked = tuple[str, str, Span]
_SAMPLES = 5  # places of a clip at which what it shows is compared; a steady speed needs two


def marker_of(one: Remarked) -> Marker:
    """Return the marker that a remark is where there are names, comments and ranges."""
    return Marker(one.remark.name, one.remark.comment, one.span)


def kept_as_it_is(relink: Relink, clip: Clip, marker: Marker) -> Marker:
    """Return the marker that a relinked clip has where markers may lie anywhere."""
    return marker


@dataclass(frozen=True)
class Expected:
    """What a written file has to read as.

    Attributes:
        cut: the cut that came in.
        key: what makes a key of a place.
        relinks: what was relinked in it, by the keys of the places.
        same_form: whether gaps and the names of tracks and clips have to be the same too: in a
            patched copy, not in another format.
        same_paths: whether media has to be named by the same path; otherwise by the same name.
        sounding: keys of relinked clips whose sound has become a clip of its own.
        marker: what a remark is read as, its span counted from the clip's start.
        kept: what a marker of a relinked clip is read as.
        day: seconds after which source times begin again; None where they never do.
    """

    cut: Cut
    key: Callable[[Placed], Key]
    relinks: Mapping[Key, Relink] = field(default_factory=dict)
    same_form: bool = True
    same_paths: bool = True
    sounding: frozenset[Key] = frozenset()
    marker: Callable[[Remarked], Marker] = marker_of
    kept: Callable[[Relink, Clip, Marker], Marker] = kept_as_it_is
    day: Fraction | None = None

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What a file may call rendered media, and the one name it is compared by."""
        rendered = [relink.rendered for relink in self.relinks.values()]
        return {name: str(one.path) for one in rendered for name in _names(one)}


class _Seen(NamedTuple):
    """What is compared of a clip, at one place it is used at."""

    kind: str
    track: str
    name: str
    span: Span
    handles: tuple[Fraction, Fraction]
    enabled: bool
    media: tuple[str, ...]
    shown: tuple[Fraction, ...]
    markers: tuple[_Marked, ...]


def verify(path: Path, expected: Expected) -> None:
    """Read a written file again, and compare every item's place, media and source with the input.

    Raises:
        ConformError: it cannot be read, or differs in anything but what was relinked.
    """
    try:
        written = read_cut(path, rate=expected.cut.rate)
    except A1Error as error:
        raise ConformError(f"What was written cannot be read again: {error}") from error
    found = _clips(written, expected) or _others(written, expected)
    if found is not None:
        raise ConformError(
            f"The written {path.suffix} differs from {expected.cut.path.name}: {found}.",
            hint="it was not kept; the other files are right",
        )


def verify_list(path: Path, cut: Cut, relinks: Sequence[Relink]) -> None:
    """Read a written edit decision list again, and compare its events with what was rendered.

    Raises:
        ConformError: it cannot be read, or an event is elsewhere, of something else, or missing.
    """
    try:
        written = read_cut(path, rate=cut.rate)
    except A1Error as error:
        raise ConformError(f"What was written cannot be read again: {error}") from error
    wanted = Counter(
        _event(cut, one.placed, one.lead, one.rendered.whole.name, _located(cut, one))
        for one in relinks
    )
    found = Counter(
        _event(written, one, one.source(Fraction(0)), one.clip.name, one.clip.markers)
        for one in placed(written)
    )
    if wanted != found:
        raise ConformError(
            f"The written list {path.suffix} differs from {cut.path.name}.",
            hint="it was not kept; the other files are right",
        )


def _event(
    cut: Cut, one: Placed, source: Fraction, name: str, markers: Iterable[Marker]
) -> tuple[object, ...]:
    marked = tuple(sorted((marker.name, marker.span.moved(-one.span.start)) for marker in markers))
    day = day_of(cut)
    starts = (one.span.start + cut.start) % day
    return starts, one.span.duration, source % day, name, marked


def _located(cut: Cut, relink: Relink) -> Iterator[Marker]:
    """Yield the locators that a relinked clip has in a list, in the cut's time."""
    for one in relink.remarked:
        marker = located(one, cut.rate)
        yield replace(marker, span=marker.span.moved(relink.placed.whole.start))


def day_of(cut: Cut) -> Fraction:
    """Return the seconds after which a cut's timecode begins again, as lists write it."""
    return Clock(cut.rate, cut.drop_frame).day


def opens(data: bytes) -> bool:
    """Return whether opentimelineio itself reads an OTIO document."""
    return _refused(data) is None


def check_opens(data: bytes, name: str) -> None:
    """Raise `ConformError` where opentimelineio itself does not read an OTIO document."""
    reason = _refused(data)
    if reason is not None:
        raise ConformError(f"OpenTimelineIO does not read the written {name}: {reason}.")


def _refused(data: bytes) -> str | None:
    """Return why opentimelineio refuses a document. No adapter, hook or linker takes part."""
    from opentimelineio.core import deserialize_json_from_string
    from opentimelineio.exceptions import OTIOError

    try:
        deserialize_json_from_string(data.decode("utf-8"))
    except (OTIOError, ValueError, KeyError, TypeError) as error:
        return str(error).splitlines()[0] if str(error) else type(error).__name__
    return None


def _clips(written: Cut, expected: Expected) -> str | None:
    """Return the first clip that is not as it has to be, if any."""
    before = [(_wanted(one, expected), one) for one in placed(expected.cut)]
    before += [
        (_sound(one, expected), one)
        for one in placed(expected.cut)
        if expected.key(one) in expected.sounding
    ]
    missing = Counter(seen for seen, _ in before)
    for one in placed(written):
        seen = _seen(one, expected)
        if not missing[seen] and expected.sounding and seen.kind == "audio":
            seen = seen._replace(track=_ANY)
        if not missing[seen]:
            return f"{one.where(written)} is not as it was{_change(seen, before)}"
        missing[seen] -= 1
    gone = next((one for seen, one in before if missing[seen] > 0), None)
    return f"{gone.where(expected.cut)} is gone" if gone is not None else None


def _change(seen: _Seen, before: list[tuple[_Seen, Placed]]) -> str:
    """Return what is different of a clip that is where one was."""
    for was, _ in before:
        if (was.span, was.kind, was.track) == (seen.span, seen.kind, seen.track):
            changed = [name for name in _Seen._fields if getattr(was, name) != getattr(seen, name)]
            if changed:
                return f" ({', '.join(changed)})"
    return ""


def _wanted(one: Placed, expected: Expected) -> _Seen:
    """Return what a place of the cut that came in has to show."""
    seen = _seen(one, expected)
    relink = expected.relinks.get(expected.key(one))
    if relink is None:
        return seen
    source = SourceMap.linear(relink.lead + one.span.start - one.whole.start)
    media = ("rendered", str(relink.rendered.path))
    shown = _shown(source, one.span.duration, expected)
    notes = (marker for marker in one.clip.markers if not is_remark(marker.name))
    kept = (_marker(expected.kept(relink, one.clip, marker)) for marker in notes)
    return seen._replace(
        name="",
        media=media,
        shown=shown,
        markers=tuple(sorted([*kept, *_remarks(one, relink, expected)])),
    )


def _remarks(one: Placed, relink: Relink, expected: Expected) -> Iterator[_Marked]:
    """Yield the markers that the rendered media has to have on a clip."""
    start = one.clip.span.start
    for remarked in relink.remarked:
        marker = expected.marker(remarked)
        yield _marker(replace(marker, span=marker.span.moved(start)))


def _sound(one: Placed, expected: Expected) -> _Seen:
    """Return what the sound of a relinked clip is to be, on a track of its own."""
    nothing = Fraction(0)
    return _seen(one, expected)._replace(
        kind="audio", track=_ANY, handles=(nothing, nothing), markers=()
    )


def _seen(one: Placed, expected: Expected) -> _Seen:
    media = _media(one.clip.media, expected)
    return _Seen(
        kind=one.track.kind,
        track=one.track.name if expected.same_form else "",
        name=one.clip.name if expected.same_form and media[0] != "rendered" else "",
        span=one.span,
        handles=(one.in_offset, one.out_offset),
        enabled=one.enabled,
        media=media,
        shown=_shown(one.source, one.span.duration, expected),
        markers=tuple(sorted(_marker(marker) for marker in one.clip.markers)),
    )


def _shown(source: SourceMap, duration: Fraction, expected: Expected) -> tuple[Fraction, ...]:
    times = (source(duration * n / (_SAMPLES - 1)) for n in range(_SAMPLES))
    return tuple(_about(time, expected) for time in times)


def _marker(marker: Marker) -> _Marked:
    return marker.name, marker.comment, Span(_finely(marker.span.start), _finely(marker.span.stop))


def _about(time: Fraction, expected: Expected) -> Fraction:
    if expected.day is not None:
        time %= expected.day
    return time if expected.same_form else _finely(time)


def _finely(time: Fraction) -> Fraction:
    return Fraction(round(time * _FINE), _FINE)


def _media(media: Media, expected: Expected) -> tuple[str, ...]:
    names = expected.names
    text = (media.pattern if media.kind == "sequence" else media.url) or media.name
    path = plain_path(text)
    if text in names or path in names:
        return "rendered", names.get(text) or names[path]
    if expected.same_paths:
        return media.kind, text, str(media.first)
    stem = PurePosixPath(base_name(path)).stem
    return (_NUMBER.sub("", stem),)


def _names(rendered: Rendered) -> Iterator[str]:
    names = [rendered.whole]
    if rendered.pictures is not None and rendered.first is not None:
        names += [rendered.path, rendered.path.with_name(rendered.pictures.of(rendered.first))]
    for path in names:
        yield from (str(path), path.name, path.as_uri())


def _others(written: Cut, expected: Expected) -> str | None:
    """Return which count of gaps, transitions and nests has changed, if any."""
    kinds: tuple[type, ...] = (Transition, Nest, Gap) if expected.same_form else (Transition, Nest)
    before, after = _count(expected.cut.tracks, kinds), _count(written.tracks, kinds)
    for kind in before | after:
        if before[kind] != after[kind]:
            return f"it has {after[kind]} {kind} instead of {before[kind]}"
    return None


def _count(tracks: tuple[Track, ...], kinds: tuple[type, ...]) -> Counter[str]:
    found: Counter[str] = Counter()
    for track in tracks:
        for item in track.items:
            if isinstance(item, kinds):
                found[_label(item)] += 1
            if isinstance(item, Nest):
                found += _count(item.tracks, kinds)
    return found


def _label(item: object) -> str:
    name = f"{type(item).__name__.lower()}s"
    if isinstance(item, Transition):
        return f"{name} of {float(item.span.duration):.3f} s at {float(item.cut):.3f} s"
    return f"{name} of {float(item.span.duration):.3f} s" if isinstance(item, Gap) else name
