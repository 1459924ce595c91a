"""Draw a performance: faces at telling moments, and everything that moves. Needs matplotlib.

From top to bottom, as far as there is any: faces; sound with its labels; layers; head, gaze, eyes
and mouth; and a row for each coefficient that moves. All share one axis: `n` is frame `n`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.errors import ResourceError
from a1sdk.media.files import replacing
from a1sdk.motion.blendshapes import BLENDSHAPE_NAMES
from a1sdk.motion.measure import SHUT, Curves, measure, moves
from a1sdk.motion.plotfaces import draw_faces
from a1sdk.motion.plottime import BLUE, GREEN, INK, ORANGE, PALE, PURPLE, TimeAxis
from a1sdk.motion.plottracks import LayerRow, draw_labels, draw_layers, draw_sound, tracks_of
from a1sdk.timing import FrameRange

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from a1sdk.media.montage import Audio
    from a1sdk.motion.clip import MotionClip

    Drawer = Callable[[Axes], None]

__all__ = ["LayerRow", "plot_clip"]

_NARROWEST, _WIDEST, _DPI = 13.0, 24.0, 110  # inches, pixels an inch
_INCHES = {False: 1, True: 3}  # a second, without and with labels, between these widths
_FACES, _CURVE, _ROW = 2.8, 1.15, 0.17  # inches high
_MOVES = 0.03  # a coefficient that varies less does not move
_GAP = "#f3d9d2"


@dataclass(frozen=True, slots=True)
class _Panel:
    """A graph, `height` inches high; where it shows the face, gaps are shaded."""

    height: float
    draw: Drawer
    of_face: bool = True


def plot_clip(
    clip: MotionClip,
    path: Path | str,
    title: str = "",
    *,
    sound: Audio | None = None,
    layers: Sequence[LayerRow] = (),
    shown: FrameRange | None = None,
) -> None:
    """Write a PNG of a performance, with its gaps shaded.

    Args:
        clip: the performance.
        path: where to.
        title: heading; what the clip says of itself if empty.
        sound: what is heard meanwhile, drawn as a waveform.
        layers: what the performance was mixed from, the base first.
        shown: the frames to show; all if None.

    Raises:
        ResourceError: matplotlib is not installed.
        DecodeError: the sound cannot be read.
        StorageError: the file cannot be written.
    """
    try:
        import matplotlib.figure  # noqa: F401 - to say at once that it is missing
    except ImportError as error:
        raise ResourceError(
            "Plots need matplotlib, which is not installed.", hint="pip install 'a1sdk[plot]'"
        ) from error
    with warnings.catch_warnings(), replacing(Path(path)) as target:
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # of other scripts
        part = shown or FrameRange(0, len(clip))
        figure = _figure(clip, title or _title(clip), sound, layers, part)
        figure.savefig(target, format="png", facecolor="white")


def _figure(
    clip: MotionClip,
    title: str,
    sound: Audio | None,
    layers: Sequence[LayerRow],
    shown: FrameRange,
) -> Figure:
    from matplotlib.figure import Figure

    curves = measure(clip.frames()).part(shown)
    seconds = float(len(shown) / clip.info.rate)
    width = min(_WIDEST, max(_NARROWEST, seconds * _INCHES[bool(clip.labels)]))
    time = TimeAxis(shown, clip.info.rate, (width - 2) * 72)  # but for names and margins
    panels = _panels(clip, curves, sound, layers, time)
    height = _FACES + sum(panel.height + 0.12 for panel in panels) + 0.9
    figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
    parts: Any = figure.subfigures(2, 1, height_ratios=[_FACES, height - _FACES])
    parts[0].suptitle(title, fontsize=12, color=INK, x=0.01, ha="left", parse_math=False)
    draw_faces(parts[0], clip, curves, shown.start, width)
    _draw_graphs(parts[1], panels, clip, time)
    return figure


def _draw_graphs(
    figure: SubFigure, panels: Sequence[_Panel], clip: MotionClip, time: TimeAxis
) -> None:
    heights = [panel.height for panel in panels]
    graphs = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=heights)[
        :, 0
    ]
    for panel, graph in zip(panels, graphs, strict=True):
        panel.draw(graph)
        if panel.of_face:
            _shade_gaps(graph, clip)
    graphs[-1].set_xlim(time.shown.start - 0.5, max(1, time.shown.stop) - 0.5)
    shaded = any(gap.start < time.shown.stop and time.shown.start < gap.stop for gap in clip.gaps())
    graphs[-1].set_xlabel("frame" + ("   (shaded: no face)" if shaded else ""), fontsize=9)
    time.write_seconds(graphs[0])


def _title(clip: MotionClip) -> str:
    info = clip.info
    source = clip.header.source
    name = source.get("driver", "motion")
    if "who" in source:
        name = f"{source['who']} in {name}"
    return f"{name}    {len(clip)} frames at {info.rate} fps    {info.head} head"


def _panels(
    clip: MotionClip,
    curves: Curves,
    sound: Audio | None,
    layers: Sequence[LayerRow],
    time: TimeAxis,
) -> list[_Panel]:
    panels = []
    if sound is not None:
        panels.append(_Panel(1.0, lambda graph: draw_sound(graph, sound, time), False))
    for track, labels in tracks_of(clip.labels).items():
        panels.append(_labels_panel(track, labels, time))
    if layers:
        rows = 0.42 * len(layers)
        panels.append(_Panel(rows, lambda graph: draw_layers(graph, layers, time), False))
    panels += [_Panel(_CURVE, draw) for draw in _drawers(curves, time)]
    chosen, table = _scores(clip, time.shown)
    if len(chosen):
        rows = max(0.5, _ROW * len(chosen))
        panels.append(_Panel(rows, lambda graph: _draw_scores(graph, chosen, table, time)))
    return panels


def _labels_panel(track: str, labels: Sequence[Any], time: TimeAxis) -> _Panel:
    return _Panel(0.24, lambda graph: draw_labels(graph, track, labels, time), False)


def _drawers(curves: Curves, time: TimeAxis) -> list[Drawer]:
    """Return what draws head, gaze, eyes and mouth, as far as they move; the mouth always."""
    drawers: list[tuple[bool, Drawer]] = [
        (moves(curves.angles, 0.2), lambda graph: _lines(graph, "head, degrees", time, [
            ("yaw (+ to the right of the picture)", BLUE, curves.angles[:, 0]),
            ("pitch (+ up)", ORANGE, curves.angles[:, 1]),
            ("roll (+ clockwise)", GREEN, curves.angles[:, 2]),
        ])),
        (moves(curves.translation, 0.01), lambda graph: _lines(graph, "head moved", time, [
            ("right", BLUE, curves.translation[:, 0]),
            ("down", ORANGE, curves.translation[:, 1]),
            ("away, eye distances", GREEN, curves.translation[:, 2]),
        ])),
        (moves(curves.gaze, 1.0), lambda graph: _lines(graph, "gaze, degrees", time, [
            ("right (in the picture)", BLUE, curves.gaze[:, 0]),
            ("up", ORANGE, curves.gaze[:, 1]),
        ])),
        (moves(curves.eyes, 0.03), lambda graph: _draw_eyes(graph, curves, time)),
        (True, lambda graph: _draw_mouth(graph, curves, time)),
    ]  # fmt: skip
    return [draw for wanted, draw in drawers if wanted]


def _lines(graph: Axes, name: str, time: TimeAxis, curves: list[tuple[str, str, Any]]) -> None:
    for label, color, values in curves:
        graph.plot(time.frames, values, color=color, linewidth=time.linewidth, label=label)
    if name.endswith("degrees"):
        graph.axhline(0, color=PALE, linewidth=0.8, zorder=0)
    graph.set_ylabel(name, fontsize=8.5)
    graph.tick_params(labelsize=8)
    graph.spines[["top", "right"]].set_visible(False)
    _legend(graph)


def _legend(graph: Axes) -> None:
    """Name the curves above them, where they cover nothing."""
    graph.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 0.99),
        borderaxespad=0.0,
        fontsize=7.5,
        ncols=4,
        frameon=False,
    )


def _draw_mouth(graph: Axes, curves: Curves, time: TimeAxis) -> None:
    _lines(graph, "mouth open", time, [("height, eye distances", PURPLE, curves.mouth)])
    graph.fill_between(time.frames, 0, curves.mouth, color=PURPLE, alpha=0.15, linewidth=0)


def _draw_eyes(graph: Axes, curves: Curves, time: TimeAxis) -> None:
    _lines(graph, "eyes open", time, [
        ("right", BLUE, curves.eyes[:, 0]),
        ("left", ORANGE, curves.eyes[:, 1]),
    ])  # fmt: skip
    blinks = curves.blinks(time.rate)
    graph.axhline(SHUT, color=PALE, linewidth=0.8, linestyle=":", zorder=0)
    graph.plot(
        [time.shown.start + frame for frame in blinks],
        [float(np.nanmin(curves.eyes[frame])) for frame in blinks],
        linestyle="none",
        marker="v",
        markersize=5 if len(blinks) < 60 else 3,
        color=INK,
        label=f"{len(blinks)} blink{'s' * (len(blinks) != 1)}",
    )
    _legend(graph)


def _scores(clip: MotionClip, shown: FrameRange) -> tuple[Any, Any]:
    """The numbers of the coefficients that move, and their values [rows, shown]."""
    table = np.full((len(shown), len(BLENDSHAPE_NAMES)), np.nan, np.float32)
    for frame in clip.frames(shown.start, shown.stop):
        if frame.face is not None and frame.face.blendshapes is not None:
            table[frame.pts - shown.start] = frame.face.blendshapes
    known = table[~np.isnan(table[:, 0])]
    spread = np.ptp(known, axis=0) if len(known) else np.zeros(len(BLENDSHAPE_NAMES))
    chosen = np.flatnonzero(spread > _MOVES)
    return chosen, table[:, chosen].T


def _draw_scores(graph: Axes, chosen: Any, table: Any, time: TimeAxis) -> None:
    """A row for each coefficient, dark where it is high; of long takes, the peaks."""
    from matplotlib.colors import PowerNorm

    peaks, extent = time.peaks(table)
    graph.imshow(
        peaks,
        aspect="auto",
        cmap="BuPu",
        norm=PowerNorm(0.6, 0, 1),  # so that what is weak is seen
        extent=(*extent, len(chosen) - 0.5, -0.5),
        interpolation="nearest",
    )
    graph.set_yticks(range(len(chosen)), [BLENDSHAPE_NAMES[number] for number in chosen])
    graph.tick_params(labelsize=7.5)


def _shade_gaps(graph: Axes, clip: MotionClip) -> None:
    for gap in clip.gaps():
        graph.axvspan(gap.start - 0.5, gap.stop - 0.5, color=_GAP, zorder=0.5, linewidth=0)
