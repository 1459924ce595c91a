"""Whether a written cut is the one that came in, but for what was relinked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from a1sdk.errors import A1Error, ConformError
from a1sdk.timeline.conform.otio_nodes import numbered
from a1sdk.timeline.conform.plan import Key, Relink, where
from a1sdk.timeline.model import Cut, Gap, Media, Nest, SourceMap, Span, Track, Transition
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.rendered import Rendered
from a1sdk.timeline.walk import Placed, placed

_SAMPLES = 5  # places of a clip at which what it shows is compared; a steady speed needs two


@dataclass(frozen=True)
class Expected:
    """What a written file has to read as.

    Attributes:
        cut: the cut that came in.
        key: what makes a key of a place.
        relinks: what was relinked in it, by the keys of the places.
        same_form: whether gaps and track names have to be the same too: in a patched copy, not in
            another format.
    """

    cut: Cut
    key: Callable[[Placed], Key]
    relinks: Mapping[Key, Relink] = field(default_factory=dict)
    same_form: bool = True

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
    markers: tuple[tuple[str, str, Span], ...]


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
    missing = Counter(seen for seen, _ in before)
    for one in placed(written):
        seen = _seen(one, expected)
        if not missing[seen]:
            return f"{where(written, one)} is not as it was{_change(seen, before)}"
        missing[seen] -= 1
    gone = next((one for seen, one in before if missing[seen] > 0), None)
    return f"{where(expected.cut, gone)} is gone" if gone is not None else None


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
    return seen._replace(name="", media=media, shown=_shown(source, one.span.duration))


def _seen(one: Placed, expected: Expected) -> _Seen:
    media = _media(one.clip.media, expected.names)
    return _Seen(
        kind=one.track.kind,
        track=one.track.name if expected.same_form else "",
        name=one.clip.name if media[0] != "rendered" else "",
        span=one.span,
        handles=(one.in_offset, one.out_offset),
        enabled=one.enabled,
        media=media,
        shown=_shown(one.source, one.span.duration),
        markers=tuple((m.name, m.comment, m.span) for m in one.clip.markers),
    )


def _shown(source: SourceMap, duration: Fraction) -> tuple[Fraction, ...]:
    return tuple(source(duration * n / (_SAMPLES - 1)) for n in range(_SAMPLES))


def _media(media: Media, names: Mapping[str, str]) -> tuple[str, ...]:
    if media.kind == "sequence":
        text = media.pattern or ""
    else:
        text = media.url or media.name
    if text in names or _plain(text) in names:
        return "rendered", names.get(text) or names[_plain(text)]
    return media.kind, text, str(media.first)


def _names(rendered: Rendered) -> Iterator[str]:
    one = numbered(rendered)
    yield from (str(one), one.name, one.as_uri())
    if rendered.is_sequence:
        yield from (rendered.path.name, str(rendered.path))


def _plain(text: str) -> str:
    """Return the path in a file's URL; anything else as it is."""
    scheme, mark, rest = text.partition("://")
    if not mark or scheme.lower() != "file":
        return text
    return unquote(rest[rest.find("/") :])


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
