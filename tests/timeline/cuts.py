"""Cuts made up for tests: tracks of clips, given in frames of the cut.

cut = made(
    tracks=[
        video("A1 DRIVE", clip("perf", 0, 100)),
        video("A1 PORTRAIT", clip("anna", 0, 50, url="anna.png")),
    ]
)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from a1sdk.timeline.model import (
    Clip,
    Cut,
    Item,
    Marker,
    Media,
    MediaKind,
    Metadata,
    Nest,
    SourceMap,
    Span,
    Track,
)
from a1sdk.timeline.shots import Shot, Shots, find_shots
from a1sdk.timeline.shots.sidecar import Sidecar

RATE = Fraction(25)
HOUR = Fraction(3600)  # 01:00:00:00


def seconds(frames: int | Fraction) -> Fraction:
    """The time of a frame, in seconds."""
    return frames / RATE


def span(start: int | Fraction, stop: int | Fraction) -> Span:
    """The time from one frame to another."""
    return Span(seconds(start), seconds(stop))


def note(text: str, comment: str = "", *, at: int | Fraction = 0) -> Marker:
    """A marker, one frame long."""
    return Marker(text, comment, span(at, at + 1))


def scripted(**settings: Any) -> dict[str, Any]:
    """Metadata of a clip, with settings as scripts write them."""
    return {"a1sdk": {"schema_version": "a1.shot/1", **settings}}


def clip(
    name: str,
    start: int | Fraction,
    stop: int | Fraction,
    *,
    url: str | None = None,
    kind: MediaKind = "file",
    first: int | Fraction = 0,
    speed: int | Fraction = 1,
    media: tuple[int, int] | None = None,
    enabled: bool = True,
    markers: Iterable[Marker] = (),
    metadata: Metadata | None = None,
    effects: Sequence[tuple[str, Metadata]] = (),
    dissolves: tuple[int, int] = (0, 0),
) -> Clip:
    """A clip from one frame of the cut to another.

    Args:
        name: its name; its media is the file `name.mov` unless `url` says another.
        start: its first frame.
        stop: the frame after its last.
        url: what its media is called.
        kind: of its media.
        first: the frame of its media that is shown first.
        speed: how fast it plays.
        media: first frame of its media, and how many there are; unknown if None.
        enabled: whether it is switched on.
        markers: on it.
        metadata: of it.
        effects: on it.
        dissolves: frames that transitions show before and after it.
    """
    played = Media(
        url=f"{name}.mov" if url is None else url,
        kind=kind,
        rate=RATE,
        start=seconds(media[0]) if media else Fraction(0),
        duration=seconds(media[1]) if media else None,
    )
    return Clip(
        name=name,
        span=span(start, stop),
        enabled=enabled,
        markers=tuple(markers),
        effects=tuple(effects),
        metadata=metadata or {},
        media=played,
        source=SourceMap.linear(seconds(first), Fraction(speed)),
        in_offset=seconds(dissolves[0]),
        out_offset=seconds(dissolves[1]),
    )


def nest(
    name: str,
    start: int,
    stop: int,
    tracks: Sequence[Track],
    *,
    first: int = 0,
    speed: int | Fraction = 1,
    enabled: bool = True,
    markers: Iterable[Marker] = (),
) -> Nest:
    """A nested sequence from one frame to another, which shows its frame `first` first."""
    return Nest(
        name=name,
        span=span(start, stop),
        enabled=enabled,
        markers=tuple(markers),
        source=SourceMap.linear(seconds(first), Fraction(speed)),
        rate=RATE,
        tracks=numbered(tracks),
    )


def video(name: str, *items: Item, enabled: bool = True) -> Track:
    """A track of pictures; its number is given by the cut."""
    return Track(name=name, kind="video", number=0, items=items, enabled=enabled)


def audio(name: str, *items: Item, enabled: bool = True) -> Track:
    """A track of sound."""
    return Track(name=name, kind="audio", number=0, items=items, enabled=enabled)


def numbered(tracks: Iterable[Track]) -> tuple[Track, ...]:
    """Return tracks with their numbers, counted for each kind."""
    found: list[Track] = []
    for track in tracks:
        number = 1 + sum(one.kind == track.kind for one in found)
        found.append(
            Track(
                name=track.name,
                kind=track.kind,
                number=number,
                items=track.items,
                enabled=track.enabled,
            )
        )
    return tuple(found)


def made(
    *tracks: Track,
    path: Path = Path("cut.otio"),
    markers: Iterable[Marker] = (),
    start: Fraction = HOUR,
) -> Cut:
    """A cut at 25 fps that starts at 01:00:00:00."""
    return Cut(
        path=path,
        dialect="otio",
        name="cut",
        rate=RATE,
        start=start,
        tracks=numbered(tracks),
        markers=tuple(markers),
    )


class Folder:
    """A folder with a cut, its media and its sidecar.

    Every file that `media` names is there, empty: nothing is opened to find shots.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def media(self, *names: str) -> None:
        """Put files into the folder."""
        for name in names:
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()

    def find(
        self,
        *tracks: Track,
        sidecar: Mapping[str, Any] | None = None,
        markers: Iterable[Marker] = (),
        start: Fraction = HOUR,
        **options: Any,
    ) -> Shots:
        """Return the shots of a cut of these tracks."""
        cut = made(*tracks, path=self.path / "cut.otio", markers=markers, start=start)
        beside = Sidecar.model_validate(sidecar or {})
        return find_shots(cut, sidecar=beside, **options)

    def one(self, *tracks: Track, **options: Any) -> Shot:
        """Return the only shot of a cut of these tracks."""
        (shot,) = self.find(*tracks, **options)
        return shot


def codes(found: Shot | Shots) -> set[str]:
    """Return the codes of what is wrong with a shot, or with a cut and none of its shots."""
    return {problem.code for problem in found.problems}
