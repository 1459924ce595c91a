from __future__ import annotations

import math
import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure
from PIL import Image

from a1sdk.components.data import Label, StreamInfo
from a1sdk.errors import DecodeError
from a1sdk.media import AudioMontage, AudioSource
from a1sdk.motion.blendshapes import INDEX, from_coefficients
from a1sdk.motion.clip import MotionClip
from a1sdk.motion.frame import MotionFrame
from a1sdk.motion.plot import LayerRow, plot_clip
from a1sdk.motion.plottime import MOST_COLUMNS, TimeAxis
from a1sdk.motion.plottracks import draw_labels, draw_layers, draw_sound, tracks_of
from a1sdk.timing import FrameRange

RATE = Fraction(25)


def label(text: str, start: float, end: float, track: str = "words") -> Label:
    return Label(track, Fraction(start), Fraction(end), text)


def clip(count: int = 50, labels: tuple[Label, ...] = ()) -> MotionClip:
    def frame(number: int) -> MotionFrame:
        scores = np.zeros(52, np.float32)
        scores[INDEX["jawOpen"]] = number / count
        scores[INDEX["mouthClose"]] = 0.3  # it does not move
        return MotionFrame(number, None if number == 7 else from_coefficients(scores))

    return MotionClip.from_frames(map(frame, range(count)), StreamInfo(RATE), labels=lambda: labels)


