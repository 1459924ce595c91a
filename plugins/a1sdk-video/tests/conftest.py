"""Films of a bright disk on black, and a face tracker that takes the disk for a face."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from textwrap import dedent

import av
import numpy as np
import pytest

Film = Callable[..., Path]

TRACKER = '''
    """Sees a face, 12 pixels an eye distance for a disk of radius 8, where a film is bright."""
    import numpy as np

    from a1sdk.plugin import FaceObservation, FaceTracker, FaceTrackerSpec, TrackedFrame, hookimpl
    from a1sdk.testing import neutral_shape

    class Disks(FaceTracker):
        def detect(self, pixels, ctx):
            rows, columns = np.nonzero(pixels[:, :, 1] > 128)
            if not len(rows):
                return []
            scale = 1.5 * np.sqrt(len(rows) / np.pi)
            middle = np.array([columns.mean() + 0.5, rows.mean() + 0.5, 0])
            points = neutral_shape() * scale + middle
            return [FaceObservation(points.astype(np.float32), 0.9)]

        def track(self, frames, ctx, *, max_faces=1):
            for frame in frames:
                yield TrackedFrame(frame.pts, tuple(self.detect(frame.pixels, ctx)))

    @hookimpl
    def a1_register_face_trackers():
        return [FaceTrackerSpec(name="disks", summary="Sees disks.", factory=Disks)]
'''


@pytest.fixture
def disks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The reference of the tracker of disks, installed beside the real plugins as pip would."""
    about = tmp_path / "site" / "a1_disks-0.1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: a1-disks\nVersion: 0.1\n")
    (about / "entry_points.txt").write_text("[a1sdk.plugins.v1]\ndisks = a1_disks\n")
    (about.parent / "a1_disks.py").write_text(dedent(TRACKER))
    monkeypatch.syspath_prepend(about.parent)
    yield "disks/disks"
    sys.modules.pop("a1_disks", None)


@pytest.fixture
def film(tmp_path: Path) -> Film:
    """Make a film: where the disk is in each picture (None for nowhere), and when they are shown.

    Times are in milliseconds; without them, pictures come at the rate.
    """

    def make(
        places: Sequence[float | None],
        *,
        rate: Fraction = Fraction(25),
        times: Sequence[int] | None = None,
        name: str = "driver.mkv",
    ) -> Path:
        path = tmp_path / name
        base = Fraction(1, 1000) if times is not None else 1 / rate
        with av.open(str(path), "w") as container:
            stream = container.add_stream("ffv1", rate=rate)
            stream.width, stream.height, stream.pix_fmt = 160, 120, "bgr0"
            stream.time_base = stream.codec_context.time_base = base
            for number, place in enumerate(places):
                picture = av.VideoFrame.from_ndarray(_picture(place), format="rgb24")
                picture.pts = number if times is None else times[number]
                picture.time_base = base
                container.mux(stream.encode(picture))
            container.mux(stream.encode(None))
        return path

    return make


def _picture(place: float | None) -> np.ndarray:
    rows, columns = np.mgrid[:120, :160] + 0.5
    pixels = np.zeros((120, 160, 3), np.uint8)
    if place is not None:
        pixels[np.hypot(columns - place, rows - 60) < 8] = 255
    return pixels
