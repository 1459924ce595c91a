"""Wrap the streams of plugins: check every item, name the plugin at fault, close in order.

    motion = checked_motion(source.stream(ctx), "video")
    pulled = Pulled(targets)
    pictures = checked_video(
        renderer.render(portrait, identities, pulled, info, ctx), "warp",
        targets=pulled, like=portrait.pixels,
    )

Each is an iterator with `close`, for `contextlib.closing`. Close the consumer first, then what it
pulls from, then the components: a generator must not outlive what it uses.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from fractions import Fraction
from numbers import Real
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Protocol, TypeVar

import numpy as np

from a1sdk.components.blame import attributed, blaming
from a1sdk.components.data import (
    BLENDSHAPES,
    LANDMARKS,
    FaceObservation,
    RenderEstimate,
    StreamInfo,
    TargetFrame,
    TrackedFrame,
    VideoFrame,
)
from a1sdk.components.interfaces import FaceTracker
from a1sdk.errors import A1Error, ContractError
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.streams import iterating

if TYPE_CHECKING:
    from a1sdk.components.data import Pixels
    from a1sdk.components.interfaces import RunContext

T = TypeVar("T")


class _Numbered(Protocol):
    @property
    def pts(self) -> int: ...


P = TypeVar("P", bound=_Numbered)


class Pulled(Generic[P]):
    """An iterator that remembers what was pulled through it and not yet answered.

    It also remembers the exception its source raised, so that a plugin which merely passes it on
    is not blamed for it.
    """

    def __init__(self, items: Iterable[P]) -> None:
        self._items = iter(items)
        self.waiting: deque[int] = deque()
        self.error: Exception | None = None

    def __iter__(self) -> Iterator[P]:
        return self

    def __next__(self) -> P:
        try:
            item = next(self._items)
        except StopIteration:
            raise
        except Exception as error:
            self.error = error
            raise
        self.waiting.append(item.pts)
        return item


class Checked(Generic[T]):
    """A plugin's stream, checked; an iterator with `close`."""

    def __init__(
        self,
        frames: Iterable[T],
        plugin: str,
        check: Callable[[int, Any], None],
        *,
        at_end: Callable[[], None] = lambda: None,
        upstream: Pulled[Any] | None = None,
    ) -> None:
        self._plugin = plugin
        with blaming(plugin, "when its stream was opened"):
            self._frames = iter(frames)
        self._close = getattr(frames, "close", None) or getattr(self._frames, "close", None)
        self._check, self._at_end, self._upstream = check, at_end, upstream
        self._done = 0

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        try:
            frame = next(self._frames)
        except StopIteration:
            self._at_end()
            raise
        except A1Error:
            raise
        except Exception as error:
            if self._upstream is not None and error is self._upstream.error:
                raise
            raise attributed(error, self._plugin, f"at frame {self._done}") from error
        self._check(self._done, frame)
        self._done += 1
        return frame

    def close(self) -> None:
        """Close the plugin's stream. Safe to call twice."""
        close, self._close = self._close, None
        if close is not None:
            with blaming(self._plugin, "when its stream was closed"):
                close()


def checked_motion(
    frames: Iterable[MotionFrame], plugin: str, count: int | None = None
) -> Checked[MotionFrame]:
    """Return the stream of a motion source, checked: frames 0, 1, 2, ... of well-formed motion.

    Args:
        frames: what `MotionSource.stream` returned.
        plugin: name of the source's plugin.
        count: how many frames its `probe` announced; None where it did not say.

    Raises:
        ContractError: while iterating: a frame is not as `MotionSource` promises, or there are
            more or fewer than announced.
        PluginRunError: while iterating: the plugin raised.
    """
    seen = 0

    def check(index: int, frame: Any) -> None:
        nonlocal seen
        seen = index + 1
        if count is not None and seen > count:
            _refuse(plugin, f"yielded more than the {count} frames it announced")
        _expect_type(frame, MotionFrame, plugin, f"at frame {index}")
        if frame.pts != index:
            _refuse(plugin, f"yielded frame {frame.pts!r} where frame {index} was due")
        if frame.face is not None:
            check_face_motion(frame.face, plugin, index)

    def at_end() -> None:
        if count is not None and seen < count:
            _refuse(plugin, f"ended after {seen} of the {count} frames it announced")

    return Checked(frames, plugin, check, at_end=at_end)


