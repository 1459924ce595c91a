"""Several faces of one picture: their clips take turns with one set of networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from a1sdk_dit.checkpoint.layout import find_layout
from a1sdk_dit.engine import Engine
from a1sdk_dit.options import RendererOptions
from a1sdk_dit.sampling import vae
from a1sdk_dit.sampling.turns import Turns
from a1sdk_dit.shot import Shot
from a1sdk_dit.tiny import make_tiny_checkpoint

from a1sdk.plugin import Cancelled, StreamInfo
from a1sdk.render.context import HostContext
from a1sdk.testing import faces

COUNT = 20
"""Pictures of a clip: three windows."""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_checkpoint(tmp_path_factory.mktemp("small") / "t", height=32, width=48)


class Studio:
    """An engine, and clips that it draws, each of a face of its own."""

    def __init__(self, checkpoint: Path, ctx: Any, **options: Any) -> None:
        self.options = RendererOptions(checkpoint=checkpoint, profile="draft", **options)
        self.engine = Engine(self.options, find_layout(checkpoint), ctx)

    def clip(
        self, face: int, on_step: Callable[[int, int | None], None] = lambda done, total: None
    ) -> Iterator[np.ndarray]:
        """The pictures of a face; under another profile than the next one's."""
        portrait = faces.portrait(96, 128, center=(0.45 + 0.1 * face, 0.52))
        info = StreamInfo(Fraction(12), COUNT)
        shot = Shot(portrait, info, self.engine.geometry, self.options)
        tokens = np.random.default_rng(face).normal(size=(4, 32)).astype(np.float32)
        motions = [faces.performing((n + face) / COUNT) for n in range(COUNT)]
        controls = (
            shot.control(shot.window.to_model(one.landmarks))
            for one in faces.targets_of(portrait, motions)
        )
        settings = self.engine.profiles[face % len(self.engine.profiles)][1]
        return self.engine.generator(shot, tokens, settings, face, on_step).frames(controls)


@pytest.fixture
def studio(tiny: Path) -> Iterator[Callable[..., Studio]]:
    opened = []
    with HostContext(device="cpu") as ctx:

        def open_studio(**options: Any) -> Studio:
            opened.append(Studio(tiny, ctx, **options))
            return opened[-1]

        yield open_studio
        for one in opened:
            one.engine.close()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"tiling": "on"},
        {"memory": "offload"},
        {"sampling": "reference"},
        {"windows_at_once": 2},
    ],
    ids=lambda one: "-".join(map(str, one)) or "plain",
)
def test_clips_in_turns_are_what_they_are_alone(
    studio: Callable[..., Studio], options: dict[str, Any]
) -> None:
    alone = [list(studio(**options).clip(face)) for face in (0, 1)]
    shared = studio(**options)
    assert [name for name, _ in shared.engine.profiles] == ["draft", "fast", "exact"]
    clips = [shared.clip(face) for face in (0, 1)]
    turns = list(zip(*clips, strict=True))
    for face in (0, 1):
        np.testing.assert_array_equal([turn[face] for turn in turns], alone[face])


def test_clips_of_several_threads_are_what_they_are_alone(studio: Callable[..., Studio]) -> None:
    alone = [list(studio().clip(face)) for face in (0, 1, 2)]
    shared, drawn = studio(), dict[int, list[np.ndarray]]()

    def draw(face: int) -> None:
        drawn[face] = list(shared.clip(face))

    threads = [Thread(target=draw, args=(face,)) for face in (0, 1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for face in (0, 1, 2):
        np.testing.assert_array_equal(drawn[face], alone[face])


def test_a_clip_that_ends_early_disturbs_no_other(studio: Callable[..., Studio]) -> None:
    alone = list(studio().clip(0))
    shared = studio()

    def stop(done: int, total: int | None) -> None:
        if done == 3:
            raise Cancelled("stopped")

    stays, goes = shared.clip(0), shared.clip(1, stop)
    drawn = [next(stays)]
    with pytest.raises(Cancelled):
        next(goes)
    np.testing.assert_array_equal([*drawn, *stays], alone)


def test_the_device_keeps_what_one_clip_keeps_and_one_alone_moves_nothing(
    studio: Callable[..., Studio], monkeypatch: pytest.MonkeyPatch
) -> None:
    away = []
    put_away = vae.StreamingDecoder.put_away

    def counted(decoder: vae.StreamingDecoder) -> None:
        away.append(decoder)
        put_away(decoder)

    monkeypatch.setattr(vae.StreamingDecoder, "put_away", counted)
    shared = studio()
    list(shared.clip(0))
    assert not away
    one, other = shared.clip(0), shared.clip(1)
    next(one)
    next(other)
    assert len(away) == 1
    next(one)  # of the same chunk, which is there
    assert len(away) == 1
    list(one)
    assert len(set(away)) == 2


def test_what_cannot_be_put_away_ends_the_turn() -> None:
    turns = Turns()

    def full() -> None:
        raise MemoryError("full")

    first, second = turns.of(full), turns.of(lambda: None)
    with first, pytest.raises(RuntimeError):
        raise RuntimeError("in a turn")
    with pytest.raises(MemoryError), second:
        pass
    first.close()
    with second:
        pass
