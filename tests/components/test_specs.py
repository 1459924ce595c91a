"""What the specs of renderers say in numbers of targets."""

from __future__ import annotations

from fractions import Fraction

import pytest

from a1sdk.components.specs import RendererSpec

NTSC = Fraction(24000, 1001)


def spec(**parts) -> RendererSpec:
    return RendererSpec(name="a", summary="B.", factory="c:D", **parts)


@pytest.mark.parametrize(
    ("parts", "rate", "targets"),
    [
        ({}, 25, 0),
        ({"lookahead": 3}, 25, 3),
        ({"lookahead": None}, 25, None),
        ({"lookahead": None, "lookahead_time": Fraction(1)}, 25, None),
        ({"lookahead_time": Fraction(4)}, 25, 100),
        ({"lookahead_time": Fraction(4)}, NTSC, 96),  # 95.904
        ({"lookahead": 1, "lookahead_time": Fraction(1, 2)}, 25, 14),  # 12.5
    ],
)
def test_how_far_renderers_look_ahead_at_a_rate(parts, rate, targets):
    assert spec(**parts).reach(Fraction(rate)) == targets


@pytest.mark.parametrize(
    ("parts", "rate", "targets"),
    [
        ({}, 25, 1),
        ({"segment": 8}, 50, 8),
        ({"segment": 48, "native_rate": Fraction(12)}, 25, 100),
        ({"segment": 48, "native_rate": Fraction(12)}, NTSC, 96),
        ({"segment": 48, "native_rate": Fraction(12)}, 6, 24),
        ({"native_rate": Fraction(12)}, 25, 3),
    ],
)
def test_how_many_targets_renderers_draw_in_one_go(parts, rate, targets):
    assert spec(**parts).segment_at(Fraction(rate)) == targets