def checked_video(
    frames: Iterable[VideoFrame], plugin: str, *, targets: Pulled[TargetFrame], like: Pixels
) -> Checked[VideoFrame]:
    """Return the stream of a renderer, checked: one picture per target, of the portrait's form.

    Args:
        frames: what `Renderer.render` returned.
        plugin: name of the renderer's plugin.
        targets: what the renderer was handed.
        like: the portrait's pixels; pictures must have their shape and type.

    Raises:
        ContractError: while iterating: a picture is missing, out of order or of another form.
        PluginRunError: while iterating: the plugin raised.
    """

    def check(index: int, frame: Any) -> None:
        _expect_type(frame, VideoFrame, plugin, f"at frame {index}")
        due = _answered(frame, targets, plugin, "drew", "a target")
        _expect_array(frame.pixels, like.shape, like.dtype, plugin, f"picture {due}")

    def at_end() -> None:
        _expect_all_answered(targets, plugin, "drawing")

    return Checked(frames, plugin, check, at_end=at_end, upstream=targets)


def checked_faces(
    frames: Iterable[TrackedFrame], plugin: str, *, pictures: Pulled[VideoFrame]
) -> Checked[TrackedFrame]:
    """Return the stream of a face tracker, checked: one well-formed result per picture.

    Raises:
        ContractError: while iterating: a result is missing, out of order or malformed.
        PluginRunError: while iterating: the plugin raised.
    """

    def check(index: int, frame: Any) -> None:
        _expect_type(frame, TrackedFrame, plugin, f"at frame {index}")
        due = _answered(frame, pictures, plugin, "tracked", "a picture")
        _expect_type(frame.faces, tuple, plugin, f"as faces of frame {due}")
        for face in frame.faces:
            check_observation(face, plugin, f"frame {due}")

    def at_end() -> None:
        _expect_all_answered(pictures, plugin, "tracking")

    return Checked(frames, plugin, check, at_end=at_end, upstream=pictures)


class CheckedTracker(FaceTracker):
    """A face tracker as it is lent to motion sources: what it returns is checked.

    What goes wrong in it is blamed on it, and not on the source that calls it. It works with its
    own context whatever it is handed. `setup` and `close` do nothing: they are the host's to call
    on the tracker itself.

    Raises:
        ContractError: a face is not as `FaceObservation` describes, or a frame has no answer.
        PluginRunError: the tracker raised.
    """

    def __init__(self, tracker: FaceTracker, ref: str, ctx: RunContext) -> None:
        """Lend `tracker`, set up with `ctx`; `ref` is its reference."""
        super().__init__(tracker.options)
        self._tracker, self._ref, self._ctx = tracker, ref, ctx

    def detect(self, pixels: Pixels, ctx: RunContext) -> list[FaceObservation]:
        """Return all faces of one picture, see `FaceTracker.detect`."""
        with blaming(self._ref, "in detect"):
            faces = self._tracker.detect(pixels, self._ctx)
        for face in faces:
            check_observation(face, self._ref, "a picture")
        return faces

    def track(
        self, frames: Iterable[VideoFrame], ctx: RunContext, *, max_faces: int = 1
    ) -> Iterator[TrackedFrame]:
        """Yield the faces of each frame, see `FaceTracker.track`."""
        with iterating(frames) as items:
            pulled = Pulled(items)
            with blaming(self._ref, "in track"):
                tracked = self._tracker.track(pulled, self._ctx, max_faces=max_faces)
            with closing(checked_faces(tracked, self._ref, pictures=pulled)) as checked:
                yield from checked


def _answered(frame: Any, pulled: Pulled[Any], plugin: str, did: str, needed: str) -> int:
    """Return the number that was due, which `frame` has to have."""
    if not pulled.waiting:
        _refuse(plugin, f"{did} frame {frame.pts!r} before it had pulled {needed} for it")
    due = pulled.waiting.popleft()
    if frame.pts != due:
        _refuse(plugin, f"{did} frame {frame.pts!r} where frame {due} was due")
    return due


def _expect_all_answered(pulled: Pulled[Any], plugin: str, doing: str) -> None:
    if pulled.waiting or next(pulled, None) is not None:
        _refuse(plugin, f"ended without {doing} frame {pulled.waiting[0]}")


def check_observation(face: FaceObservation, plugin: str, where: str) -> None:
    """Check one face that a tracker found.

    Raises:
        ContractError: it is not as `FaceObservation` describes.
    """
    _expect_type(face, FaceObservation, plugin, f"in {where}")
    _expect_floats(face.landmarks, (LANDMARKS, 3), plugin, f"landmarks of {where}")
    _expect_unit(face.score, plugin, f"the score of {where}")
    _check_blendshapes(face.blendshapes, plugin, where)


