"""The motion of real films, with the real tracker."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from a1sdk.components.registry import Registry
from a1sdk.errors import AssetMissingError
from a1sdk.motion.clip import MotionClip
from a1sdk.motion.measure import measure
from a1sdk.render.arrange import stack_of
from a1sdk.render.context import HostContext
from a1sdk.render.extract import extract_motion

pytestmark = [pytest.mark.shared, pytest.mark.slow]
Extract = Callable[..., MotionClip]


@pytest.fixture
def extract(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Extract:
    folders = [os.environ.get("A1_ASSET_PATH"), str(shared / "models")]
    monkeypatch.setenv("A1_ASSET_PATH", os.pathsep.join(filter(None, folders)))

    def run(name: str, **options: str) -> MotionClip:
        path = next((shared / "data" / "driving").glob(f"{name}*"))
        output = tmp_path / f"{len(list(tmp_path.iterdir()))}.a1motion"
        registry = Registry()
        with HostContext() as context:
            try:
                layers = stack_of(path, registry=registry, layer_options={"driver": options})
                extract_motion(layers, output, registry=registry, context=context)
            except AssetMissingError as error:
                pytest.skip(str(error))
        return MotionClip.load(output)

    return run


@pytest.mark.parametrize(
    ("name", "rate", "count"),
    [("d01", "25", 78), ("d04", "25", 75), ("z01", "30", 120), ("z05", "60000/1001", 180)],
)
def test_counts_and_rates(extract: Extract, name: str, rate: str, count: int) -> None:
    clip = extract(name)
    assert clip.info.rate == Fraction(rate)
    assert len(clip) == count
    assert clip.gaps() == []


def test_blinks_are_seen(extract: Extract) -> None:
    clip = extract("d03")
    blinks = measure(clip.frames()).blinks(clip.info.rate)
    assert len(blinks) == 4
    for found, eye in zip(blinks, (43, 80, 103, 315), strict=True):
        assert abs(found - eye) <= 1


def test_vfr_agrees_with_the_film_it_was_dropped_from(extract: Extract) -> None:
    """z02 is d02 with pictures left out: between them, motion is interpolated in time."""
    whole, thinned = (measure(extract(name).frames()) for name in ("d02", "z02"))
    length = min(len(whole.mouth), len(thinned.mouth))
    assert length > 240
    for one, other in ((whole.mouth, thinned.mouth), (whole.angles[:, 0], thinned.angles[:, 0])):
        assert np.corrcoef(one[:length], other[:length])[0, 1] > 0.97
    lag = [
        np.corrcoef(whole.angles[10:230, 0], np.roll(thinned.angles[:, 0], shift)[10:230])[0, 1]
        for shift in (-2, -1, 0, 1, 2)
    ]
    assert int(np.argmax(lag)) == 2, "no frame early, no frame late"


def test_a_face_that_leaves_is_a_gap(extract: Extract) -> None:
    gaps = extract("z03").gaps()
    assert len(gaps) == 2
    assert all(len(gap) > 40 for gap in gaps)


def test_the_chosen_of_two_is_followed(extract: Extract) -> None:
    left = extract("z04", face="25%,50%")
    right = extract("z04", face="75%,50%")
    curves = [measure(clip.frames()) for clip in (left, right)]
    assert np.abs(np.corrcoef(curves[0].mouth, curves[1].mouth)[0, 1]) < 0.8


def test_cuts_do_not_throw_the_head_out_of_the_picture(extract: Extract) -> None:
    curves = measure(extract("d10").frames())
    assert np.nanmax(np.abs(curves.translation)) < 2
