from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from cuts import Folder, audio, clip, codes, made, nest, note, scripted, video

from a1sdk.errors import ConfigError
from a1sdk.timeline.model import Item, Track
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.shots import Shot, Shots, find_shots
from a1sdk.timeline.shots.sidecar import Sidecar
from a1sdk.timing import FrameRange

DRIVE = video("A1 DRIVE", clip("perf", 0, 1000))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    made.media("perf.mov", "anna.png", "bob.png", "title.png", "cover.mov", "plate.mov")
    return made


def face(name: str, start: int, stop: int, text: str = "", **more: Any) -> Item:
    """A portrait clip, with a note."""
    markers = [note(f"A1 {text}", at=start)] if text else []
    return clip(name, start, stop, url=f"{name}.png", markers=markers, **more)


def faces(*items: Item) -> Track:
    return video("A1 PORTRAIT", *items)


def named(found: Shots) -> list[str]:
    return [shot.name for shot in found]


def of(found: Shots, code: str) -> str:
    """The message of the only problem of a code that the cut has."""
    (message,) = (one.message for one in found.problems if one.code == code)
    return message


def test_shots_are_the_clips_of_portrait_tracks(folder: Folder) -> None:
    found = folder.find(DRIVE, faces(face("anna", 0, 50), face("bob", 50, 80)), audio("x"))
    assert named(found) == ["anna", "bob"]
    assert [shot.record for shot in found] == [FrameRange(0, 50), FrameRange(50, 80)]
    assert [shot.portrait for shot in found] == [folder.path / "anna.png", folder.path / "bob.png"]
    assert {shot.state for shot in found} == {"ready"}
    assert (len(found), found.problems) == (2, ())


def test_a_note_makes_any_clip_a_shot(folder: Folder) -> None:
    tracks = video("V", clip("perf", 0, 50)), video("", face("anna", 0, 50, "sh1 drive=perf"))
    shot = folder.one(*tracks)
    assert (shot.name, shot.role, shot.state) == ("sh1", None, "ready")
    bare = face("anna", 0, 50, metadata=scripted(drive="perf"))
    assert folder.one(tracks[0], video("", bare)).state == "ready"
    assert len(folder.find(tracks[0], video("", face("anna", 0, 50)))) == 0


def test_settings_that_are_not_understood_block_the_shot_and_no_other(folder: Folder) -> None:
    found = folder.find(DRIVE, faces(face("anna", 0, 50, "drvie=x"), face("bob", 50, 99)))
    assert [shot.state for shot in found] == ["blocked", "ready"]
    (problem,) = found.shots[0].problems
    assert problem.code == "A1-SHOT-SETTINGS"
    assert "There is no key 'drvie': did you mean 'drive'?" in problem.message


def test_a_shot_may_be_skipped(folder: Folder) -> None:
    assert folder.one(DRIVE, faces(face("anna", 0, 50, "skip"))).state == "skipped"
    assert folder.one(DRIVE, faces(face("anna", 0, 50, "skip=no"))).state == "ready"


def test_what_is_switched_off_is_no_shot(folder: Folder) -> None:
    off = faces(face("anna", 0, 50, enabled=False), face("bob", 50, 99))
    found = folder.find(DRIVE, off)
    assert named(found) == ["bob"]
    assert of(found, "A1-SHOT-DISABLED") == "'anna' is switched off and is no shot."
    track = video("A1 PORTRAIT", face("anna", 0, 50), enabled=False)
    assert codes(folder.find(DRIVE, track)) == {"A1-SHOT-DISABLED"}


def test_notes_on_what_is_no_portrait_are_not_lost(folder: Folder) -> None:
    marked = clip("perf", 0, 99, markers=[note("A1 sh010")])
    found = folder.find(video("A1 DRIVE", marked), audio("", marked), faces(face("anna", 0, 50)))
    assert [one.code for one in found.problems] == ["A1-SHOT-NOTE-UNUSED"] * 2
    assert named(found) == ["anna"]
    assert found.shots[0].state == "ready"


