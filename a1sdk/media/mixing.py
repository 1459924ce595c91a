"""Add sounds up, and keep the sum within full scale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import numpy as np
from av.filter import Graph

from a1sdk.media.audio import as_frame

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

    from a1sdk.media.audio import Samples

# At full scale; milliseconds; no make-up gain; and no sample moves.
_LIMITER = {"limit": "1", "attack": "5", "release": "50", "level": "0", "latency": "1"}


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


def under_full_scale(pieces: Iterable[Samples], rate: int, layout: str) -> Iterator[Samples]:
    """Yield the pieces with their level lowered where it goes beyond full scale, by a limiter.

    FFmpeg's `alimiter` looks 5 ms ahead, lowers all channels alike, and comes back within tenths
    of a second. All else is left as it is, bit for bit, and nothing is moved.

    Args:
        pieces: float32 [channels, n].
        rate: samples per second.
        layout: FFmpeg's name of the channels.
    """
    graph, sent = _limiter(rate, layout), 0
    for piece in pieces:
        graph.push(as_frame(piece, layout, rate, sent))
        sent += piece.shape[1]
        yield from _ready(graph)
    if sent:
        graph.push(None)
        yield from _ready(graph)


def _limiter(rate: int, layout: str) -> Graph:
    graph = Graph()
    nodes = [
        graph.add_abuffer(
            format="fltp", sample_rate=rate, layout=layout, time_base=Fraction(1, rate)
        ),
        graph.add("alimiter", **_LIMITER),
        graph.add("aformat", sample_fmts="fltp"),
        graph.add("abuffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    return graph


def _ready(graph: Graph) -> Iterator[Samples]:
    """Yield what a graph has ready."""
    while True:
        try:
            frame = cast("AudioFrame", graph.pull())
        except (BlockingIOError, EOFError):
            return
        yield cast("Samples", frame.to_ndarray())
