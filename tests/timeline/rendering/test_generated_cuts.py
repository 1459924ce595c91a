"""Which second of which file the layers of a shot show, in cuts that are generated."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from a1sdk.components.registry import Registry
from a1sdk.timeline.model import Clip, Cut, Item, Media, Nest, SourceMap, Span, Track
from a1sdk.timeline.rendering.clocks import FileClocks
from a1sdk.timeline.rendering.layers import Staging
from a1sdk.timeline.shots import find_shots
from a1sdk.timeline.shots.findings import Findings
from a1sdk.timeline.shots.sidecar import Sidecar

RATE = Fraction(25)
FILM = 200  # frames of every driver


@dataclass(frozen=True)
class Driven:
    """A driver in a cut: record frames, first frame of its film, speed."""

    start: int
    stop: int
    first: int
    speed: Fraction


@st.composite
def drivers(draw: st.DrawFn, least: int, most: int) -> list[Driven]:
    """Drivers one after the other, with gaps, that stay within their film."""
    at, found = least, []
    for _ in range(draw(st.integers(0, 4))):
        start = at + draw(st.integers(0, 12))
        stop = start + draw(st.integers(1, 30))
        if stop > most:
            break
        speed = draw(st.sampled_from(["1", "1", "2", "1/2", "3/4", "0", "-1", "-2", "-1/3"]))
        spread = (stop - start) * abs(Fraction(speed))
        low = draw(st.integers(0, FILM - 1 - int(spread)))
        first = low if Fraction(speed) >= 0 else low + int(spread)
        found.append(Driven(start, stop, first, Fraction(speed)))
        at = stop
    return found


def frames(start: Fraction | int, stop: Fraction | int) -> Span:
    return Span(start / RATE, stop / RATE)


def clip(name: str, span: Span, source: SourceMap, duration: int) -> Clip:
    media = Media(
        name=name, url=name, kind="file", rate=RATE, duration=duration / RATE, start=Fraction(0)
    )
    return Clip(name=name, span=span, media=media, source=source)


def track(name: str, number: int, items: list[Item]) -> Track:
    return Track(name=name, kind="video", number=number, items=tuple(items))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of 200 frames, and a portrait beside it."""
    import av
    import numpy as np

    folder = tmp_path_factory.mktemp("generated")
    (folder / "anna.png").touch()
    path = folder / "perf.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 16, 16, "bgr0"
        for number in range(FILM):
            picture = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
            picture.pts = number
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def oracle(driven: list[Driven], frame: Fraction) -> Fraction | None:
    """The driver's frame at a frame of the sequence that it lies in; None in a gap."""
    for one in driven:
        if one.start <= frame < one.stop:
            return one.first + (frame - one.start) * one.speed
    return None


@pytest.mark.usefixtures("counting")
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    driven=drivers(0, 90),
    span=st.tuples(st.integers(0, 40), st.integers(1, 60)),
    window=st.tuples(st.integers(0, 20), st.integers(5, 60), st.sampled_from([1, 2])),
    at=st.integers(0, 30),
    nested=st.booleans(),
)
def test_every_frame_shows_what_the_cut_says(film, driven, span, window, at, nested):
    start, stop = span[0], span[0] + span[1]
    drives = track("A1 DRIVE", 1, [
        clip("perf.mkv", frames(d.start, d.stop), SourceMap.linear(d.first / RATE, d.speed), FILM)
        for d in driven
    ])  # fmt: skip
    face = track("A1 PORTRAIT", 2, [
        clip("anna.png", frames(start, stop), SourceMap.linear(Fraction(0)), 1)
    ])  # fmt: skip
    first, lasts, speed = window if nested else (0, 1000, 1)
    # what is played backwards in a faster sequence begins elsewhere: tests/timeline/test_walk.py
    assume(speed == 1 or all(one.speed >= 0 for one in driven))
    tracks: tuple[Track, ...] = (drives, face)
    if nested:
        nest = Nest(
            name="nest", span=frames(at, at + lasts), rate=RATE, tracks=tracks,
            source=SourceMap.linear(first / RATE, Fraction(speed)),
        )  # fmt: skip
        tracks = (track("V1", 1, [nest]),)
    cut = Cut(path=film.parent / "cut.otio", dialect="otio", name="", rate=RATE, tracks=tracks)
    for shot in find_shots(cut, handles=0, sidecar=Sidecar()):
        found = Findings("")
        layers = Staging(Registry(), FileClocks()).layers(shot, found) if shot.cast else ()
        assert not found.problems
        for k in range(len(shot.frames)):
            record = Fraction(shot.frames.start + k)
            inner = (record - at) * speed + first if nested else record
            assert shown(layers, k / RATE) == oracle(driven, inner), (k, inner)


def shown(layers, time: Fraction) -> Fraction | None:
    """The frame of the film that the topmost layer shows which is there at a time of the shot."""
    for layer in reversed(layers):
        begins = Fraction(layer.options["start"])
        span = layer.time.span(Fraction(layer.options["duration"]))
        if span.start <= time and (span.end is None or time < span.end):
            return (layer.time.source_time(time) + begins) * RATE
    return None
