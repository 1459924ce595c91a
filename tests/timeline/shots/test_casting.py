from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cuts import Folder, audio, clip, codes, nest, note, scripted, seconds, span, video

from a1sdk.timeline.model import Track
from a1sdk.timeline.shots import Shot

CURVES = {"schema_version": "a1.curves/1", "keys": {"channels": {"smile": 1}}}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.media("perf.mov", "other.mov", "anna.png", "dlg.wav", "beat.json", "sub/take.mov")
    return made


def anna(text: str = "", **more: Any) -> Track:
    """A portrait over frames 0 to 50, with a note."""
    markers = [note(f"A1 {text}")] if text else []
    return video("A1 PORTRAIT", clip("anna", 0, 50, url="anna.png", markers=markers, **more))


PERF = video("A1 DRIVE", clip("perf", 0, 50))
OTHER = video("V", clip("other", 0, 50))
VOICE = audio("A1 VOICE", clip("dlg", 0, 50, url="dlg.wav"))
KEYS = video("A1 KEYS", clip("beat", 0, 50, url="beat.json"))


def names(shot: Shot) -> tuple[list[str], list[str], list[str]]:
    cast = shot.cast
    return tuple([one.name for one in part] for part in (cast.drivers, cast.voices, cast.keys))  # type: ignore[return-value]


def test_tracks_perform(folder: Folder) -> None:
    shot = folder.one(PERF, OTHER, VOICE, KEYS, anna())
    assert names(shot) == (["perf"], ["dlg"], ["beat"])
    assert {one.path for one in shot.cast.drivers} == {folder.path / "perf.mov"}
    assert (shot.state, codes(shot)) == ("ready", set())


@pytest.mark.parametrize(
    ("said", "driver"),
    [
        ("other", "other"),
        ("OTHER.MOV", "other"),
        ("V2", "other"),
        ("V", "other"),
        ("V2@01:00:00:00", "other"),
        ("sub/take.mov", "take.mov"),
        ("take", "take.mov"),
    ],
)
def test_a_driver_is_called_by_clip_media_track_place_or_file(
    folder: Folder, said: str, driver: str
) -> None:
    shot = folder.one(PERF, OTHER, anna(f"drive={said}"))
    assert names(shot)[0] == [driver]
    assert shot.cast.drivers[0].layer == "marker"
    assert codes(shot) == set()


def test_a_place_is_where_the_driver_begins(folder: Folder) -> None:
    shot = folder.one(video("V", clip("other", 0, 500)), anna("drive=V1@01:00:04:00"))
    (piece,) = shot.cast.drivers
    assert piece.at(seconds(0)) == 4


@pytest.mark.parametrize(
    ("said", "code", "message"),
    [
        ("drive=othr", "A1-DRIVE-MISSING", "did you mean 'other'?"),
        ("drive=V9@01:00:00:00", "A1-DRIVE-MISSING", "There is no track 'V9' with clips"),
        ("drive=V1@01:30:00:00", "A1-DRIVE-MISSING", "Nothing lies there"),
        ("drive=V1@01:00:00:30", "A1-DRIVE-MISSING", "01:00:00:30"),
        ('drive="V1@01:00:00;02"', "A1-DRIVE-MISSING", "Drop-frame"),
        ("voice=lost.wav", "A1-VOICE-MISSING", "voice=lost.wav is no clip and no track"),
        ("keys=lost.json", "A1-KEYS-MISSING", "keys=lost.json is no clip"),
        ("drive=/etc/passwd", "A1-MEDIA-REFUSED", "drive=/etc/passwd"),
        ("drive=http://x/y.mov", "A1-MEDIA-REFUSED", "is a http URL"),
        ("keys=../../x.json", "A1-MEDIA-REFUSED", "lies outside the media roots"),
        ("drive=two", "A1-DRIVE-AMBIGUOUS", "'two' means 2 clips that are equally near"),
        ("voice=two", "A1-VOICE-AMBIGUOUS", "equally near"),
    ],
)
def test_what_is_not_there_blocks_the_shot(
    folder: Folder, said: str, code: str, message: str
) -> None:
    twos = video("T", clip("two", 100, 110)), video("U", clip("two", 100, 120))
    shot = folder.one(PERF, OTHER, *twos, anna(said))
    assert shot.state == "blocked"
    (problem,) = (one for one in shot.problems if one.severity == "error")
    assert problem.code == code
    assert message in problem.message
    assert problem.where == "A1 PORTRAIT/anna @ 01:00:00:00"


