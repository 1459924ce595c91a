from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from a1sdk.cli.motion import motion
from a1sdk.components.data import StreamInfo
from a1sdk.errors import ConfigError, DecodeError
from a1sdk.motion.clip import MotionClip, save_clip
from a1sdk.motion.frame import MotionFrame
from a1sdk.testing import performing

SOURCE = '''
    """Nods for a while; loses the face once."""
    from fractions import Fraction

    from pydantic import BaseModel

    from a1sdk.plugin import MotionFrame, MotionSource, MotionSourceSpec, StreamInfo, hookimpl

    class Options(BaseModel):
        path: str
        rate: str = "25"

    class Nod(MotionSource):
        def probe(self):
            return StreamInfo(Fraction(self.options.rate), 10)

        def stream(self, ctx):
            from a1sdk.testing import performing

            for pts in ctx.track(range(10), total=10):
                yield MotionFrame(pts, None if pts == 4 else performing(pts / 10))

    @hookimpl
    def a1_register_motion_sources():
        return [MotionSourceSpec(name="nod", summary="Nods.", factory=Nod, options=Options)]
'''


@pytest.fixture
def take(tmp_path: Path) -> Path:
    path = tmp_path / "take.a1motion"
    frames = [MotionFrame(n, None if n in (3, 4) else performing(n / 50)) for n in range(50)]
    save_clip(path, frames, StreamInfo(Fraction(30000, 1001)), {"driver": "take.mov"})
    return path


def _run(*arguments: object) -> str:
    result = CliRunner().invoke(motion, [str(argument) for argument in arguments])
    if result.exception is not None:
        raise result.exception
    return result.stdout


def test_extract_writes_what_the_source_yields(site, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    site.add("nodder", SOURCE)
    driver, output = tmp_path / "driver.txt", tmp_path / "out.a1motion"
    driver.write_text("anything")
    said = _run(
        *("extract", driver, "-o", output, "--source", "nodder/nod", "--rate", "24000/1001", "-q")
    )
    assert "10 frames, 24000/1001 fps" in said
    clip = MotionClip.load(output)
    assert clip.info.rate == Fraction(24000, 1001)
    assert [len(gap) for gap in clip.gaps()] == [1]
    assert clip.header.source["driver"] == "driver.txt"
    assert len(clip.header.source["sha256"]) == 64


def test_extract_does_not_write_over_its_driver(site, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    site.add("nodder", SOURCE)
    driver = tmp_path / "driver.a1motion"
    driver.write_text("anything")
    with pytest.raises(ConfigError, match="is the driver"):
        _run("extract", driver, "-o", driver, "--source", "nodder/nod", "-q")
    assert driver.read_text() == "anything"


def test_show_as_json(take: Path) -> None:
    facts = json.loads(_run("show", take, "--json"))
    assert facts["frames"] == 50
    assert facts["rate"] == "30000/1001"
    assert facts["gaps"] == [{"first": 3, "last": 4}]
    assert facts["frames_without_face"] == 2
    low, high = facts["ranges"]["yaw"]
    assert -13 < low < -8 and 8 < high < 13


def test_show_as_a_table(take: Path) -> None:
    said = _run("show", take)
    for words in ("50 at 30000/1001 fps", "2 frames: 3-4", "take.mov", "degrees"):
        assert words in said


def test_show_refuses_what_is_no_motion(tmp_path: Path) -> None:
    (tmp_path / "x.a1motion").write_text("hello")
    with pytest.raises(DecodeError):
        _run("show", tmp_path / "x.a1motion")


def test_plot_draws_a_picture(take: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    _run("plot", take, "-o", tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ConfigError, match=r"\.png"):
        _run("plot", take, "-o", tmp_path / "curves.jpg")
