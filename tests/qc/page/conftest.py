"""Films whose pictures say their number, and a result of inspecting one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from a1sdk.media import open_writer
from a1sdk.qc.model import (
    Figure,
    Finding,
    QcComponent,
    QcInput,
    QcProfile,
    QcResult,
    Series,
    ShotFigures,
)

RATE = Fraction(25)
FRAMES = 96
BITS = 7
CELL = 32  # pixels


def numbered(frame: int) -> np.ndarray:
    """A picture in which bars, the highest bit first, are the frame's number."""
    picture = np.full((3 * CELL, BITS * CELL, 3), 90, np.uint8)
    for bit in range(BITS):
        lit = frame >> (BITS - 1 - bit) & 1
        picture[CELL : 2 * CELL, bit * CELL : (bit + 1) * CELL] = 255 * lit
    return picture


@pytest.fixture
def write_film(tmp_path: Path) -> Callable[..., Path]:
    """Writes a film of numbered pictures and returns its path."""

    def write(
        name: str, rate: Fraction = RATE, count: int = FRAMES, codec: str | None = None
    ) -> Path:
        path = tmp_path / name
        width, height = BITS * CELL, 3 * CELL
        with open_writer(path, rate=rate, width=width, height=height, codec=codec) as writer:
            for frame in range(count):
                writer.write(numbered(frame))
        return path

    return write


@pytest.fixture
def portrait(tmp_path: Path) -> Path:
    path = tmp_path / "portrait.png"
    Image.fromarray(numbered(0)).save(path)
    return path


@pytest.fixture
def result_of() -> Callable[..., QcResult]:
    """Makes a result with a failure, warnings, a curve with something asked, and an empty one."""

    def make(*inputs: tuple[str, Path], frames: int = FRAMES, name: str = "Jitter") -> QcResult:
        time = np.arange(frames)
        jitter = np.where((time >= 40) & (time < 50), 1.5, 0.25)
        jitter[44:45] = 1.875
        mouth = np.round(0.1 + 0.05 * np.sin(time / 5), 4)
        return QcResult(
            verdict="fail",
            a1sdk="0.1.0",
            rate=RATE,
            frames=frames,
            size=(BITS * CELL, 3 * CELL),
            timecode="01:00:00:00",
            against_motion=True,
            inputs=tuple(
                QcInput.model_validate({"role": role, "path": path, "sha256": "0" * 64, "bytes": 9})
                for role, path in inputs
            ),
            components=(QcComponent(ref="x/track", package="a1-x", version="1.2", license="MIT"),),
            profile=QcProfile(),
            series=(
                series("mouth", "Mouth opening", mouth, asked=tuple(mouth.tolist())),
                series("jitter", name, jitter, warn=0.8, fail=1.2),
                series("gaze", "Gaze", np.full(frames, np.nan), warn=1),
            ),
            shots=(ShotFigures(first=0, last=frames - 1, figures=(LAG,)),),
            findings=(
                finding("jitter", "fail", 40, 49, 44, value=1.875, limit=1.2),
                finding("mouth", "warn", 70, 70, 70, value=0.1, limit=0.05),
                finding("mouth_lag", "warn", 0, frames - 1, 0, value=1.5, limit=1.0),
            ),
            notes=("Something to bear in mind.",),
            seconds=1.5,
        )

    return make


@pytest.fixture
def cast_result(result_of: Callable[..., QcResult]) -> Callable[..., QcResult]:
    """Makes a result of two shots in which Ann and Ben perform; the jitter of Ben is bad."""

    def make(*inputs: tuple[str, Path]) -> QcResult:
        one = result_of(*inputs)
        mouth, jitter, gaze = one.series
        ann = [part.model_copy(update={"who": "Ann"}) for part in (mouth, jitter, gaze)]
        ben = [part.model_copy(update={"who": "Ben"}) for part in (mouth, jitter, gaze)]
        light = series("brightness", "Brightness", np.full(FRAMES, 0.5), warn=2)
        found = one.findings[0].model_copy(
            update={"who": "Ben", "sentence": "Ben: the jitter is bad."}
        )
        shots = [
            ShotFigures(first=first, last=last, who=who, figures=(LAG,))
            for first, last in ((0, 29), (30, FRAMES - 1))
            for who in (None, "Ann", "Ben")
        ]
        return one.model_copy(
            update={"series": (*ann, *ben, light), "findings": (found,), "shots": tuple(shots)}
        )

    return make


LAG = Figure(
    name="mouth_lag", label="Lag", about="How late.", unit="frames", value=1.5, warn=1, fail=2
)


def series(name: str, label: str, values: np.ndarray, **others: object) -> Series:
    known = [float(value) if np.isfinite(value) else None for value in values]
    about = {"name": name, "label": label, "about": "What it is.", "unit": "px", "values": known}
    return Series.model_validate(about | others)


def finding(measure: str, severity: str, *frames: int, value: float, limit: float) -> Finding:
    first, last, worst = frames
    return Finding.model_validate(
        {
            "measure": measure,
            "severity": severity,
            "first": first,
            "last": last,
            "worst": worst,
            "value": value,
            "limit": limit,
            "sentence": f"The {measure} is bad.",
        }
    )
