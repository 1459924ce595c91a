"""Which portraits nobody sees, because other clips lie over them all the time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from a1sdk.timeline.model import Clip, Nest
from a1sdk.timeline.shots.drivers import Candidate, Lane
from a1sdk.timeline.shots.locate import file_kind

_SOLID = frozenset({".jpg", ".jpeg", ".bmp", ".dpx"})
"""Pictures that cannot be seen through."""


class Covering:
    """The clips of a cut that hide what is below them."""

    def __init__(self, clips: Iterable[Candidate]) -> None:
        self._lane = Lane(one for one in clips if _opaque(one))

    def over(self, portrait: Candidate) -> tuple[Clip, ...]:
        """Return the clips that hide one all the time, dissolves included; none if it is seen."""
        one = portrait.placed
        reached, stop = one.span.start - one.in_offset, one.span.stop + one.out_offset
        over = []
        for other in self._lane.under(portrait.span):
            if other.height > portrait.height and other.span.start <= reached:
                reached = max(reached, other.span.stop)
                over.append(other.placed.clip)
        return tuple(over) if reached >= stop else ()


def _opaque(one: Candidate) -> bool:
    """Whether nothing is seen through a clip, as far as a cut tells.

    Titles, pictures that may be transparent, and whatever has effects, which may make it smaller or
    fade it, are taken as seen through. So are our own tracks: portraits are layered on purpose.
    """
    clip, around = one.placed.clip, (at for at in one.placed.path if isinstance(at, Nest))
    if one.role is not None or not one.placed.enabled or one.placed.track.kind != "video":
        return False
    if clip.effects or any(nest.effects for nest in around):
        return False
    name = clip.media.file_name.lower()
    return file_kind(name) == "film" or PurePosixPath(name).suffix in _SOLID
