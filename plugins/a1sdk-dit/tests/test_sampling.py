"""Clips of any length from landmark pictures, with the networks of a tiny checkpoint."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from a1sdk_dit.checkpoint.layout import find_layout
from a1sdk_dit.checkpoint.loading import load_scheduler, load_transformer, load_vae
from a1sdk_dit.sampling.generator import FrameGenerator, OnStep
from a1sdk_dit.sampling.models import Models
from a1sdk_dit.sampling.predictor import Conditions, LocalPredictor, Predictor
from a1sdk_dit.sampling.settings import Compat, SamplingSettings
from a1sdk_dit.sampling.turns import Turn
from a1sdk_dit.sampling.vae import StreamingDecoder
from a1sdk_dit.tiny import make_tiny_checkpoint
from diffusers import CogVideoXDPMScheduler, FirstBlockCacheConfig

from a1sdk.plugin import ConfigError

SIDE = 16
QUICK = SamplingSettings(steps=1, guidance=1.0)
GUIDED = SamplingSettings(steps=5, guidance=3.0)  # takes over at seams in steps 2 and 3


def load(folder: Path, dtype: torch.dtype = torch.float32) -> Models:
    layout = find_layout(folder)
    return Models(
        transformer=load_transformer(layout, dtype, "cpu"),
        vae=load_vae(layout.vae, dtype, "cpu", decoder=True),
        pose_guider=load_vae(layout.pose_guider, dtype, "cpu", decoder=False),
        scheduler=load_scheduler(layout),
        geometry=layout.geometry,
        device=torch.device("cpu"),
        dtype=dtype,
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Checkpoints whose windows have 17 frames, and 49 as in the release."""
    root = tmp_path_factory.mktemp("sampling")
    return {
        frames: make_tiny_checkpoint(root / f"{frames}", frames=frames, height=SIDE, width=SIDE)
        for frames in (17, 49)
    }


@pytest.fixture(scope="module")
def models(folders: dict[int, Path]) -> Models:
    return load(folders[17])


def pictures(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, SIDE, SIDE, 3), np.uint8)


def generator(
    models: Models,
    settings: SamplingSettings,
    *,
    seed: int = 7,
    on_step: OnStep = lambda done, total: None,
    predictor: Predictor | None = None,
) -> FrameGenerator:
    portrait, reference = pictures(2, seed=1)
    tokens = np.random.default_rng(2).normal(size=(4, 32)).astype(np.float32)
    return FrameGenerator(models, portrait, tokens, reference, settings, seed, on_step, predictor)


def clip(models: Models, settings: SamplingSettings, count: int, **more: object) -> np.ndarray:
    frames = generator(models, settings, **more).frames(pictures(count))  # type: ignore[arg-type]
    return np.stack(list(frames))


class Recorder(LocalPredictor):
    """Predicts, and writes down what it was asked."""

    def __init__(self, models: Models, settings: SamplingSettings) -> None:
        super().__init__(models.transformer, settings)
        self.begun: list[Conditions] = []
        self.asked: list[tuple[torch.Tensor, torch.Tensor, int, int]] = []
        self.answers: list[torch.Tensor] = []
        self.ended = 0

    def begin(self, conditions: Conditions) -> None:
        self.begun.append(conditions)
        super().begin(conditions)

    def __call__(
        self, latents: torch.Tensor, control: torch.Tensor, step: int, timestep: int
    ) -> torch.Tensor:
        self.asked.append((latents.clone(), control, step, timestep))
        self.answers.append(super().__call__(latents, control, step, timestep))
        return self.answers[-1]

    def end(self) -> None:
        self.ended += 1
        super().end()


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[torch.Tensor]:
    """Latents that are decoded."""
    seen: list[torch.Tensor] = []
    decode = StreamingDecoder.decode

    def record(
        decoder: StreamingDecoder, latents: torch.Tensor, turn: Turn
    ) -> Iterator[np.ndarray]:
        seen.append(latents)
        return decode(decoder, latents, turn)

    monkeypatch.setattr(StreamingDecoder, "decode", record)
    return seen


# Frames


@pytest.mark.parametrize("compat", [Compat(), Compat.reference()], ids=["seamless", "reference"])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 9, 15, 16, 17, 23, 24, 25, 33])
def test_there_is_one_picture_for_each_landmark_picture(
    models: Models, count: int, compat: Compat
) -> None:
    recorder = Recorder(models, QUICK)
    frames = generator(models, replace(QUICK, compat=compat), predictor=recorder)
    found = list(frames.frames(pictures(count)))
    assert len(found) == count
    assert all(picture.shape == (SIDE, SIDE, 3) for picture in found)
    assert all(picture.dtype == np.uint8 for picture in found)
    assert len(recorder.asked) == models.geometry.windows(count)


