"""A portrait drawn by `dit/skyreels-a1` from motion of every kind, to the delivered film."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from a1sdk import animate
from a1sdk.assets import AssetStore
from a1sdk.components.registry import Registry
from a1sdk.errors import AssetMissingError, Cancelled, CapabilityError, ConfigError
from a1sdk.media import open_video, probe, read_still

tiny = pytest.importorskip("a1sdk_dit.tiny", reason="the GPU renderer is not installed")

ROOT = Path(__file__).parents[2]
MEDIA = ROOT / "examples" / "media"
RATE = Fraction(24000, 1001)
KEYS = {"schema_version": "a1.keys/1", "idle": {"head": {"amount": 1.5}}}


@pytest.fixture(autouse=True)
def _models() -> None:
    group = Registry().spec("face_tracker", "facemesh/landmarks").assets
    assert group is not None
    if AssetStore().resolve(group) is None:
        pytest.skip("the face models are not here: a1 assets pull facemesh")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tiny.make_tiny_checkpoint(tmp_path_factory.mktemp("dit") / "checkpoint"))


@pytest.fixture
def tall(tmp_path: Path) -> Path:
    """A portrait three times as high as wide, with the face in its upper half."""
    with Image.open(MEDIA / "portrait.png") as picture:
        cut = picture.convert("RGB").crop((144, 0, 432, 576)).resize((160, 320))
    whole = Image.new("RGB", (160, 480), (90, 60, 40))
    whole.paste(cut, (0, 0))
    whole.save(tmp_path / "tall.png")
    return tmp_path / "tall.png"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps(KEYS), encoding="utf-8")
    return path


def drawn(portrait: Path, output: Path, checkpoint: Path, **options: Any) -> dict[str, Any]:
    """Render, and return what the renderer noted in the report."""
    set_up = {"checkpoint": str(checkpoint), "steps": 2, **options.pop("set", {})}
    report = animate(
        portrait,
        options.pop("driver", None),
        output,
        renderer="dit/skyreels-a1",
        renderer_options=set_up,
        **options,
    )
    facts: dict[str, Any] = report.components[-1].facts
    return facts


@pytest.mark.parametrize(
    ("performer", "frames"),
    [
        ({"driver": MEDIA / "driver.mp4", "duration": "3s"}, 72),
        ({"driver": None, "voice": MEDIA / "voice.flac", "duration": "2s"}, 48),
        ({"driver": None, "keys": "keys", "duration": "2s"}, 48),
    ],
    ids=["video", "audio", "keys"],
)
def test_motion_of_any_kind_becomes_a_film_of_exact_length(
    performer: dict[str, Any],
    frames: int,
    tall: Path,
    keys: Path,
    checkpoint: Path,
    tmp_path: Path,
) -> None:
    if "keys" in performer:
        performer = {**performer, "keys": keys}
    facts = drawn(tall, tmp_path / "film.mp4", checkpoint, rate=RATE, **performer)
    film = probe(tmp_path / "film.mp4")
    assert film.video is not None
    assert (film.video.count, film.video.rate) == (frames, RATE)
    assert (film.video.width, film.video.height) == (160, 480)
    assert facts["native_rate"] == "12000/1001"
    assert facts["losses"] == ["2 steps are taken instead of 10."]


def test_outside_the_window_the_portrait_is_left_alone_bit_for_bit(
    tall: Path, keys: Path, checkpoint: Path, tmp_path: Path
) -> None:
    facts = drawn(tall, tmp_path / "shot.%04d.png", checkpoint, keys=keys, rate=25, duration="1/5s")
    window = facts["window"]
    portrait = read_still(tall).pixels
    rows = slice(max(0, window["top"]), window["top"] + window["height"])
    below = slice(window["top"] + window["height"], None)
    frames = sorted(tmp_path.glob("shot.*.png"))
    assert len(frames) == 5
    for path in frames:
        picture = read_still(path).pixels
        assert np.array_equal(picture[: rows.start], portrait[: rows.start])
        assert np.array_equal(picture[below], portrait[below]) and picture[below].size
        assert not np.array_equal(picture[rows], portrait[rows])


def test_a_seed_gives_the_same_film_and_another_seed_another(
    tall: Path, keys: Path, checkpoint: Path, tmp_path: Path
) -> None:
    def film(name: str, seed: int) -> np.ndarray[Any, Any]:
        path = tmp_path / f"{name}.mkv"
        drawn(tall, path, checkpoint, keys=keys, rate=25, duration="2/25s", seed=seed)
        with open_video(path) as video:
            return np.stack([frame.pixels for frame in video.frames()])

    one, same, other = film("one", 7), film("same", 7), film("other", 8)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_profile_that_cannot_be_judged_is_not_used_and_the_report_says_so(
    tall: Path, keys: Path, checkpoint: Path, tmp_path: Path
) -> None:
    facts = drawn(
        tall,
        tmp_path / "film.mp4",
        checkpoint,
        keys=keys,
        rate=12,
        duration="5s",
        set={"profile": "draft", "steps": 5},
    )
    assert facts["profile"] == "exact"
    with pytest.raises(CapabilityError, match="draft"):
        drawn(
            tall,
            tmp_path / "refused.mp4",
            checkpoint,
            keys=keys,
            rate=12,
            duration="5s",
            set={"profile": "draft", "steps": 5, "gate": "refuse"},
        )
    assert not (tmp_path / "refused.mp4").exists()


def test_a_run_that_is_stopped_while_denoising_leaves_nothing(
    tall: Path, keys: Path, checkpoint: Path, tmp_path: Path
) -> None:
    def stop(stage: str, done: int, total: int | None) -> None:
        if stage == "dit/skyreels-a1" and done == 3:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        drawn(
            tall, tmp_path / "film.mp4", checkpoint, keys=keys, rate=12, duration="9s",
            progress=stop,
        )  # fmt: skip
    assert {path.name for path in tmp_path.iterdir()} == {"tall.png", "keys.json"}


@pytest.mark.parametrize(
    ("broken", "error", "says"),
    [
        ("vae/diffusion_pytorch_model.safetensors", AssetMissingError, "vae"),
        ("transformer/config.json", AssetMissingError, "transformer"),
    ],
)
def test_a_checkpoint_with_a_part_missing_is_refused_before_anything_is_drawn(
    broken: str,
    error: type[Exception],
    says: str,
    tall: Path,
    keys: Path,
    tmp_path: Path,
) -> None:
    copy = Path(tiny.make_tiny_checkpoint(tmp_path / "copy"))
    (copy / broken).unlink()
    with pytest.raises(error, match=says):
        drawn(tall, tmp_path / "film.mp4", copy, keys=keys, duration="1s")
    assert not (tmp_path / "film.mp4").exists()


def test_a_network_that_is_not_named_is_asked_for(
    tall: Path, keys: Path, checkpoint: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="network"):
        drawn(
            tall, tmp_path / "film.mp4", checkpoint, keys=keys, duration="1s",
            set={"between": "network"},
        )  # fmt: skip
