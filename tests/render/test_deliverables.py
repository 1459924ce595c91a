"""What editors are given: DNxHR with timecode and sound, and numbered OpenEXR."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import OpenEXR
import pytest

from a1sdk.errors import EncodeError
from a1sdk.media import probe, read_still, write_still


@pytest.mark.parametrize(
    ("name", "codec", "depth"),
    [
        ("shot.mov", "dnxhr-hq", 8),
        ("shot.mov", "dnxhr-hqx", 10),
        ("shot.mov", "dnxhr-444", 10),
        ("shot.mxf", None, 10),
    ],
)
def test_dnxhr_with_timecode_and_sound(job, run, film, name, codec, depth):
    driver = str(film(10, Fraction(24000, 1001), sound=True))
    options = {"path": driver, "frames": 10, "rate": "24000/1001"}
    delivery = {"codec": codec, "timecode": "01:00:00:00", "size": (320, 240)}
    report = run(job(name, motion=[{"use": "fake/motion", "options": options}], delivery=delivery))
    facts = probe(report.job.output)
    assert (facts.video.count, facts.video.rate) == (10, Fraction(24000, 1001))
    assert (facts.video.codec, facts.video.depth) == ("dnxhd", depth)
    assert facts.timecode == "01:00:00:00"
    assert abs(facts.audio.duration - facts.video.duration) * facts.video.rate < Fraction(1, 2)
    assert (report.outcome, report.frames, report.size) == ("done", 10, (320, 240))


@pytest.mark.parametrize(("name", "codec"), [("shot.%04d.exr", None), ("shot", "exr")])
@pytest.mark.parametrize("alpha", [False, True])
def test_numbered_openexr(job, run, picture, name, codec, alpha):
    pixels = read_still(picture).pixels
    if alpha:
        pixels = np.concatenate([pixels, np.full((*pixels.shape[:2], 1), 51, np.uint8)], axis=2)
        write_still(picture, pixels)
    report = run(job(name, delivery={"codec": codec}))
    folder = report.job.output if codec else report.job.output.parent
    files = sorted(path.name for path in folder.glob("*.exr"))
    assert files == [f"shot.{number}.exr" for number in range(1001, 1011)]
    assert report.job.output.with_name("shot.a1report.json").is_file()
    with OpenEXR.File(str(folder / files[7]), separate_channels=True) as file:
        got = {name: channel.pixels.astype(float) for name, channel in file.channels().items()}
    coded = pixels[100, 100, 0] / 255
    assert coded > 0.04045
    seen = ((coded + 0.055) / 1.055) ** 2.4
    assert got["R"][100, 100] == pytest.approx(seen * (0.2 if alpha else 1), rel=2e-3)
    assert set(got) == set("RGBA" if alpha else "RGB")
    mark = ((7 / 255) / 12.92) * ((7 / 255) if alpha else 1)  # the painter's, in every channel
    assert got["G"][2, 2] == pytest.approx(mark, rel=2e-3)


def test_what_dnxhr_cannot_hold_is_said_before_anything_is_drawn(job, run, fakes):
    bad = job("shot.mxf", delivery={"codec": "dnxhr-hq"})  # the portrait's own 160 x 120
    with pytest.raises(EncodeError, match="at least 256x120"):
        run(bad)
    slow = job("shot.mxf", delivery={"size": (256, 192), "rate": 12})
    with pytest.raises(EncodeError, match="MXF cannot have 12"):
        run(slow)
    assert not fakes.TARGETS and not list(bad.output.parent.iterdir())
