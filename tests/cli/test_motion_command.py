from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from a1sdk.cli.motion import motion
from a1sdk.components.data import Label, StreamInfo
from a1sdk.errors import (
    A1Error,
    CapabilityError,
    ConfigError,
    ContractError,
    DecodeError,
    PluginNotFoundError,
    PluginRunError,
    StorageError,
)
from a1sdk.media import open_video, probe
from a1sdk.motion.clip import MotionClip, save_clip
from a1sdk.motion.frame import MotionFrame
from a1sdk.testing import performing

WRITER = '''
    """Writes the number of frames."""
    from pydantic import BaseModel, Field

    from a1sdk import plugin as a1

    class Options(BaseModel):
        word: str = Field("frames", description="What to call them.")
        wrong: str = Field("", description="What goes wrong.")

    class Count(a1.MotionWriter):
        def write(self, clip, path, ctx):
            if self.options.wrong == "breaks":
                path.write_text("half")
                raise ValueError("broken")
            if self.options.wrong == "cannot":
                raise a1.CapabilityError("Gaps cannot be counted.")
            if self.options.wrong == "full":
                raise OSError(28, "No space left on device")
            if self.options.wrong != "nothing":
                path.write_text(f"{sum(1 for _ in ctx.track(clip.frames()))} {self.options.word}")

    @a1.hookimpl
    def a1_register_motion_writers():
        return [a1.MotionWriterSpec(name="count", summary="Counts.", factory=Count,
                                    options=Options, outputs=(".txt", ".count"))]
'''

