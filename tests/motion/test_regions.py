from __future__ import annotations

import numpy as np
import pytest

from a1sdk.errors import ConfigError
from a1sdk.motion.blendshapes import BLENDSHAPE_NAMES, basis, mirror_indices, reference_face
from a1sdk.motion.landmarks import BROWS, EYES, LIPS, LOWER_LIDS, UPPER_LIDS, flat
from a1sdk.motion.regions import (
    GROUPS,
    REGIONS,
    by_region,
    point_shares,
    point_weights,
    regions_of,
    shape_shares,
    shapes_of,
)


def test_every_point_belongs_to_the_regions_in_full() -> None:
    total = sum(point_weights(region) for region in REGIONS)
    assert np.abs(total - 1.0).max() < 1e-6
    assert all(point_weights(region).min() >= 0 for region in REGIONS)
    assert not point_weights("head").any()


@pytest.mark.parametrize(
    ("region", "core"),
    [
        ("lips", LIPS),
        ("eyes", flat(UPPER_LIDS, LOWER_LIDS)),
        ("brows", flat(BROWS)),
        ("gaze", EYES),
        ("jaw", (152, 175, 199, 136, 365)),
        ("cheeks", (4, 50, 280, 195)),
    ],
)
def test_the_core_of_a_region_is_its_own(region: str, core: tuple[int, ...]) -> None:
    assert (point_weights(region)[list(core)] == 1.0).all()


@pytest.mark.parametrize(
    ("region", "top", "bottom"),
    [
        ("lips", 0.2, 0.9),
        ("jaw", 0.0, 2.0),
        ("eyes", -0.6, 0.2),
        ("brows", -2.0, 0.0),
        ("cheeks", -0.6, 0.7),
    ],
)
def test_regions_are_compact(region: str, top: float, bottom: float) -> None:
    height = reference_face()[:, 1]
    reached = height[point_weights(region) > 0.05]
    assert top < reached.min()
    assert reached.max() < bottom


def test_both_sides_are_alike() -> None:
    for region in REGIONS:
        weights = point_weights(region)
        assert weights == pytest.approx(weights[mirror_indices()])


def test_every_blendshape_has_one_region() -> None:
    owners = {name: [r for r in REGIONS if name in shapes_of(r)] for name in BLENDSHAPE_NAMES}
    assert all(len(regions) == 1 for regions in owners.values())
    assert shapes_of("mouth") == shapes_of("lips") | shapes_of("jaw")
    assert shapes_of("all") == set(BLENDSHAPE_NAMES)
    assert shapes_of("head") == frozenset()


@pytest.mark.parametrize("names", [("lips", "jaw"), ("eyes", "gaze"), ("brows",)])
def test_blendshapes_move_their_own_regions_most(names: tuple[str, ...]) -> None:
    """Energy of the measured basis a point, over the shapes of these regions."""
    shapes = frozenset[str]().union(*(shapes_of(name) for name in names))
    own = [index for index, name in enumerate(BLENDSHAPE_NAMES) if name in shapes]
    energy = np.square(basis()[own]).sum(axis=(0, 2))
    per_point = {
        region: float(energy @ point_weights(region) / point_weights(region).sum())
        for region in REGIONS[:-1]
    }
    assert max(per_point, key=lambda region: per_point[region]) in names


def test_narrower_names_win() -> None:
    shares = by_region({"lips": 0.2, "all": 1.0, "mouth": 0.5})
    assert shares == {**dict.fromkeys(REGIONS, 1.0), "lips": 0.2, "jaw": 0.5}
    assert by_region({"eyes": 0.3}) == {"eyes": 0.3}


def test_groups_are_made_of_regions() -> None:
    assert regions_of("mouth") == ("lips", "jaw")
    assert set(regions_of("all")) == set(regions_of("face")) | {"head"}
    assert all(set(members) <= set(REGIONS) for members in GROUPS.values())


def test_shares_reach_points_and_shapes() -> None:
    assert point_shares(dict.fromkeys(REGIONS, 1.0)) == pytest.approx(1.0)
    half = point_shares({"lips": 0.5})
    assert half.shape == (478, 1)
    assert half[LIPS, 0] == pytest.approx(0.5)
    shapes = shape_shares({"jaw": 0.25})
    expected = [0.25 if name.startswith("jaw") else 0.0 for name in BLENDSHAPE_NAMES]
    assert shapes == pytest.approx(expected)


def test_unknown_regions_are_refused() -> None:
    with pytest.raises(ConfigError, match="lip") as caught:
        regions_of("lip")
    assert caught.value.hint == "did you mean 'lips'?"
    with pytest.raises(ConfigError, match="ears") as caught:
        shapes_of("ears")
    assert "brows" in str(caught.value.hint)
    with pytest.raises(ConfigError, match="group"):
        point_weights("mouth")
