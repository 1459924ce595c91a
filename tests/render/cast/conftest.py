"""A world where people are blocks of one colour."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from blocks import COUNT, MODULE

from a1sdk.components.registry import Registry
from a1sdk.media import open_writer, write_still
from a1sdk.render.animate import make_job
from a1sdk.render.context import HostContext
from a1sdk.render.pipeline import render
from a1sdk.render.report import RenderReport


@pytest.fixture
def world(load: Callable[[Path, str], ModuleType]) -> ModuleType:
    """The module of the plugin `blocks`."""
    return load(Path(__file__).parents[1] / "cast_plugin.py", MODULE)


@pytest.fixture
def registry(world: ModuleType) -> Registry:
    return Registry([EntryPoint("blocks", MODULE, "a1sdk.plugins.v1")])


@pytest.fixture
def portrait(world: ModuleType, tmp_path: Path) -> Path:
    """Red on the left and Blue on the right, 160 x 48 pixels."""
    pixels = np.full((48, 160, 3), 200, np.uint8)
    world.block(pixels, "Red", 8)
    world.block(pixels, "Blue", 120)
    write_still(tmp_path / "portrait.png", pixels)
    return tmp_path / "portrait.png"


@pytest.fixture
def sheet(world: ModuleType, tmp_path: Path) -> Callable[..., Path]:
    """Writes a cast sheet of Red, Green and Blue, each with a picture of theirs."""

    def write(*parts: tuple[str, str], **fields: object) -> Path:
        people = []
        for name in world.COLORS:
            pixels = np.full((48, 64, 3), 200, np.uint8)
            world.block(pixels, name, 20, bright=180)
            write_still(tmp_path / f"{name}.png", pixels)
            people.append({"name": name, "pictures": [f"{name}.png"]})
        content = {
            "schema_version": "a1.cast/1",
            "people": people,
            "parts": [{"who": who, "by": by} for who, by in parts],
            **fields,
        }
        path = tmp_path / "cast.json"
        path.write_text(json.dumps(content))
        return path

    return write


@pytest.fixture
def driver(world: ModuleType, tmp_path: Path) -> Callable[..., Path]:
    """Writes a film; `place` says where each person is in a frame, and None where they are not.

    Red is brighter by one each frame, Green by two.
    """

    def write(
        place: Callable[[str, int], int | None], count: int = COUNT, light=lambda number: 200
    ) -> Path:
        path = tmp_path / f"driver{count}.mkv"
        with open_writer(path, rate=Fraction(25), width=160, height=48) as writer:
            for number in range(count):
                pixels = np.full((48, 160, 3), light(number), np.uint8)
                for speed, name in ((1, "Red"), (2, "Green")):
                    left = place(name, number)
                    if left is not None:
                        world.block(pixels, name, left, world.DARK + speed * number)
                writer.write(pixels)
        return path

    return write


@pytest.fixture
def perform(registry: Registry, portrait: Path, tmp_path: Path) -> Callable[..., RenderReport]:
    def run(
        driver: Path | None, renderer: str = "blocks/blocks", **options: object
    ) -> RenderReport:
        job = make_job(
            portrait,
            driver,
            tmp_path / "film.mkv",
            registry=registry,
            renderer=renderer,
            tracker="blocks/finder",
            **options,  # type: ignore[arg-type]
        )
        with HostContext() as context:
            return render(job, registry=registry, context=context)

    return run