def test_none_means_nobody(folder: Folder) -> None:
    shot = folder.one(PERF, VOICE, KEYS, anna("drive=NONE keys=none"))
    assert names(shot) == ([], ["dlg"], [])
    assert codes(shot) == set()
    spoken = video("A1 DRIVE", clip("dlg", 0, 50, url="dlg.wav"))
    assert folder.one(spoken, anna("voice=none")).state == "blocked"


def test_nobody_blocks_the_shot(folder: Folder) -> None:
    assert codes(folder.one(OTHER, anna())) == {"A1-SHOT-NO-DRIVER"}


def test_a_driver_of_sound_is_a_voice(folder: Folder) -> None:
    spoken = video("A1 DRIVE", clip("dlg", 0, 50, url="dlg.wav"))
    assert names(folder.one(spoken, anna())) == ([], ["dlg"], [])
    assert names(folder.one(PERF, anna("drive=dlg.wav"))) == ([], ["dlg.wav"], [])


def test_groups_pair_tracks(folder: Folder) -> None:
    bob = video("A1 DRIVE BOB", clip("other", 0, 50))
    face = clip("anna", 0, 50, url="anna.png")
    found = folder.find(PERF, bob, video("A1 PORTRAIT", face), video("A1 PORTRAIT_Bob", face))
    assert [names(shot)[0] for shot in found] == [["perf"], ["other"]]
    shot = folder.one(PERF, bob, anna("group=BOB"))
    assert (names(shot)[0], codes(shot)) == (["other"], set())


def test_a_group_that_no_track_has_is_noted(folder: Folder) -> None:
    shot = folder.one(PERF, video("A1 DRIVE BOB", clip("other", 0, 50)), anna("group=bbo"))
    assert names(shot)[0] == ["perf"]
    (problem,) = shot.problems
    assert (problem.code, problem.severity) == ("A1-SHOT-GROUP", "warning")
    assert "did you mean 'bob'?" in problem.message


def test_the_sidecar_counts_less_than_a_track(folder: Folder) -> None:
    beside = {"defaults": {"drive": "other", "keys": "beat.json"}}
    assert names(folder.one(PERF, OTHER, anna(), sidecar=beside)) == (["perf"], [], ["beat.json"])
    assert names(folder.one(OTHER, anna(), sidecar=beside)) == (["other"], [], ["beat.json"])


@pytest.mark.parametrize(
    ("said", "severity", "message"),
    [
        ("x", "warning", "a gap over 60 % of the shot; the face rests there"),
        ("gap=hold", "warning", "the last pose is held there"),
        ("gap=error", "error", "a gap over 60 % of the shot, and gap=error"),
    ],
)
def test_gaps_are_as_the_settings_say(
    folder: Folder, said: str, severity: str, message: str
) -> None:
    drive = video("A1 DRIVE", clip("perf", 10, 20), clip("other", 30, 40))
    shot = folder.one(drive, anna(said))
    (problem,) = shot.problems
    assert (problem.code, problem.severity) == ("A1-DRIVE-GAP", severity)
    assert message in problem.message
    assert [one.span for one in shot.cast.drivers] == [span(10, 20), span(30, 40)]


def test_a_gap_of_a_frame_is_not_nothing(folder: Folder) -> None:
    long = video("A1 PORTRAIT", clip("anna", 0, 5000, url="anna.png"))
    (problem,) = folder.one(video("A1 DRIVE", clip("perf", 1, 5000)), long).problems
    assert "1 % of the shot" in problem.message


def test_a_driver_that_is_switched_off_is_noted_where_nobody_drives(folder: Folder) -> None:
    off = video("A1 DRIVE", clip("perf", 0, 50, enabled=False))
    assert codes(folder.one(off, anna())) == {"A1-DRIVE-DISABLED", "A1-SHOT-NO-DRIVER"}
    assert codes(folder.one(off, VOICE, anna("drive=none"))) == set()
    hidden = video("A1 DRIVE", clip("perf", 0, 50), enabled=False)
    assert codes(folder.one(anna(), hidden)) == set()


