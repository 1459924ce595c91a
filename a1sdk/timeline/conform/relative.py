"""Media that a cut names relative to its own folder, which a copy elsewhere no longer finds."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from a1sdk.timeline.model import Cut, Media, Problem
from a1sdk.timeline.walk import placed

_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]|[A-Za-z][A-Za-z0-9+.-]*://")
_BY_NAME = ("edl", "aaf")  # their media is found by name, wherever the cut lies
_MOVED = ("otioz", "otiod")  # whose paths are made absolute


def left_behind(cut: Cut, relinked: Collection[str], folder: Path) -> Iterator[Problem]:
    """Yield what is wrong where a cut is handed back into another folder than its own.

    Args:
        cut: the cut.
        relinked: the origins of clips that show rendered media now.
        folder: where it is handed back to.
    """
    same = folder.resolve() == cut.path.parent.resolve()
    if same or cut.dialect in (*_BY_NAME, *_MOVED):
        return
    clips = (one.clip for one in placed(cut) if one.clip.origin not in relinked)
    named = [clip.media.url for clip in clips if _is_relative(clip.media)]
    if named:
        what = f"{len(named)} clips name" if len(named) > 1 else "A clip names"
        message = (
            f"{what} media relative to the cut, as {named[0]!r:.60}; move what is handed back"
            f" beside {cut.path.name!r:.60}, or relink."
        )
        yield Problem("A1-CONFORM-RELATIVE", "warning", message)


def _is_relative(media: Media) -> bool:
    return bool(media.url) and _ABSOLUTE.match(media.url or "") is None
