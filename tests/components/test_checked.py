from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np
import pytest

from a1sdk.components.blame import blaming
from a1sdk.components.checked import (
    CheckedTracker,
    Pulled,
    check_estimate,
    check_stream_info,
    checked_faces,
    checked_motion,
    checked_video,
)
from a1sdk.components.data import (
    FaceObservation,
    RenderEstimate,
    StreamInfo,
    TargetFrame,
    TrackedFrame,
    VideoFrame,
)
from a1sdk.components.interfaces import FaceTracker
from a1sdk.errors import Cancelled, ContractError, OutOfMemoryError, PluginRunError
from a1sdk.motion.frame import FaceMotion, MotionFrame

NEUTRAL: Any = FaceMotion(
    np.zeros((478, 3), np.float32), np.eye(3, dtype=np.float32), np.zeros(3, np.float32)
)
PORTRAIT = np.zeros((4, 6, 3), np.uint8)


def motion(count: int, face: Any = NEUTRAL) -> Iterator[MotionFrame]:
    for pts in range(count):
        yield MotionFrame(pts, face)


def targets(count: int) -> Iterator[TargetFrame]:
    for pts in range(10, 10 + count):
        yield TargetFrame(pts, np.zeros((478, 3), np.float32), NEUTRAL)


def draw(pulled: Pulled[TargetFrame]) -> Iterator[VideoFrame]:
    for target in pulled:
        yield VideoFrame(target.pts, PORTRAIT.copy())


def test_good_motion_passes_gaps_included() -> None:
    frames = list(checked_motion([MotionFrame(0, NEUTRAL), MotionFrame(1, None)], "good"))
    assert [frame.pts for frame in frames] == [0, 1]


@pytest.mark.parametrize(
    ("face", "said"),
    [
        (
            replace(NEUTRAL, expression=np.zeros((478, 3))),
            r"expression of frame 0 as float64 \[478, 3\], not as float32 \[478, 3\]",
        ),
        (replace(NEUTRAL, rotation=np.zeros(3, np.float32)), r"rotation .* float32 \[3\], not as"),
        (replace(NEUTRAL, translation=(0, 0, 0)), "translation of frame 0 as tuple"),
        (
            replace(NEUTRAL, expression=np.full((478, 3), np.nan, np.float32)),
            "expression of frame 0 with values that are not finite",
        ),
        (replace(NEUTRAL, blendshapes=np.zeros(51, np.float32)), r"blendshapes .* \[51\]"),
        (replace(NEUTRAL, confidence=1.5), "the confidence of frame 0 as 1.5"),
        (replace(NEUTRAL, confidence=None), "the confidence of frame 0 as None"),
        (replace(NEUTRAL, neutral=np.zeros(3, np.float32)), r"neutral of frame 0 as float32 \[3\]"),
        ("a face", "a str at frame 0, not a FaceMotion"),
    ],
)
def test_malformed_motion_is_refused(face: Any, said: str) -> None:
    with pytest.raises(ContractError, match=said) as caught:
        list(checked_motion(motion(1, face), "bad/source"))
    assert caught.value.plugin == "bad"


def test_values_whose_sum_overflows_are_still_finite() -> None:
    large = replace(NEUTRAL, expression=np.full((478, 3), 3e38, np.float32))
    with np.errstate(over="ignore"):
        assert len(list(checked_motion(motion(1, large), "good"))) == 1


@pytest.mark.parametrize("numbers", [[1], [0, 2], [0, 0], [0, None]])
def test_motion_is_numbered_from_zero_without_holes(numbers: list[Any]) -> None:
    with pytest.raises(ContractError, match=rf"frame {numbers[-1]} where frame \d was due"):
        list(checked_motion([MotionFrame(pts, None) for pts in numbers], "bad"))


def test_as_many_frames_come_as_were_announced() -> None:
    assert sum(1 for _ in checked_motion(motion(3), "good", 3)) == 3
    with pytest.raises(ContractError, match="ended after 2 of the 3 frames it announced"):
        list(checked_motion(motion(2), "bad", 3))
    with pytest.raises(ContractError, match="yielded more than the 3 frames it announced"):
        list(checked_motion(motion(4), "bad", 3))


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(ContractError, match="a int at frame 0, not a MotionFrame"):
        list(checked_motion([3], "bad"))  # type: ignore[list-item]
    with pytest.raises(PluginRunError, match="when its stream was opened: TypeError"):
        checked_motion(None, "bad")  # type: ignore[arg-type]


def test_an_exception_names_the_plugin_and_the_frame() -> None:
    def failing() -> Iterator[MotionFrame]:
        yield from motion(2)
        raise KeyError("x")

    with pytest.raises(PluginRunError, match="Plugin 'bad' failed at frame 2: KeyError") as caught:
        list(checked_motion(failing(), "bad"))
    assert isinstance(caught.value.__cause__, KeyError)


