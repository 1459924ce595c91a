"""Does a profile that leaves work out still give the performance that was asked for?

A probe is drawn twice from the same noise, exactly and under the profile, and a face tracker looks
at both. What it sees is compared frame by frame: the expression in face space, the head's turn,
the gaze, and how the lips open over time. How sharp or how similar in its pixels a picture is does
not count: this asks for the performance only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import acos, degrees
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from a1sdk.plugin import CapabilityError, Neutral, VideoFrame
from a1sdk_dit.options import ProfileName
from a1sdk_dit.profiles import forwards

if TYPE_CHECKING:
    from a1sdk.plugin import FaceObservation, FaceTracker, RunContext
    from a1sdk_dit.sampling.settings import SamplingSettings

Picture = npt.NDArray[np.uint8]
Doubles = npt.NDArray[np.float64]
Generate = Callable[["SamplingSettings"], Iterable[Picture]]
"""Draws the probe under some settings: one picture, uint8 [height, width, 3], per instant."""

Policy = Literal["lower", "refuse", "off"]

EXPRESSION = 0.012
"""Most that landmarks may differ in the mean, in distances of the outer eye corners.

Limits lie between what is no change of the performance and what is one. Four clips of people who
talk, two seconds each, were tracked again with noise, blurred, and compressed: 0.009 at most. With
everyone frozen it is 0.011 to 0.039.
"""

EXPRESSION_WORST = 0.03
"""The same in the worst frame; 0.017 at most without a change, 0.04 where a blink is missing."""

ROTATION = 1.0
"""Most degrees that the head may be turned otherwise, in the mean; 0.6 at most without a change."""

GAZE = 0.03
"""Most that irises may be elsewhere between the corners of their eyes, in widths of an eye.

0.016 at most without a change, 0.05 where eyes that look about are a frame late.
"""

LIPS = 0.95
"""Least correlation over time of how far the lips are open.

