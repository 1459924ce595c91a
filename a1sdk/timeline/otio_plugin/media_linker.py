"""The media linker `a1`: puts the shots of `a1 timeline render` where their portraits were."""

from __future__ import annotations

from typing import Any


def link_media_reference(in_clip: Any, media_linker_argument_map: dict[str, Any]) -> Any:
    """Return the reference to the shot that was rendered of a clip; None for all other clips.

    The clip is changed to show it: its range, its markers and its time effects. Its former media
    stays, as the reference `a1_source`.

    Args:
        in_clip: a clip, in its timeline.
        media_linker_argument_map: `report` is the path of the render's report, `CUT.a1cut.json`.

    Raises:
        ConfigError: no report is named, or what is named is none.
        MediaError: the report tells of media that is not there.
    """
    from a1sdk.timeline.otio_plugin.linking import link

    return link(in_clip, media_linker_argument_map)
