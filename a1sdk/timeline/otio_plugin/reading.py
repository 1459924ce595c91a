"""Cuts of any format as opentimelineio's objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from a1sdk.timeline.conform import otio_write
from a1sdk.timeline.content import read_bytes
from a1sdk.timeline.formats.otio.rescue import parse, rescue, schema
from a1sdk.timeline.model import Cut
from a1sdk.timeline.plan import facts_of_problem
from a1sdk.timeline.read import read_cut
from a1sdk.timing import as_rate

_OTIO = {"otio", "resolve-otio", "premiere-otio", "hiero-otio"}


def read_timeline(path: str | Path, rate: str | None = None) -> Any:
    """Return a cut as a timeline of opentimelineio.

    Of OpenTimelineIO itself, all that is understood by the installed version stays as it is, and
    the rest is put into its form. `metadata["a1sdk"]["problems"]` has what reading the cut found.

    Args:
        path: the file.
        rate: frames per second, for files that do not say it or say it wrong.

    Raises:
        ConfigError: `rate` is no frame rate.
        DecodeError: the file is no cut, damaged, or beyond the limits on size and depth.
        ResourceError: a package that reads the format is not installed.
    """
    from opentimelineio.core import deserialize_json_from_string

    cut = read_cut(Path(path), rate=None if rate is None else as_rate(rate))
    timeline = deserialize_json_from_string(_document(cut))
    if not isinstance(timeline.metadata.get("a1sdk"), Mapping):
        timeline.metadata["a1sdk"] = {}
    problems = [facts_of_problem(one).model_dump() for one in cut.problems]
    timeline.metadata["a1sdk"]["problems"] = problems
    return timeline


def _document(cut: Cut) -> str:
    if cut.dialect in _OTIO:
        root = parse(read_bytes(cut.path))
        rescue(root)
        if schema(root)[0] == "Timeline":  # not a clip, or several timelines
            return json.dumps(root)
    return otio_write.write(cut, {}).decode()
