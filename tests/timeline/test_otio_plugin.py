"""What an opentimelineio user finds once the SDK is installed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio
import pytest

from a1sdk.errors import ConfigError, MediaError
from a1sdk.timeline.conform import conform
from a1sdk.timeline.otio_plugin.clips import curves_of, set_curves, set_note
from a1sdk.timeline.otio_plugin.linking import relink
from a1sdk.timeline.plan import facts_of_shot
from a1sdk.timeline.read import read_cut
from a1sdk.timeline.rendered import Rendered
from a1sdk.timeline.rendering.report import CutReport, ShotResult
from a1sdk.timeline.shots import Shots, find_shots
from a1sdk.timing import Timecode

KEYS = {"channels": {"smile": [["0s", 0], ["0.6s", 0.8]]}}
SHARED = [
    ("otio-fcp-adapter/premiere_enable_property.xml", 11),
    ("DAWFileKit/CompoundClips.fcpxml", 3),
    ("otio-aaf-adapter/nested_stack.aaf", 8),
    ("otio-cmx3600-adapter/dissolve_test_4.edl", 6),
    ("otio-core/effects.otio", 37),
    ("otio-core/premiere_example.otio", 13),  # of a newer opentimelineio, which this one refuses
]


def read(path: Path, **options: Any) -> Any:
    return opentimelineio.adapters.read_from_file(str(path), **options)


@pytest.fixture
def cut(tmp_path: Path, otio: Any) -> Path:
    """A cut at 24: two portraits of one name, one of them retimed, noted and marked, one nested."""
    still = otio.media(0, 1, target_url="anna.png")
    notes = [otio.marker(5, name="A1 sh010"), otio.marker(12, name="look")]
    first = otio.clip(0, 24, name="anna", media=still, markers=notes)
    second = otio.clip(0, 48, name="anna", media=still, effects=[otio.speed(2.0)])
    inner = otio.track(otio.clip(4, 30, name="bob", media=still), name="A1 PORTRAIT")
    drive = otio.media(0, 1000, target_url="perf.mov")
    tracks = (
        otio.track(otio.clip(100, 120, name="perf", media=drive), name="A1 DRIVE"),
        otio.track(first, otio.gap(6), second, otio.stack(inner), name="A1 PORTRAIT"),
    )
    path = tmp_path / "cut.otio"
    start = otio.time(86400)
    path.write_text(json.dumps(otio.timeline(*tracks, name="cut", global_start_time=start)))
    for name in ("anna.png", "perf.mov"):
        (tmp_path / name).touch()
    return path


Made = Callable[..., Path]


@pytest.fixture
def render(cut: Path, tmp_path: Path) -> Made:
    """Write the report of a render of the cut, with empty files for media, and conform it."""

    def write(suffix: str = ".mov", *, without: str = "") -> Path:
        out = tmp_path / "shots"
        shots = find_shots(read_cut(cut))
        results, rendered = [], []
        for shot in shots:
            one = media(shots, shot, out, suffix)
            facts = {"media": one.path, "timecode": str(one.timecode), "frames": one.frames}
            if shot.name == without:
                results.append(ShotResult(shot=facts_of_shot(shot, shots.cut), outcome="failed"))
                continue
            done = {"outcome": "rendered", "codec": one.codec, "size": one.size, "digest": "d"}
            results.append(ShotResult(shot=facts_of_shot(shot, shots.cut), **done, **facts))
            rendered.append(one)
        conform(shots, rendered, out)
        about = {"cut": cut, "dialect": "otio", "rate": shots.cut.rate, "start": "01:00:00:00"}
        report = CutReport(outcome="done", shots=tuple(results), problems=(), **about)
        report.save(out / "cut.a1cut.json")
        return out / "cut.a1cut.json"

    return write


def media(shots: Shots, shot: Any, folder: Path, suffix: str) -> Rendered:
    """The media of a shot, whose file is made."""
    rate = shots.cut.rate
    first = Timecode(int(shots.cut.start * rate) + shot.frames.start, rate)
    path = folder / f"{shot.name}{suffix}"
    folder.mkdir(exist_ok=True)
    Path(str(path).replace("%04d", "1001")).touch()
    return Rendered(
        shot=shot, path=path, timecode=first, frames=len(shot.frames), size=(96, 96),
        codec="png", first=1001 if "%" in suffix else None, provenance={"digest": "d"},
    )  # fmt: skip


def linked(cut: Path, report: Path) -> Any:
    return read(cut, media_linker_name="a1", media_linker_argument_map={"report": str(report)})


def test_the_entry_point_is_found_and_imports_nothing_else_of_ours() -> None:
    code = """
import sys, opentimelineio
from opentimelineio.plugins import ActiveManifest
manifest = ActiveManifest()
assert list(manifest.from_name("a1").suffixes) == ["fcpxmld"]
assert manifest.from_name("a1", "media_linkers")
assert manifest.from_filepath("otio").name == "otio_json"
print(*sorted(name for name in sys.modules if name.partition(".")[0] in ("a1sdk", "pydantic")))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    own = ["a1sdk", "a1sdk.lazy", "a1sdk.timeline", "a1sdk.timeline.otio_plugin"]
    assert done.stdout.split() == own  # `lazy` is what keeps the others from being imported


