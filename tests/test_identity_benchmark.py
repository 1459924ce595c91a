"""What `benchmarks/identity.py` counts, and that the page it wrote is still true."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("a1sdk_insightface")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("identity")


def test_errors_are_equal_where_the_shares_cross(identity: ModuleType) -> None:
    same = [0.9, 0.8, 0.7, 0.35]
    different = [0.0, 0.1, 0.2, 0.3, 0.1, 0.0, 0.4, 0.5]
    found = identity.equal_errors(same, different)
    assert (found.refused, found.accepted) == (1, 2)
    assert found.rate == pytest.approx(0.25)
    assert 0.35 < found.threshold <= 0.4


def test_what_does_not_overlap_is_parted_in_the_middle(identity: ModuleType) -> None:
    found = identity.equal_errors([0.7, 0.9], [0.1, 0.3])
    assert (found.threshold, found.refused, found.accepted, found.rate) == (0.5, 0, 0, 0.0)


def test_chance_is_told_apart_no_better_than_chance(identity: ModuleType) -> None:
    values = [number / 100 for number in range(100)]
    assert identity.equal_errors(values, values).rate == pytest.approx(0.5, abs=0.02)


def test_few_trials_without_an_error_exclude_little(identity: ModuleType) -> None:
    assert identity.at_most(0, 1) == pytest.approx(0.95)
    assert identity.at_most(0, 300) == pytest.approx(0.01, abs=0.0005)


@pytest.mark.shared
def test_the_page_is_true_of_some_of_the_portraits(
    identity: ModuleType, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = ("p02", "p03", "p05:0", "p05:1", "p10", "p11", "p12")
    monkeypatch.setattr(identity, "PEOPLE", {name: identity.PEOPLE[name] for name in few})
    monkeypatch.setattr(identity, "MADE_UP", {n: identity.MADE_UP[n] for n in ("p07", "x11")})
    monkeypatch.setattr(identity, "CROWDS", ("p22",))
    monkeypatch.setenv("A1_ASSET_PATH", str(shared / "models"))
    pack = shared / "models" / "insightface_root" / "models" / "a1_test"
    if not pack.is_dir():
        pytest.skip(f"no model pack in {pack}")
    found = identity.measure(pack, shared / "data" / "portraits")
    assert (len(found.same), len(found.different)) == (4, 21 - 4 + 7 * 15 + 15 * 14 // 2)
    errors = identity.equal_errors(found.same, found.different)
    assert errors.rate == 0 and errors.threshold == pytest.approx(0.6, abs=0.1)
    assert min(found.versions) > 0.8 and min(found.agreement) > 0.95
    page = (ROOT / "docs" / "identity.md").read_text("utf-8")
    assert "**0.00%**" in page and found.about["weights"][:16] in page
    for name, counted in found.counts.items():
        assert counted[0] == counted[1]
        assert f"| {name} | {' | '.join(str(count) for count in counted)} |" in page


@pytest.fixture
def films(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("identity_films")


def test_films_are_counted_as_quality_control_would(films: ModuleType) -> None:
    def film(portrait: str, other: str, own: float) -> object:
        cosines = {portrait: np.full(80, own), other: np.full(80, 0.1)}
        cosines[portrait][1::2] = cosines[other][1::2] = np.nan  # every second frame is looked at
        return films.Film(portrait, "d", cosines, np.linspace(0, 35, 80))

    made = [film("a", "b", 0.8), film("b", "a", 0.6)]
    assert (len(films.same(made)), len(films.different(made))) == (80, 80)
    assert [films.alarms(made, limit) for limit in (0.5, 0.7, 0.9)] == [0, 1, 2]
    assert films.swaps(made, 0.5) == (2, 2) and films.swaps(made, 0.05) == (0, 2)
    turned = dict(films.by_turn(made))
    assert sum(map(len, turned.values())) == 80
    assert len(turned["30 degrees and more"]) < len(turned["0 to 10 degrees"])
    assert "| 0.70 | 50.00% | 0.00% | 1 | 2 |" in films.section(made)


def test_the_page_has_the_limits_that_the_encoder_brings() -> None:
    from a1sdk_insightface import OTHER_BELOW, SAME_FROM

    page = (ROOT / "docs" / "identity.md").read_text("utf-8")
    assert f"warns below {SAME_FROM:.2f} and fails below {OTHER_BELOW:.2f}" in page
    assert f"| {OTHER_BELOW:.2f} | 0.00% | 0.00% | 0 | 224 |" in page