@pytest.mark.parametrize(("first", "speed"), [(10, 2), (59, -1), (10, 0)])
def test_speed_is_ignored_if_asked(folder: Folder, first: int, speed: int) -> None:
    inner = [video("", clip("perf", 0, 50, first=first, speed=speed))]
    drive = video("A1 DRIVE", nest("n", 0, 50, inner))
    (piece,) = folder.one(drive, anna("retime=ignore handles=0")).cast.drivers
    assert (piece.speeds, piece.at(seconds(0))) == ((1,), seconds(10))
    (piece,) = folder.one(drive, anna("handles=0")).cast.drivers
    assert (piece.speeds, piece.at(seconds(0))) == ((speed,), seconds(first))


def test_several_drivers_perform_one_after_the_other(folder: Folder) -> None:
    drive = video("A1 DRIVE", clip("perf", 0, 20), clip("other", 20, 50))
    shot = folder.one(drive, anna())
    spans = [(one.name, one.span) for one in shot.cast.drivers]
    assert spans == [("perf", span(-8, 20)), ("other", span(20, 58))]


def test_voices_that_speak_at_once_are_noted(folder: Folder) -> None:
    second = audio("A1 VOICE", clip("two", 25, 75, url="dlg.wav"))
    assert codes(folder.one(PERF, VOICE, second, anna())) == {"A1-VOICE-OVERLAP"}
    assert codes(folder.one(PERF, VOICE, second, anna("voice=two"))) == set()
    assert codes(folder.one(PERF, VOICE, VOICE, anna())) == set()


def test_keyframes_lie_in_an_effect_or_the_sidecar(folder: Folder) -> None:
    effects = [("blur", {"a1sdk": {"x": 1}}), ("a1 curves", {"a1sdk": CURVES})]
    shot = folder.one(KEYS, anna(effects=effects))
    assert shot.cast.curves is not None
    assert (shot.cast.curves_layer, names(shot)[2]) == ("metadata", [])
    beside = {"shots": [{"clip": "anna", "curves": CURVES}]}
    shot = folder.one(anna(), sidecar=beside)
    assert (shot.cast.curves_layer, shot.state) == ("sidecar", "ready")


def test_keys_of_a_higher_layer_replace_keyframes(folder: Folder) -> None:
    beside = {"shots": [{"clip": "anna", "curves": CURVES}]}
    effects = [("a1 curves", {"a1sdk": CURVES})]
    for shot in (
        folder.one(KEYS, anna(), sidecar=beside),
        folder.one(anna("keys=beat.json"), sidecar=beside),
        folder.one(anna(effects=effects, metadata=scripted(keys="beat.json"))),
    ):
        assert shot.cast.curves is None
        assert len(shot.cast.keys) == 1
    assert folder.one(anna("keys=beat.json", effects=effects)).cast.keys == ()


def test_keyframes_that_are_not_understood_block_the_shot(folder: Folder) -> None:
    effects = [("a1 curves", {"a1sdk": {"schema_version": "a1.curves/1", "kyes": {}}})]
    shot = folder.one(PERF, anna(effects=effects))
    assert (shot.state, codes(shot)) == ("blocked", {"A1-KEYS-INVALID"})


@pytest.mark.parametrize(
    ("url", "code", "severity"),
    [
        ("lost.mov", "A1-MEDIA-OFFLINE", "error"),
        ("/etc/lost.mov", "A1-MEDIA-REFUSED", "error"),
        ("/elsewhere/perf.mov", "A1-MEDIA-RELINKED", "note"),
        ("/elsewhere/twin.mov", "A1-MEDIA-AMBIGUOUS", "error"),
    ],
)
def test_media_that_is_not_where_it_is_written_names_clip_and_path(
    folder: Folder, url: str, code: str, severity: str
) -> None:
    folder.media("one/twin.mov", "two/twin.mov")
    shot = folder.one(video("A1 DRIVE", clip("take 1", 0, 50, url=url)), anna())
    (problem,) = shot.problems
    assert (problem.code, problem.severity) == (code, severity)
    assert problem.message.startswith("driver 'take 1'")
    assert repr(url) in problem.message
    assert shot.state == ("blocked" if severity == "error" else "ready")
