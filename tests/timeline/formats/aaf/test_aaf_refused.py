"""AAF files that are refused, and what reading them may not do."""

from __future__ import annotations

import logging
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from a1sdk.errors import DecodeError, ResourceError
from a1sdk.timeline.formats.aaf import reader as aaf
from a1sdk.timeline.model import Cut
from a1sdk.timeline.read import read_cut

Read = Callable[..., Cut]


def test_a_sequence_in_itself_is_refused(read: Read) -> None:
    def build(make: Any) -> None:
        inner = make.composition("inner")
        make.slot(inner, make.sequence(make.filler(1), make.play(make.cut, 0, 9)))
        make.slot(make.cut, make.sequence(make.filler(1), make.play(inner, 0, 9)))

    with pytest.raises(DecodeError, match="'cut' lies within itself"):
        read(build)


def test_media_that_leads_in_a_circle_is_refused(read: Read) -> None:
    def build(make: Any) -> None:
        a, b = (make.make.MasterMob(name) for name in "ab")
        make.file.content.mobs.extend([a, b])
        make.slot(a, make.play(b, 0, 9))
        make.slot(b, make.play(a, 0, 9))
        make.slot(make.cut, make.sequence(make.play(a, 0, 9)))

    with pytest.raises(DecodeError, match="circle"):
        read(build)


def test_sequences_that_multiply_are_refused_at_the_limit(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(make: Any) -> None:
        last = make.media("a")
        for depth in range(20):
            mob = make.composition(f"c{depth}")
            make.slot(mob, make.sequence(make.play(last, 0, 9), make.play(last, 0, 9)))
            last = mob
        make.slot(make.cut, make.sequence(make.play(last, 0, 9)))

    monkeypatch.setattr(aaf, "MAX_ITEMS", 1000)
    with pytest.raises(DecodeError, match="more than 1000 items"):
        read(build)


def test_effects_in_effects_are_refused_at_the_limit(read: Read) -> None:
    def build(make: Any) -> None:
        segment = make.play(make.media("a"), 0, 9)
        for _ in range(aaf.MAX_DEPTH + 1):
            segment = make.sequence(segment, make.filler(0))
        make.slot(make.cut, segment)

    with pytest.raises(DecodeError, match="nested more than"):
        read(build)


def test_an_aaf_without_a_sequence_is_refused(read: Read) -> None:
    def build(make: Any) -> None:
        make.media("a")
        make.file.content.mobs.pop(make.cut.mob_id)

    with pytest.raises(DecodeError, match="no sequence") as caught:
        read(build)
    assert caught.value.hint == "export the sequence, not its clips"


def plain(make: Any) -> None:
    make.slot(make.cut, make.sequence(make.play(make.media("a"), 0, 9)))


@pytest.fixture
def data(read: Read, path: Path) -> bytearray:
    """A file, to be damaged."""
    read(plain)
    return bytearray(path.read_bytes())


@pytest.mark.parametrize("kept", [300, 512, 5000, 0.5, 0.9, 0.99])
def test_a_file_that_is_cut_off_is_refused(path: Path, data: bytearray, kept: float) -> None:
    path.write_bytes(data[: int(kept if kept > 1 else kept * len(data))])
    with pytest.raises(DecodeError, match=r"cut off|damaged"):
        read_cut(path)


def test_tables_larger_than_the_file_are_refused_before_they_are_read(
    path: Path, data: bytearray
) -> None:
    struct.pack_into("<II", data, 68, 1, 2**32 - 1)  # a table of tables that follows itself
    path.write_bytes(data)
    with pytest.raises(DecodeError, match="header is damaged"):
        read_cut(path)


def test_folders_that_lead_in_a_circle_are_refused(path: Path, data: bytearray) -> None:
    directory = (struct.unpack_from("<I", data, 48)[0] + 1) * 4096
    struct.pack_into("<I", data, directory + 76, 0)  # the root lies in itself
    path.write_bytes(data)
    with pytest.raises(DecodeError, match="circle"):
        read_cut(path)


def test_a_stream_larger_than_the_file_is_refused(path: Path, data: bytearray) -> None:
    name = "properties".encode("utf-16-le")
    stream = next(at for at in range(0, len(data), 128) if data[at:].startswith(name))
    struct.pack_into("<Q", data, stream + 120, 2**40)
    path.write_bytes(data)
    with pytest.raises(DecodeError, match="larger than the file"):
        read_cut(path)


def test_damage_anywhere_costs_one_error_or_nothing(path: Path, data: bytearray) -> None:
    for place in range(8, len(data), len(data) // 15):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0xFF] * 16) + data[place + 16 :])
        try:
            read_cut(path)
        except DecodeError as error:
            assert str(path) in str(error)


def test_without_pyaaf2_it_says_how_to_get_it(
    read: Read, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(plain)
    monkeypatch.setitem(sys.modules, "aaf2", None)
    with pytest.raises(ResourceError, match="pyaaf2") as caught:
        read_cut(path)
    assert caught.value.hint == "pip install 'a1sdk[aaf]'"


def test_remarks_of_pyaaf2_stay_off_the_log(
    read: Read, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    read(plain)
    before = list(logging.getLogger().filters)
    read_cut(path)
    assert logging.getLogger().filters == before
    assert caplog.records == []
