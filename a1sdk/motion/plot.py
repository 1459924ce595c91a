"""Draw a performance: faces at telling moments, and curves over time. Needs matplotlib."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.errors import ResourceError
from a1sdk.media.files import replacing
from a1sdk.motion.blendshapes import BLENDSHAPE_NAMES, reference_face
from a1sdk.motion.landmarks import IRISES, outlines
from a1sdk.motion.measure import SHUT, Curves, measure
from a1sdk.timing import Timecode

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

    from a1sdk.motion.clip import MotionClip
    from a1sdk.motion.frame import FaceMotion
    from a1sdk.motion.pose import Points

_BLUE, _ORANGE, _GREEN, _PURPLE = "#0072b2", "#d55e00", "#009e73", "#8a4f9e"
_INK, _PALE, _GAP = "#222222", "#c8c8c8", "#f3d9d2"
_FACES = 6
_SCORES = 14
_MOST_COLUMNS = 2400  # of the coefficients' picture: longer performances are drawn by their peaks


def plot_clip(clip: MotionClip, path: Path | str, title: str = "") -> None:
    """Write a PNG of a performance, with its gaps shaded.

    Raises:
        ResourceError: matplotlib is not installed.
        StorageError: the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ResourceError(
            "Plots need matplotlib, which is not installed.", hint="pip install 'a1sdk[plot]'"
        ) from error
    curves = measure(clip.frames())
    scores = _scores(clip)
    figure = Figure(figsize=(13, 10.5 if scores is not None else 8), dpi=110, layout="constrained")
    figure.suptitle(title or _title(clip), fontsize=12, color=_INK, x=0.01, ha="left")
    heights = [1.0, 3.1 if scores is not None else 2.4]
    parts: Any = figure.subfigures(2, 1, height_ratios=heights)
    faces, graphs = parts
    _draw_faces(faces, clip, curves)
    _draw_graphs(graphs, clip, curves, scores)
    with replacing(Path(path)) as target:
        figure.savefig(target, format="png", facecolor="white")


def _title(clip: MotionClip) -> str:
    info = clip.info
    name = clip.header.source.get("driver", "motion")
    return f"{name}    {len(clip)} frames at {info.rate} fps    {clip.info.head} head"


def _scores(clip: MotionClip) -> Any:
    """The coefficients that move most, and their numbers; None without any."""
    rows = [
        np.full(len(BLENDSHAPE_NAMES), np.nan)
        if frame.face is None or frame.face.blendshapes is None
        else frame.face.blendshapes
        for frame in clip.frames()
    ]
    table = np.array(rows, np.float32)
    if not len(table) or np.isnan(table).all():
        return None
    spread = np.nan_to_num(
        np.nanquantile(table, 0.98, axis=0) - np.nanquantile(table, 0.02, axis=0)
    )
    chosen = np.sort(np.argsort(-spread)[:_SCORES])
    return chosen, table[:, chosen].T


def telling_frames(curves: Curves, rate: Fraction, count: int = _FACES) -> list[tuple[int, str]]:
    """Return up to `count` different frames worth looking at, in order, and why each is."""
    seen = np.flatnonzero(~np.isnan(curves.mouth))
    if not len(seen):
        return []
    calm = np.abs(curves.angles).sum(1) / 5 + np.abs(curves.eyes - 1).sum(1) + curves.mouth * 5
    wanted = [(int(np.nanargmin(calm)), "at rest")]
    wanted += [(frame, "blink") for frame in curves.blinks(rate)[:1]]
    wanted += [
        (int(np.nanargmax(curves.mouth)), "mouth widest open"),
        (int(np.nanargmax(curves.mouth_width)), "mouth widest"),
        (int(np.nanargmin(curves.mouth_width)), "mouth narrowest"),
        (int(np.nanargmax(np.abs(curves.angles[:, 0]))), "most turned"),
        (int(np.nanargmax(np.abs(curves.angles[:, 1]))), "most nodded"),
        (int(np.nanargmax(curves.eyes.mean(1))), "eyes widest"),
    ]
    kept: dict[int, str] = {}
    for frame, why in wanted:
        if len(kept) < count and all(abs(frame - other) > 2 for other in kept):
            kept[frame] = why
    return sorted(kept.items())


def _draw_faces(figure: SubFigure, clip: MotionClip, curves: Curves) -> None:
    rate = clip.info.rate
    telling = telling_frames(curves, rate)
    panels = figure.subplots(1, _FACES, squeeze=False)[0]
    for panel in panels:
        panel.axis("off")
    for panel, (number, why) in zip(panels, telling, strict=False):
        face = next(clip.frames(number, number + 1)).face
        assert face is not None  # telling frames have faces
        _draw_face(panel, face)
        panel.set_title(f"{why}\nframe {number}   {Timecode(number, rate)}", fontsize=8, color=_INK)


def _draw_face(panel: Axes, face: FaceMotion) -> None:
    """Draw a face over its neutral one, turned but not moved."""
    neutral = reference_face() if face.neutral is None else face.neutral
    _draw_lines(panel, neutral, _PALE, 0.8)
    _draw_lines(panel, (neutral + face.expression) @ face.rotation.T, _INK, 1.1)
    panel.set_aspect("equal")
    panel.set_xlim(-1.05, 1.05)
    panel.set_ylim(1.35, -1.15)


