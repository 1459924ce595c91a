from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import av
import numpy as np
import pytest

from a1sdk.components.registry import Registry
from a1sdk.media import read_still, write_still
from a1sdk.timeline.model import Cut
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.rendering.cut import CutRender
from a1sdk.timeline.rendering.jobs import Delivered
from a1sdk.timeline.rendering.report import CutReport
from a1sdk.timeline.shots import find_shots

NAME = "a1_counting"


@pytest.fixture
def counting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The plugin `counting`, installed as pip would, and no other plugin."""
    about = tmp_path / "site" / f"{NAME}-0.1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 0.1\n")
    (about / "entry_points.txt").write_text(f"[a1sdk.plugins.v1]\ncounting = {NAME}\n")
    shutil.copy(Path(__file__).with_name("counting.py"), about.parent / f"{NAME}.py")
    monkeypatch.syspath_prepend(about.parent)
    monkeypatch.setenv("A1_PLUGINS", "counting")
    module = __import__(NAME)
    yield module
    sys.modules.pop(NAME, None)


@dataclass(frozen=True)
class Studio:
    """A folder with a portrait and films, where cuts are rendered by the plugin `counting`."""

    folder: Path
    counting: ModuleType
    out: Path

    def render(self, cut: Cut | Path, **options: Any) -> CutReport:
        """Render a cut; keywords are those of `CutRender`."""
        return self.prepare(cut, **options).run()

    def prepare(self, cut: Cut | Path, handles: int = 0, **options: Any) -> CutRender:
        delivered = {
            "codec": "png",
            "renderer": "counting/number",
            "tracker": "counting/any",
            **options.pop("delivered", {}),
        }
        read = read_cut(cut) if isinstance(cut, Path) else cut
        shots = find_shots(read, handles=handles, media_roots=[self.folder, self.out])
        return CutRender(shots, self.out, Registry(), Delivered(**delivered), **options)

    def numbers(self, report: CutReport, shot: str) -> list[Fraction]:
        """The driver's number in every frame of a shot's media, by its files from 1001 on."""
        result = next(one for one in report.shots if one.shot.name == shot)
        assert result.media is not None, result
        files = sorted(result.media.parent.glob("*.png"))
        assert [int(path.name.split(".")[1]) for path in files] == [
            1001 + n for n in range(result.frames or 0)
        ]
        return [self.counting.read_number(read_still(path).pixels) for path in files]


@pytest.fixture
def studio(tmp_path: Path, counting: ModuleType) -> Studio:
    folder = tmp_path / "edit"
    folder.mkdir()
    grey = np.full((96, 96, 3), 128, np.uint8)
    write_still(folder / "anna.png", grey)
    write_still(folder / "bob.png", grey)
    return Studio(folder, counting, tmp_path / "out")


Driver = Callable[..., Path]
Json = dict[str, Any]


def _time(value: float) -> Json:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": 25.0, "value": value}


def _window(start: int, frames: int) -> Json:
    return {
        "OTIO_SCHEMA": "TimeRange.1", "start_time": _time(start), "duration": _time(frames)
    }  # fmt: skip


def _clip(url: str, start: int, frames: int, note: str = "") -> Json:
    marker = {"OTIO_SCHEMA": "Marker.2", "name": note, "marked_range": _window(start, 1)}
    media = {"OTIO_SCHEMA": "ExternalReference.1", "target_url": url}
    return {
        "OTIO_SCHEMA": "Clip.2", "name": url, "source_range": _window(start, frames),
        "markers": [marker] if note else [], "active_media_reference_key": "DEFAULT_MEDIA",
        "media_references": {"DEFAULT_MEDIA": {**media, "available_range": _window(0, 200)}},
    }  # fmt: skip


@pytest.fixture
def cut(studio: Studio) -> Callable[..., Path]:
    """Write a cut: shots by their names, as (driver, its first frame, frames)."""

    def write(*extra: str, name: str = "cut.otio", **shots: tuple[str, int, int]) -> Path:
        drives = [_clip(*driven) for driven in shots.values()]
        faces = [
            _clip("anna.png", 0, frames, " ".join([f"A1 {shot}", *extra]))
            for shot, (_, _, frames) in shots.items()
        ]
        tracks = [
            {"OTIO_SCHEMA": "Track.1", "name": track, "kind": "Video", "children": children}
            for track, children in (("A1 DRIVE", drives), ("A1 PORTRAIT", faces))
        ]
        document = {
            "OTIO_SCHEMA": "Timeline.1", "global_start_time": _time(90000),
            "tracks": {"OTIO_SCHEMA": "Stack.1", "children": tracks},
        }  # fmt: skip
        path = studio.folder / name
        path.write_text(json.dumps(document))
        return path

    return write


@pytest.fixture
def driver(studio: Studio) -> Driver:
    """Make a driver in the studio's folder, whose pictures carry their numbers.

    Picture k is shown at k / `rate`, or at `milliseconds[k]`.
    """

    def make(
        name: str = "perf.mkv",
        count: int = 200,
        rate: Fraction = Fraction(25),
        milliseconds: Sequence[int] | None = None,
        timecode: str | None = None,
    ) -> Path:
        path = studio.folder / name
        base = 1 / rate if milliseconds is None else Fraction(1, 1000)
        with av.open(str(path), "w") as container:
            if timecode is not None:
                container.metadata["timecode"] = timecode
            stream = container.add_stream("ffv1" if path.suffix == ".mkv" else "png", rate=rate)
            stream.width, stream.height = WIDTH, HEIGHT
            stream.pix_fmt = "bgr0" if path.suffix == ".mkv" else "rgb24"
            stream.time_base = stream.codec_context.time_base = base
            for number in range(count):
                picture = av.VideoFrame.from_ndarray(_numbered(number), format="rgb24")
                picture.pts = number if milliseconds is None else milliseconds[number]
                picture.time_base = base
                container.mux(stream.encode(picture))
            container.mux(stream.encode(None))
        return path

    return make


WIDTH, HEIGHT, BITS = 80, 16, 10


def _numbered(number: int) -> np.ndarray:
    bits = [255 * (number >> bit & 1) for bit in range(BITS)]
    row = np.repeat(np.array(bits, np.uint8), WIDTH // BITS)
    return np.ascontiguousarray(np.broadcast_to(row[None, :, None], (HEIGHT, WIDTH, 3)))
