"""Runs of bad frames: where a measure passes a limit, with hysteresis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.qc.measures.base import Run

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.qc.model import Direction, Limit, Severity

    Doubles = npt.NDArray[np.float64]


def bad_runs(
    values: Doubles, limit: Limit, bad: Direction, every: int = 1
) -> Iterator[tuple[Severity, Run]]:
    """Yield the runs of frames that are beyond a limit, each once, with its severity.

    A run begins at the first frame at or beyond the milder limit, and lasts while values are
    beyond that limit's release; it ends with the last such frame. Frames that were not measured
    neither begin nor end a run. It counts if, for as long as the limit's `frames`, frames of it are
    beyond the limit, and fails if they are beyond the limit to fail for as long.

    Args:
        values: one for each frame; not a number where it was not measured.
        limit: the limits.
        bad: on which side of them values are bad.
        every: frames from one that is measured to the next; one measured frame stands for as many.
    """
    edge = limit.warn if limit.warn is not None else limit.fail
    if edge is None:
        return
    sign = 1.0 if bad == "above" else -1.0
    release = edge * limit.release if bad == "above" else edge / limit.release
    for first, last in _stretches(sign * values, sign * edge, sign * release):
        part = values[first : last + 1]
        worst = first + int(np.nanargmax(sign * part))
        if not _lasts(sign * part, sign * edge, limit.frames, every):
            continue
        severity: Severity = "warn"
        if limit.fail is not None and _lasts(sign * part, sign * limit.fail, limit.frames, every):
            severity = "fail"
        if severity == "warn" and limit.warn is None:
            continue
        passed = limit.fail if severity == "fail" else limit.warn
        assert passed is not None  # the limits that the severities come from
        yield severity, Run(first, last, worst, float(values[worst]), passed)


def _stretches(values: Doubles, edge: float, release: float) -> Iterator[tuple[int, int]]:
    """First and last frame of each run in values that are bad above `edge`."""
    first = last = None
    for frame in np.flatnonzero(np.isfinite(values)):
        value = values[frame]
        if first is None:
            if value >= edge:
                first = last = int(frame)
        elif value >= release:
            last = int(frame)
        else:
            assert last is not None
            yield first, last
            first = None
    if first is not None and last is not None:
        yield first, last


def _lasts(values: Doubles, edge: float, frames: int, every: int) -> bool:
    """Whether the frames beyond an edge span as many frames as asked."""
    beyond = np.flatnonzero(np.nan_to_num(values, nan=-np.inf) >= edge)
    return bool(len(beyond)) and int(beyond[-1] - beyond[0]) + every >= frames
