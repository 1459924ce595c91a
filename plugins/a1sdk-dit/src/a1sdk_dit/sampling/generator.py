"""Pictures of a clip from its landmark pictures, as a stream of any length."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from copy import deepcopy
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import torch

from a1sdk.plugin import ConfigError
from a1sdk_dit.sampling.denoise import Denoiser
from a1sdk_dit.sampling.noise import Noise, RunningNoise, SeededNoise
from a1sdk_dit.sampling.predictor import Conditions, LocalPredictor, Predictor
from a1sdk_dit.sampling.vae import PICTURES, StreamingDecoder, encode_portrait
from a1sdk_dit.sampling.windows import Window, read_windows

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from a1sdk_dit.model.geometry import Geometry
    from a1sdk_dit.sampling.models import Models
    from a1sdk_dit.sampling.settings import SamplingSettings
    from a1sdk_dit.sampling.turns import Turn
    from a1sdk_dit.sampling.vae import Picture

OnStep: TypeAlias = Callable[[int, int | None], None]
"""Takes how many steps of how many are done, counted for each window; of how many may be open."""

_COMPRESSION = 4
"""Pictures of a latent frame; the first latent frame of a video has one."""


class FrameGenerator:
    """Draws clips of one portrait.

    Args:
        models: the networks.
        image: the portrait as a picture of the model.
        tokens: its likeness, float32 [N, width].
        reference_control: its landmark picture.
        settings: how to sample.
        seed: of the noise, not negative.
        on_step: called after every denoising step; what it raises ends the clip.
        predictor: what predicts v, where it is not the transformer by itself.

    Raises:
        ConfigError: windows of this length cannot be decoded as a stream.
    """

    def __init__(
        self,
        models: Models,
        image: Picture,
        tokens: npt.NDArray[np.float32],
        reference_control: Picture,
        settings: SamplingSettings,
        seed: int,
        on_step: OnStep = lambda done, total: None,
        predictor: Predictor | None = None,
    ) -> None:
        _check_frames(models.geometry)
        self._models = models
        self._image = image
        self._tokens = tokens
        self._reference = reference_control
        self._settings = settings
        self._seed = seed
        self._on_step = on_step
        self._predictor = predictor or LocalPredictor(models.transformer, settings)

    def frames(self, controls: Iterable[Picture], count: int | None = None) -> Iterator[Picture]:
        """Yield one picture for each landmark picture, uint8 [H, W, 3].

        Landmark pictures are taken a window (or a group of them) at a time, and pictures are
        yielded as soon as they are decoded. Closing this early lets go of everything kept on the
        way, and closes `controls` where that can be closed.

        Args:
            controls: landmark pictures, any number of them.
            count: how many there are, for `on_step`.

        Raises:
            ValueError: a landmark picture does not have the model's size.
        """
        with ExitStack() as leaving:
            if isinstance(controls, Iterator) and hasattr(controls, "close"):
                leaving.callback(controls.close)
            models = self._models
            decoder = StreamingDecoder(models.vae, tiled=self._settings.tiled)
            leaving.callback(decoder.close)
            turn = leaving.enter_context(closing(models.turns.of(decoder.put_away)))
            leaving.callback(self._end, turn)
            yield from self._frames(controls, count, decoder, turn)

    def _end(self, turn: Turn) -> None:
        with turn:
            self._predictor.end()

    def _frames(
        self,
        controls: Iterable[Picture],
        count: int | None,
        decoder: StreamingDecoder,
        turn: Turn,
    ) -> Iterator[Picture]:
        models, settings = self._models, self._settings
        noise = self._noise()
        denoise = Denoiser(
            deepcopy(models.scheduler),  # other clips may take another number of steps
            self._predictor,
            settings,
            _shared(models.geometry),
            _Progress(self._on_step, self._total(count)),
        )
        conditions: Conditions | None = None
        windows = read_windows(controls, self._reference, models.pose_guider, models.geometry, turn)
        while group := list(islice(windows, settings.windows_at_once)):
            with turn:
                if conditions is None or settings.compat.encode_each_window:
                    conditions = self._conditions(noise.portrait())
                self._predictor.begin(conditions)
                latents = self._denoised(group, noise, denoise)
            for window, one in zip(group, torch.split(latents, 1), strict=True):
                yield from self._decoded(window, one, decoder, turn)

    def _denoised(self, group: Sequence[Window], noise: Noise, denoise: Denoiser) -> torch.Tensor:
        """Return the latents of a group of windows, [W, F, 16, h, w]."""
        models = self._models
        drawn = [noise.window(tuple(window.control.shape)) for window in group]
        return denoise(
            torch.cat([start for start, _ in drawn]).to(models.device),
            torch.cat([window.control for window in group]).to(models.dtype),
            [generator for _, generator in drawn],
        )

    def _decoded(
        self, window: Window, latents: torch.Tensor, decoder: StreamingDecoder, turn: Turn
    ) -> Iterator[Picture]:
        """Yield the new pictures of a window, decoding no more than they need."""
        geometry, restarts = self._models.geometry, self._settings.compat.restart_decoder
        before = 1 if window.number == 0 else 1 + geometry.overlap
        last = -(-(before + window.new - 1) // _COMPRESSION)
        start, stop = 0, 1 + last + last % 2  # as many as make up chunks
        if restarts:
            with turn:
                decoder.close()
        elif window.number > 0:
            start, before = 1 + _shared(geometry), 0
        pictures = decoder.decode(latents[:, start:stop], turn)
        yield from islice(pictures, before, before + window.new)

    def _conditions(self, generator: torch.Generator) -> Conditions:
        models, compat = self._models, self._settings.compat
        portrait = encode_portrait(
            models.vae,
            self._image,
            generator,
            tiled=self._settings.tiled and compat.encode_each_window,
            rounded=compat.rounded_steps,
        )
        return Conditions.of(models, portrait, self._tokens)

    def _noise(self) -> Noise:
        compat = self._settings.compat
        dtype = self._models.dtype if compat.rounded_steps else torch.float32
        if compat.encode_each_window:
            return RunningNoise(self._seed, dtype)
        return SeededNoise(self._seed, _shared(self._models.geometry), dtype)

    def _total(self, count: int | None) -> int | None:
        if count is None:
            return None
        return self._models.geometry.windows(count) * self._settings.steps


@dataclass(slots=True)
class _Progress:
    on_step: OnStep
    total: int | None
    done: int = 0

    def __call__(self, windows: int) -> None:
        self.done += windows
        self.on_step(self.done, self.total)


def _shared(geometry: Geometry) -> int:
    """Return how many latent frames a window shares with the one before."""
    return geometry.overlap // _COMPRESSION


def _check_frames(geometry: Geometry) -> None:
    if (geometry.frames - 1) % PICTURES or geometry.overlap % PICTURES or geometry.stride < 1:
        raise ConfigError(
            f"Windows of {geometry.frames} frames that share {geometry.overlap} cannot be decoded"
            f" as a stream, which has {PICTURES} frames at a time.",
            hint="Take a checkpoint whose windows have a multiple of 8 frames, and one.",
        )
