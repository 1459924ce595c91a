"""The gate measures what it names, and decides by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import radians
from typing import Any

import numpy as np
import pytest
from a1sdk_dit import gate
from a1sdk_dit.gate import Difference, GateResult, choose_profile, compare, pays
from a1sdk_dit.options import RendererOptions
from a1sdk_dit.profiles import alternatives
from a1sdk_dit.sampling.settings import SamplingSettings

from a1sdk.plugin import (
    CapabilityError,
    FaceMotion,
    FaceObservation,
    FaceTracker,
    RunContext,
    TrackedFrame,
    VideoFrame,
    rotation_exp,
)
from a1sdk.testing import faces
from a1sdk.testing.doubles import WatchedContext

PORTRAIT = faces.portrait()
FRAMES = 12
Seen = list[FaceObservation | None]


def seen(motions: Iterable[FaceMotion]) -> Seen:
    targets = faces.targets_of(PORTRAIT, list(motions))
    return [FaceObservation(target.landmarks, 1.0) for target in targets]


def performance() -> list[FaceMotion]:
    return [faces.performing(number / FRAMES) for number in range(FRAMES)]


def turned(motion: FaceMotion, degrees: float) -> FaceMotion:
    turn = rotation_exp(np.array([0.0, radians(degrees), 0.0]))
    return replace(motion, rotation=(motion.rotation @ turn).astype(np.float32))


def moved(motion: FaceMotion, points: list[int], by: tuple[float, float, float]) -> FaceMotion:
    expression = motion.expression.copy()
    expression[points] += by
    return replace(motion, expression=expression)


def difference(other: Iterable[FaceMotion]) -> Difference:
    found = compare(seen(performance()), seen(other))
    assert found is not None
    return found


def test_the_same_performance_passes() -> None:
    found = difference(performance())
    assert found.expression < 1e-4
    assert found.rotation < 0.01
    assert found.lips == pytest.approx(1.0)
    assert found.seen == 1
    assert not found.faults


def test_a_turned_head_is_no_other_expression() -> None:
    found = difference(turned(motion, 5) for motion in performance())
    assert found.rotation == pytest.approx(5, abs=0.2)
    assert found.expression < gate.EXPRESSION
    assert found.faults == ["the head is turned otherwise by 5.0 degrees"]


def test_eyes_that_look_elsewhere() -> None:
    irises = list(range(468, 478))
    found = difference(moved(motion, irises, (0.02, 0, 0)) for motion in performance())
    width = np.linalg.norm(np.subtract(*faces.neutral_shape()[[33, 133], :2]))
    assert found.gaze == pytest.approx(0.02 / width, rel=0.15)
    assert len(found.faults) == 1


def test_lips_that_stay_shut() -> None:
    frozen = performance()[0]
    found = difference([frozen] * FRAMES)
    assert found.lips == 0.0
    assert any("lips" in fault for fault in found.faults)


def test_lips_that_never_open_are_not_compared() -> None:
    still = [performance()[0]] * FRAMES
    found = compare(seen(still), seen(still))
    assert found is not None
    assert found.lips is None
    assert not found.faults


def test_one_bad_frame() -> None:
    motions, other = performance(), seen(performance())
    jaw = [face for face in range(468) if faces.neutral_shape()[face, 1] > 0.2]
    motions[4] = moved(motions[4], jaw, (0.0, 0.3, 0.0))
    found = compare(other, seen(motions))
    assert found is not None
    assert found.expression < gate.EXPRESSION
    assert found.expression_worst > gate.EXPRESSION_WORST
    assert any("in one frame" in fault for fault in found.faults)


def test_faces_that_get_lost() -> None:
    other = seen(performance())
    other[3:6] = [None] * 3
    found = compare(seen(performance()), other)
    assert found is not None
    assert found.seen == 0.75
    assert found.faults == ["the face is found in 75% of the frames only"]


class Told(FaceTracker):
    """Sees in a picture what was said for its grey level."""

    def __init__(self, said: dict[int, Seen]) -> None:
        super().__init__()
        self._said = said

    def detect(self, pixels: Any, ctx: RunContext) -> list[FaceObservation]:
        raise NotImplementedError

    def track(
        self, frames: Iterable[VideoFrame], ctx: RunContext, *, max_faces: int = 1
    ) -> Iterator[TrackedFrame]:
        for frame in frames:
            face = self._said[int(frame.pixels[0, 0, 0])][frame.pts]
            yield TrackedFrame(frame.pts, () if face is None else (face,))


class Drawn:
    """Draws each profile in a grey of its own, and notes what was drawn."""

    def __init__(self) -> None:
        self.forwards: list[int] = []

    def __call__(self, settings: SamplingSettings) -> Iterator[Any]:
        self.forwards.append(settings.steps + settings.guided_steps)
        for _ in range(FRAMES):
            yield np.full((8, 8, 3), self.forwards[-1], np.uint8)


EXACT, FAST, DRAFT = 20, 16, 7
CHAIN = alternatives(RendererOptions(profile="draft"), windows_at_once=1, tiled=False)


def decide(said: dict[int, Seen], policy: Any) -> tuple[str, list[GateResult], Drawn]:
    drawn = Drawn()
    name, results = choose_profile(CHAIN, drawn, Told(said), WatchedContext(), policy)
    return name, results, drawn


def test_the_wanted_profile_is_kept() -> None:
    said = {EXACT: seen(performance()), DRAFT: seen(performance())}
    name, results, drawn = decide(said, "lower")
    assert (name, len(results)) == ("draft", 1)
    assert drawn.forwards == [EXACT, DRAFT]


def test_the_next_better_profile_is_taken() -> None:
    bad = seen(turned(motion, 8) for motion in performance())
    said = {EXACT: seen(performance()), DRAFT: bad, FAST: seen(performance())}
    name, results, drawn = decide(said, "lower")
    assert name == "fast"
    assert [result.passed for result in results] == [False, True]
    assert results[0].reason == "the head is turned otherwise by 8.0 degrees"
    assert drawn.forwards == [EXACT, DRAFT, FAST]


def test_nothing_but_exact_passes() -> None:
    bad = seen(turned(motion, 8) for motion in performance())
    name, _, _ = decide({EXACT: seen(performance()), DRAFT: bad, FAST: bad}, "lower")
    assert name == "exact"


def test_refusing_names_profile_and_reason() -> None:
    bad = seen(turned(motion, 8) for motion in performance())
    with pytest.raises(CapabilityError, match=r"'draft' does not keep .* 8\.0 degrees") as caught:
        decide({EXACT: seen(performance()), DRAFT: bad}, "refuse")
    assert caught.value.hint == "set profile to exact, or gate to lower"


def test_what_cannot_be_measured_is_drawn_exactly() -> None:
    """Not even the next profile is tried: its probe would show no face either."""
    name, results, drawn = decide({EXACT: [None] * FRAMES}, "lower")
    assert name == "exact"
    assert results[0].difference is None
    assert "no face was found" in results[0].reason
    assert drawn.forwards == [EXACT]


def test_nothing_is_drawn_without_need() -> None:
    name, results, drawn = decide({}, "off")
    assert (name, results, drawn.forwards) == ("draft", [], [])
    exact = alternatives(RendererOptions(), windows_at_once=1, tiled=False)
    assert choose_profile(exact, drawn, Told({}), WatchedContext(), "refuse") == ("exact", [])
    assert drawn.forwards == []


@pytest.mark.parametrize(("profile", "least"), [("draft", 3), ("fast", 4)])
def test_short_clips_are_not_worth_a_probe(profile: Any, least: int) -> None:
    """A probe of `fast` takes 31 evaluations and saves 9 in each window, of `draft` 27 and 13."""
    chain = alternatives(RendererOptions(profile=profile), windows_at_once=1, tiled=False)
    assert [pays(chain, windows) for windows in (least - 1, least)] == [False, True]