def sound(path: Path, seconds: int = 2) -> AudioSource:
    """Half a second of silence, then a tone, the left channel louder."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        tone = [0 if n < 4000 else int(16000 * math.sin(n / 3)) for n in range(8000 * seconds)]
        file.writeframes(np.array([[one, one // 4] for one in tone], "<i2").tobytes())
    return AudioSource(path, Fraction(0), Fraction(seconds))


def texts(labels: list[Label], time: TimeAxis, track: str = "words") -> list[str]:
    graph = Figure().subplots()
    draw_labels(graph, track, labels, time)
    return [text.get_text() for text in graph.texts]


def test_words_are_written_where_there_is_room() -> None:
    words = [label("hello", 0, 0.5), label("$a world_^", 0.5, 1.5), label("sil", 1.5, 2)]
    wide, narrow = TimeAxis(FrameRange(0, 50), RATE, 600), TimeAxis(FrameRange(0, 50), RATE, 40)
    assert texts(words, wide) == ["hello", "$a world_^"]
    assert texts(words, narrow) == []


def test_a_track_that_is_mostly_too_small_is_not_written_in_part() -> None:
    some = [label("a", n / 50, (n + 1) / 50) for n in range(40)] + [label("long", 1, 2)]
    assert texts(some, TimeAxis(FrameRange(0, 50), RATE, 300)) == []


def test_tracks_are_in_order() -> None:
    mixed = [label("x", 0, 1, track) for track in ("shots", "visemes", "words", "beats", "phones")]
    assert list(tracks_of(mixed)) == ["words", "phones", "visemes", "beats", "shots"]


def test_the_waveform_is_where_it_is_heard(tmp_path: Path) -> None:
    graph = Figure().subplots()
    draw_sound(graph, sound(tmp_path / "tone.wav"), TimeAxis(FrameRange(0, 50), RATE, 600))
    (shape,) = graph.collections
    points = shape.get_paths()[0].vertices
    silent = points[points[:, 0] < 12]
    assert np.abs(silent[:, 1]).max() == 0
    assert np.abs(points[:, 1]).max() == pytest.approx(16000 / 32768, abs=0.01)
    assert points[:, 0].max() == pytest.approx(50, abs=0.1)


def test_layers_are_as_high_as_their_weight() -> None:
    graph = Figure().subplots()
    rows = [
        LayerRow("base", "all", lambda _: 1.0),
        LayerRow("a_$", "lips", lambda time: float(time) / 2),
    ]
    draw_layers(graph, rows, TimeAxis(FrameRange(0, 51), RATE, 600))
    base, keys = (line.get_ydata() for line in graph.lines[::2])
    assert np.ptp(base) == 0
    assert keys[0] == 1 and keys[-1] - keys[0] == pytest.approx(base[0])
    assert [tick.get_text() for tick in graph.get_yticklabels()] == ["base", "a_$"]


def test_the_sound_of_several_files_is_drawn_where_each_is_heard(tmp_path: Path) -> None:
    tone = sound(tmp_path / "tone.wav", 1)
    both = AudioMontage((((Fraction(1), tone), (Fraction(3), tone)),), Fraction(0), Fraction(4))
    graph = Figure().subplots()
    draw_sound(graph, both, TimeAxis(FrameRange(25, 75), RATE, 600))
    (filled,) = graph.collections
    at, level = filled.get_paths()[0].vertices.T
    loud = at[np.abs(level) > 0.1]
    assert 37.5 <= loud.min() < 38 and 49.5 < loud.max() <= 50


@pytest.mark.parametrize("count", [1, 2, 30, MOST_COLUMNS, MOST_COLUMNS + 1, 15000])
def test_peaks_are_kept_however_long_it_is(count: int) -> None:
    table = np.zeros((2, count), np.float32)
    table[1, count // 2] = 1
    peaks, (left, right) = TimeAxis(FrameRange(0, count), RATE, 600).peaks(table)
    assert peaks.shape[1] <= MOST_COLUMNS
    column = int(peaks[1].argmax())
    assert peaks[1, column] == 1 and not peaks[0].any()
    width = (right - left) / peaks.shape[1]
    assert left + column * width <= count // 2 <= left + (column + 1) * width


def height(path: Path) -> int:
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        return picture.height


def test_all_there_is_is_drawn(tmp_path: Path) -> None:
    path, labels = tmp_path / "plot.png", (label("hello", 0, 1), label("\u4f60\u597d", 1, 2))
    plot_clip(clip(), path, "a $title")
    plain = height(path)
    heard = sound(tmp_path / "tone.wav")
    plot_clip(clip(), path, sound=heard)
    with_sound = height(path)
    plot_clip(clip(labels=labels), path, sound=heard)
    with_words = height(path)
    plot_clip(clip(labels=labels), path, sound=heard, layers=[LayerRow("a", "all", float)] * 3)
    assert plain < with_sound < with_words < height(path)


def test_long_performances_are_wider(tmp_path: Path) -> None:
    widths = []
    for count in (50, 400, 1000):
        plot_clip(clip(count), tmp_path / "plot.png")
        with Image.open(tmp_path / "plot.png") as picture:
            widths.append(picture.width)
    assert widths == [1430, 1760, 2640]


def test_sound_that_is_none_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"RIFF")
    with pytest.raises(DecodeError):
        plot_clip(
            clip(), tmp_path / "plot.png",
            sound=AudioSource(tmp_path / "x.wav", Fraction(0), Fraction(2)),
        )  # fmt: skip
    assert not (tmp_path / "plot.png").exists()


def test_a_part_is_shown_where_it_is(tmp_path: Path) -> None:
    part = TimeAxis(FrameRange(25, 50), RATE, 600)
    words = [label("before", 0, 0.5), label("half", 0.5, 1.5), label("after", 2, 3)]
    assert texts(words, part) == ["half"]
    graph = Figure().subplots()
    draw_sound(graph, sound(tmp_path / "tone.wav"), part)
    points = graph.collections[0].get_paths()[0].vertices
    assert points[:, 0].min() == pytest.approx(25, abs=0.1)
    assert points[:, 0].max() == pytest.approx(50, abs=0.1)
    assert np.abs(points[:, 1]).max() > 0.4
    peaks, extent = part.peaks(np.ones((2, 25)))
    assert peaks.shape == (2, 25) and extent == (24.5, 49.5)
    long = clip(15000)
    plot_clip(long, tmp_path / "part.png", shown=FrameRange(14900, 14950))
    with Image.open(tmp_path / "part.png") as picture:
        assert picture.width == 1430