0.993 at least without a change, 0.94 at most where they are a frame late at 12 to 15 per second.
"""

SEEN = 0.9
"""Least share of the frames showing a face when drawn exactly that have to show one."""

_STILL = 0.01
"""Lips whose opening varies by less, in face units, say nothing by how they correlate."""

_LIP_TOP, _LIP_BOTTOM = 13, 14
_EYES = ((468, 33, 133), (473, 362, 263))
"""Iris and corners of the subject's right and left eye."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How two drawings of one performance differ, as a face tracker sees them.

    Attributes:
        expression: mean distance of landmarks in face space, in distances of the outer eye corners.
        expression_worst: the same in the worst frame.
        rotation: mean degrees between the heads' turns.
        gaze: mean distance of the irises, measured from the corners of their eyes, in widths of an
            eye.
        lips: correlation over time of the lips' opening; None where they hardly open.
        seen: share of the frames showing a face when drawn exactly that show one in both.
    """

    expression: float
    expression_worst: float
    rotation: float
    gaze: float
    lips: float | None
    seen: float

    @property
    def faults(self) -> list[str]:
        """What is past its limit, in words."""
        over = [
            (self.expression, EXPRESSION, "expression differs by {:.3f} of the eyes' distance"),
            (self.expression_worst, EXPRESSION_WORST, "in one frame it differs by {:.3f}"),
            (self.rotation, ROTATION, "the head is turned otherwise by {:.1f} degrees"),
            (self.gaze, GAZE, "the gaze differs by {:.3f} of an eye's width"),
        ]
        said = [text.format(value) for value, limit, text in over if value > limit]
        if self.lips is not None and self.lips < LIPS:
            said.append(f"the lips' opening correlates by {self.lips:.2f} only")
        if self.seen < SEEN:
            said.append(f"the face is found in {self.seen:.0%} of the frames only")
        return said


@dataclass(frozen=True, slots=True)
class GateResult:
    """What a probe says about a profile.

    Attributes:
        profile: the one that was probed.
        difference: what was measured; None where no face was found.
    """

    profile: ProfileName
    difference: Difference | None

    @property
    def passed(self) -> bool:
        """Whether the profile can be used."""
        return self.difference is not None and not self.difference.faults

    @property
    def reason(self) -> str:
        """Why it cannot be used, in words; empty if it can."""
        if self.difference is None:
            return "no face was found in the probe, so that nothing could be measured"
        return "; ".join(self.difference.faults)


def choose_profile(
    alternatives: Sequence[tuple[ProfileName, SamplingSettings]],
    generate: Generate,
    tracker: FaceTracker,
    ctx: RunContext,
    policy: Policy,
) -> tuple[ProfileName, list[GateResult]]:
    """Return the profile to use, and what probes said of those that were looked at.

    Args:
        alternatives: profiles and their settings, the wanted one first and `exact` last.
        generate: draws the probe.
        tracker: looks at it.
        ctx: services of the run.
        policy: what to do with a profile that changes too much.

    Raises:
        CapabilityError: the wanted profile changes too much, and is not to be lowered.
        Cancelled: the run was asked to stop.
    """
    if policy == "off" or len(alternatives) == 1:
        return alternatives[0][0], []
    exact = _look(generate(alternatives[-1][1]), tracker, ctx)
    lossy = alternatives[:-1] if any(exact) else alternatives[:1]
    results = []
    for name, settings in lossy:
        found = compare(exact, _look(generate(settings), tracker, ctx)) if any(exact) else None
        results.append(GateResult(name, found))
        if results[-1].passed:
            return name, results
        if policy == "refuse":
            raise _refusal(results[-1])
    return alternatives[-1][0], results


def pays(alternatives: Sequence[tuple[ProfileName, SamplingSettings]], windows: int) -> bool:
    """Return whether probing takes less work than drawing all of a short clip exactly.

    A probe takes a window of the wanted profile and an exact one. Where that and the clip itself
    take more than the clip drawn exactly, nobody is served by a lossy profile.
    """
    wanted, exact = (forwards(settings) for _, settings in (alternatives[0], alternatives[-1]))
    return (windows + 1) * wanted + exact < windows * exact


def _refusal(result: GateResult) -> CapabilityError:
    return CapabilityError(
        f"The profile {result.profile!r} does not keep the performance: {result.reason}.",
        hint="set profile to exact, or gate to lower",
    )


def _look(
    pictures: Iterable[Picture], tracker: FaceTracker, ctx: RunContext
) -> list[FaceObservation | None]:
    """Return the largest face of each picture, None where there is none."""
    frames = (VideoFrame(pts, pixels) for pts, pixels in enumerate(pictures))
    tracked = tracker.track(frames, ctx, max_faces=1)
    return [frame.faces[0] if frame.faces else None for frame in tracked]


def compare(
    exact: Sequence[FaceObservation | None], other: Sequence[FaceObservation | None]
) -> Difference | None:
    """Return how two drawings of a performance differ; None if no frame shows a face in both."""
    pairs = [(a, b) for a, b in zip(exact, other, strict=True) if a is not None and b is not None]
    if not pairs:
        return None
    frames = [_differences(a, b) for a, b in pairs]
    expression, rotation, gaze = np.array([frame[:3] for frame in frames]).T
    lips = np.array([frame[3] for frame in frames]).T
    return Difference(
        expression=float(expression.mean()),
        expression_worst=float(expression.max()),
        rotation=float(rotation.mean()),
        gaze=float(gaze.mean()),
        lips=_correlation(*lips),
        seen=len(pairs) / sum(face is not None for face in exact),
    )


def _differences(
    a: FaceObservation, b: FaceObservation
) -> tuple[float, float, float, tuple[float, float]]:
    """Return distances of expression, head and gaze in one frame, and both lips' openings."""
    own = Neutral.of(a)
    motion = own.motion(b)
    moved = motion.expression.astype(np.float64)
    turn = acos(float(np.clip((np.trace(motion.rotation) - 1) / 2, -1, 1)))
    shapes = own.shape, own.shape + moved
    gaze = np.linalg.norm(_gaze(shapes[1]) - _gaze(shapes[0]), axis=1).mean()
    opening, opening_b = (float(s[_LIP_BOTTOM, 1] - s[_LIP_TOP, 1]) for s in shapes)
    expression = float(np.linalg.norm(moved, axis=1).mean())
    return expression, degrees(turn), float(gaze), (opening, opening_b)


def _gaze(shape: Doubles) -> Doubles:
    """Return where the irises are, from the middle of their eyes, in widths of an eye: [2, 2]."""
    places = []
    for iris, right, left in _EYES:
        corners = shape[[right, left], :2]
        width = np.linalg.norm(corners[1] - corners[0])
        places.append((shape[iris, :2] - corners.mean(0)) / width)
    return np.array(places)


def _correlation(exact: Doubles, other: Doubles) -> float | None:
    """Return how openings correlate; 0 where only `other` hardly changes, None where both do."""
    if exact.std() < _STILL:
        return None
    return float(np.corrcoef(exact, other)[0, 1]) if other.std() > exact.std() / 10 else 0.0
