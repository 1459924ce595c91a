"""What every motion source holds to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

from a1sdk.components.checked import check_face_motion, check_stream_info
from a1sdk.components.data import StreamInfo
from a1sdk.components.interfaces import MotionSource
from a1sdk.components.labels import checked_labels
from a1sdk.components.loading import imported
from a1sdk.components.registry import Chosen, Registry
from a1sdk.components.specs import Kind, MotionSourceSpec
from a1sdk.errors import Cancelled
from a1sdk.motion.blendshapes import reference_face
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.render.context import HostContext
from a1sdk.testing.contract import ComponentContract, set_up
from a1sdk.testing.doubles import WatchedContext, open_resources, released

if TYPE_CHECKING:
    import numpy.typing as npt

_SAMPLE = 24
_LONGEST = 2000


class MotionSourceContract(ComponentContract):
    """Set `ref`, and `options` where the source needs any, such as a short file to read.

    Attributes:
        reads_ahead: how many items the source may pass through `ctx.track` before its first
            frame; None for one that has to see all its input first.
        rate_tolerance: how far landmarks, in face units, may be apart at one instant when a source
            that declares `any_rate` is asked for two rates.
    """

    kind: ClassVar[Kind] = "motion_source"
    reads_ahead: ClassVar[int | None] = 8
    rate_tolerance: ClassVar[float] = 1e-3

    @pytest.fixture
    def info(self, component: MotionSource) -> StreamInfo:
        """What the source announces."""
        return component.probe()

    @pytest.fixture
    def frames(self, component: MotionSource, ctx: HostContext) -> list[MotionFrame]:
        """The source's first frames."""
        return self._first(component, ctx, _SAMPLE)

    def _first(self, source: MotionSource, ctx: HostContext, count: int) -> list[MotionFrame]:
        with released(source.stream(ctx)) as stream:
            return list(islice(stream, count))

    @pytest.fixture
    def faces(self, frames: list[MotionFrame]) -> list[FaceMotion]:
        """The motion in those of the first frames that have any."""
        return [frame.face for frame in frames if frame.face is not None]

    def test_announces_exact_time(self, info: StreamInfo) -> None:
        """Return rates and times as `fractions.Fraction`, never as float; use `a1.as_rate`."""
        check_stream_info(info, self.ref)

    def test_frames_are_numbered_from_zero(self, component: MotionSource, ctx: Any) -> None:
        """Yield every frame, gaps included, with `pts` 0, 1, 2, and so on."""
        numbers = [frame.pts for frame in islice(component.stream(ctx), _SAMPLE)]
        assert numbers == list(range(len(numbers)))

    def test_motion_is_well_formed(self, frames: list[MotionFrame]) -> None:
        """Yield finite float32 arrays of the shapes that `FaceMotion` states."""
        for frame in frames:
            assert isinstance(frame, MotionFrame)
            if frame.face is not None:
                check_face_motion(frame.face, self.ref, frame.pts)

    def test_shows_a_face(self, faces: list[FaceMotion]) -> None:
        """Choose options with which one of the first 24 frames or more has a face."""
        assert faces

    def test_rotations_are_rotations(self, faces: list[FaceMotion]) -> None:
        """Orthonormalise, and keep the determinant +1: mirrored faces are no rotations."""
        for face in faces:
            rotation = face.rotation.astype(float)
            assert np.abs(rotation @ rotation.T - np.eye(3)).max() < 1e-4
            assert np.linalg.det(rotation) > 0

    def test_motion_is_in_face_units(self, faces: list[FaceMotion]) -> None:
        """Divide by the distance of the outer eye corners: 1 is that distance, not a pixel."""
        for face in faces:
            assert np.abs(face.expression).max() < 2, "an expression moves no landmark that far"

    def test_blendshapes_are_between_0_and_1(self, faces: list[FaceMotion]) -> None:
        """Clip them."""
        for face in faces:
            if face.blendshapes is not None:
                assert face.blendshapes.min() >= 0 and face.blendshapes.max() <= 1

    def test_count_is_as_announced(
        self, component: MotionSource, info: StreamInfo, ctx: HostContext
    ) -> None:
        """Count exactly in `probe`, or return `count=None`."""
        if info.count is None or info.count > _LONGEST:
            pytest.skip("the source announces no count, or a long stream")
        assert sum(1 for _ in component.stream(ctx)) == info.count

    def test_labels_are_well_formed(
        self, component: MotionSource, info: StreamInfo, ctx: HostContext
    ) -> None:
        """Return `Label`s in order, with `Fraction` times from 0 to the end of the performance."""
        if type(component).labels is MotionSource.labels:
            pytest.skip("the source has no labels")
        frames = self._first(component, ctx, _LONGEST)
        if len(frames) == _LONGEST:
            pytest.skip("the stream is too long to wait for its labels")
        checked_labels(
            component, self.ref, frames=len(frames), rate=info.rate, duration=info.duration
        )

    def test_yields_the_rate_it_is_asked_for(
        self, registry: Registry, chosen: Chosen[Any], ctx: HostContext
    ) -> None:
        """With `any_rate`, take the frame rate from an option `rate: a1.Rate | None`."""
        for rate in (Fraction(30000, 1001), Fraction(50)):
            with self._at_rate(registry, chosen, rate, ctx) as source:
                assert source.probe().rate == rate

    def test_motion_does_not_depend_on_the_rate(
        self, registry: Registry, chosen: Chosen[Any], ctx: HostContext
    ) -> None:
        """With `any_rate`, compute frame `n` for the instant `n / rate`, and seed by time."""
        with self._at_rate(registry, chosen, Fraction(50), ctx) as source:
            slow = self._first(source, ctx, _SAMPLE)
        with self._at_rate(registry, chosen, Fraction(100), ctx) as source:
            fast = self._first(source, ctx, 2 * _SAMPLE)[::2]
        for one, other in zip(slow, fast, strict=False):  # the last frame may be rounded away
            assert (one.face is None) == (other.face is None), f"at {one.pts / 50} s"
            if one.face is not None and other.face is not None:
                apart = np.abs(_moved(one.face) - _moved(other.face)).max()
                assert apart <= self.rate_tolerance, f"{apart:.4f} apart at {one.pts / 50} s"

    @contextmanager
    def _at_rate(
        self, registry: Registry, chosen: Chosen[Any], rate: Fraction, ctx: HostContext
    ) -> Iterator[MotionSource]:
        """Lend the source, asked for a rate."""
        if not chosen.spec.any_rate:
            pytest.skip("the source has a rate of its own")
        names = registry.option_names("motion_source", chosen.ref)
        assert "rate" in names, "any_rate is declared, and there is no option `rate`"
        given = {} if chosen.options is None else chosen.options.model_dump(exclude_unset=True)
        asked = registry.choose("motion_source", chosen.ref, {**given, "rate": rate})
        with closing(set_up(asked, ctx)) as source:
            yield source

    def test_file_formats_are_described(self, spec: MotionSourceSpec) -> None:
        """Name a pydantic model with a `schema_version` such as `"mine/1"`, for `mine-1`."""
        if not spec.formats:
            pytest.skip("the source has no file format of its own")
        for about in spec.formats:
            model = imported(about.model, self.ref)
            version = model.model_json_schema()["properties"]["schema_version"]
            assert version.get("const") == "/".join(about.name.rsplit("-", 1))
            assert about.title

    def test_is_lazy(self, component: MotionSource, host: WatchedContext, ctx: HostContext) -> None:
        """Write `stream` as a generator, and yield each frame as soon as it is known."""
        stream = component.stream(ctx)
        assert isinstance(stream, Iterator), "stream() returned something that is no iterator"
        next(stream, None)
        if self.reads_ahead is not None:
            assert len(host.tracked) <= 1 + self.reads_ahead

    def test_stops_when_cancelled(
        self, component: MotionSource, host: WatchedContext, ctx: HostContext
    ) -> None:
        """Loop over `ctx.track(...)`, or call `ctx.check()` for every frame."""
        stream = component.stream(ctx)
        if len(list(islice(stream, 2))) < 2:
            pytest.skip("the stream is too short to tell")
        host.cancel()
        with pytest.raises(Cancelled):  # one frame may have been under way
            if next(stream, None) is not None and next(stream, None) is None:
                pytest.skip("the stream is too short to tell")

    def test_same_seed_same_motion(
        self, component: MotionSource, chosen: Chosen[Any], ctx: HostContext
    ) -> None:
        """Draw everything random from a generator seeded with `ctx.seed`."""
        other = set_up(chosen, ctx)
        first, second = (self._first(source, ctx, 6) for source in (component, other))
        other.close()
        for one, two in zip(first, second, strict=True):
            assert (one.face is None) == (two.face is None)
            if one.face is not None and two.face is not None:
                assert np.array_equal(one.face.expression, two.face.expression)
                assert np.array_equal(one.face.rotation, two.face.rotation)

    def test_frames_are_not_reused(self, component: MotionSource, ctx: HostContext) -> None:
        """Make new arrays for every frame: the host keeps frames while you go on."""
        kept: list[tuple[FaceMotion, Any]] = []
        with released(component.stream(ctx)) as stream:
            for frame in islice(stream, 6):
                if frame.face is not None:
                    kept.append((frame.face, frame.face.expression.copy()))
        for face, before in kept:
            assert np.array_equal(face.expression, before)

    def test_leaves_nothing_open_when_abandoned(
        self, chosen: Chosen[Any], ctx: HostContext
    ) -> None:
        """Open files in a `with` inside `stream`, or close them in `close`."""
        self._abandon(chosen, ctx)  # the first time may open what stays, such as a library
        before = open_resources()
        self._abandon(chosen, ctx)
        assert not open_resources() - before

    def _abandon(self, chosen: Chosen[Any], ctx: HostContext) -> None:
        source = set_up(chosen, ctx)
        with released(source.stream(ctx)) as stream:
            next(stream, None)
        source.close()


def _moved(face: FaceMotion) -> npt.NDArray[np.floating[Any]]:
    """Where the landmarks of the reference face come to under a motion, in face units."""
    neutral = reference_face() if face.neutral is None else face.neutral
    moved: npt.NDArray[np.floating[Any]] = (neutral + face.expression) @ face.rotation.T
    return moved + face.translation
