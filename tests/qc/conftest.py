from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from a1sdk.components.data import TrackedFrame
from a1sdk.components.registry import Registry
from a1sdk.media import AudioSource, open_writer, write_still
from a1sdk.render.context import HostContext
from a1sdk.render.job import RenderJob
from a1sdk.render.pipeline import render
from a1sdk.render.report import RenderReport
from a1sdk.testing import portrait

FAKES = Path(__file__).parents[1] / "render" / "fake_plugin.py"
MODULE = "a1_qc_fakes"


@pytest.fixture
def fakes(
    load: Callable[[Path, str], ModuleType], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> ModuleType:
    """The made-up components alone, whose tracker also follows; in a folder with a portrait."""
    module = load(FAKES, MODULE)

    def track(self: Any, frames: Any, ctx: Any, *, max_faces: int = 1) -> Iterator[TrackedFrame]:
        for frame in frames:
            self.options.strike_at(frame.pts)
            yield TrackedFrame(frame.pts, tuple(self.detect(frame.pixels, ctx)[:max_faces]))

    monkeypatch.setattr(module.Tracker, "track", track)
    points = [EntryPoint("fake", MODULE, "a1sdk.plugins.v1")]
    monkeypatch.setattr("a1sdk.components.registry.installed_entry_points", lambda: points)
    monkeypatch.chdir(tmp_path)
    write_still(tmp_path / "portrait.png", portrait(160, 120, center=(0.5, 0.5)).pixels)
    return module


@pytest.fixture
def job(fakes: ModuleType, tmp_path: Path) -> Callable[..., RenderJob]:
    """A job whose face stays as it is, which is what the painter draws; keywords change it."""

    def make(**parts: Any) -> RenderJob:
        still = {"use": "fake/motion", "options": {"shift": 0.0, "frames": 20}}
        fields = {
            "portrait": tmp_path / "portrait.png",
            "output": tmp_path / "film.mkv",
            "motion": [still],
            "renderer": {"use": "fake/painter"},
            "tracker": {"use": "fake/tracker"},
            "qc": True,
            **parts,
        }
        return RenderJob.model_validate(fields)

    return make


@pytest.fixture
def run(fakes: ModuleType) -> Callable[[RenderJob], RenderReport]:
    def once(asked: RenderJob) -> RenderReport:
        with HostContext() as context:
            return render(asked, registry=Registry(), context=context)

    return once


@pytest.fixture
def film(fakes: ModuleType, tmp_path: Path) -> Callable[..., Path]:
    """Write a film of the portrait by others: some of its pictures black, with or without sound."""

    def make(
        name: str, *, black: range = range(0), count: int = 20, sound: Path | None = None
    ) -> Path:
        shown = portrait(160, 120, center=(0.5, 0.5)).pixels
        rate = Fraction(25)
        audio = None if sound is None else AudioSource(sound, Fraction(0), count / rate)
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        with open_writer(path, rate=rate, width=160, height=120, audio=audio) as writer:
            for number in range(count):
                pixels = shown.copy()
                pixels[:40, :40] = number * 12
                writer.write(pixels * 0 if number in black else pixels)
        return path

    return make
