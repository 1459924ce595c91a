"""Add sounds up, and keep the sum within full scale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, cast

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.media.audio import Samples

_REACH = 0.025  # seconds; a loud sample lowers what lies within twice this of it


def summed(streams: Sequence[Iterator[Samples]]) -> Iterator[Samples]:
    """Yield the sum of streams of the same length, each at the level it has, not clipped.

    Args:
        streams: of float32 [channels, n] that are not empty, all with the same channels.
    """
    held = [next(stream, None) for stream in streams]
    while all(piece is not None for piece in held):
        pieces = cast("list[Samples]", held)
        count = min(piece.shape[1] for piece in pieces)
        yield np.sum([piece[:, :count] for piece in pieces], axis=0)
        held = [
            piece[:, count:] if piece.shape[1] > count else next(stream, None)
            for piece, stream in zip(pieces, streams, strict=True)
        ]


def peak_of(piece: Samples) -> float:
    """Return the largest absolute sample."""
    return float(np.abs(piece).max())


def under_full_scale(pieces: Iterable[Samples], rate: int, channels: int) -> Iterator[Samples]:
    """Yield the pieces with their level lowered around what goes beyond full scale.

    A limiter that looks ahead: the gain that a sample needs is needed by all within 25 ms of it,
    and what they need is smoothed over 25 ms to each side, by weights that add up to one. So the
    gain is nowhere higher than it may be, it changes slower than voices swing, channels keep their
    balance, no sample moves, and what is further than 50 ms from a loud one is left bit for bit.

    Args:
        pieces: float32 [channels, n].
        rate: samples per second.
        channels: how many there are.
    """
    reach = round(_REACH * rate)
    context = np.zeros((channels, 2 * reach), np.float32)
    held = context
    for piece in chain(pieces, [context]):
        held = np.concatenate([held, piece], axis=1)
        ready = held.shape[1] - 4 * reach
        if ready > 0:
            yield _limited(held, reach)
            held = held[:, ready:]


def _limited(samples: Samples, reach: int) -> Samples:
    """Return samples without the first and last `2 * reach`, which only tell what is near."""
    inner = samples[:, 2 * reach : samples.shape[1] - 2 * reach]
    peaks = np.abs(samples).max(0).astype(np.float64)
    if peaks.max() <= 1:
        return inner
    taken = 1 - 1 / np.maximum(peaks, 1)
    weights = np.hanning(2 * reach + 3)[1:-1]
    smooth = np.convolve(_largest(taken, 2 * reach + 1), weights / weights.sum(), "valid")
    return cast("Samples", np.clip(inner * (1 - smooth), -1, 1).astype(np.float32))


def _largest(values: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.float64]:
    """Return the largest of every `count` successive values, by windows that double."""
    width = 1
    while width < count:
        step = min(width, count - width)
        values = np.maximum(values[:-step], values[step:])
        width += step
    return values
