"""UsdSkel blend shape weights: the time samples of a `SkelAnimation`. Needs `usd-core`.

The file is read as one layer and is not composed, so that nothing it refers to is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from a1sdk.plugin import BLENDSHAPES, ResourceError
from a1sdk_mocap.clock import decimal_seconds
from a1sdk_mocap.names import shape_index
from a1sdk_mocap.take import Rows, Take

if TYPE_CHECKING:
    from a1sdk_mocap.sample import Sample

NAME = "usd"

_SUFFIXES = (".usd", ".usda", ".usdc")
_MOST = 1 << 29
_MOST_PRIMS = 100_000


class _Animation(NamedTuple):
    """A `SkelAnimation`: where its weights are, and which shape each weight is of."""

    weights: str
    names: list[str]
    places: list[int | None]

    @property
    def known(self) -> int:
        return sum(place is not None for place in self.places)


def matches(sample: Sample) -> bool:
    """Whether the file begins as a USD layer in text or binary."""
    return sample.head.startswith((b"#usda", b"PXR-USDC"))


def read(sample: Sample) -> Take:
    """Read the animation that names most ARKit shapes.

    Raises:
        ResourceError: usd-core is not installed.
        DecodeError: the layer is damaged, or animates no ARKit shapes.
    """
    _expect_readable(sample)
    with _damage(sample):
        return _read(_layer(sample), sample)


def _read(layer: Any, sample: Sample) -> Take:
    animation = max(_animations(layer), key=lambda found: found.known, default=None)
    if animation is None or not animation.known:
        sample.refuse("has no SkelAnimation with blendShapes of ARKit names")
    codes = layer.ListTimeSamplesForPath(animation.weights)
    if not codes:
        sample.refuse("has blend shape weights that do not change in time")
    rows = Rows(sample)
    for code in codes:
        rows.add(f"time code {code:g}", _values(layer, animation, code, sample))
    per_second = decimal_seconds(layer.timeCodesPerSecond or 24.0, sample)
    other = [
        name for name, place in zip(animation.names, animation.places, strict=True) if place is None
    ]
    return Take(
        format=NAME,
        times=[decimal_seconds(code, sample) / per_second for code in codes],
        coefficients=rows.coefficients,
        present=rows.present,
        notes=(
            *rows.notes,
            "joints are not carried: the head stays still",
            *([f"shapes left out: {', '.join(other)}"] if other else []),
        ),
    )


def _expect_readable(sample: Sample) -> None:
    if find_spec("pxr") is None:
        raise ResourceError(
            f"{str(sample.path)!r} is USD, which needs usd-core, which is not installed.",
            hint="pip install 'a1sdk-mocap[usd]'",
        )
    if sample.path.suffix.lower() not in _SUFFIXES:
        sample.refuse("is USD by another name", hint=f"rename it to {sample.path.stem}.usd")
    if sample.path.stat().st_size > _MOST:
        sample.refuse(f"is larger than {_MOST >> 20} MiB")


@contextmanager
def _damage(sample: Sample) -> Iterator[None]:
    """Say that the file is damaged where usd-core does."""
    from pxr import Tf  # type: ignore[import-untyped]

    try:
        yield
    except Tf.ErrorException as error:
        sample.refuse(f"is damaged USD{_reason(error)}")


def _reason(error: Any) -> str:
    """What usd-core says, without its own source's whereabouts."""
    try:
        return f": {str(error.args[0].commentary).strip().splitlines()[0]}"
    except (AttributeError, IndexError, UnicodeDecodeError):  # it quotes what need not be text
        return ""


def _layer(sample: Sample) -> Any:
    from pxr import Sdf

    layer = Sdf.Layer.OpenAsAnonymous(str(sample.path))
    if layer is None:
        sample.refuse("is no USD layer that can be read")
    return layer


def _animations(layer: Any) -> Iterator[_Animation]:
    waiting = list(layer.rootPrims)
    for _ in range(_MOST_PRIMS):
        if not waiting:
            return
        prim = waiting.pop()
        waiting.extend(prim.nameChildren)
        attributes = prim.attributes
        if prim.typeName != "SkelAnimation" or "blendShapeWeights" not in attributes:
            continue
        tokens = attributes["blendShapes"].default if "blendShapes" in attributes else None
        names = [str(token) for token in tokens or ()]
        path = str(attributes["blendShapeWeights"].path)
        yield _Animation(path, names, [shape_index(name) for name in names])


def _values(layer: Any, animation: _Animation, code: float, sample: Sample) -> Any:
    weights = layer.QueryTimeSample(animation.weights, code)
    if weights is None or len(weights) != len(animation.names):
        sample.refuse(f"has other than {len(animation.names)} weights at time code {code:g}")
    values = np.zeros(BLENDSHAPES)
    for place, weight in zip(animation.places, weights, strict=True):
        if place is not None:
            values[place] = weight
    return values