@pytest.mark.shared
@pytest.mark.parametrize(("name", "clips"), SHARED)
def test_the_adapter_reads_what_the_sdk_reads(shared: Path, name: str, clips: int) -> None:
    path = shared / "timelines" / name
    timeline = read(path, adapter_name="a1")
    assert isinstance(timeline, opentimelineio.schema.Timeline)
    assert sum(one.media_reference is not None for one in timeline.find_clips()) >= clips
    codes = [problem["code"] for problem in timeline.metadata["a1sdk"]["problems"]]
    assert codes == [problem.code for problem in read_cut(path).problems]


def test_the_adapter_keeps_all_of_otio_and_puts_what_is_newer_into_this_form(
    tmp_path: Path, otio: Any
) -> None:
    marker = {**otio.marker(0, name="A1"), "OTIO_SCHEMA": "Marker.3", "color": None}
    clip = otio.clip(metadata={"vendor": {"depth": [1, {"deep": True}]}}, markers=[marker])
    path = tmp_path / "cut.otio"
    path.write_text(json.dumps(otio.timeline(otio.track(clip), metadata={"a1sdk": "odd"})))
    with pytest.raises(opentimelineio.exceptions.UnsupportedSchemaError):
        read(path)
    timeline = read(path, adapter_name="a1")
    (found,) = timeline.find_clips()
    assert found.metadata["vendor"]["depth"][1]["deep"] is True
    assert found.markers[0].name == "A1"
    assert [one["code"] for one in timeline.metadata["a1sdk"]["problems"]] == ["A1-OTIO-NEWER"]


def test_the_adapter_makes_a_timeline_of_a_clip(tmp_path: Path, otio: Any) -> None:
    path = tmp_path / "clip.otio"
    path.write_text(json.dumps(otio.clip(name="alone")))
    timeline = read(path, adapter_name="a1")
    assert [one.name for one in timeline.find_clips()] == ["alone"]


def test_the_adapter_is_told_a_rate(tmp_path: Path) -> None:
    path = tmp_path / "cut.edl"
    event = "001  AX       V     C        00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00"
    path.write_text(f"TITLE: cut\n\n{event}\n")
    timeline = read(path, adapter_name="a1", rate="24000/1001")
    (clip,) = timeline.find_clips()
    assert clip.duration() == opentimelineio.opentime.RationalTime(24, 24000 / 1001)
    with pytest.raises(ConfigError):
        read(path, adapter_name="a1", rate="fast")


def test_the_linker_gives_what_the_hand_back_gives(cut: Path, render: Made) -> None:
    report = render()
    timeline = linked(cut, report)
    master = read(report.parent / "cut.a1.otio")
    pairs = list(zip(timeline.find_clips(), master.find_clips(), strict=True))
    assert [one.metadata["a1sdk"]["shot"] for one, _ in pairs[1:]] == ["sh010", "anna", "bob"]
    for one, other in pairs:
        assert one.source_range == other.source_range
        assert [m.marked_range for m in one.markers] == [m.marked_range for m in other.markers]
        assert list(one.effects) == []
        for key, reference in one.media_references().items():
            same = other.media_references()[key]
            assert reference.target_url == same.target_url
            assert reference.available_range == same.available_range
    assert pairs[1][0].source_range.start_time.value == 86400
    assert set(pairs[1][0].media_references()) == {"DEFAULT_MEDIA", "a1_source"}


def test_what_is_linked_is_the_same_cut_with_other_media(cut: Path, render: Made) -> None:
    timeline = linked(cut, render())
    path = cut.with_name("linked.otio")
    opentimelineio.adapters.write_to_file(timeline, str(path))
    before, after = read_cut(cut), read_cut(path)
    spans = [[item.span for item in track.items] for track in before.tracks]
    assert spans == [[item.span for item in track.items] for track in after.tracks]


def test_the_linker_links_pictures_and_films_that_have_moved(cut: Path, render: Made) -> None:
    report = render(".%04d.png")
    moved = report.parent.rename(report.parents[1] / "moved")
    timeline = linked(cut, moved / report.name)
    reference = timeline.find_clips()[1].media_reference
    assert isinstance(reference, opentimelineio.schema.ImageSequenceReference)
    assert reference.target_url_for_image_number(0) == (moved / "sh010.1001.png").as_uri()
    assert reference.available_range.duration.value == 24 + 2 * 8


def test_a_linked_cut_is_linked_again_to_the_same(cut: Path, render: Made) -> None:
    report = render()
    once = linked(cut, report)
    before = once.to_json_string()
    assert relink(once, report) == ["sh010", "anna", "bob"]
    assert once.to_json_string() == before


def test_remarks_of_former_media_go_and_those_of_this_stay(
    cut: Path, render: Made, otio: Any
) -> None:
    report = render()
    document = cut.read_text()
    cut.write_text(document.replace('"name": "look"', '"name": "A1 QC fail: head"'))
    once = linked(cut, report)
    assert [marker.name for marker in once.find_clips()[1].markers] == ["A1 sh010"]
    clip = once.find_clips()[1]
    clip.markers[0].name = "A1 QC warn: gaze"
    relink(once, report)
    assert [marker.name for marker in clip.markers] == ["A1 QC warn: gaze"]


