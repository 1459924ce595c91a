from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from a1sdk.components.registry import Registry
from a1sdk.media import AudioSource, open_writer, write_still
from a1sdk.render.context import HostContext
from a1sdk.render.job import RenderJob
from a1sdk.render.pipeline import render
from a1sdk.render.report import RenderReport
from a1sdk.testing import portrait

MODULE = "a1_render_fakes"


@pytest.fixture
def fakes(load: Callable[[Path, str], ModuleType]) -> ModuleType:
    """The module of the plugin `fake`; its `EVENTS` say what happened."""
    return load(Path(__file__).with_name("fake_plugin.py"), MODULE)


@pytest.fixture
def registry(fakes: ModuleType) -> Registry:
    return Registry([EntryPoint("fake", MODULE, "a1sdk.plugins.v1")])


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A portrait of 160 x 120 pixels."""
    path = tmp_path / "portrait.png"
    write_still(path, portrait(160, 120).pixels)
    return path


@pytest.fixture
def film(tmp_path: Path) -> Callable[..., Path]:
    """Make a film whose pictures carry 20 times their number, with a click each half second."""

    def make(count: int = 20, rate: Fraction = Fraction(25), sound: bool = False) -> Path:
        path = tmp_path / "driver.mkv"
        audio = None
        if sound:
            audio = AudioSource(_clicks(tmp_path, count / rate), Fraction(0), count / rate)
        with open_writer(path, rate=rate, width=64, height=48, audio=audio) as writer:
            for number in range(count):
                writer.write(np.full((48, 64, 3), number * 20 % 256, np.uint8))
        return path

    return make


def _clicks(folder: Path, seconds: Fraction) -> Path:
    import wave

    rate, path = 16000, folder / "clicks.wav"
    samples = np.zeros(int(seconds * rate), "<i2")
    samples[:: rate // 2] = 20000
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, rate, len(samples), "NONE", ""))
        out.writeframes(samples.tobytes())
    return path


JobMaker = Callable[..., RenderJob]


@pytest.fixture
def job(picture: Path, tmp_path: Path) -> JobMaker:
    """Build a job on the fakes; keywords change parts of it."""

    def make(output: str = "film.mkv", **parts: Any) -> RenderJob:
        fields = {
            "portrait": picture,
            "output": tmp_path / "out" / output,
            "motion": [{"use": "fake/motion"}],
            "renderer": {"use": "fake/painter"},
            "tracker": {"use": "fake/tracker"},
            **parts,
        }
        (tmp_path / "out").mkdir(exist_ok=True)
        return RenderJob.model_validate(fields)

    return make


@pytest.fixture
def run(registry: Registry) -> Callable[..., RenderReport]:
    """Render a job."""

    def once(job: RenderJob, context: HostContext | None = None) -> RenderReport:
        with context or HostContext() as ctx:
            return render(job, registry=registry, context=ctx)

    return once