def test_errors_of_the_tree_pass_unchanged() -> None:
    def stopped() -> Iterator[MotionFrame]:
        yield from motion(1)
        raise Cancelled("stop")

    with pytest.raises(Cancelled):
        list(checked_motion(stopped(), "good"))


def test_closing_closes_the_plugins_stream_once() -> None:
    closed = []

    def stream() -> Iterator[MotionFrame]:
        try:
            yield from motion(5)
        finally:
            closed.append(True)

    checked = checked_motion(stream(), "good")
    with closing(checked):
        next(checked)
    checked.close()
    assert closed == [True]


def test_an_exception_on_closing_names_the_plugin() -> None:
    def stream() -> Iterator[MotionFrame]:
        try:
            yield from motion(5)
        finally:
            raise OSError("stuck")

    checked = checked_motion(stream(), "bad")
    next(checked)
    with pytest.raises(PluginRunError, match="'bad' failed when its stream was closed"):
        checked.close()


def test_good_pictures_pass() -> None:
    pulled = Pulled(targets(3))
    frames = list(checked_video(draw(pulled), "good", targets=pulled, like=PORTRAIT))
    assert [frame.pts for frame in frames] == [10, 11, 12]
    assert not pulled.waiting


def late(pulled: Pulled[TargetFrame]) -> Iterator[VideoFrame]:
    for frame in draw(pulled):
        yield VideoFrame(frame.pts + 1, frame.pixels)


def stops_early(pulled: Pulled[TargetFrame]) -> Iterator[VideoFrame]:
    frames = draw(pulled)
    yield next(frames)


def invents(pulled: Pulled[TargetFrame]) -> Iterator[VideoFrame]:
    yield VideoFrame(10, PORTRAIT)


def smaller(pulled: Pulled[TargetFrame]) -> Iterator[VideoFrame]:
    for frame in draw(pulled):
        yield VideoFrame(frame.pts, frame.pixels[:2])


def swallows(pulled: Pulled[TargetFrame]) -> Iterator[VideoFrame]:
    list(pulled)
    return iter(())


@pytest.mark.parametrize(
    ("render", "said"),
    [
        (late, "drew frame 11 where frame 10 was due"),
        (stops_early, "ended without drawing frame 11"),
        (swallows, "ended without drawing frame 10"),
        (invents, "drew frame 10 before it had pulled a target"),
        (smaller, r"picture 10 as uint8 \[2, 6, 3\], not as uint8 \[4, 6, 3\]"),
    ],
)
def test_pictures_that_break_the_contract_are_refused(
    render: Callable[[Pulled[TargetFrame]], Iterator[VideoFrame]], said: str
) -> None:
    pulled = Pulled(targets(3))
    with pytest.raises(ContractError, match=said):
        list(checked_video(render(pulled), "bad", targets=pulled, like=PORTRAIT))


def test_a_renderer_is_not_blamed_for_what_comes_to_it() -> None:
    def failing() -> Iterator[TargetFrame]:
        yield from targets(1)
        raise KeyError("a bug of ours")

    pulled = Pulled(failing())
    with pytest.raises(KeyError):
        list(checked_video(draw(pulled), "good", targets=pulled, like=PORTRAIT))


def test_trackers_are_checked() -> None:
    face = FaceObservation(np.zeros((478, 3), np.float32), 0.9)

    def run(*results: Any) -> None:
        pulled = Pulled(VideoFrame(pts, PORTRAIT) for pts in range(2))
        answers = (answer for _, answer in zip(pulled, results, strict=False))
        list(checked_faces(answers, "eyes", pictures=pulled))

    run(TrackedFrame(0, (face,)), TrackedFrame(1, ()))
    with pytest.raises(ContractError, match="tracked frame 7 where frame 1 was due"):
        run(TrackedFrame(0, ()), TrackedFrame(7, ()))
    with pytest.raises(ContractError, match="ended without tracking frame 1"):
        run(TrackedFrame(0, ()))
    with pytest.raises(ContractError, match="the score of frame 0 as -1"):
        run(TrackedFrame(0, (replace(face, score=-1),)))
    with pytest.raises(ContractError, match="a list as faces of frame 0, not a tuple"):
        run(TrackedFrame(0, [face]))  # type: ignore[arg-type]
    with pytest.raises(ContractError, match="a str in frame 0, not a FaceObservation"):
        run(TrackedFrame(0, ("a face",)))  # type: ignore[arg-type]


class Eyes(FaceTracker):
    """Returns what it is told to, and keeps the context it was given."""

    def __init__(self, found: Any) -> None:
        super().__init__()
        self.found, self.given = found, None

    def detect(self, pixels: Any, ctx: Any) -> Any:
        self.given = ctx
        return [self.found[0] / self.found[1]] if self.found else []

    def track(self, frames: Any, ctx: Any, *, max_faces: int = 1) -> Iterator[TrackedFrame]:
        for frame in frames:
            yield TrackedFrame(frame.pts, tuple(self.detect(frame.pixels, ctx)))


