"""Documents broken at random give a cut or one DecodeError, and nothing else."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.otio.reader import cut_of
from a1sdk.timeline.formats.otio.rescue import parse
from a1sdk.timeline.model import Cut, Transition
from a1sdk.timeline.problems import PROBLEMS
from a1sdk.timeline.walk import placed, problems

Json = Any

JUNK: tuple[Json, ...] = (
    None, True, False, 0, 1, -1, 2.5, 1e-9, 1e308, -1e308, 5e-324, math.nan, math.inf, -math.inf,
    2**63, 10**400, -(10**400), "", "x", "Clip.2", "nan", "1e999999999", "\ud800", "%4d", [], {},
    [[]], [None], [1, 0], {"OTIO_SCHEMA": "Clip.2"}, {"OTIO_SCHEMA": "Stack.1"}, {"value": 1},
    {"OTIO_SCHEMA": "Odd.3", "source_range": 5}, [{"OTIO_SCHEMA": "FreezeFrame.1"}] * 20,
    [{"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": 9e5}] * 3,
)  # fmt: skip
LABELS = (
    "Timeline.1", "Stack.1", "Track.1", "Clip.1", "Clip.2", "Gap.1", "Transition.1", "Marker.2",
    "TimeEffect.1", "LinearTimeWarp.1", "FreezeFrame.1", "ExternalReference.1", "Odd.1",
    "ImageSequenceReference.1", "MissingReference.1", "SerializableCollection.1", "Sequence.1",
)  # fmt: skip


def documents(otio: Any) -> list[Json]:
    """One document of each dialect, with something of everything."""
    resolve = {"Resolve_OTIO": {"Media Url": "/m/b.wav", "Key Frames": [[0, 0], [1, 2], [2, 3]]}}
    hiero = {"hiero": 1, "lookup": [0.0, 1.5, -2.0, 3.0], "foundry.timeline.framerate": "23.98"}
    premiere = {"PremierePro_OTIO": {"VideoFrameRate": 25, "MetadataVersion": 1}}
    ramp = otio.object("TimeEffect.1", effect_name="warp")
    found = []
    for metadata in ({}, resolve, hiero, premiere):
        effects = [otio.speed(-2), {**ramp, "metadata": metadata}, otio.freeze()]
        clip = otio.clip(
            3, 20, rate=23.976, effects=effects, markers=[otio.marker(5, metadata=metadata)],
            media=otio.pictures(1001, 86400, 100), metadata=metadata,
        )  # fmt: skip
        other = otio.clip(media=otio.object("MissingReference.1", metadata=metadata))
        inner = otio.stack(otio.track(other, otio.gap(3)), source_range=otio.range(2, 9))
        track = otio.track(clip, otio.transition(3, 4), inner, {**other, "OTIO_SCHEMA": "Clip.1"})
        sound = otio.track(otio.clip(rate=48000), kind="Audio", source_range=otio.range(-4, 30))
        stack = otio.stack(track, sound, metadata=metadata, markers=[otio.marker(1)])
        found.append(otio.timeline(tracks=stack, metadata=metadata,
                                   global_start_time=otio.time(86400)))  # fmt: skip
    return found


def places(node: Json) -> Iterator[tuple[Json, Any]]:
    """Every container of a document, with each key of it."""
    pairs = enumerate(node) if isinstance(node, list) else node.items()
    for key, value in list(pairs):
        yield node, key
        if isinstance(value, (dict, list)):
            yield from places(value)


def broken(document: Json, choices: st.DataObject) -> Json:
    document = copy.deepcopy(document)
    for _ in range(choices.draw(st.integers(1, 5))):
        found = list(places(document))
        if not found:
            break
        container, key = choices.draw(st.sampled_from(found))
        how = choices.draw(st.sampled_from(("junk", "junk", "drop", "copy", "label")))
        if how == "drop":
            del container[key]
        elif how == "copy":
            source, other = choices.draw(st.sampled_from(found))
            if _holds(source, other):
                container[key] = copy.deepcopy(source[other])
        elif how == "label" and isinstance(container, dict):
            container["OTIO_SCHEMA"] = choices.draw(st.sampled_from(LABELS))
        else:
            container[key] = copy.deepcopy(choices.draw(st.sampled_from(JUNK)))
    return document


def _holds(container: Json, key: Any) -> bool:
    return key < len(container) if isinstance(container, list) else key in container


def consistent(cut: Cut) -> None:
    for track in cut.tracks:
        at = track.items[0].span.start if track.items else 0
        assert at == 0 or isinstance(track.items[0], Transition)
        for item in track.items:
            assert item.span.start <= item.span.stop
            if not isinstance(item, Transition):
                assert item.span.start >= at
                at = item.span.stop
    for one in placed(cut):
        assert one.span.start < one.span.stop
        one.source(one.span.duration / 3)
    for problem in (*cut.problems, *problems(cut)):
        assert problem.code in PROBLEMS
        assert len(problem.message) < 500


@settings(max_examples=300)
@given(st.data())
def test_a_broken_document_gives_a_cut_or_a_clear_error(otio: Any, data: st.DataObject) -> None:
    document = broken(data.draw(st.sampled_from(documents(otio))), data)
    try:
        cut = cut_of(parse(json.dumps(document).encode()), Path("cut.otio"))
    except DecodeError as error:
        assert 0 < len(str(error)) < 1000
    else:
        consistent(cut)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_give_a_clear_error(data: bytes) -> None:
    try:
        cut_of(parse(data), Path("cut.otio"))
    except DecodeError as error:
        assert str(error)


def test_the_documents_that_are_broken_are_whole(otio: Any) -> None:
    dialects = []
    for document in documents(otio):
        cut = cut_of(parse(json.dumps(document).encode()), Path("cut.otio"))
        consistent(cut)
        dialects.append(cut.dialect)
        assert len(list(placed(cut))) == 4
    assert dialects == ["otio", "resolve-otio", "hiero-otio", "premiere-otio"]
