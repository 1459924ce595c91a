"""Predicts v on several devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from a1sdk_dit.parallel.orders import Begin, End, Step
from a1sdk_dit.parallel.rank import Part, tensors_of

if TYPE_CHECKING:
    from a1sdk_dit.acceleration import Ready
    from a1sdk_dit.parallel.crew import Crew
    from a1sdk_dit.parallel.orders import Form
    from a1sdk_dit.sampling.predictor import Conditions
    from a1sdk_dit.sampling.settings import SamplingSettings


class ParallelPredictor:
    """Predicts v together with a crew's workers; in place of a `LocalPredictor`.

    Conditions go to the workers when they change, latents and control in every step, all as
    broadcasts; over the pipes go only sizes and numbers of steps.

    Example::

        load = partial(load_ready, layout, ...)  # of a module, so that it can be pickled
        devices = devices_from(device, gpus)
        with Crew(devices, load, guided=settings.guided_steps > 0, scratch=ctx.scratch) as crew:
            ready = load(torch.device(devices[0]))
            crew.join(ready.transformer, ctx.check)
            predictor = ParallelPredictor(ready, settings, crew)

    Args:
        ready: this process's transformer, with which the crew was joined.
        settings: of the sampling; predictors with others may take turns.
        crew: the workers, joined.
    """

    def __init__(self, ready: Ready, settings: SamplingSettings, crew: Crew) -> None:
        self._settings = settings
        self._crew = crew
        self._part = Part(ready, settings, crew.split, rank=0)

    def begin(self, conditions: Conditions) -> None:
        """Forget the windows before, and work under these conditions from here on.

        Raises:
            A1Error: a worker failed; the message names its rank and device.
        """
        held = self._crew.conditions
        tensors = () if conditions is held else tensors_of(conditions)
        forms = tuple(map(_form, tensors)) or None
        with self._crew.working():
            self._crew.tell(Begin(self._settings, forms))
            for tensor in tensors:
                self._crew.group.share(tensor)
            self._part.begin(conditions)
        self._crew.conditions = conditions

    @torch.no_grad()
    def __call__(
        self, latents: torch.Tensor, control: torch.Tensor, step: int, timestep: int
    ) -> torch.Tensor:
        """Return v of every window, guided, float32 [W, F, 16, h, w]; see `Predictor`.

        Raises:
            A1Error: a worker failed; the message names its rank and device.
        """
        crew = self._crew
        with crew.working():
            crew.tell(Step(_form(latents), _form(control), step, timestep))
            crew.group.share(latents)
            crew.group.share(control)
            v = self._part(latents, control, step, timestep)
            if crew.split.branches > 1 and step < self._settings.guided_steps:
                without = crew.group.collect(v, rank=crew.split.context)
                v = without + self._settings.guidance * (v - without)
            crew.group.settle(crew.check)
        return v

    def end(self) -> None:
        """Let go of everything that was kept."""
        self._part.end()
        self._crew.conditions = None
        if self._crew.sound:
            self._crew.tell(End())


def _form(tensor: torch.Tensor) -> Form:
    """Return what another rank needs to know to receive a tensor."""
    return tuple(tensor.shape), tensor.dtype
