"""The renderer `dit/skyreels-a1`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from itertools import chain, count, islice
from typing import TYPE_CHECKING, Any

from a1sdk.plugin import (
    Identity,
    Portrait,
    Renderer,
    RenderEstimate,
    RunContext,
    StreamInfo,
    TargetFrame,
    VideoFrame,
)
from a1sdk_dit import IDENTITY
from a1sdk_dit.checkpoint.locate import checkpoint_folder
from a1sdk_dit.options import RendererOptions
from a1sdk_dit.profiles import forwards, losses
from a1sdk_dit.quiet import quietly

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from a1sdk_dit.engine import Engine
    from a1sdk_dit.framing.resampling import Picture
    from a1sdk_dit.sampling.generator import OnStep
    from a1sdk_dit.sampling.settings import SamplingSettings
    from a1sdk_dit.shot import Pictures, Shot


class SkyReelsA1(Renderer):
    """Draws a window round the face with a video diffusion transformer, and pastes it back.

    The transformer draws about 12 pictures a second, in windows of four seconds; the frames in
    between are made from its pictures and the landmarks. Seeded by `ctx.seed`. Several faces of a
    picture take turns with the networks, window by window.
    """

    _engine: Engine | None = None

    def __init__(self, options: Any = None) -> None:
        super().__init__(options if options is not None else RendererOptions())

    def setup(self, ctx: RunContext) -> None:
        """Load the networks as the best plan that fits the device says.

        Raises:
            AssetMissingError: the checkpoint is not on this machine.
            CapabilityError: the device cannot do what the options say.
            ConfigError: a file is of something else.
            DeviceUnavailableError: the device is not there.
            OutOfMemoryError: nothing that the options allow fits.
            ResourceError: a file is damaged.
        """
        layout = checkpoint_folder(self.options, ctx)
        with quietly():
            from a1sdk_dit.engine import Engine
        self._engine = Engine(self.options, layout, ctx)
        if self._engine.device.type == "cpu":
            ctx.warn(
                "The transformer runs on the CPU, which is no match for the released checkpoint;"
                " `a1 plan` tells how long it would take."
            )

    def render(
        self,
        portrait: Portrait,
        identities: Mapping[str, Identity],
        targets: Iterable[TargetFrame],
        info: StreamInfo,
        ctx: RunContext,
    ) -> Iterator[VideoFrame]:
        """Yield one picture per target: the portrait, with the person as the model draws them."""
        from a1sdk_dit.interpolation.chosen import in_between
        from a1sdk_dit.shot import Shot

        engine = self._engine
        assert engine is not None  # the host calls setup first
        shot = Shot(portrait, info, engine.geometry, self.options)
        tokens = identities[IDENTITY].arrays["tokens"].astype("float32")
        drawing = Drawing(engine, shot, tokens, self.options, ctx)
        between = in_between(self.options, str(engine.device), shot.neutral)
        with engine.within_memory(), closing(shot.film(targets, drawing, between)) as film:
            yield from film
        drawing.report()

    def estimate(
        self, size: tuple[int, int], info: StreamInfo, device: str, memory: int | None
    ) -> RenderEstimate | None:
        """Predict memory and time from the sizes of the networks; see `Renderer.estimate`."""
        from a1sdk_dit.checkpoint.layout import find_layout
        from a1sdk_dit.parallel.devices import devices_from
        from a1sdk_dit.planning.device import find, smallest
        from a1sdk_dit.planning.estimate import estimate
        from a1sdk_dit.planning.memory import Networks

        folder = self.options.checkpoint
        networks = Networks() if folder is None else Networks.of(find_layout(folder))
        if memory is not None:
            found = find(device, memory)
        else:  # it is here, so that it can be measured
            with quietly():
                from a1sdk_dit.device import torch_device
                from a1sdk_dit.planning.measure import measured
            where = torch_device(device)
            found = smallest(devices_from(str(where), self.options.gpus))
            found = measured(found, where, self.options)
        return estimate(self.options, info.count, info.rate, found, networks)

    def close(self) -> None:
        """Let go of the networks."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.close()


class Drawing:
    """The model's pictures of one shot, under the profile that a probe allows."""

    def __init__(
        self,
        engine: Engine,
        shot: Shot,
        tokens: npt.NDArray[np.float32],
        options: RendererOptions,
        ctx: RunContext,
    ) -> None:
        self._engine, self._shot, self._tokens = engine, shot, tokens
        self._options, self._ctx = options, ctx
        self._profile, self._settings = engine.profiles[0]
        self._steps: Iterator[int] | None = None
        self._done = 0

    def __call__(self, controls: Pictures, number: int | None) -> Pictures:
        """Yield a picture for each landmark picture, of which there are `number`."""
        with closing(controls):
            probe: list[Picture] = []
            if self._is_in_question(number):
                probe = list(islice(controls, self._engine.geometry.frames - 1))
                self._choose(probe)
            yield from self._pictures(self._settings, chain(probe, controls), number, self._step)

    def report(self) -> None:
        """Note how the shot was drawn."""
        ctx, shot, settings = self._ctx, self._shot, self._settings
        for name, value in self._engine.facts().items():
            ctx.record(name, value)
        ctx.record("profile", self._profile)
        ctx.record("steps", settings.steps)
        ctx.record("evaluations_a_window", forwards(settings))
        ctx.record("losses", losses(settings, self._engine.plan.placement.quantize))
        ctx.record("native_rate", str(shot.native))
        ctx.record("window", shot.placed)
        if shot.anchor is not None:
            ctx.record("colour", [one._asdict() for one in shot.anchor.curve()])

    def _pictures(
        self,
        settings: SamplingSettings,
        controls: Iterable[Picture],
        number: int | None,
        on_step: OnStep,
    ) -> Iterator[Picture]:
        generator = self._engine.generator(
            self._shot, self._tokens, settings, self._ctx.seed, on_step
        )
        return generator.frames(controls, number)

    def _is_in_question(self, number: int | None) -> bool:
        """Return whether a probe is to say which profile to use; short clips are drawn exactly."""
        from a1sdk_dit.gate import pays

        profiles = self._engine.profiles
        if len(profiles) == 1 or self._options.gate == "off":
            return False
        if number is None or pays(profiles, self._engine.geometry.windows(number)):
            return True
        self._ctx.warn(
            f"The profile {self._profile!r} saves nothing in so short a clip, since it would have"
            " to be compared with an exact drawing; all of it is drawn exactly."
        )
        self._profile, self._settings = profiles[-1]
        return False

    def _choose(self, probe: list[Picture]) -> None:
        """Take the first profile that keeps the performance of the probe."""
        from a1sdk_dit.gate import choose_profile

        ctx, profiles = self._ctx, self._engine.profiles

        def generate(settings: SamplingSettings) -> Iterator[Picture]:
            return self._pictures(settings, probe, len(probe), lambda done, total: ctx.check())

        tracker = ctx.face_tracker()
        with self._engine.probing:
            name, results = choose_profile(profiles, generate, tracker, ctx, self._options.gate)
        for result in results:
            if not result.passed:
                ctx.warn(f"The profile {result.profile!r} was not used: {result.reason}.")
        self._profile, self._settings = name, dict(profiles)[name]

    def _step(self, done: int, total: int | None) -> None:
        """Show that steps were taken, and stop where that was asked for."""
        if self._steps is None:
            self._steps = self._ctx.track(count(), total=total)
        for _ in range(done - self._done):
            next(self._steps)
        self._done = done