def check_estimate(estimate: RenderEstimate, plugin: str) -> None:
    """Check what a renderer says that a render would take.

    Raises:
        ContractError: it is not as `RenderEstimate` describes.
    """
    _expect_type(estimate, RenderEstimate, plugin, "as an estimate")
    for name in ("peak_bytes", "host_bytes", "face_bytes"):
        value = getattr(estimate, name)
        if not (isinstance(value, int) and value >= 0):
            _refuse(plugin, f"estimated {name} as {value!r}, not as a number of bytes")
    seconds = estimate.seconds
    if seconds is not None and not (isinstance(seconds, Real) and 0 <= seconds < float("inf")):
        _refuse(plugin, f"estimated seconds as {seconds!r}, not as a finite number")
    texts = [estimate.advice, *estimate.notes, *estimate.settings, *estimate.settings.values()]
    if not all(isinstance(text, str) for text in texts):
        _refuse(plugin, "estimated with settings, notes or advice that are no text")
    if estimate.fits is False and not estimate.advice:
        _refuse(plugin, "estimated that it does not fit, without advice on what would")


def check_stream_info(info: StreamInfo, plugin: str) -> None:
    """Check what a motion source says will come.

    Raises:
        ContractError: it is not as `StreamInfo` describes.
    """
    _expect_type(info, StreamInfo, plugin, "from probe()")
    if not isinstance(info.rate, Fraction) or info.rate <= 0:
        _refuse(plugin, f"gave its rate as {info.rate!r}, not as a Fraction above 0")
    times = {"start": info.start, "duration": info.duration or Fraction(0)}
    for name, value in times.items():
        if not isinstance(value, Fraction):
            _refuse(plugin, f"gave its {name} as {value!r}, not as a Fraction")
    if info.count is not None and not (isinstance(info.count, int) and info.count >= 0):
        _refuse(plugin, f"gave its count as {info.count!r}, not as a number of frames")


def check_face_motion(face: FaceMotion, plugin: str, index: int) -> None:
    """Check the motion of one frame.

    Raises:
        ContractError: it is not as `FaceMotion` describes.
    """
    where = f"frame {index}"
    _expect_type(face, FaceMotion, plugin, f"at {where}")
    _expect_floats(face.expression, (LANDMARKS, 3), plugin, f"expression of {where}")
    _expect_floats(face.rotation, (3, 3), plugin, f"rotation of {where}")
    _expect_floats(face.translation, (3,), plugin, f"translation of {where}")
    if face.neutral is not None:
        _expect_floats(face.neutral, (LANDMARKS, 3), plugin, f"neutral of {where}")
    _check_blendshapes(face.blendshapes, plugin, where)
    _expect_unit(face.confidence, plugin, f"the confidence of {where}")


def _check_blendshapes(values: Any, plugin: str, where: str) -> None:
    if values is not None:
        _expect_floats(values, (BLENDSHAPES,), plugin, f"blendshapes of {where}")


def _expect_type(item: Any, wanted: type, plugin: str, where: str) -> None:
    if not isinstance(item, wanted):
        _refuse(plugin, f"yielded a {type(item).__name__} {where}, not a {wanted.__name__}")


def _expect_floats(values: Any, shape: tuple[int, ...], plugin: str, what: str) -> None:
    _expect_array(values, shape, np.float32, plugin, what)
    # one sum is four times as fast as a test of each value; only a hit is looked at closely
    if not np.isfinite(values.sum()) and not np.isfinite(values).all():
        _refuse(plugin, f"gave {what} with values that are not finite")


def _expect_array(values: Any, shape: tuple[int, ...], dtype: Any, plugin: str, what: str) -> None:
    if not isinstance(values, np.ndarray):
        _refuse(plugin, f"gave {what} as {type(values).__name__}, not as a numpy array")
    if values.shape != shape or values.dtype != dtype:
        _refuse(
            plugin,
            f"gave {what} as {values.dtype} {list(values.shape)},"
            f" not as {np.dtype(dtype)} {list(shape)}",
        )


def _expect_unit(value: Any, plugin: str, what: str) -> None:
    if not (isinstance(value, Real) and 0 <= float(value) <= 1):
        _refuse(plugin, f"gave {what} as {value!r}, not between 0 and 1")


def _refuse(plugin: str, what: str) -> NoReturn:
    raise ContractError(
        f"Plugin {plugin!r} {what}.",
        plugin=plugin.partition("/")[0],
        hint=f"run `a1 plugin check {plugin.partition('/')[0]}`, and tell the plugin's author",
    )
