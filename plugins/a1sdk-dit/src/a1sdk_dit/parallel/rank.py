"""What every rank does in a step, the first and the workers'."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from multiprocessing.connection import Connection
from queue import SimpleQueue

import torch

from a1sdk_dit.acceleration import Ready
from a1sdk_dit.model.transformer import A1Transformer3DModel
from a1sdk_dit.parallel.group import Group
from a1sdk_dit.parallel.orders import Begin, End, Join, Loaded, Order, Post, Step, Stop
from a1sdk_dit.parallel.split import Split
from a1sdk_dit.sampling.predictor import Conditions, LocalPredictor
from a1sdk_dit.sampling.settings import SamplingSettings

Load = Callable[[torch.device], Ready]
"""Loads the transformer onto a device, ready for all settings it will be used with.

All ranks call the same one, so it has to be picklable: a function of a module, or a `partial` of
one.
"""


def sharing(
    transformer: A1Transformer3DModel, group: Group, split: Split
) -> AbstractContextManager[None]:
    """Return what lets several ranks share a branch, if several do."""
    from a1sdk_dit.parallel.context import context_parallel

    if split.context == 1:
        return nullcontext()
    return context_parallel(transformer, group.mesh, group.device)


class Part:
    """One rank's part of each step: its branch of the guidance, or all of it."""

    def __init__(self, ready: Ready, settings: SamplingSettings, split: Split, rank: int) -> None:
        self._ready = ready
        self._settings = settings
        self._shared = split.branches > 1
        self._blank = split.branch(rank) == 1
        mine = replace(settings, guidance=1.0) if self._shared else settings
        self._predictor = LocalPredictor(ready.transformer, mine)

    def begin(self, conditions: Conditions) -> None:
        """Forget the windows before, and work under these conditions."""
        if self._blank:
            conditions = replace(conditions, likeness=conditions.blank)
        self._ready.use(self._settings)  # in all ranks or none, lest one waits for another
        self._predictor.begin(conditions)

    def idles(self, step: int) -> bool:
        """Return whether a step has no part for this rank."""
        return self._blank and step >= self._settings.guided_steps

    def __call__(
        self, latents: torch.Tensor, control: torch.Tensor, step: int, timestep: int
    ) -> torch.Tensor:
        """Return v of this rank's branch, or guided v if it computes both."""
        return self._predictor(latents, control, step, timestep)

    def end(self) -> None:
        """Let go of everything that was kept."""
        self._predictor.end()


def tensors_of(conditions: Conditions) -> tuple[torch.Tensor, ...]:
    """Return the tensors that make up conditions, in the order of `conditions_from`."""
    return conditions.image, conditions.likeness, conditions.blank, *conditions.rope


def _conditions_from(tensors: list[torch.Tensor]) -> Conditions:
    image, likeness, blank, cosines, sines = tensors
    return Conditions(image, likeness, blank, (cosines, sines))


def work(post: Post, orders: SimpleQueue[Order], pipe: Connection) -> None:
    """Be a worker: load, join, and follow orders until told to stop."""
    device = torch.device(post.device)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    torch.set_num_threads(post.threads)
    load: Load = pickle.loads(post.load)  # made by the process that started this one
    ready = load(device)
    pipe.send(Loaded())
    if not isinstance(orders.get(), Join):
        return
    group = Group(post.meeting, post.rank, device, post.split)
    with torch.no_grad(), sharing(ready.transformer, group, post.split):
        _Worker(ready, group, post.split).follow(orders)
    group.leave()


class _Worker:
    def __init__(self, ready: Ready, group: Group, split: Split) -> None:
        self._ready, self._group, self._split = ready, group, split
        self._hands_in = split.branches > 1 and group.rank == split.context
        self._conditions: Conditions | None = None
        self._part: Part | None = None

    def follow(self, orders: SimpleQueue[Order]) -> None:
        while not isinstance(order := orders.get(), Stop):
            if isinstance(order, Begin):
                self._begin(order)
            elif isinstance(order, Step):
                self._step(order)
            elif isinstance(order, End):
                self._end()

    def _begin(self, order: Begin) -> None:
        if order.forms is not None:
            received = [self._group.receive(form) for form in order.forms]
            self._conditions = _conditions_from(received)
        assert self._conditions is not None  # the first order to begin brings them
        self._part = Part(self._ready, order.settings, self._split, self._group.rank)
        self._part.begin(self._conditions)

    def _step(self, order: Step) -> None:
        latents = self._group.receive(order.latents)
        control = self._group.receive(order.control)
        assert self._part is not None  # steps come after an order to begin
        if self._part.idles(order.step):
            return
        v = self._part(latents, control, order.step, order.timestep)
        if self._hands_in:
            self._group.hand_in(v)

    def _end(self) -> None:
        if self._part is not None:
            self._part.end()
        self._part = self._conditions = None