def test_a_lent_tracker_works_with_its_own_context_and_is_blamed_itself() -> None:
    own: Any = object()
    eyes = Eyes(())
    lent = CheckedTracker(eyes, "eyes/two", own)
    pictures = [VideoFrame(pts, PORTRAIT) for pts in range(2)]
    assert lent.detect(PORTRAIT, object()) == []  # type: ignore[arg-type]
    assert eyes.given is own
    assert [frame.pts for frame in lent.track(pictures, object())] == [0, 1]  # type: ignore[arg-type]
    for found, error, said in (
        ((1, 0), PluginRunError, "'eyes/two' failed .*ZeroDivisionError"),
        ((1, 1), ContractError, "'eyes/two' yielded a float in .*, not a FaceObservation"),
    ):
        eyes.found = found
        with pytest.raises(error, match=said):
            lent.detect(PORTRAIT, own)
        with pytest.raises(error, match=said):
            list(checked_motion(lent.track(pictures, own), "film/face"))  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1, 9])
def test_a_lent_tracker_closes_the_pictures_that_it_opened(count: int) -> None:
    closed = []

    class Film:
        def __iter__(self) -> Iterator[VideoFrame]:
            try:
                yield from (VideoFrame(pts, PORTRAIT) for pts in range(3))
            finally:
                closed.append(True)

    own: Any = object()
    tracked: Any = CheckedTracker(Eyes(()), "eyes/two", own).track(Film(), own)
    with closing(tracked):
        assert len(list(islice(tracked, count))) == min(count, 3)
    assert closed == [True]


def test_blaming() -> None:
    with pytest.raises(PluginRunError, match=r"'p/c' failed in setup: ValueError: bad\.") as caught:
        with blaming("p/c", "in setup"):
            raise ValueError("bad.\nmore")
    assert caught.value.plugin == "p"
    with pytest.raises(OutOfMemoryError), blaming("p", "in setup"):
        raise MemoryError
    with pytest.raises(KeyboardInterrupt), blaming("p", "in setup"):
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    "estimate",
    [
        RenderEstimate(0),
        RenderEstimate(1 << 40, 5, seconds=3, fits=True, settings={"a": "b"}, notes=("So.",)),
        RenderEstimate(1, fits=False, advice="use a smaller picture"),
    ],
)
def test_good_estimates_pass(estimate: RenderEstimate) -> None:
    check_estimate(estimate, "good")


@pytest.mark.parametrize(
    ("estimate", "said"),
    [
        (4096, "a int as an estimate, not a RenderEstimate"),
        (RenderEstimate(-1), "estimated peak_bytes as -1"),
        (RenderEstimate(1.5), "estimated peak_bytes as 1.5"),  # type: ignore[arg-type]
        (RenderEstimate(1, -5), "estimated host_bytes as -5"),
        (RenderEstimate(1, seconds=-0.5), "estimated seconds as -0.5"),
        (RenderEstimate(1, seconds=float("inf")), "estimated seconds as inf"),
        (RenderEstimate(1, seconds=float("nan")), "estimated seconds as nan"),
        (RenderEstimate(1, settings={"steps": 10}), "that are no text"),  # type: ignore[dict-item]
        (RenderEstimate(1, notes=(None,)), "that are no text"),  # type: ignore[arg-type]
        (RenderEstimate(1, fits=False), "does not fit, without advice"),
    ],
)
def test_malformed_estimates_are_refused(estimate: Any, said: str) -> None:
    with pytest.raises(ContractError, match=said) as raised:
        check_estimate(estimate, "bad/pen")
    assert raised.value.plugin == "bad"


def test_streams_that_are_announced_in_full_pass() -> None:
    for count in (None, 0, 48):
        check_stream_info(StreamInfo(Fraction(24000, 1001), count, duration=Fraction(2)), "good")


@pytest.mark.parametrize(
    ("info", "said"),
    [
        (None, "a NoneType from probe()"),
        (StreamInfo(23.976), "its rate as 23.976"),  # type: ignore[arg-type]
        (StreamInfo(Fraction(0)), "its rate as Fraction(0, 1)"),
        (StreamInfo(Fraction(24), 2.5), "its count as 2.5"),  # type: ignore[arg-type]
        (StreamInfo(Fraction(24), -1), "its count as -1"),
        (StreamInfo(Fraction(24), start=0.5), "its start as 0.5"),  # type: ignore[arg-type]
        (StreamInfo(Fraction(24), duration=2.0), "its duration as 2.0"),  # type: ignore[arg-type]
    ],
)
def test_streams_that_are_announced_inexactly_are_refused(info: Any, said: str) -> None:
    with pytest.raises(ContractError) as caught:
        check_stream_info(info, "odd/nod")
    assert said in str(caught.value) and caught.value.plugin == "odd"