def test_a_track_that_is_nearly_one_of_ours_is_noted(folder: Folder) -> None:
    found = folder.find(video("A1 PORTRIAT", face("anna", 0, 50)))
    message = "Track 'A1 PORTRIAT' has no role that is known. did you mean 'PORTRAIT'?"
    assert of(found, "A1-SHOT-TRACK-NAME") == message


def test_a_marker_of_the_cut_belongs_to_the_one_portrait_it_lies_in(folder: Folder) -> None:
    portraits = faces(face("anna", 0, 50), face("bob", 50, 99))
    hidden = video("A1 PORTRAIT AL", face("bob", 0, 99, enabled=False))
    found = folder.find(DRIVE, portraits, hidden, markers=[note("A1 sh1", at=49), note("x", at=5)])
    assert named(found) == ["sh1", "bob"]
    assert found.shots[0].binding.layer("shot") == "marker"
    assert codes(found) == {"A1-SHOT-DISABLED"}


@pytest.mark.parametrize(("at", "count"), [(25, 2), (75, 0)])
def test_a_marker_of_the_cut_in_none_or_several_is_noted(
    folder: Folder, at: int, count: int
) -> None:
    both = faces(face("anna", 0, 50)), video("A1 PORTRAIT B", face("bob", 0, 50))
    found = folder.find(DRIVE, *both, markers=[note("A1 sh1", at=at)])
    assert named(found) == ["anna", "bob"]
    message = f"Marker 'A1 sh1' of the cut lies in {count} portraits."
    assert of(found, "A1-SHOT-CUT-MARKER") == message


def test_a_marker_of_the_cut_that_contradicts_the_clips_blocks(folder: Folder) -> None:
    shot = folder.one(DRIVE, faces(face("anna", 0, 50, "expr=1")), markers=[note("A1 expr=2")])
    assert codes(shot) == {"A1-SHOT-SETTINGS"}


def uses(inner: Sequence[Item], texts: Sequence[str]) -> Track:
    """A nested sequence that is used several times, 100 frames each, with a note on each."""
    tracks = [video("A1 PORTRAIT", *inner)]
    markers = [[note(f"A1 {text}", at=100 * n)] if text else [] for n, text in enumerate(texts)]
    return video(
        "", *(nest("n", 100 * n, 100 * n + 100, tracks, markers=m) for n, m in enumerate(markers))
    )


def test_a_nested_sequence_that_is_used_twice_has_two_shots(folder: Folder) -> None:
    found = folder.find(DRIVE, uses([face("anna", 10, 50, "sh1 id=7f expr=0.5")], ["", ""]))
    assert named(found) == ["sh1", "sh1_01"]
    assert [shot.record for shot in found] == [FrameRange(10, 50), FrameRange(110, 150)]
    assert found.shots[0].id == "7f"
    assert found.shots[1].id not in ("7f", "")
    assert codes(found.shots[0]) == set()
    assert codes(found.shots[1]) == {"A1-SHOT-NAME", "A1-SHOT-ID"}
    assert {shot.state for shot in found} == {"ready"}
    assert {shot.binding.get("expr") for shot in found} == {0.5}


def test_a_note_on_a_nested_sequence_is_for_the_one_portrait_in_it(folder: Folder) -> None:
    found = folder.find(DRIVE, uses([face("anna", 10, 50, "expr=0.5")], ["sh1", "sh2"]))
    assert named(found) == ["sh1", "sh2"]
    assert {shot.binding.get("expr") for shot in found} == {0.5}
    two = [face("anna", 10, 50), face("bob", 50, 90)]
    found = folder.find(DRIVE, uses(two, ["sh1", ""]))
    assert "is on 2 portraits at once" in of(found, "A1-SHOT-CUT-MARKER")


