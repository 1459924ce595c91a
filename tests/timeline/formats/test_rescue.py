"""Objects that OTIO itself refuses: each costs a problem, not the file."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.otio import rescue
from a1sdk.timeline.formats.otio.rescue import parse, schema
from a1sdk.timeline.model import Clip, Cut, Gap

Json = Any


def codes(cut: Cut) -> list[str]:
    return [problem.code for problem in cut.problems]


def clip_of(cut: Cut) -> Clip:
    [clip] = [item for item in cut.tracks[0].items if isinstance(item, Clip)]
    return clip


def test_newer_schemas_are_read_and_counted(otio: Json) -> None:
    clip = otio.clip(markers=[{**otio.marker(3), "OTIO_SCHEMA": "Marker.3"}])
    document = otio.timeline(otio.track({**clip, "OTIO_SCHEMA": "Clip.7"}, clip))
    cut = otio.read({**document, "OTIO_SCHEMA": "Timeline.2"})
    [problem] = cut.problems
    assert (problem.code, problem.severity) == ("A1-OTIO-NEWER", "note")
    assert "Clip.7 (1 times), Marker.3 (2 times), Timeline.2 (1 times)" in problem.message
    assert len(cut.tracks[0].items) == 2


def test_colours_of_newer_markers_come_to_the_nearest_name(otio: Json) -> None:
    color = {"OTIO_SCHEMA": "Color.1", "r": 0.9, "g": 0.1, "b": 0, "a": 1}
    marker = otio.marker(3, color=color, metadata={"a1sdk": {"id": "x"}})
    [found] = clip_of(otio.read(otio.clip(markers=[marker]))).markers
    assert found.color == "RED"
    assert found.metadata["a1sdk"]["id"] == "x"
    assert found.metadata["a1sdk"]["color"]["g"] == 0.1


@pytest.mark.parametrize("part", [10**400, -5, "much", None, [], True])
def test_colours_that_are_no_numbers_do_no_harm(otio: Json, part: Any) -> None:
    marker = otio.marker(3, color={"r": part, "g": 0, "b": 0})
    [found] = clip_of(otio.read(otio.clip(markers=[marker]))).markers
    assert found.color in ("RED", "BLACK")


def test_clips_of_the_first_version_have_one_reference(otio: Json) -> None:
    old = otio.clip() | {"OTIO_SCHEMA": "Clip.1", "media_reference": otio.media(5)}
    del old["media_references"], old["active_media_reference_key"]
    cut = otio.read(otio.timeline(otio.track(old)))
    assert clip_of(cut).media.start * 24 == 5
    assert not cut.problems


def test_names_of_before_the_first_release_are_known(otio: Json) -> None:
    filler = otio.gap(12) | {"OTIO_SCHEMA": "Filler.1"}
    marker = otio.marker(1) | {"OTIO_SCHEMA": "Marker.1", "range": otio.range(7, 2)}
    del marker["marked_range"]
    track = otio.track(filler, otio.clip(markers=[marker])) | {"OTIO_SCHEMA": "Sequence.1"}
    cut = otio.read(otio.timeline(track))
    assert isinstance(cut.tracks[0].items[0], Gap)
    assert clip_of(cut).markers[0].span.start * 24 == 12 + 7
    assert not cut.problems


def test_an_unknown_item_leaves_a_gap_of_its_length(otio: Json) -> None:
    foreign = otio.object("Vendor.9", source_range=otio.range(4, 36), secret=[1])
    cut = otio.read(otio.timeline(otio.track(foreign, otio.clip())))
    gap, clip = cut.tracks[0].items
    assert isinstance(gap, Gap)
    assert (clip.span.start, clip.origin) == (36 / cut.rate, "/tracks/children/0/children/1")
    assert gap.metadata["a1sdk"]["foreign"]["secret"] == [1]
    assert gap.metadata["a1sdk"]["foreign"]["otio_schema"] == "Vendor.9"
    assert codes(cut) == ["A1-OTIO-UNKNOWN"]


def test_an_unknown_effect_keeps_its_name_and_changes_nothing(otio: Json) -> None:
    effect = otio.object("VendorWarp.2", effect_name="wobble", amount=3)
    cut = otio.read(otio.timeline(otio.track(otio.clip(effects=[effect, 5]))))
    (name, metadata), (other, _) = clip_of(cut).effects
    assert (name, other) == ("wobble", "unknown")
    assert metadata["a1sdk"]["foreign"]["amount"] == 3
    assert codes(cut) == ["A1-OTIO-UNKNOWN"] * 2
    assert clip_of(cut).source.speed == 1


def test_unknown_media_counts_as_missing_and_keeps_its_range(otio: Json) -> None:
    media = otio.media(50, 100) | {"OTIO_SCHEMA": "CloudReference.1"}
    clip = otio.clip(media=media, source_range=None)
    cut = otio.read(otio.timeline(otio.track(clip)))
    assert codes(cut) == ["A1-MEDIA-UNKNOWN", "A1-MEDIA-MISSING"]
    assert (clip_of(cut).media.kind, clip_of(cut).span.duration * 24) == ("missing", 100)


def test_an_unknown_marker_is_left_out(otio: Json) -> None:
    cut = otio.read(otio.clip(markers=[otio.object("Pin.1"), None, otio.marker(2)]))
    assert len(clip_of(cut).markers) == 1
    assert codes(cut) == ["A1-OTIO-UNKNOWN"] * 2


@pytest.mark.parametrize("key", ["metadata", "enabled", "markers", "effects", "name"])
@pytest.mark.parametrize("value", [None, 3, "text"])
def test_what_every_object_has_may_be_missing_or_wrong(otio: Json, key: str, value: Any) -> None:
    clip = otio.clip() | {key: value}
    track = otio.track(clip) | {key: value}
    timeline = otio.timeline(track)
    timeline["tracks"] |= {key: value}
    cut = otio.read(timeline | ({} if key in ("markers", "effects") else {key: value}))
    assert clip_of(cut).enabled and cut.tracks[0].enabled
    assert clip_of(cut).span.duration == 1
    for node in (clip, track, timeline["tracks"]):
        del node[key]
    assert clip_of(otio.read(timeline)).span.duration == 1


@pytest.mark.parametrize("key", ["kind", "children"])
def test_a_track_without_what_it_needs_is_reported(otio: Json, key: str) -> None:
    track = otio.track(otio.clip())
    del track[key]
    cut = otio.read(otio.timeline(track))
    assert codes(cut)[0] == "A1-OTIO-INCOMPLETE"
    assert (cut.tracks[0].kind, len(cut.tracks[0].items)) == ("video", key == "kind")


def test_a_timeline_without_tracks_is_empty(otio: Json) -> None:
    cut = otio.read({"OTIO_SCHEMA": "Timeline.1"})
    assert cut.tracks == ()
    assert codes(cut) == ["A1-OTIO-INCOMPLETE", "A1-TIME-NO-RATE"]


def test_a_clip_without_references_is_missing_its_media(otio: Json) -> None:
    cut = otio.read(otio.timeline(otio.track(otio.clip(media_references={}))))
    assert clip_of(cut).media.kind == "missing"
    assert codes(cut) == ["A1-OTIO-INCOMPLETE", "A1-MEDIA-MISSING"]


@pytest.mark.parametrize("active", ["other", None, [], {}, 4])
def test_an_active_reference_that_is_not_there_falls_back(otio: Json, active: Any) -> None:
    references = {"proxy": otio.media(1), "DEFAULT_MEDIA": otio.media(2)}
    clip = otio.clip(media_references=references, active_media_reference_key=active)
    cut = otio.read(otio.timeline(otio.track(clip)))
    assert codes(cut) == ["A1-MEDIA-ACTIVE-KEY"]
    assert clip_of(cut).media.start * 24 == 2
    assert list(clip_of(cut).alternatives) == ["proxy"]


def test_a_byte_order_mark_is_skipped(otio: Json) -> None:
    data = json.dumps(otio.timeline(otio.track(otio.clip())))
    assert parse(data.encode("utf-8-sig")) == parse(data.encode()) == parse(data.encode("utf-16"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no valid JSON"),
        (b'{"OTIO_SCHEMA": "Timeline.1"', "no valid JSON"),
        (b"\xff\xfe\xfa", "no valid JSON"),
        (b"[1, 2]", "not an object"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": ' * 100_000, "nested too deeply"),
        (b'{"value": ' + b"9" * 5000 + b"}", "no valid JSON"),
    ],
)
def test_what_is_no_json_object_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(DecodeError, match=message):
        parse(data)


@pytest.mark.parametrize("label", [None, 5, "Gap.1", "Timeline", "Timeline.x", "RationalTime.1"])
def test_what_holds_no_cut_is_refused(otio: Json, label: Any) -> None:
    with pytest.raises(DecodeError, match="holds no timeline"):
        otio.read({"OTIO_SCHEMA": label})


def test_of_a_collection_the_first_timeline_is_read(otio: Json) -> None:
    first = otio.timeline(otio.track(otio.clip()), name="one")
    children = [otio.object("Bin.1"), 7, first, otio.timeline(name="two")]
    cut = otio.read(otio.object("SerializableCollection.1", children=children))
    assert cut.name == "one"
    assert cut.tracks[0].origin == "/children/1/tracks/children/0"
    assert codes(cut) == ["A1-OTIO-COLLECTION"]
    with pytest.raises(DecodeError, match="without a timeline"):
        otio.read(otio.object("SerializableCollection.1", children=[otio.clip()]))


def test_nesting_is_limited(otio: Json) -> None:
    def nested(depth: int) -> Any:
        node = otio.clip()
        for _ in range(depth):
            node = otio.stack(otio.track(node))
        return otio.timeline(otio.track(node))

    assert otio.read(nested(30)).tracks
    with pytest.raises(DecodeError, match="more than 64 deep"):
        otio.read(nested(40))


def test_items_are_limited(otio: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rescue, "MAX_ITEMS", 20)
    tracks = [otio.track(*[otio.gap(1)] * 9) for _ in range(2)]
    assert len(otio.read(otio.timeline(*tracks)).tracks) == 2
    with pytest.raises(DecodeError, match="more than 20 items"):
        otio.read(otio.timeline(*tracks, otio.track()))


def test_names_that_cannot_be_encoded_are_made_so(otio: Json) -> None:
    cut = otio.read(otio.timeline(otio.track(otio.clip(name="a\ud800b"), name="\u00e9")))
    assert (clip_of(cut).name, cut.tracks[0].name) == ("a?b", "\u00e9")


def test_long_names_cost_no_more_than_themselves(otio: Json) -> None:
    long = "n" * 10**6
    clips = [otio.object("Odd.1", name=long[:100])] * 2000
    track = otio.track(*clips, name=long)
    begin = time.perf_counter()
    cut = otio.read(otio.timeline(track, tracks=otio.stack(track, name=long)))
    assert time.perf_counter() - begin < 5
    assert len(cut.problems) == 2001 and max(len(one.where) for one in cut.problems) < 300


@pytest.mark.parametrize(
    ("label", "found"),
    [("Clip.2", ("Clip", 2)), ("a.b.3", ("a.b", 3)), ("Clip", ("", 0)), ("Clip.-1", ("", 0))],
)
def test_schemas_are_names_and_versions(label: str, found: tuple[str, int]) -> None:
    assert schema({"OTIO_SCHEMA": label}) == found
