"""The networks of one renderer, ready on their devices, and how they are to be used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from a1sdk.plugin import A1Error, OutOfMemoryError
from a1sdk_dit.acceleration import NUMBERS, Ready, load_ready, prepare_vae
from a1sdk_dit.checkpoint.loading import load_scheduler, load_vae, verify
from a1sdk_dit.device import free_memory, torch_device
from a1sdk_dit.exhaustion import ran_out, release
from a1sdk_dit.parallel.crew import Crew
from a1sdk_dit.parallel.devices import devices_from
from a1sdk_dit.parallel.predictor import ParallelPredictor
from a1sdk_dit.planning.advice import advise, too_little
from a1sdk_dit.planning.choice import choose
from a1sdk_dit.planning.device import smallest
from a1sdk_dit.planning.memory import Networks
from a1sdk_dit.profiles import alternatives
from a1sdk_dit.sampling.generator import FrameGenerator
from a1sdk_dit.sampling.models import Models
from a1sdk_dit.sampling.predictor import LocalPredictor

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from a1sdk.plugin import RunContext
    from a1sdk_dit.checkpoint.layout import Layout
    from a1sdk_dit.options import RendererOptions
    from a1sdk_dit.parallel.rank import Load
    from a1sdk_dit.sampling.generator import OnStep
    from a1sdk_dit.sampling.predictor import Conditions
    from a1sdk_dit.sampling.settings import SamplingSettings
    from a1sdk_dit.shot import Shot


@dataclass(frozen=True, slots=True, eq=False)
class _Loaded:
    ready: Ready
    models: Models
    crew: Crew | None


class _Predictor(LocalPredictor):
    """Predicts v with a transformer that others use in between, under settings of their own."""

    def __init__(self, ready: Ready, settings: SamplingSettings) -> None:
        super().__init__(ready.transformer, settings)
        self._ready = ready

    def begin(self, conditions: Conditions) -> None:
        """Forget the windows before, and work under these conditions from here on."""
        self._ready.use(self._settings)
        super().begin(conditions)


class Engine:
    """The networks of a checkpoint, loaded as the quickest plan that fits their device says.

    Attributes:
        device: where the pictures are drawn.
        geometry: sizes of what the model draws.
        plan: what was chosen.
        profiles: the profile that was asked for and all better ones, with their settings.
        probing: held by the one shot at a time that lets the face tracker look at a probe.
    """

    def __init__(self, options: RendererOptions, layout: Layout, ctx: RunContext) -> None:
        """Choose a plan and load.

        Raises:
            CapabilityError: the device cannot do what the options say.
            ConfigError: the checkpoint, the scheduler or the adapter is of something else.
            DeviceUnavailableError: the device is not there.
            OutOfMemoryError: nothing that the options allow fits.
            ResourceError: a file is damaged.
        """
        verify(layout)
        self.device, self.geometry = torch_device(ctx.device), layout.geometry
        self._devices = devices_from(str(self.device), options.gpus)
        found, networks = smallest(self._devices), Networks.of(layout)
        self.plan = choose(options, found, networks)
        if self.plan.fits is False:
            raise too_little(self.plan, options, found, networks)
        sampled = self.plan.settings
        self.profiles = alternatives(
            options, windows_at_once=sampled.windows_at_once, tiled=sampled.tiled
        )
        self._advice = partial(advise, self.plan, options, found, networks, ran_out=True)
        self.probing = Lock()
        self._stack = ExitStack()
        self._loaded: _Loaded | None = None
        try:
            with self.within_memory():
                self._loaded = self._load(options, layout, ctx)
        except BaseException:
            self.close()
            raise

    def generator(
        self,
        shot: Shot,
        tokens: npt.NDArray[np.float32],
        settings: SamplingSettings,
        seed: int,
        on_step: OnStep,
    ) -> FrameGenerator:
        """Return what draws a shot's pictures; several take turns, window by window.

        Args:
            shot: it.
            tokens: the likeness, float32 [N, width].
            settings: one of those in `profiles`.
            seed: of the noise.
            on_step: called after every denoising step; what it raises ends the clip.
        """
        loaded = self._loaded
        assert loaded is not None  # closed engines draw nothing
        ready, crew = loaded.ready, loaded.crew
        predictor = (
            _Predictor(ready, settings)
            if crew is None
            else ParallelPredictor(ready, settings, crew)
        )
        return FrameGenerator(
            loaded.models,
            shot.image,
            tokens,
            shot.reference,
            settings,
            seed,
            on_step,
            predictor,
        )

    @contextmanager
    def within_memory(self) -> Iterator[None]:
        """Say what takes less where the device's memory does not suffice for the block."""
        try:
            yield
        except A1Error:
            raise
        except Exception as error:
            if not ran_out(error):
                raise
            release(error)
            raise OutOfMemoryError(
                f"The memory of {self.device} is full.", hint=self._advice()
            ) from error

    def facts(self) -> dict[str, str]:
        """Return what was chosen, for the report."""
        precision = self.plan.placement.precision
        return {"device": str(self.device), "precision": precision, **self.plan.chosen}

    def close(self) -> None:
        """End the processes of further devices, and let go of all memory."""
        self._stack.close()
        self._loaded = None
        free_memory(self.device)

    def _load(self, options: RendererOptions, layout: Layout, ctx: RunContext) -> _Loaded:
        placement = self.plan.placement
        load = partial(
            load_ready,
            layout,
            placement,
            tuple(settings.steps for _, settings in self.profiles),
            scheduler=options.scheduler,
            lora=None if options.lora is None else (options.lora, options.lora_scale),
        )
        crew = None if options.gpus == 1 else self._crew(load, ctx)
        ready = load(self.device)
        if crew is not None:
            crew.join(ready.transformer, ctx.check)
        dtype = NUMBERS[placement.precision]
        models = Models(
            transformer=ready.transformer,
            vae=load_vae(layout.vae, dtype, self.device, decoder=True),
            pose_guider=load_vae(layout.pose_guider, dtype, self.device, decoder=False),
            scheduler=load_scheduler(layout, options.scheduler),
            geometry=layout.geometry,
            device=self.device,
            dtype=dtype,
        )
        for coder in (models.vae, models.pose_guider):
            prepare_vae(coder, self.device)
        return _Loaded(ready, models, crew)

    def _crew(self, load: Load, ctx: RunContext) -> Crew:
        """Start the processes of further devices, which load at once."""
        return self._stack.enter_context(
            Crew(
                self._devices,
                load,
                guided=self.plan.settings.guided_steps > 0,
                scratch=ctx.scratch,
                threads=ctx.threads,
            )
        )
