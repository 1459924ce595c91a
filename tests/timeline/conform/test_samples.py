"""Files of real programs are handed back with nothing changed but the relinked clips.

What is compared here does not go through the hand-back's own check: the texts around the relinked
items byte for byte, the documents without them, and what other readers of the format say.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import opentimelineio as otio
import pytest

from a1sdk.errors import A1Error
from a1sdk.timeline.conform.json_spans import JsonText
from a1sdk.timeline.conform.xml_spans import XmlText
from a1sdk.timeline.model import Cut
from a1sdk.timeline.read import read_cut

pytestmark = pytest.mark.shared

_FILE = re.compile(r'<file id="([^"]*)"(?:\s*/>|\s*>.*?</file>)', re.DOTALL)
_NUMBER = re.compile(rb"^\s*(\d+)\s+\S+\s+\S+\s+", re.MULTILINE)


@pytest.fixture
def samples(shared: Path) -> Callable[[str], Iterator[tuple[Path, Cut]]]:
    def of(*suffixes: str) -> Iterator[tuple[Path, Cut]]:
        for path in sorted((shared / "timelines").rglob("*")):
            if path.suffix in suffixes and path.name != "expected_media_ranges.json":
                try:
                    yield path, read_cut(path)
                except A1Error:
                    continue

    return of


def relinked(done: Any, file: Path) -> list[str]:
    return [one.origin for one in done.relinked if one.file == file]


def opened(path: Path, adapter: str = "otio_json", **options: Any) -> Any:
    """What opentimelineio reads; None where it does not."""
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return otio.adapters.read_from_file(
                str(path), adapter, media_linker_name="__do_not_link_media", **options
            )
    except Exception:
        return None
    finally:
        logging.disable(logging.NOTSET)


def spans(made: Any) -> list[tuple[float, ...]]:
    """Where each clip is that an adapter has read, whatever it plays and counts in."""
    ranges = [one.range_in_parent() for one in made.find_clips()]
    return [
        (round(one.start_time.to_seconds(), 6), round(one.duration.to_seconds(), 6))
        for one in ranges
    ]


@pytest.mark.parametrize("every", [1, 2])
def test_otio_outside_of_relinked_clips_is_the_same(
    shooting: Any, samples: Any, every: int
) -> None:
    count = 0
    for path, cut in samples(".otio", ".json"):
        done = shooting.conform_some(cut, every)
        for file in done.files[:2]:
            origins = sorted(set(relinked(done, file)))
            before, after = (JsonText(one.read_bytes().decode()) for one in (path, file))
            assert list(_around(before, origins)) == list(_around(after, origins)), path
            assert (opened(path) is None) or (opened(file) is not None), path
            count += len(origins)
    assert count > 350 // every


def _around(text: JsonText, origins: list[str]) -> Iterator[str]:
    """The text between the clips at some pointers."""
    at = 0
    for place in sorted(text.find(origins).values(), key=lambda one: one.start):
        yield text.text[at : place.start]
        at = place.stop
    yield text.text[at:]


@pytest.mark.parametrize("every", [1, 2])
def test_fcp7_outside_of_relinked_items_is_the_same(
    shooting: Any, samples: Any, every: int
) -> None:
    count = 0
    for path, cut in samples(".xml"):
        done = shooting.conform_some(cut, every)
        file = done.files[1]
        origins = relinked(done, file)
        before, after = (XmlText(one.read_bytes().decode()) for one in (path, file))
        assert _between(before, origins, 1) == _between(after, origins, 1), path
        assert _files_are_whole(file)
        known, again = opened(path, "fcp_xml"), opened(file, "fcp_xml")
        assert known is None or spans(known) == spans(again), path
        count += len(origins)
    assert count > 120 // every


def _between(text: XmlText, origins: list[str], first: int) -> list[str]:
    """The text between the elements at some paths; files count by id, wherever written out."""
    parts, at = [], 0
    for node in sorted((text.at(one, first) for one in origins), key=lambda node: node.start):
        parts.append(_FILE.sub(r"<file \1>", text.text[at : node.start]))
        at = node.stop
    return [*parts, _FILE.sub(r"<file \1>", text.text[at:])]


def _files_are_whole(path: Path) -> bool:
    files = list(ElementTree.parse(path).iter("file"))
    defined = [one.get("id") for one in files if len(one)]
    return {one.get("id") for one in files} == set(defined) and len(defined) == len(set(defined))


@pytest.mark.parametrize("every", [1, 2])
def test_lists_outside_of_relinked_events_are_the_same(
    shooting: Any, samples: Any, every: int
) -> None:
    count = opens = 0
    for path, cut in samples(".edl"):
        done = shooting.conform_some(cut, every)
        file = done.files[1]
        numbers = {int(one.partition("@")[0]) for one in relinked(done, file)}
        known = {int(one) for one in _NUMBER.findall(path.read_bytes())}
        kept = [_others(one.read_bytes(), numbers, known) for one in (path, file)]
        assert kept[0] == kept[1], path
        options = {"rate": float(cut.rate), "ignore_timecode_mismatch": True}
        was, again = (opened(one, "cmx_3600", **options) for one in (path, file))
        assert was is None or again is not None, path
        opens += again is not None
        count += len(numbers)
    assert count > 1000 // every
    assert opens > 30


def _others(data: bytes, numbers: set[int], known: set[int]) -> list[bytes]:
    """The lines of a list that are not of some events, nor next to them, nor new."""
    kept: list[bytes] = []
    number, near, new = -1, 0, False
    for line in re.findall(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)", data):
        event = _NUMBER.match(line)
        new = int(event[1]) not in known if event else new
        if event and int(event[1]) != number and not new:
            number = int(event[1])
            near = 2 if number in numbers else near - 1
        changed = new or near >= 1
        if not (changed and (event or re.search(rb"CLIP|FILE|M2|FREEZE|AUD", line))):
            kept.append(line)
    return [line for line in kept if line.strip()]


@pytest.mark.parametrize("every", [1, 2])
def test_fcpxml_outside_of_relinked_clips_is_the_same(
    shooting: Any, samples: Any, every: int
) -> None:
    count = 0
    for path, cut in samples(".fcpxml"):
        done = shooting.conform_some(cut, every)
        file = done.files[1]
        origins = relinked(done, file)
        outer = [one for one in origins if not any(one.startswith(f"{o}/") for o in origins)]
        before, after = (XmlText(one.read_bytes().decode()) for one in (path, file))
        parts = [_between(one, outer, 0) for one in (before, after)]
        parts = [[_without_ours(part) for part in found] for found in parts]
        assert parts[0] == parts[1], path
        count += len(origins)
    assert count > 120 // every


def _without_ours(text: str) -> str:
    """The text without resources that were added."""
    text = re.sub(r'\s*<asset id="a1r\d+"[^>]*[^/]>.*?</asset>', "", text, flags=re.DOTALL)
    return re.sub(r'\s*<(?:asset|format) id="a1r\d+"[^>]*/>', "", text)


def test_aaf_is_answered_with_otio_and_lists(shooting: Any, samples: Any) -> None:
    count = opens = 0
    for path, cut in samples(".aaf"):
        done = shooting.conform_some(cut, 1)
        assert done.files[0].name == f"{path.stem}.a1.otio"
        assert opened(done.files[0]) is not None
        for file in done.files[1:]:
            if file.suffix == ".edl":
                again = opened(file, "cmx_3600", rate=float(cut.rate))
                clips = again and list(again.find_clips())
                assert clips is None or len(clips) == len(relinked(done, file)), path
                opens += clips is not None
            count += file.suffix == ".ale"
    assert count > 15
    assert opens > 15


def test_masters_and_flavours_of_every_format_open(shooting: Any, samples: Any) -> None:
    """The master has as many clips as the cut; those of programs have no sequences left."""
    count = 0
    for path, cut in samples(".edl", ".xml", ".fcpxml", ".otio", ".otioz"):
        done = shooting.conform_some(cut, 2, flavours=("resolve", "premiere"))
        whole = [file for file in done.files if file.suffix == ".otio"]
        if cut.dialect in ("otio", "otioz", "resolve-otio", "hiero-otio") and not opened(whole[0]):
            continue
        for file in whole:
            assert opened(file) is not None, file
        for file in whole[-2:]:
            assert not _pictures(file), path
        count += 1
    assert count > 80


def _pictures(path: Path) -> list[Any]:
    references = [
        media for clip in opened(path).find_clips() for media in clip.media_references().values()
    ]
    return [one for one in references if isinstance(one, otio.schema.ImageSequenceReference)]
