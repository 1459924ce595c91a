"""What shots are called, and what they are recognised by in the next version of a cut."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from hashlib import blake2b
from itertools import count
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from a1sdk.timeline.filenames import base_name
from a1sdk.timeline.model import Track
from a1sdk.timeline.shots.grammar import LONGEST_NAME, reserved
from a1sdk.timeline.shots.locate import file_kind

if TYPE_CHECKING:
    from a1sdk.timeline.walk import Placed

_STEP = 10


def identity(placed: Placed) -> str:
    """Return 16 hex digits that tell a clip apart by where it is and what it plays.

    A digest (BLAKE2b) of the tracks and sequences it lies in, its start in the cut, its media and
    the first time of it that is shown. Names of clips and tracks play no part, and neither does
    how the cut is written down.
    """
    path = [
        f"{one.kind} {one.number}" if isinstance(one, Track) else f"{one.span.start}"
        for one in placed.path
    ]
    media = placed.clip.media
    parts = (*path, placed.span.start, media.url or media.name, placed.source(Fraction(0)))
    written = "\0".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return blake2b(written, digest_size=8).hexdigest()


def names(asked: Sequence[str | None], clips: Sequence[str]) -> list[str]:
    """Return a name for every shot, no two the same in any case of letters.

    The name that was asked for; else the clip's, if no other shot has it; else the clip's and a
    number; `sh010`, `sh020`, ... where a clip has none.

    Args:
        asked: what settings call each shot; None where they do not.
        clips: what each shot's clip is called.
    """
    wanted = [name or _slug(clip) for name, clip in zip(asked, clips, strict=True)]
    often = Counter(name.lower() for name in wanted if name)
    once = {name for name, times in often.items() if times == 1}
    taken = once | {name.lower() for name in asked if name}
    numbers: Counter[str] = Counter()
    steps = count(_STEP, _STEP)
    chosen, given = [], set[str]()
    for name, said in zip(wanted, asked, strict=True):
        free = name.lower() in once
        first_asked = said is not None and said.lower() not in given
        if not (free or first_asked):
            name = _other(name, taken, numbers, steps)
        taken.add(name.lower())
        given.add(name.lower())
        chosen.append(name)
    return chosen


def twice(asked: Iterable[str | None]) -> set[str]:
    """Return the names, in small letters, that settings give to more than one shot."""
    often = Counter(name.lower() for name in asked if name)
    return {name for name, times in often.items() if times > 1}


def _other(name: str, taken: set[str], numbers: Counter[str], steps: Iterator[int]) -> str:
    """Return a name that is not taken: `name_01`, or `sh010` for no name."""
    while True:
        numbers[name] += 1
        other = f"{name}_{numbers[name]:02}" if name else f"sh{next(steps):03}"
        if other.lower() not in taken:
            return other


def _slug(text: str) -> str:
    """Return a clip's name as a file's may be: no media suffix, no spaces, nothing beyond ASCII."""
    name = base_name(text)
    stem = name if file_kind(name) == "other" else PurePosixPath(name).stem
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_-")[:LONGEST_NAME]
    return f"{slug}_" if reserved(slug) else slug
