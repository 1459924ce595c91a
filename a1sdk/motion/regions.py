"""The regions of a face that motion is layered, cleaned and spoken of by.

    head                rotation and translation; no landmarks
    face   mouth  lips  the lips, and the skin around them
                  jaw   chin, jawline and lower cheeks
           cheeks       cheeks and nose
           eyes         lids, and the skin around them
           brows        brows and forehead
           gaze         the irises

Regions share the skin between them: each landmark belongs to its regions by weights that add up
to 1, so that a face put together of several has no creases. The core of a region is its own
alone. Each blendshape belongs to one region.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.components.data import BLENDSHAPES, LANDMARKS
from a1sdk.components.options import did_you_mean
from a1sdk.errors import ConfigError
from a1sdk.motion.blendshapes import BLENDSHAPE_NAMES, mirror_indices, reference_face
from a1sdk.motion.landmarks import BROWS, EYES, LIPS, LOWER_LIDS, UPPER_LIDS

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats

    Doubles = npt.NDArray[np.float64]

REGIONS = ("lips", "jaw", "cheeks", "eyes", "brows", "gaze", "head")
"""Every region; disjoint, and together all of a face's motion."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "mouth": ("lips", "jaw"),
    "face": REGIONS[:-1],
    "all": REGIONS,
}
"""Names for several regions, the narrowest first."""

_CORES: Mapping[str, tuple[int, ...]] = {
    "lips": LIPS,
    "jaw": (
        *(152, 148, 176, 149, 150, 136, 172),  # the outline, from the chin to below the ear
        *(175, 171, 140, 170, 169, 199, 208, 32, 211, 200, 201, 194),
    ),
    "cheeks": (
        *(6, 197, 195, 5, 4, 1, 19, 98, 49, 131, 198, 174, 217, 126, 209, 129),
        *(101, 36, 50, 205, 118, 117, 123, 147, 187),
    ),
    "eyes": (*UPPER_LIDS[0], *LOWER_LIDS[0], 33, 133, 130, 243, 110, 24, 23, 22, 26, 25, 112),
    "brows": (*BROWS[0], 9, 151, 10, 108, 69, 104, 109, 67, 103, 54),
}
"""Landmarks that are one region's alone: of the subject's right, and the midline."""

_BAND = 0.35  # face units over which two regions fade into each other
_SHAPES: Mapping[str, tuple[str, ...]] = {
    "lips": ("mouth", "tongue"),
    "jaw": ("jaw",),
    "cheeks": ("cheek", "nose"),
    "eyes": ("eyeBlink", "eyeSquint", "eyeWide"),
    "brows": ("brow",),
    "gaze": ("eyeLook",),
    "head": (),
}
"""What the names of each region's blendshapes begin with."""


def regions_of(name: str) -> tuple[str, ...]:
    """Return the regions that a name means: itself, or the members of a group.

    Raises:
        ConfigError: there is no such region.
    """
    if name in REGIONS:
        return (name,)
    if name in GROUPS:
        return GROUPS[name]
    known = [*REGIONS, *GROUPS]
    raise ConfigError(
        f"There is no region {name!r} of a face.",
        hint=did_you_mean(name, known) or f"regions: {', '.join(known)}",
    )


def by_region(values: Mapping[str, float]) -> dict[str, float]:
    """Return the value of each region from values by region or group; the narrower name wins.

    Regions that no name covers are left out.

    Raises:
        ConfigError: there is no such region.
    """
    found: dict[str, float] = {}
    for name in sorted(values, key=lambda name: len(regions_of(name)), reverse=True):
        found.update(dict.fromkeys(regions_of(name), values[name]))
    return found


@cache
def point_weights(region: str) -> Floats:
    """Return how far each landmark belongs to a region, float32 [478], 0..1; do not write to it.

    The weights of all regions add up to 1 at every landmark. They are modified inverse distances
    (Franke and Nielson 1980) to the regions' cores on the reference face: 1 on the core, 0 beyond
    a band around it.

    Raises:
        ConfigError: there is no such region; groups are none.
    """
    if region not in REGIONS:
        regions_of(region)
        raise ConfigError(f"{region!r} is a group of regions, not one region.")
    weights = _all_weights()[region].astype(np.float32)
    weights.flags.writeable = False
    return weights


@cache
def shapes_of(region: str) -> frozenset[str]:
    """Return the names of the blendshapes that a region or group moves.

    Raises:
        ConfigError: there is no such region.
    """
    beginnings = tuple(begin for one in regions_of(region) for begin in _SHAPES[one])
    return frozenset(name for name in BLENDSHAPE_NAMES if name.startswith(beginnings))


def point_shares(shares: Mapping[str, float]) -> Floats:
    """Return how far shares by region reach each landmark, float32 [478, 1]."""
    total = np.zeros(LANDMARKS)
    for region, share in shares.items():
        total += share * _all_weights()[region]
    return total[:, None].astype(np.float32)


def shape_shares(shares: Mapping[str, float]) -> Floats:
    """Return how far shares by region reach each blendshape, float32 [52]."""
    total = np.zeros(BLENDSHAPES, np.float32)
    for region, share in shares.items():
        total[[name in shapes_of(region) for name in BLENDSHAPE_NAMES]] = share
    return total


@cache
def _all_weights() -> dict[str, Doubles]:
    skin = np.setdiff1d(np.arange(LANDMARKS), EYES)
    face = reference_face().astype(np.float64)
    away = np.stack([_distances(face[skin], face[_core(core)]) for core in _CORES.values()])
    inverse = _inverse_distances(away)
    shares = inverse / inverse.sum(axis=0)
    weights = {region: np.zeros(LANDMARKS) for region in REGIONS}
    for region, share in zip(_CORES, shares, strict=True):
        weights[region][skin] = share
    weights["gaze"][list(EYES)] = 1.0
    return weights


def _inverse_distances(away: Doubles) -> Doubles:
    """Inverse distances [regions, points] that vanish `_BAND` beyond the nearest core."""
    limit = away.min(axis=0) + _BAND
    inverse = np.square(np.maximum(limit - away, 0.0) / np.maximum(limit * away, 1e-6))
    inverse[:, away.min(axis=0) == 0.0] = 0.0
    inverse[away == 0.0] = 1.0
    return np.asarray(inverse)


def _core(points: Iterable[int]) -> list[int]:
    """Landmarks of both sides of the face."""
    own = list(points)
    return sorted({*own, *mirror_indices()[own].tolist()})


def _distances(points: Doubles, core: Doubles) -> Doubles:
    return np.asarray(np.linalg.norm(points[:, None] - core[None], axis=2).min(axis=1))