def _draw_lines(panel: Axes, shape: Points, color: str, width: float) -> None:
    for line in map(list, outlines()):
        panel.plot(shape[line, 0], shape[line, 1], color=color, linewidth=width)
    for center, *ring in IRISES:
        radius = np.linalg.norm(shape[ring] - shape[center], axis=1).mean()
        around = np.linspace(0, 2 * np.pi, 24)
        x, y = shape[center, :2, None] + radius * np.array([np.cos(around), np.sin(around)])
        panel.plot(x, y, color=color, linewidth=width * 0.8)


def _draw_graphs(figure: SubFigure, clip: MotionClip, curves: Curves, scores: Any) -> None:
    heights = [1.2, 1, 1, 0.9] + ([2.0] if scores is not None else [])
    panels = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    frames = np.arange(len(clip))
    _lines(panels[0], "head, degrees", frames, [
        ("yaw (+ to the right of the picture)", _BLUE, curves.angles[:, 0]),
        ("pitch (+ up)", _ORANGE, curves.angles[:, 1]),
        ("roll (+ clockwise)", _GREEN, curves.angles[:, 2]),
    ])  # fmt: skip
    panels[0].axhline(0, color=_PALE, linewidth=0.8, zorder=0)
    _lines(panels[1], "eyes open", frames, [
        ("right", _BLUE, curves.eyes[:, 0]),
        ("left", _ORANGE, curves.eyes[:, 1]),
    ])  # fmt: skip
    _mark_blinks(panels[1], curves, clip.info.rate)
    _lines(panels[2], "mouth open", frames, [("height, eye distances", _PURPLE, curves.mouth)])
    panels[2].fill_between(frames, 0, curves.mouth, color=_PURPLE, alpha=0.15, linewidth=0)
    _lines(panels[3], "head moved", frames, [
        ("right", _BLUE, curves.translation[:, 0]),
        ("down", _ORANGE, curves.translation[:, 1]),
        ("away", _GREEN, curves.translation[:, 2]),
    ])  # fmt: skip
    if scores is not None:
        _draw_scores(panels[4], *scores)
    for panel in panels:
        for gap in clip.gaps():
            panel.axvspan(gap.start - 0.5, gap.stop - 0.5, color=_GAP, zorder=0.5, linewidth=0)
    panels[-1].set_xlim(-0.5, max(1, len(clip)) - 0.5)
    panels[-1].set_xlabel("frame" + ("   (shaded: no face)" if clip.gaps() else ""), fontsize=9)
    _time_axis(panels[0], clip.info.rate)


def _lines(panel: Axes, name: str, frames: Any, curves: list[tuple[str, str, Any]]) -> None:
    for label, color, values in curves:
        panel.plot(frames, values, color=color, linewidth=1.1, label=label)
    panel.set_ylabel(name, fontsize=9)
    panel.tick_params(labelsize=8)
    panel.spines[["top", "right"]].set_visible(False)
    _legend(panel)


def _legend(panel: Axes) -> None:
    """Name the curves above them, where they cover nothing."""
    panel.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 0.99),
        borderaxespad=0.0,
        fontsize=7.5,
        ncols=4,
        frameon=False,
    )


def _mark_blinks(panel: Axes, curves: Curves, rate: Fraction) -> None:
    blinks = curves.blinks(rate)
    panel.axhline(SHUT, color=_PALE, linewidth=0.8, linestyle=":", zorder=0)
    panel.plot(
        blinks,
        [float(np.nanmin(curves.eyes[frame])) for frame in blinks],
        linestyle="none",
        marker="v",
        markersize=5,
        color=_INK,
        label=f"{len(blinks)} blink{'s' * (len(blinks) != 1)}",
    )
    _legend(panel)


def _draw_scores(panel: Axes, chosen: Any, table: Any) -> None:
    """A row for each of the busiest coefficients, dark where it is high."""
    step = -(-table.shape[1] // _MOST_COLUMNS)
    padded = np.pad(table, ((0, 0), (0, -table.shape[1] % step)), constant_values=np.nan)
    peaks = np.fmax.reduce(padded.reshape(len(table), -1, step), axis=2)
    extent = (-0.5, padded.shape[1] - 0.5, len(chosen) - 0.5, -0.5)
    panel.imshow(
        peaks, aspect="auto", cmap="magma_r", vmin=0, vmax=1, extent=extent, interpolation="nearest"
    )
    panel.set_yticks(range(len(chosen)), [BLENDSHAPE_NAMES[number] for number in chosen])
    panel.tick_params(labelsize=7.5)


def _time_axis(panel: Axes, rate: Fraction) -> None:
    speed = float(rate)

    def to_seconds(frame: Any) -> Any:
        return frame / speed

    def to_frames(second: Any) -> Any:
        return second * speed

    seconds = panel.secondary_xaxis(1.12, functions=(to_seconds, to_frames))
    seconds.spines["top"].set_visible(False)
    seconds.tick_params(labelsize=8, length=0)
    seconds.xaxis.set_major_formatter("{x:g} s")