@pytest.mark.parametrize("change", ["moved", "longer", "off", "sound"])
def test_a_clip_that_is_no_longer_the_shot_is_left_alone(
    cut: Path, render: Made, change: str
) -> None:
    report = render()
    timeline = read(cut)
    track = timeline.tracks[1]
    if change == "moved":
        track[1].source_range = replace_duration(track[1].source_range, 7)
    elif change == "longer":
        track[2].source_range = replace_duration(track[2].source_range, 49)
    elif change == "off":
        track[2].enabled = False
    else:
        track.kind = "Audio"
    others = {"moved": ["sh010"], "longer": ["sh010"], "off": ["sh010", "bob"], "sound": []}
    assert relink(timeline, report) == others[change]


def replace_duration(window: Any, frames: int) -> Any:
    time = opentimelineio.opentime.RationalTime(frames, 24)
    return opentimelineio.opentime.TimeRange(window.start_time, time)


def test_a_clip_with_the_shots_id_is_linked_wherever_it_is_now(cut: Path, render: Made) -> None:
    report = render()
    names = {one.shot.name: one.shot.id for one in CutReport.load(report).shots}
    timeline = read(cut)
    clip = timeline.tracks[1][2]
    set_note(clip, id=names["anna"], expr=0.5)
    timeline.tracks[1].insert(2, opentimelineio.schema.Gap(duration=clip.duration()))
    assert relink(timeline, report) == ["sh010", "anna"]
    assert clip.metadata["a1sdk"]["expr"] == 0.5


def test_a_failed_shot_stays_its_portrait(cut: Path, render: Made) -> None:
    timeline = linked(cut, render(without="anna"))
    urls = [clip.media_reference.target_url for clip in timeline.find_clips()]
    assert urls[2] == "anna.png"
    assert urls[1].endswith("/sh010.mov")


def test_the_linker_says_what_it_lacks(cut: Path, render: Made, tmp_path: Path) -> None:
    report = render()
    with pytest.raises(ConfigError, match="told no report"):
        read(cut, media_linker_name="a1")
    with pytest.raises(ConfigError, match="cannot be read"):
        linked(cut, tmp_path / "none.json")
    with pytest.raises(ConfigError, match="is no report of a cut"):
        linked(cut, cut)
    (report.parent / "bob.mov").unlink()
    with pytest.raises(MediaError, match="'bob' is said to be in"):
        linked(cut, report)


def test_notes_and_curves_are_what_the_sdk_reads(cut: Path) -> None:
    timeline = read(cut)
    clip = timeline.tracks[1][2]
    set_note(clip, shot="close", drive="perf", from_=["lips=voice*0.8"], handles=3)
    set_curves(clip, KEYS)
    set_curves(clip, KEYS, "media")
    path = cut.with_name("noted.otio")
    opentimelineio.adapters.write_to_file(timeline, str(path))
    shot = next(one for one in find_shots(read_cut(path)) if one.name == "close")
    assert {bound.layer for bound in shot.binding.settings.values()} >= {"metadata"}
    assert (shot.head, shot.binding.get("take")) == (3, ("lips=voice*0.8",))
    found = curves_of(read(path).tracks[1][2])
    assert found == shot.cast.curves
    assert found is not None
    assert (found.space, found.keys) == ("media", {"schema_version": "a1.keys/1", **KEYS})
    assert [one.effect_name for one in clip.effects] == ["", "a1sdk.curves"]


def test_notes_and_curves_that_are_wrong_are_refused(cut: Path) -> None:
    clip = read(cut).tracks[1][2]
    with pytest.raises(ConfigError) as wrong:
        set_note(clip, driver="perf")
    assert wrong.value.hint == "did you mean 'drive'?"
    with pytest.raises(ConfigError, match="cannot be carried"):
        set_curves(clip, {"channels": {"smile": [Fraction(1)]}})
    with pytest.raises(ConfigError, match="space"):
        set_curves(clip, KEYS, "time")  # type: ignore[arg-type]
    assert curves_of(clip) is None
    set_curves(clip, KEYS)
    clip.effects[-1].metadata["a1sdk"]["schema_version"] = "a1.curves/2"
    with pytest.raises(ConfigError):
        curves_of(clip)


def test_the_code_of_its_page_runs(
    cut: Path, render: Made, xml: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    render()
    xml.cut(xml.clip(0, 24))
    event = "001  AX       V     C        00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00"
    cut.with_suffix(".edl").write_text(f"TITLE: cut\n\n{event}\n")
    monkeypatch.chdir(cut.parent)
    page = (Path(__file__).parents[2] / "docs/otio.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    for code in blocks:
        exec(code, names)  # the page is ours
        names["clip"] = names["timeline"].find_clips()[-1]
    assert len(names["listed"].find_clips()) == 1
    assert names["names"] == ["sh010", "anna", "bob"]
    assert names["clip"].metadata["a1sdk"]["shot"] == "sh010"
