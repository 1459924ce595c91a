"""FCPXML: shots of cuts whose clips say by their roles, markers or metadata what they are for."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
from documents import Fcpxml

from a1sdk.timeline.shots import Shot, find_shots

F = Fraction

MEDIA = (
    '<asset id="still" name="bob" start="0s" duration="0s" hasVideo="1" src="./bob.png"/>'
    '<asset id="perf" name="perf" start="3600s" duration="60s" hasVideo="1" hasAudio="1"'
    ' format="r24" src="./perf.mov"/>'
    '<asset id="line" name="line" start="0s" duration="60s" hasAudio="1" src="./line.wav"/>'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the cut, with its media."""
    for name in ("bob.png", "perf.mov", "line.wav"):
        (tmp_path / name).write_bytes(b"media")
    return tmp_path


def shot(fcp: Fcpxml, *spine: str) -> Shot:
    (found,) = find_shots(fcp.cut(*spine, resources=MEDIA))
    return found


def test_portraits_and_those_who_drive_them_are_found_by_their_roles(
    fcp: Fcpxml, folder: Path
) -> None:
    drive = fcp.clip("4s", "5s", ref="perf", lane="-1", start="3610s", videoRole="a1-drive-bob")
    voice = '<audio-channel-source srcCh="1" role="dialogue.a1-voice-bob"/>'
    sound = fcp.clip("4s", "5s", voice, ref="line", lane="-2", start="7s", audioRole="dialogue")
    portrait = fcp.item("video", "2s", "4s", drive + sound, ref="still", start="5s",
                        role="a1-portrait-bob.a1-portrait-bob-1", name="bob")  # fmt: skip
    found = shot(fcp, fcp.item("gap", "0s", "2s"), portrait)
    assert (found.record.start, found.record.stop) == (48, 144)
    assert found.portrait == folder / "bob.png"
    assert found.binding.get("group") == "bob"
    (driver,) = found.cast.drivers
    assert (driver.media.name, driver.at(F(2)), driver.at(F(3))) == ("perf", 3611, 3612)
    (speaker,) = found.cast.voices
    assert (speaker.media.name, speaker.at(F(2))) == ("line", 8)
    assert found.state == "ready"


def test_a_marker_says_what_a_shot_is_like(fcp: Fcpxml, folder: Path) -> None:
    marker = '<marker start="1s" duration="1/24s" value="A1 sh010" note="drive=perf expr=0.5"/>'
    under = fcp.clip("0s", "4s", ref="perf", lane="-1", start="3600s")
    portrait = fcp.item("video", "0s", "4s", under + marker, ref="still", name="bob")
    found = shot(fcp, portrait)
    assert (found.name, found.binding.get("expr")) == ("sh010", 0.5)
    assert [one.media.name for one in found.cast.drivers] == ["perf"]


def test_metadata_says_what_a_shot_is_like(fcp: Fcpxml, folder: Path) -> None:
    said = quoteattr('{"schema_version": "a1.shot/1", "shot": "sh020", "expr": 0.25}')
    kept = f'<metadata><md key="a1sdk" value={said}/></metadata>'
    found = shot(fcp, fcp.item("video", "0s", "4s", kept, ref="still"))
    assert (found.name, found.binding.get("expr")) == ("sh020", 0.25)
    assert found.binding.layer("expr") == "metadata"


def test_a_synchronized_clip_drives_by_the_roles_inside_it(fcp: Fcpxml, folder: Path) -> None:
    sound = fcp.item("clip", "0s", "9s", fcp.item("audio", "0s", "60s", ref="line"),
                     lane="-1", name="line", start="1s",
                     audioRole="dialogue.a1-voice")  # fmt: skip
    video = fcp.item("video", "0s", "60s", ref="perf", start="3600s", role="a1-drive")
    inside = fcp.item("clip", "0s", "60s", video + sound, name="perf")
    under = fcp.item("sync-clip", "0s", "4s", inside, lane="-1", start="2s")
    found = shot(fcp, fcp.item("video", "0s", "4s", under, ref="still", role="a1-portrait"))
    (driver,), (speaker,) = found.cast.drivers, found.cast.voices
    assert (driver.at(F(0)), speaker.at(F(0))) == (3602, 3)
