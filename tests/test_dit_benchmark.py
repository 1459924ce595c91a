"""All rows of `benchmarks/dit.py` run on a machine without a GPU, but those that say why not."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("a1sdk_dit")

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
NEEDS_A_GPU = ("fp8", "cudnn", "efficient")


@pytest.fixture
def dit(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(BENCHMARKS)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield importlib.import_module("dit")
    torch.set_num_threads(threads)


def test_tiny_rows(dit: ModuleType) -> None:
    scale = dit.Scale.of(torch.device("cpu"), tiny=True)
    bench = dit.measure(scale, ["ceilings", "reference", "step", "clip"], compiled=False)
    failed = {row.name: row.failure for row in bench.rows if not row.times}
    assert all(any(kind in name for kind in NEEDS_A_GPU) for name in failed)
    assert all("does not" in failure for failure in failed.values())
    names = [row.name for row in bench.rows if row.times]
    assert {"guided step", "clip, 10 steps", "exact", "fast", "draft"} <= set(names)
    lines = bench.table().splitlines()
    assert len(lines) == 2 + len(bench.rows)
    assert all(line.count("|") == 9 for line in lines)


def test_floors_are_of_the_best_ceilings(dit: ModuleType) -> None:
    bench = dit.Bench(dit.Scale.of(torch.device("cpu"), tiny=True))
    rows = importlib.import_module("dit_bench")
    for name, seconds in (("slow", 2.0), ("quick", 1.0)):
        work = dit.Work(attention=100)
        bench.rows.append(rows.Row("ceilings", name, work, times=[seconds]))
    assert bench.floor(dit.Work(attention=50)) == 0.5
    assert bench.floor(dit.Work(attention=50, linear=1)) is None
