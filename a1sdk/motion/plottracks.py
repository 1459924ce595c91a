"""The tracks of a plot: sound, the labels beneath it, and layers with their weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.media.montage import Audio, open_track
from a1sdk.motion.plottime import BLUE, GREEN, INK, MOST_COLUMNS, ORANGE, PALE, PURPLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from a1sdk.components.data import Label
    from a1sdk.motion.plottime import TimeAxis

_ORDER = ("words", "phones", "visemes")
_FILLS = {"words": "#dfe9f3", "phones": "#eef0e2", "visemes": "#f0e6f2"}
_OTHER = "#eeeeee"
_SILENT = ("sil", "SIL", "X", "")
_SIZE, _SMALLEST = 8.5, 6.0  # points of type
_CENTERED: dict[str, Any] = {"ha": "center", "va": "center", "color": INK, "parse_math": False}
_MOST = 0.6  # a track is written if this share of its texts can be read


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A layer as a plot shows it.

    Attributes:
        name: what it is called.
        gives: which regions, and how, in words.
        weight: its weight 0..1 at a time in seconds.
    """

    name: str
    gives: str
    weight: Callable[[Fraction], float]


def tracks_of(labels: Iterable[Label]) -> dict[str, list[Label]]:
    """Return labels by track: words, phones, visemes, then the others by name."""
    tracks: dict[str, list[Label]] = {}
    for label in labels:
        tracks.setdefault(label.track, []).append(label)
    names = [*_ORDER, *sorted(tracks.keys() - set(_ORDER))]
    return {name: tracks[name] for name in names if name in tracks}


def draw_sound(graph: Axes, sound: Audio, time: TimeAxis) -> None:
    """Draw the waveform, as much as is shown: of every column, the highest and lowest sample.

    Raises:
        DecodeError: the sound cannot be read.
    """
    part = replace(sound, start=sound.start + time.start, duration=time.duration)
    low, high = _envelope(part)
    at = time.shown.start + (np.arange(len(low)) + 0.5) / len(low) * len(time.shown)
    graph.fill_between(at, low, high, color=INK, alpha=0.85, linewidth=0.3)
    top = max(0.05, float(np.abs([low, high]).max())) * 1.05
    graph.set_ylim(-top, top)
    _bare(graph, "sound")


def _envelope(sound: Audio) -> tuple[Any, Any]:
    """Return the lowest and the highest sample of each column, all channels together."""
    with closing(open_track(sound)) as track:
        total = max(1, int(sound.duration * track.rate))
        columns = min(MOST_COLUMNS, total)
        low, high, done = np.zeros(columns), np.zeros(columns), 0
        for piece in track.samples():
            column = (done + np.arange(piece.shape[1])) * columns // total
            column = np.minimum(column, columns - 1)
            np.minimum.at(low, column, piece.min(axis=0))
            np.maximum.at(high, column, piece.max(axis=0))
            done += piece.shape[1]
    return low, high


def draw_labels(graph: Axes, track: str, labels: Sequence[Label], time: TimeAxis) -> None:
    """Draw the labels of a track as boxes, with their texts where there is room."""
    spoken = [part for label in labels if (part := _shown(label, time)) is not None]
    graph.broken_barh(
        [(time.place(label.start), time.place(label.end - label.start)) for label in spoken],
        (0, 1),
        facecolors=_FILLS.get(track, _OTHER),
        edgecolors="white" if _crowded(spoken, time) else "#8d97a3",
        linewidth=0.0 if _crowded(spoken, time) else 0.5,
    )
    sizes = [time.room(one.start, one.end) / (_width(one.text) + 0.4) for one in spoken]
    if spoken and np.mean(np.array(sizes) >= _SMALLEST) >= _MOST:
        for label, size in zip(spoken, sizes, strict=True):
            if size >= _SMALLEST:
                middle = time.place((label.start + label.end) / 2)
                graph.text(middle, 0.46, label.text, fontsize=min(_SIZE, size), **_CENTERED)
    graph.set_ylim(0, 1)
    _bare(graph, track)


def _shown(label: Label, time: TimeAxis) -> Label | None:
    """Return the part of a label that is shown; None of silence, and where nothing is."""
    start = max(label.start, time.start)
    end = min(label.end, time.start + time.duration)
    return None if label.text in _SILENT or start >= end else replace(label, start=start, end=end)


@lru_cache(maxsize=4096)
def _width(text: str) -> float:
    """Return how wide a text is, as a multiple of its size."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=100)
    return float(text_to_path.get_text_width_height_descent(text, font, False)[0]) / 100


def _crowded(labels: Sequence[Label], time: TimeAxis) -> bool:
    """Whether outlines of the boxes would be most of what is seen."""
    widths = [time.room(label.start, label.end) for label in labels]
    return bool(widths) and float(np.median(widths)) < 3


def draw_layers(graph: Axes, layers: Sequence[LayerRow], time: TimeAxis) -> None:
    """Draw a row for each layer, the base at the bottom, as high as its weight."""
    count = min(MOST_COLUMNS, max(2, len(time.shown)))
    last = max(1, len(time.shown) - 1) / time.rate
    times = [time.start + last * n / (count - 1) for n in range(count)]
    at = [time.place(one) for one in times]
    colors = (BLUE, ORANGE, GREEN, PURPLE)
    for row, layer in enumerate(layers):
        weights = np.array([layer.weight(one) for one in times])
        color = colors[row % len(colors)]
        graph.fill_between(at, row, row + 0.84 * weights, color=color, alpha=0.3, linewidth=0)
        graph.plot(at, row + 0.84 * weights, color=color, linewidth=1.1)
        graph.axhline(row, color=PALE, linewidth=0.6, zorder=0)
        graph.text(
            0.004, row + 0.42, layer.gives, fontsize=8, va="center", color=INK,
            transform=graph.get_yaxis_transform(), parse_math=False,
        )  # fmt: skip
    names = [one.name for one in layers]
    graph.set_yticks([row + 0.42 for row in range(len(layers))], names, parse_math=False)
    graph.set_ylim(-0.04, len(layers))
    graph.tick_params(labelsize=8.5, length=0)
    graph.spines[["top", "right", "left", "bottom"]].set_visible(False)
    graph.tick_params(bottom=False)


def _bare(graph: Axes, name: str) -> None:
    """Leave nothing of a graph's frame but its name."""
    graph.set_yticks([])
    graph.set_ylabel(name, fontsize=8.5, rotation=0, ha="right", va="center")
    graph.spines[["top", "right", "left", "bottom"]].set_visible(False)
    graph.tick_params(bottom=False)