def test_a_portrait_is_seen_as_far_as_the_sequences_around_let_through(folder: Folder) -> None:
    inner = [faces(face("anna", 0, 100))]
    outer = video("", nest("n", 200, 220, inner, first=30))
    assert folder.one(DRIVE, outer).record == FrameRange(200, 220)


COVER = clip("cover", 0, 100)


@pytest.mark.parametrize(
    ("above", "seen"),
    [
        ([COVER], False),
        ([clip("cover", 0, 30), clip("cover", 30, 60)], False),
        ([nest("n", 0, 100, [video("", COVER)])], False),
        ([clip("cover", 0, 49)], True),
        ([clip("cover", 1, 100)], True),
        ([clip("cover", 0, 30), clip("cover", 31, 60)], True),
        ([clip("cover", 0, 100, enabled=False)], True),
        ([clip("title", 0, 100, url="title.png")], True),
        ([clip("title", 0, 100, url="", kind="generator")], True),
        ([clip("cover", 0, 100, effects=[("opacity", {})])], True),
    ],
)
def test_a_portrait_that_nobody_sees_is_left_alone(
    folder: Folder, above: list[Item], seen: bool
) -> None:
    tracks = DRIVE, faces(face("anna", 0, 50)), video("V", *above)
    shot = folder.one(*tracks)
    assert shot.state == ("ready" if seen else "skipped")
    assert codes(shot) == (set() if seen else {"A1-SHOT-OCCLUDED"})
    shot = folder.one(*tracks, occluded=True)
    assert (shot.state, codes(shot)) == ("ready", set())


@pytest.mark.parametrize("name", ["A1 PORTRAIT BOB", "A1 DRIVE X", "A1 KEYS X"])
def test_our_own_tracks_hide_nothing(folder: Folder, name: str) -> None:
    found = folder.find(DRIVE, faces(face("anna", 0, 50)), video(name, COVER))
    assert found.shots[0].state == "ready"


def test_a_driver_above_its_portrait_does_not_hide_it(folder: Folder) -> None:
    shot = folder.one(faces(face("anna", 0, 50, "drive=cover")), video("V", COVER))
    assert shot.state == "ready"


def test_a_dissolve_that_is_seen_makes_a_portrait_seen(folder: Folder) -> None:
    over = video("V", clip("cover", 10, 50))
    assert folder.one(DRIVE, faces(face("anna", 10, 50)), over).state == "skipped"
    faded = face("anna", 10, 50, dissolves=(5, 0))
    assert folder.one(DRIVE, faces(faded), over).state == "ready"


def test_a_shot_with_an_id_is_recognised_in_the_next_cut(folder: Folder) -> None:
    def shots(first: int, *more: Item) -> list[Shot]:
        items = face("anna", first, first + 50, "sh010 id=7f3c"), face("bob", first + 50, 200)
        return list(folder.find(DRIVE, faces(*more, *items)))

    before, after = shots(0), shots(20, face("anna", 0, 20))
    assert before[0].id == after[1].id == "7f3c"
    assert before[0].name == after[1].name == "sh010"
    assert len({shot.id for shot in (*before, *after)}) == 4
    assert [shot.id for shot in shots(0)] == [shot.id for shot in before]


def test_portraits_at_one_place_have_ids_of_their_own(folder: Folder) -> None:
    found = folder.find(DRIVE, faces(face("anna", 0, 50), face("anna", 0, 50)))
    assert len({shot.id for shot in found}) == 2