SOURCE = '''
    """Nods for a while; loses the face once."""
    from fractions import Fraction
    from pathlib import Path

    from pydantic import BaseModel

    from a1sdk.plugin import MotionFrame, MotionSource, MotionSourceSpec, StreamInfo, hookimpl

    class Options(BaseModel):
        path: Path
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
        return [MotionSourceSpec(name="nod", summary="Nods.", factory=Nod, options=Options,
                                 inputs=(".nod",))]
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
    with pytest.raises(ConfigError, match="one of the inputs"):
        _run("extract", driver, "-o", driver, "--source", "nodder/nod", "-q")
    assert driver.read_text() == "anything"


def test_info_as_json(take: Path) -> None:
    facts = json.loads(_run("info", take, "--json"))
    assert facts["frames"] == 50
    assert facts["rate"] == "30000/1001"
    assert facts["gaps"] == [{"first": 3, "last": 4}]
    assert facts["frames_without_face"] == 2
    low, high = facts["ranges"]["yaw"]
    assert -13 < low < -8 and 8 < high < 13


def test_info_as_a_table(take: Path) -> None:
    said = _run("info", take)
    for words in ("50 at 30000/1001 fps", "2 frames: 3-4", "take.mov", "degrees"):
        assert words in said


def test_info_refuses_what_is_no_motion(tmp_path: Path) -> None:
    (tmp_path / "x.a1motion").write_text("hello")
    with pytest.raises(DecodeError):
        _run("info", tmp_path / "x.a1motion")


def test_info_counts_labels(tmp_path: Path) -> None:
    path = tmp_path / "talk.a1motion"
    words = [Label("words", Fraction(n), Fraction(n + 1), "ha") for n in range(2)]
    frames = [MotionFrame(n, performing(n / 50)) for n in range(50)]
    save_clip(path, frames, StreamInfo(Fraction(25)), labels=lambda: words)
    assert json.loads(_run("info", path, "--json"))["labels"] == {"words": 2}
    assert "2 words" in _run("info", path)


def test_export_finds_the_writer_by_the_suffix(site, take: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    site.add("writes", WRITER)
    said = _run("export", take, "-o", tmp_path / "take.TXT", "--set", "writer.word=pictures", "-q")
    assert said == f"{tmp_path / 'take.TXT'}: written by writes/count\n"
    assert (tmp_path / "take.TXT").read_text() == "50 pictures"


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ("breaks", PluginRunError, "'writes/count' failed in write: ValueError: broken"),
        ("cannot", CapabilityError, "Gaps cannot be counted"),
        ("full", StorageError, "take.txt' cannot be written: the disk is full"),
        ("nothing", ContractError, "wrote no file"),
    ],
)
def test_an_export_that_fails_leaves_what_was_there(  # type: ignore[no-untyped-def]
    site, take: Path, tmp_path: Path, wrong: str, error: type[A1Error], words: str
) -> None:
    site.add("writes", WRITER)
    output = tmp_path / "take.txt"
    output.write_text("before")
    there = set(tmp_path.iterdir())
    with pytest.raises(error, match=words):
        _run("export", take, "-o", output, "--set", f"writer.wrong={wrong}", "-q")
    assert output.read_text() == "before"
    assert set(tmp_path.iterdir()) == there


def test_export_refuses_what_no_writer_writes(site, take: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    site.add("writes", WRITER)
    with pytest.raises(PluginNotFoundError, match=r"'\.xls' files") as caught:
        _run("export", take, "-o", tmp_path / "take.xls", "-q")
    assert caught.value.hint == "use .count or .txt"
    with pytest.raises(ConfigError, match=r"does not write '\.xls'") as refused:
        _run("export", take, "-o", tmp_path / "take.xls", "--writer", "writes/count", "-q")
    assert refused.value.hint == "write to 'take.txt' or 'take.count'"
    with pytest.raises(StorageError, match="folder does not exist"):
        _run("export", take, "-o", tmp_path / "none" / "take.txt", "-q")


def test_plot_draws_a_picture(take: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    _run("plot", take, "-o", tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ConfigError, match=r"\.png"):
        _run("plot", take, "-o", tmp_path / "curves.jpg")


def test_plot_draws_whatever_performs(site, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    pytest.importorskip("matplotlib")
    site.add("nodder", SOURCE)
    output, (driver, keys) = tmp_path / "both.png", (tmp_path / "a.nod", tmp_path / "b.nod")
    driver.write_text("anything")
    keys.write_text("anything")
    alone, both = [
        _run("plot", driver, "--source", "nodder/nod", "-o", output, "-q", *more)
        and output.read_bytes()
        for more in ((), ("--keys", keys))
    ]
    assert alone != both


def test_plot_shows_a_span(take: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    output = tmp_path / "part.png"
    _run("plot", take, "-o", output, "--span", "0.5s,1s", "-q")
    assert output.exists()
    with pytest.raises(ConfigError, match="no frame from 5 s to 6 s") as caught:
        _run("plot", take, "-o", output, "--span", "5s,6s", "-q")
    assert caught.value.hint == "it lasts 1.668 s"


def test_nothing_is_drawn_over_what_performs(site, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    site.add("nodder", SOURCE)
    driver = tmp_path / "driver.png"
    driver.write_text("anything")
    with pytest.raises(ConfigError, match="one of the inputs"):
        _run("plot", driver, "--source", "nodder/nod", "-o", driver, "-q")
    assert driver.read_text() == "anything"


def test_show_makes_a_film(take: Path, tmp_path: Path) -> None:
    said = _run("show", take, "-o", tmp_path / "film.mp4", "--size", "160x120", "-q")
    assert said == f"{tmp_path / 'film.mp4'}: 50 frames, 160x120, 30000/1001 fps\n"
    with open_video(tmp_path / "film.mp4") as film:
        assert film.count() == 50


def test_show_plays_the_sound_it_is_given(take: Path, tmp_path: Path) -> None:
    voice = Path(__file__).parents[2] / "examples" / "media" / "voice.flac"
    film = tmp_path / "film.mp4"
    _run("show", take, "-o", film, "--size", "160x120", "--sound", voice, "-q")
    assert probe(film).audio is not None
    _run("show", take, "-o", film, "--size", "160x120", "--sound", voice, "--no-sound", "-q")
    assert probe(film).audio is None
