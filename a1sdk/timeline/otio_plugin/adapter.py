"""The adapter `a1`: reads every cut that `a1 timeline` reads, and writes none.

It has the suffix of Final Cut Pro's `.fcpxmld` bundles, which no other adapter reads. It takes no
other suffix away from the adapters that are installed: call it by its name.
"""

from __future__ import annotations

from typing import Any


def read_from_file(filepath: str, rate: str | None = None) -> Any:
    """Return the timeline in a file; what reading it found is in its metadata.

    Args:
        filepath: an EDL, FCP 7 XML, FCPXML, AAF, or OpenTimelineIO of any version.
        rate: frames per second, as `24000/1001` or `25`, of files that do not say it, or say it
            wrong.

    Raises:
        ConfigError: `rate` is no frame rate.
        DecodeError: the file is no cut, damaged, or beyond the limits on size and depth.
        ResourceError: a package that reads the format is not installed.
    """
    from a1sdk.timeline.otio_plugin.reading import read_timeline

    return read_timeline(filepath, rate)