@pytest.mark.parametrize(
    ("entry", "meant"),
    [
        ({"at": "01:00:00:10"}, ["anna"]),
        ({"at": "01:00:02:00"}, ["bob"]),
        ({"clip": "ANNA.PNG"}, ["anna"]),
        ({"at": "01:00:00:10", "track": "V2"}, ["anna"]),
        ({"at": "01:00:00:10", "track": "a1 portrait", "clip": "anna"}, ["anna"]),
    ],
)
def test_an_entry_of_the_sidecar_means_one_portrait(
    folder: Folder, entry: dict[str, str], meant: list[str]
) -> None:
    beside = {"shots": [{**entry, "note": {"expr": 0.5}}]}
    found = folder.find(DRIVE, faces(face("anna", 0, 50), face("bob", 50, 99)), sidecar=beside)
    assert [shot.name for shot in found if shot.binding.get("expr")] == meant
    assert found.problems == ()


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"clip": "nobody"}, "entry for clip 'nobody' means no clip."),
        ({"at": "01:00:00:10", "track": "V9"}, "means no clip."),
        ({"at": "02:00:00:00"}, "means no clip."),
        ({"at": "01:00:00:30"}, "names no time of the cut: "),
        ({"at": "01:00:00;02"}, "names no time of the cut: Drop-frame"),
        ({"clip": "bob"}, "entry for clip 'bob' means 2 clips."),
    ],
)
def test_an_entry_that_means_none_or_several_is_noted(
    folder: Folder, entry: dict[str, str], message: str
) -> None:
    portraits = faces(face("anna", 0, 50), face("bob", 50, 99), face("bob", 99, 120))
    found = folder.find(DRIVE, portraits, sidecar={"shots": [entry]})
    assert message in of(found, "A1-SHOT-UNMATCHED")


def test_the_sidecar_beside_the_cut_is_read(folder: Folder) -> None:
    beside = {"tracks": {"V1": "DRIVE", "V2": "PORTRAIT"}, "defaults": {"expr": 0.5}}
    (folder.path / "cut.a1.json").write_text(json.dumps(beside), "utf-8")
    tracks = video("", clip("perf", 0, 50)), video("", face("anna", 0, 50))
    (shot,) = find_shots(made(*tracks, path=folder.path / "cut.otio"))
    assert (shot.state, shot.binding.layer("expr")) == ("ready", "sidecar")
    (folder.path / "cut.a1.json").write_text("{", "utf-8")
    with pytest.raises(ConfigError, match="is no JSON"):
        find_shots(made(*tracks, path=folder.path / "cut.otio"))


def test_handles_are_not_below_zero() -> None:
    with pytest.raises(ConfigError, match="-1 frames of handles"):
        find_shots(made(), handles=-1)


def test_notes_of_edit_decision_lists_are_read(folder: Folder) -> None:
    cut = folder.path / "cut.edl"
    cut.write_text(
        "TITLE: CUT\nFCM: NON-DROP FRAME\n"
        "001  ANNA     V     C        00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00\n"
        "* FROM CLIP NAME: ANNA.PNG\n* A1: SH010 | DRIVE=PERF.MOV EXPR=0.5\n* A1: GAP=HOLD\n"
    )
    (shot,) = find_shots(read_cut(cut))
    settings = {name: one.value for name, one in shot.binding.settings.items()}
    assert settings == {"shot": "SH010", "drive": "PERF.MOV", "expr": 0.5, "gap": "hold"}
    assert (shot.state, shot.portrait) == ("ready", folder.path / "anna.png")
    assert [one.path for one in shot.cast.drivers] == [folder.path / "perf.mov"]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["hostile_urls.otio", "unicode_and_url_traps.otio"])
def test_hostile_paths_are_refused_or_offline(name: str, shared: Path) -> None:
    cut = read_cut(shared / "timelines/synthetic-hostile" / name)
    tracks = {f"V{one.number}": "PORTRAIT" for one in cut.tracks if one.kind == "video"}
    found = find_shots(cut, sidecar=Sidecar(tracks=tracks))
    assert len(found) >= 2
    for shot in found:
        assert (shot.state, shot.portrait) == ("blocked", None)
        (problem,) = (one for one in shot.problems if one.code.startswith("A1-MEDIA"))
        assert problem.code in {"A1-MEDIA-REFUSED", "A1-MEDIA-OFFLINE"}
        media = shot.placed.clip.media
        assert problem.message.startswith(f"portrait {shot.placed.clip.name!r}")
        assert repr(media.url or media.name or "no name") in problem.message
