"""What every renderer holds to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import replace
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import pytest

from a1sdk.components.checked import Pulled, check_estimate, checked_video
from a1sdk.components.data import Identity, Portrait, StreamInfo, TargetFrame, VideoFrame
from a1sdk.components.interfaces import Renderer
from a1sdk.components.registry import Chosen, Registry
from a1sdk.components.specs import IdentityEncoderSpec, Kind, RendererSpec
from a1sdk.errors import Cancelled, CapabilityError
from a1sdk.motion.frame import FaceMotion
from a1sdk.render.context import HostContext
from a1sdk.render.encoders import choose_encoders
from a1sdk.testing import faces
from a1sdk.testing.contract import ComponentContract, set_up
from a1sdk.testing.doubles import Counted, open_resources, released

Identities = Mapping[str, Identity]
_RATE = Fraction(25)


class RendererContract(ComponentContract):
    """Set `ref`, and `options` where the renderer needs any.

    Attributes:
        frames: how many pictures the checks draw; fewer for a slow renderer.
        tolerance: largest difference of two pictures that count as the same, of 255.
        exact_at_rest: whether no motion gives the portrait itself, bit for bit.
        size: width and height of the portrait that is drawn.
    """

    kind: ClassVar[Kind] = "renderer"
    frames: ClassVar[int] = 6
    tolerance: ClassVar[int] = 0
    exact_at_rest: ClassVar[bool] = False
    size: ClassVar[tuple[int, int]] = (224, 256)

    @pytest.fixture
    def portrait(self) -> Portrait:
        """The portrait that is drawn."""
        return faces.portrait(*self.size)

    @pytest.fixture
    def identities(
        self,
        chosen: Chosen[Any],
        component_options: dict[str, Any],
        registry: Registry,
        host: HostContext,
    ) -> Identities:
        """The likenesses the renderer asks for, of the encoders that a render would choose."""
        portrait = faces.portrait(*self.size)
        try:
            encoders = choose_encoders(chosen, component_options, (), registry)
        except CapabilityError as error:
            pytest.skip(str(error))
        return {one.spec.produces: _encode(one, portrait, host) for one in encoders}

    def _motions(self, count: int) -> list[FaceMotion]:
        return [faces.performing(pts / max(1, count)) for pts in range(count)]

    def _stream(
        self,
        renderer: Renderer,
        portrait: Portrait,
        identities: Identities,
        targets: list[TargetFrame],
        ctx: HostContext,
    ) -> AbstractContextManager[Iterator[VideoFrame]]:
        info = StreamInfo(_RATE, len(targets))
        return released(renderer.render(portrait, identities, iter(targets), info, ctx))

    def _draw(
        self,
        renderer: Renderer,
        portrait: Portrait,
        identities: Identities,
        ctx: HostContext,
        motions: list[FaceMotion] | None = None,
    ) -> list[VideoFrame]:
        motions = self._motions(self.frames) if motions is None else motions
        targets = list(faces.targets_of(portrait, motions))
        with self._stream(renderer, portrait, identities, targets, ctx) as stream:
            return [_copied(frame) for frame in stream]

    def _same(self, one: VideoFrame, two: VideoFrame) -> bool:
        difference = np.abs(one.pixels.astype(int) - two.pixels.astype(int)).max()
        return bool(difference <= self.tolerance * (257 if one.pixels.itemsize == 2 else 1))

    def test_one_picture_per_target(
        self, component: Renderer, portrait: Portrait, identities: Identities, ctx: HostContext
    ) -> None:
        """Yield one picture per target, in order, with its `pts` and the portrait's form."""
        pulled = Pulled(faces.targets_of(portrait, self._motions(self.frames)))
        info = StreamInfo(_RATE, self.frames)
        drawn = component.render(portrait, identities, pulled, info, ctx)
        with closing(
            checked_video(drawn, self.ref, targets=pulled, like=portrait.pixels)
        ) as checked:
            assert sum(1 for _ in checked) == self.frames

    def test_pictures_move(
        self, component: Renderer, portrait: Portrait, identities: Identities, ctx: HostContext
    ) -> None:
        """Draw the motion: pictures of a talking, turning head are not all alike."""
        drawn = self._draw(component, portrait, identities, ctx)
        assert not self._same(drawn[1], drawn[self.frames // 2])

    def test_no_targets_no_pictures(
        self, component: Renderer, portrait: Portrait, identities: Identities, ctx: HostContext
    ) -> None:
        """Do not assume a first target."""
        assert self._draw(component, portrait, identities, ctx, []) == []

    def test_reads_no_further_than_its_lookahead(
        self,
        component: Renderer,
        portrait: Portrait,
        identities: Identities,
        spec: RendererSpec,
        ctx: HostContext,
    ) -> None:
        """Pull a target when you need it; declare `lookahead`, `lookahead_time`, None for all."""
        reach = spec.reach(_RATE)
        if reach is None:
            pytest.skip("the renderer declares that it needs all targets")
        count = reach + self.frames + 2
        targets = Counted(faces.targets_of(portrait, self._motions(count)))
        info = StreamInfo(_RATE, count)
        drawn = iter(component.render(portrait, identities, targets, info, ctx))
        for number in range(self.frames):
            next(drawn)
            assert targets.pulled <= 1 + number + reach

    def test_input_is_left_alone(
        self, component: Renderer, portrait: Portrait, identities: Identities, ctx: HostContext
    ) -> None:
        """Copy the portrait, its landmarks and the targets before you write to them."""
        targets = list(faces.targets_of(portrait, self._motions(self.frames)))
        given = [portrait.pixels, portrait.face.landmarks]
        given += [array for t in targets for array in (t.landmarks, t.motion.expression)]
        before = [array.copy() for array in given]
        with self._stream(component, portrait, identities, targets, ctx) as stream:
            list(stream)
        assert all(np.array_equal(a, b) for a, b in zip(given, before, strict=True))

    def test_pictures_are_not_reused(
        self, component: Renderer, portrait: Portrait, identities: Identities, ctx: HostContext
    ) -> None:
        """Yield a new array each time: the host keeps pictures while you go on."""
        targets = list(faces.targets_of(portrait, self._motions(self.frames)))
        with self._stream(component, portrait, identities, targets, ctx) as stream:
            kept = [(frame, frame.pixels.copy()) for frame in stream]
        assert all(np.array_equal(frame.pixels, copy) for frame, copy in kept)

    def test_renders_are_independent(
        self,
        component: Renderer,
        chosen: Chosen[Any],
        portrait: Portrait,
        identities: Identities,
        ctx: HostContext,
    ) -> None:
        """Keep what belongs to one render in that call, and take the seed from its `ctx`."""
        alone = self._draw(component, portrait, identities, ctx)
        width, height = self.size
        earlier = ctx.staged("an earlier run")
        earlier.seed = ctx.seed + 1
        other = set_up(chosen, earlier)
        stranger = faces.portrait(height, width, center=(0.45, 0.55))
        self._draw(component, stranger, identities, ctx)
        self._draw(other, stranger, identities, earlier)
        for renderer in (component, other):
            again = self._draw(renderer, portrait, identities, ctx)
            assert all(self._same(one, two) for one, two in zip(alone, again, strict=True))
        other.close()

    def test_streams_take_turns(
        self,
        component: Renderer,
        portrait: Portrait,
        identities: Identities,
        ctx: HostContext,
    ) -> None:
        """Keep what belongs to one face in its iterator: several faces perform at once."""
        width, height = self.size
        cast = portrait, faces.portrait(width, height, center=(0.42, 0.56))
        wanted = [
            list(faces.targets_of(cast[0], self._motions(self.frames))),
            list(faces.targets_of(cast[1], self._motions(self.frames + 2)))[2:],
        ]
        wanted[1] = [replace(one, pts=pts) for pts, one in enumerate(wanted[1])]
        with ExitStack() as stack:
            streams = [
                stack.enter_context(self._stream(component, who, identities, targets, ctx))
                for who, targets in zip(cast, wanted, strict=True)
            ]
            turns = [[_copied(frame) for frame in turn] for turn in zip(*streams, strict=True)]
        for number, (who, targets) in enumerate(zip(cast, wanted, strict=True)):
            with self._stream(component, who, identities, targets, ctx) as stream:
                alone = [_copied(frame) for frame in stream]
            assert all(
                self._same(turn[number], one) for turn, one in zip(turns, alone, strict=True)
            )

    def test_a_stream_that_is_left_disturbs_no_other(
        self,
        component: Renderer,
        portrait: Portrait,
        identities: Identities,
        ctx: HostContext,
    ) -> None:
        """Let go of one face's things when its iterator is closed, and of nobody else's."""
        alone = self._draw(component, portrait, identities, ctx)
        targets = list(faces.targets_of(portrait, self._motions(self.frames)))
        with (
            self._stream(component, portrait, identities, targets, ctx) as stays,
            self._stream(component, portrait, identities, targets[::-1], ctx) as goes,
        ):
            drawn = [_copied(next(stays))]
            next(goes)
            getattr(goes, "close", lambda: None)()
            drawn += [_copied(frame) for frame in stays]
        assert all(self._same(one, two) for one, two in zip(alone, drawn, strict=True))

    def test_draws_odd_sizes_and_faces_at_the_edge(
        self, component: Renderer, identities: Identities, ctx: HostContext
    ) -> None:
        """Expect any size the spec allows, and landmarks outside the picture."""
        edge = faces.portrait(161, 127, center=(0.1, 0.85))
        drawn = self._draw(component, edge, identities, ctx)
        assert {frame.pixels.shape for frame in drawn} == {edge.pixels.shape}

    def test_draws_violent_motion(
        self, component: Renderer, portrait: Portrait, identities: Identities, ctx: HostContext
    ) -> None:
        """Limit what you cannot draw; do not fail, and do not leave the picture's form."""
        violent = [faces.performing(phase, strength=6) for phase in (0.2, 0.5, 0.8)]
        drawn = self._draw(component, portrait, identities, ctx, violent)
        assert {frame.pixels.shape for frame in drawn} == {portrait.pixels.shape}

    def test_rest_is_the_portrait(
        self, component: Renderer, portrait: Portrait, identities: Identities, ctx: HostContext
    ) -> None:
        """Where the landmarks do not move, copy the portrait's pixels."""
        if not self.exact_at_rest:
            pytest.skip("the renderer does not claim it: exact_at_rest is False")
        rest = [TargetFrame(0, portrait.face.landmarks.copy(), faces.still())]
        with self._stream(component, portrait, identities, rest, ctx) as stream:
            assert np.array_equal(next(stream).pixels, portrait.pixels)

    def test_alpha_is_kept(
        self, component: Renderer, identities: Identities, spec: RendererSpec, ctx: HostContext
    ) -> None:
        """Move alpha with the colours; what is empty far from the face stays empty."""
        if not spec.alpha:
            pytest.skip("the renderer declares that it keeps no alpha")
        cutout = faces.portrait(*self.size, alpha=True)
        for frame in self._draw(component, cutout, identities, ctx):
            alpha = frame.pixels[..., 3]
            assert not alpha[:8].any()
            assert alpha[int(cutout.face.center[1]), int(cutout.face.center[0])] == 255

    def test_deep_pictures_are_drawn(
        self, component: Renderer, identities: Identities, spec: RendererSpec, ctx: HostContext
    ) -> None:
        """Draw every depth the spec declares, in its own type."""
        if 16 not in spec.depths:
            pytest.skip("the renderer declares 8 bits only")
        deep = self._draw(component, faces.portrait(*self.size, depth=16), identities, ctx)
        assert deep[0].pixels.dtype == np.uint16 and deep[0].pixels.max() > 255

    def test_stops_when_cancelled(
        self,
        component: Renderer,
        portrait: Portrait,
        identities: Identities,
        host: HostContext,
        spec: RendererSpec,
        ctx: HostContext,
    ) -> None:
        """Loop over `ctx.track(targets)`, or call `ctx.check()` for every picture."""
        segment = spec.segment_at(_RATE)
        count = 4 + segment * 2
        targets = list(faces.targets_of(portrait, self._motions(count)))
        with self._stream(component, portrait, identities, targets, ctx) as stream:
            next(stream)
            host.cancel()
            with pytest.raises(Cancelled):
                for _ in range(1 + segment):
                    next(stream)

    def test_estimates_before_it_loads(self, chosen: Chosen[Any]) -> None:
        """Return None or a whole `RenderEstimate` without `setup`, also of endless motion."""
        renderer = chosen.build()
        for count in (None, 250):
            info, memory = StreamInfo(_RATE, count), None if count is None else 1 << 34
            estimate = renderer.estimate(self.size, info, self.device, memory)
            if estimate is not None:
                check_estimate(estimate, self.ref)

    def test_leaves_nothing_open_when_abandoned(
        self,
        chosen: Chosen[Any],
        portrait: Portrait,
        identities: Identities,
        ctx: HostContext,
    ) -> None:
        """End threads and close files when the generator is closed, or in `close`."""
        self._abandon(chosen, portrait, identities, ctx)
        before = open_resources()
        self._abandon(chosen, portrait, identities, ctx)
        assert not open_resources() - before

    def _abandon(
        self, chosen: Chosen[Any], portrait: Portrait, identities: Identities, ctx: HostContext
    ) -> None:
        renderer = set_up(chosen, ctx)
        targets = list(faces.targets_of(portrait, self._motions(self.frames)))
        with self._stream(renderer, portrait, identities, targets, ctx) as stream:
            next(stream)
        renderer.close()


def _copied(frame: VideoFrame) -> VideoFrame:
    return VideoFrame(frame.pts, frame.pixels.copy())


def _encode(chosen: Chosen[IdentityEncoderSpec], portrait: Portrait, host: HostContext) -> Identity:
    view = host.lend(chosen.spec)
    with closing(set_up(chosen, view)) as encoder:
        identity: Identity = encoder.encode([portrait], view)
    return identity
