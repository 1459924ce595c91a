"""What is relinked to what: every clip that all its uses allow to show a rendered shot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, TypeVar

from a1sdk.errors import DecodeError
from a1sdk.timeline.model import Clip, Cut, Item, Marker, Nest, Problem, Span, Track
from a1sdk.timeline.remarks import Remark, is_remark
from a1sdk.timeline.walk import Placed, placed

if TYPE_CHECKING:
    from pathlib import Path

    from a1sdk.timeline.rendered import Rendered
    from a1sdk.timeline.shots import Shots
    from a1sdk.timing import FrameRange

Key = tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True)
class Remarked:
    """A remark on a clip that shows rendered media.

    Attributes:
        remark: the remark.
        frames: which of the media's frames its marker is on, counted from the first.
        span: when that is, in seconds after the clip's start.
    """

    remark: Remark
    frames: FrameRange
    span: Span


@dataclass(frozen=True)
class Relink:
    """A clip, and the rendered media that it is to show.

    Attributes:
        rendered: the media, and the shot it is of.
        placed: the clip, at the first place it is used at.
    """

    rendered: Rendered
    placed: Placed

    @property
    def clip(self) -> Clip:
        """The clip as the cut that came in has it."""
        return self.placed.clip

    @property
    def origin(self) -> str:
        """Where in the document the clip is written."""
        return self.placed.clip.origin

    @property
    def former(self) -> Path | None:
        """The portrait, where the clip shows a film that was rendered of it before."""
        shot = self.rendered.shot
        return None if shot.film is None else shot.portrait

    @property
    def rate(self) -> Fraction:
        """Frames per second of the media."""
        return self.rendered.rate

    @property
    def first(self) -> Fraction:
        """Seconds on the media's clock, which is the record's timecode, of its first frame."""
        return self.rendered.timecode.frame / self.rate

    @property
    def lead(self) -> Fraction:
        """Seconds on the media's clock that the clip shows at its own start."""
        hidden = self.placed.span.start - self.placed.whole.start
        return self.first + self.rendered.shot.head / self.rate - hidden

    @property
    def remarked(self) -> tuple[Remarked, ...]:
        """The media's remarks that get a marker on the clip, in order of time."""
        found = []
        for remark in sorted(self.rendered.remarks, key=lambda one: (one.first, one.last)):
            frames = self.rendered.marked(remark.first, remark.last)
            if frames is not None:
                span = Span(frames.start / self.rate, frames.stop / self.rate)
                found.append(Remarked(remark, frames, span.moved(self.first - self.lead)))
        return tuple(found)

    def marked(self, written: Sequence[T]) -> Iterator[tuple[T, Marker]]:
        """Yield the clip's markers that it keeps, each with where it is written.

        Raises:
            DecodeError: the document has not as many.
        """
        if len(written) != len(self.clip.markers):
            raise DecodeError(f"The document has other markers at {self.origin!r:.200}.")
        both = zip(written, self.clip.markers, strict=True)
        return ((one, marker) for one, marker in both if not is_remark(marker.name))


@dataclass(frozen=True)
class Relinks:
    """What is relinked in a document, and what is not.

    Attributes:
        relinks: one for each clip that is written once, in order of their tracks and time.
        problems: why others are left as they were.
    """

    relinks: tuple[Relink, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Patched:
    """A document with clips relinked.

    Attributes:
        data: the document.
        relinks: the clips that were.
        problems: why others were not.
        sounding: those relinked clips whose sound was taken off them, to be heard as it was.
    """

    data: bytes
    relinks: tuple[Relink, ...]
    problems: tuple[Problem, ...] = ()
    sounding: tuple[Relink, ...] = ()


def address(one: Placed) -> Key:
    """Return what tells every use of a clip apart, through nested sequences."""
    return (*map(step, one.path), step(one.clip))


def step(item: Track | Item) -> str:
    """Return what tells a track, or an item, apart among those beside it."""
    if isinstance(item, Track):
        return f"{item.kind} {item.number} {item.origin}"
    return f"{item.origin} {item.span.start}"


def in_file(one: Placed) -> Key:
    """Return what tells a clip apart in its file, where a nested sequence is written once."""
    return one.track.kind, one.clip.origin


def written_at(one: Placed) -> Key:
    """Return what tells a clip apart in its document; lists read as one cut are several."""
    return (one.outermost.origin if "@" in one.clip.origin else "", *in_file(one))


def relinks_of(shots: Shots, rendered: Sequence[Rendered], key: Callable[[Placed], Key]) -> Relinks:
    """Return which clips of a cut are relinked.

    Args:
        shots: the shots of the cut.
        rendered: those of them that have been rendered.
        key: what makes two uses of a clip one thing to change: `written_at`, or `address`.
    """
    media = {address(one.shot.placed): one for one in rendered}
    wanted = {key(one.shot.placed) for one in rendered}
    uses: dict[Key, list[Placed]] = defaultdict(list)
    for one in placed(shots.cut):
        if key(one) in wanted and (one.enabled or address(one) in media):
            uses[key(one)].append(one)
    relinks: list[Relink] = []
    problems: list[Problem] = []
    for places in uses.values():
        found = _agreed(places, media)
        if isinstance(found, Relink):
            relinks.append(found)
        else:
            problems.append(_left(shots.cut, places[0], "A1-CONFORM-NEST", found))
    return Relinks(tuple(relinks), tuple(problems))


def left(cut: Cut, relink: Relink, code: str, why: str) -> Problem:
    """Return the problem of a clip that was left as it was."""
    return _left(cut, relink.placed, code, why)


def _left(cut: Cut, one: Placed, code: str, why: str) -> Problem:
    message = f"{one.clip.name!r:.60} {why}; it was left as it was."
    return Problem(code, "warning", message, one.where(cut))


def _agreed(places: list[Placed], media: dict[Key, Rendered]) -> Relink | str:
    """Return how a clip is relinked, or why it cannot be."""
    relinks = [Relink(media[address(one)], one) for one in places if address(one) in media]
    if len(relinks) < len(places):
        return f"lies in a sequence that is used {len(places)} times, not all of them rendered"
    if len({(one.rendered.path, one.lead) for one in relinks}) > 1:
        return f"lies in a sequence that is used {len(places)} times, and is rendered differently"
    return _refusal(relinks) or relinks[0]


def _refusal(relinks: Iterable[Relink]) -> str | None:
    for one in relinks:
        if any(nest.source.speed != 1 for nest in _nests(one.placed.path)):
            return "lies in a sequence that is retimed, and its media is not"
        media = one.first, one.first + one.rendered.frames / one.rate
        shown = one.lead, one.lead + one.clip.span.duration
        cut_off = one.placed.span != one.placed.whole
        missing = ceil(max(media[0] - shown[0], shown[1] - media[1]) * one.rate)
        if cut_off and missing > 0:
            return (
                "is cut off by the sequence around it, and the rest is not rendered: handles that"
                f" are longer by {missing} frame{'s' * (missing > 1)} have it"
            )
    return None


def _nests(path: Iterable[Track | Nest]) -> Iterator[Nest]:
    return (one for one in path if isinstance(one, Nest))