@pytest.mark.parametrize("count", [1, 47, 48, 49, 88, 89, 200])
def test_windows_of_the_release_give_as_many(folders: dict[int, Path], count: int) -> None:
    models = load(folders[49])
    assert len(clip(models, QUICK, count)) == count
    assert models.geometry.windows(count) == 1 + max(0, -(-(count - 48) // 40))


def test_windows_read_the_reference_what_they_share_and_what_is_new(models: Models) -> None:
    recorder, controls = Recorder(models, QUICK), pictures(27)
    list(generator(models, QUICK, predictor=recorder).frames(controls))
    reference = pictures(2, seed=1)[1]
    starts = [range(0, 16), range(8, 24), [*range(16, 27), *[26] * 5]]
    assert len(recorder.asked) == len(starts)
    for places, (_, control, _, _) in zip(starts, recorder.asked, strict=True):
        video = np.stack([reference, *(controls[place] for place in places)])
        pixels = torch.from_numpy(video).permute(3, 0, 1, 2)[None] / 255 * 2 - 1
        with torch.no_grad():
            expected = models.pose_guider.encode(pixels).latent_dist.mode().transpose(1, 2) * 0.7
        torch.testing.assert_close(control, expected)


def test_all_windows_are_decoded_as_one_video(models: Models, decoded: list[torch.Tensor]) -> None:
    found = clip(models, GUIDED, 29)
    assert [part.shape[1] for part in decoded] == [5, 2, 2]
    latents = torch.cat(decoded, dim=1).transpose(1, 2) / 0.7
    with torch.no_grad():
        pixels = models.vae.decode(latents).sample[0]
    expected = ((pixels / 2 + 0.5).clamp(0, 1) * 255).round().permute(1, 2, 3, 0).numpy()
    assert len(expected) == 33
    assert np.abs(found - expected[1:30]).max() <= 1


def test_latents_that_nobody_sees_are_not_decoded(
    models: Models, decoded: list[torch.Tensor]
) -> None:
    for count in (1, 8, 9, 17):
        clip(models, QUICK, count)
    # 1 + 8 pictures are 3 latents, 1 + 16 are 5; the second window decodes 2 of them and more.
    assert [part.shape[1] for part in decoded] == [3, 3, 5, 5, 2]


def test_a_picture_of_another_size_is_refused(models: Models) -> None:
    wrong = np.zeros((SIDE, SIDE + 8, 3), np.uint8)
    with pytest.raises(ValueError, match=r"uint8 \(16, 16, 3\), not uint8 \(16, 24, 3\)"):
        list(generator(models, QUICK).frames([wrong]))


def test_windows_that_do_not_end_with_a_chunk_are_refused(tmp_path: Path) -> None:
    models = load(make_tiny_checkpoint(tmp_path / "odd", frames=21, height=SIDE, width=SIDE))
    with pytest.raises(ConfigError, match="21 frames"):
        generator(models, QUICK)


# What is kept, and for how long


def test_the_portrait_and_its_likeness_are_encoded_once(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    portraits, likenesses = [], []
    encode, embed = models.vae.encoder.forward, models.transformer.embed_identity
    monkeypatch.setattr(
        models.vae.encoder, "forward", lambda *a, **k: (portraits.append(0), encode(*a, **k))[1]
    )
    monkeypatch.setattr(
        models.transformer, "embed_identity", lambda t: (likenesses.append(t), embed(t))[1]
    )
    clip(models, QUICK, 40)
    assert len(portraits) == 1
    assert len(likenesses) == 2
    assert not likenesses[1].any()
    compat = Compat(encode_each_window=True)
    clip(models, replace(QUICK, compat=compat), 40)
    assert len(portraits) == 1 + models.geometry.windows(40)


def test_latents_stay_in_float32_with_networks_of_fewer_bits(folders: dict[int, Path]) -> None:
    models = load(folders[17], torch.bfloat16)
    recorder, rounded = Recorder(models, GUIDED), Recorder(models, GUIDED)
    assert clip(models, GUIDED, 20, predictor=recorder).shape == (20, SIDE, SIDE, 3)
    clip(models, replace(GUIDED, compat=Compat(rounded_steps=True)), 20, predictor=rounded)
    assert {latents.dtype for latents, *_ in recorder.asked} == {torch.float32}
    assert {latents.dtype for latents, *_ in rounded.asked} == {torch.bfloat16}
    assert {control.dtype for _, control, *_ in recorder.asked} == {torch.bfloat16}
    assert {answer.dtype for answer in recorder.answers} == {torch.float32}
    last = recorder.asked[-1][0]
    assert (last != last.bfloat16().float()).any()


@pytest.mark.parametrize("at_once", [1, 3])
def test_no_more_is_taken_or_held_than_the_windows_at_work(models: Models, at_once: int) -> None:
    taken: list[weakref.ref[np.ndarray]] = []
    settings = replace(QUICK, windows_at_once=at_once)

    def controls() -> Iterator[np.ndarray]:
        for picture in pictures(200):
            copy = picture.copy()
            taken.append(weakref.ref(copy))
            yield copy
            del copy

    geometry, most = models.geometry, 0
    for shown, _ in enumerate(generator(models, settings).frames(controls()), 1):
        windows_seen = geometry.windows(shown)
        groups = -(-windows_seen // at_once)
        allowed = geometry.frames - 1 + (groups * at_once - 1) * geometry.stride
        assert len(taken) <= allowed
        most = max(most, sum(one() is not None for one in taken))
    assert shown == 200
    assert most <= geometry.overlap + 1


def test_the_same_seed_gives_the_same_clip_and_another_another(models: Models) -> None:
    first = clip(models, GUIDED, 20)
    torch.manual_seed(99)  # nothing comes from the state of the process
    np.testing.assert_array_equal(clip(models, GUIDED, 20), first)
    assert (clip(models, GUIDED, 20, seed=8) != first).any()


def test_a_clip_begins_as_a_longer_one(models: Models) -> None:
    long = clip(models, GUIDED, 40)
    np.testing.assert_array_equal(clip(models, GUIDED, 24), long[:24])


# Windows together


@pytest.mark.parametrize("scheduler", ["ddim", "dpm"])
@pytest.mark.parametrize("at_once", [2, 3])  # 5 windows: a group is left with fewer
def test_windows_at_once_are_windows_one_by_one(
    models: Models, decoded: list[torch.Tensor], at_once: int, scheduler: str
) -> None:
    if scheduler == "dpm":
        noisy = CogVideoXDPMScheduler.from_config(models.scheduler.config)
        models = replace(models, scheduler=noisy)
    count = 16 + 4 * 8
    alone = clip(models, GUIDED, count)
    together = clip(models, replace(GUIDED, windows_at_once=at_once), count)
    assert len(decoded) == 2 * 5
    for one, other in zip(decoded[:5], decoded[5:], strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-5)
    assert np.abs(alone.astype(int) - together).max() <= 1


@pytest.mark.parametrize(
    "compat", [Compat(late_seams=True), Compat(encode_each_window=True), Compat.reference()]
)
def test_the_released_scripts_have_one_window_at_a_time(compat: Compat) -> None:
    with pytest.raises(ConfigError, match="2 windows at once"):
        SamplingSettings(windows_at_once=2, compat=compat)


# What is left behind


def test_what_steps_keep_is_forgotten_between_windows(models: Models) -> None:
    expected = clip(models, GUIDED, 30)
    computed: list[int] = []
    attention = models.transformer.transformer_blocks[1].attn1
    handle = attention.register_forward_hook(lambda *call: computed.append(0))
    models.transformer.enable_cache(FirstBlockCacheConfig(threshold=1e9))
    try:
        first = clip(models, GUIDED, 30)
        # Of each window only the first step is computed in full, once for each branch.
        assert len(computed) == 2 * models.geometry.windows(30)
        np.testing.assert_array_equal(clip(models, GUIDED, 30), first)
    finally:
        models.transformer.disable_cache()
        handle.remove()
    assert (first != expected).any()
    np.testing.assert_array_equal(clip(models, GUIDED, 30), expected)


@pytest.mark.parametrize(("at_once", "done"), [(1, [1, 2, 3, 4, 5, 6]), (2, [2, 4, 5, 6])])
def test_every_step_is_told(models: Models, at_once: int, done: list[int]) -> None:
    told: list[tuple[int, int | None]] = []
    settings = SamplingSettings(steps=2, guidance=1.0, windows_at_once=at_once)
    frames = generator(models, settings, on_step=lambda *values: told.append(values))
    list(frames.frames(pictures(30), count=30))
    assert told == [(number, 6) for number in done]
    list(frames.frames(pictures(1)))
    assert told[-2:] == [(1, None), (2, None)]


class Stop(Exception):
    """What a host raises to cancel."""


def living(kind: type) -> int:
    gc.collect()
    return sum(issubclass(type(one), kind) for one in gc.get_objects())


def cancelled(frames: FrameGenerator, controls: Iterable[np.ndarray]) -> None:
    with pytest.raises(Stop):
        list(frames.frames(controls))


def closed_early(frames: FrameGenerator, controls: Iterable[np.ndarray]) -> None:
    shown = frames.frames(controls)
    assert isinstance(shown, Iterator)
    for _ in range(18):  # in the middle of the second window
        next(shown)
    shown.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("leave", "stop_at"), [(cancelled, 4), (closed_early, 1000)])
def test_leaving_early_leaves_nothing_behind(
    models: Models,
    leave: Callable[[FrameGenerator, Iterable[np.ndarray]], None],
    stop_at: int,
) -> None:
    closed = []

    def controls() -> Iterator[np.ndarray]:
        try:
            yield from pictures(100)
        finally:
            closed.append(True)

    def on_step(done: int, total: int | None) -> None:
        if done == stop_at:
            raise Stop

    settings = SamplingSettings(steps=3, guidance=1.0)
    recorder = Recorder(models, settings)
    tensors, decoders = living(torch.Tensor), living(StreamingDecoder)
    frames = generator(models, settings, on_step=on_step, predictor=recorder)
    source = controls()  # held here, so that it does not close by itself
    leave(frames, source)
    recorder.asked.clear(), recorder.answers.clear(), recorder.begun.clear()
    assert closed == [True]
    assert recorder.ended == 1
    assert living(StreamingDecoder) == decoders
    assert living(torch.Tensor) == tensors
    stop_at = -1
    assert len(list(frames.frames(pictures(20)))) == 20
