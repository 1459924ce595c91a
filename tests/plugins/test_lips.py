"""Mouths that `audio/speech` makes of real voices, measured by `benchmarks/lips.py`."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import pytest

from a1sdk.components.registry import Registry

pytestmark = [pytest.mark.shared, pytest.mark.slow]


@pytest.fixture(scope="module")
def lips() -> Iterator[ModuleType]:
    path = Path(__file__).parents[2] / "benchmarks" / "lips.py"
    spec = importlib.util.spec_from_file_location("lips", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["lips"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["lips"]


@pytest.fixture
def studio(
    lips: ModuleType, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> object:
    monkeypatch.setenv("A1_ASSET_PATH", str(shared / "models"))
    return lips.Studio(shared / "data", tmp_path, Registry())


def test_mouths_open_as_those_of_the_speakers(lips: ModuleType, studio: object) -> None:
    for name, *found in lips.openings(studio):
        assert len(found) == 6  # told what is said, searching thoroughly, searching quickly
        assert min(found[::2]) >= 0.6, name
        assert max(map(abs, found[1::2])) < 80, name


def test_lips_meet_in_each_p_b_and_m(
    lips: ModuleType, studio: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lips, "RATES", (Fraction(25), Fraction(30)))
    rows = list(lips.contacts(studio))
    assert sum(int(row[2].split(" of ")[1]) for row in rows) > 30
    for name, rate, met, _gap, _count, _opening in rows:
        assert len(set(met.split(" of "))) == 1, (name, rate)
    assert max(row[5] for row in rows) < 0.03  # what the teeth show above the lip, in face units


def test_silence_moves_no_mouth(lips: ModuleType, studio: object) -> None:
    ((_name, frames, most),) = lips.silence(studio)
    assert frames == 125
    assert most == 0
