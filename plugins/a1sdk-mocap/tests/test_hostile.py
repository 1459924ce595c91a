"""Files that mean harm, lie, or are noise: one clear error each, and nothing else."""

from __future__ import annotations

import base64
import copy
import gzip
import io
import json
import os
import pickle
import pickletools
import re
import struct
import tracemalloc
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from a1sdk_mocap import pickles
from a1sdk_mocap.cuefiles import find_reader
from a1sdk_mocap.formats import FORMATS, refuse
from a1sdk_mocap.pickles import UnsafeName, load_arrays
from a1sdk_mocap.sample import Sample
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from a1sdk.plugin import A1Error, DecodeError


class Executes:
    """A pickle of it calls something when it is loaded."""

    def __init__(self, call: Any, *arguments: Any) -> None:
        self._what = call, arguments

    def __reduce__(self) -> Any:
        return self._what


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_pickle_calls_nothing(tmp_path: Path, made: Any, play: Any, protocol: int) -> None:
    marker = tmp_path / "marker"
    harm = Executes(os.mkdir, str(marker))
    content = pickle.dumps({"motion": [harm], "output_fps": 25}, protocol=protocol)
    with pytest.raises(DecodeError, match=r"asks for \w+\.mkdir") as caught:
        play(made.bytes("take.pkl", content))
    assert not marker.exists()
    assert "arrays only" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "what",
    [
        Executes(eval, "1"),
        Executes(getattr, 1, "real"),
        Executes(np.frompyfunc, len, 1, 1),
        Executes(np.load, "x"),
        Path("x"),
        np.array([{}], object),
    ],
)
def test_only_arrays_are_built(what: Any) -> None:
    with pytest.raises((UnsafeName, ValueError)):
        load_arrays(pickle.dumps({"motion": what}))


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype="<f4").reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(4, dtype=">i2"),
        np.float32(0.5),
    ],
)
def test_arrays_are_built_as_they_were(array: Any, protocol: int) -> None:
    assert np.array_equal(load_arrays(pickle.dumps([array], protocol))[0], array)


def test_an_array_has_the_bytes_it_says() -> None:
    content = pickle.dumps(np.zeros(4, np.float32), protocol=2)
    lies = content.replace(b"K\x04\x85", b"J\xff\xff\xff\x7f\x85")
    assert lies != content
    with pytest.raises(ValueError, match="other than its bytes"):
        load_arrays(lies)


def test_an_index_does_not_fill_the_memory() -> None:
    with pytest.raises(ValueError):  # the unpickler in C makes room for two thousand million
        load_arrays(b"\x80\x04K\x01r\xff\xff\xff\x7f" + b"]" + b"j\x00\x00\x00\x00.")


_DTYPE = b"cnumpy\ndtype\n\x8c\x02f8\x85R"
_ARRAY = b"cnumpy._core.multiarray\n_reconstruct\n)R"
_TEXT = b"X" + struct.pack("<I", 10_000) + b"x" * 10_000
BOMBS = {
    "bytes that it does not have": (b"\x96" + struct.pack("<Q", 1 << 40), "more bytes than it has"),
    "a shape of text": (
        _ARRAY + b"(K\x01(J\x00\x00\x00\x40J\x00\x00\x00\x40\x8c\x01at" + _DTYPE + b"\x89C\x00tb",
        "a shape that is none",
    ),
    "a negative shape": (
        _ARRAY + b"(K\x01J\xff\xff\xff\xff\x85" + _DTYPE + b"\x89C\x00tb",
        "a shape that is none",
    ),
    "bytes made again and again": (
        b"c_codecs\nencode\n\x94" + _TEXT + b"\x94\x8c\x06latin1\x94("
        + b"h\x00h\x01h\x02\x86R" * 50 + b"t",
        "more bytes than it has",
    ),
    "lists of the same lists": (
        b"]\x94" + b"".join(b"](" + b"h" + bytes([n]) + (b"h" + bytes([n])) * 49 + b"e\x94"
                            for n in range(7)),
        "holds too much",
    ),
    "a list in itself": (b"]\x94h\x00a", "nested too deep"),
    "a state of what is called": (
        b"cnumpy._core.multiarray\nscalar\nN}\x8c\x04leak\x8c\x01xs\x86b",
        "a state of 'function'",
    ),
    "an instruction that is not needed": (b"(l", "instruction b'l'"),
    "an array of objects": (b"cnumpy\ndtype\n\x8c\x02O8\x85R", "an array of 'O8'"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_pickle_fills_no_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program, said = BOMBS[name]
    monkeypatch.setattr(pickles, "_MOST_NUMBERS", 1 << 19)
    tracemalloc.start()
    try:
        with pytest.raises((UnsafeName, ValueError), match=said):
            load_arrays(b"\x80\x05" + program + b".")
        assert tracemalloc.get_traced_memory()[1] < 1 << 24
    finally:
        tracemalloc.stop()


def test_a_pickle_leaves_nothing_behind() -> None:
    name, value = "left_behind", "x"
    state = b"N}" + b"\x8c\x0b" + name.encode() + b"\x8c\x01" + value.encode() + b"s\x86b"
    for stand_in in (b"scalar", b"_reconstruct", b"_frombuffer"):
        program = b"\x80\x04cnumpy._core.multiarray\n" + stand_in + b"\n" + state + b"."
        with pytest.raises(UnsafeName, match="a state of"):
            load_arrays(program)
    assert not any(hasattr(value, name) for value in vars(pickles).values())


def test_the_steps_of_a_pickle_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickles, "_MOST_STEPS", 100)
    with pytest.raises(ValueError, match="more than 100 steps"):
        load_arrays(b"\x80\x04" + b"]" * 200 + b".")


def test_an_array_of_an_archive_has_the_bytes_it_says(made: Any, play: Any) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": (10**9, 3)}
    )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("jaw_pose.npy", header.getvalue() + bytes(64))
    with pytest.raises(
        DecodeError, match=r"says it is float32 \[1000000000, 3\], but has 64 bytes"
    ):
        play(made.bytes("take.npz", content.getvalue()))


def test_an_archive_of_objects_is_refused(made: Any, play: Any) -> None:
    content = io.BytesIO()
    np.savez(content, jaw_pose=np.array([Executes(os.mkdir, "x")], object))
    with pytest.raises(DecodeError, match="holds object, not numbers"):
        play(made.bytes("take.npz", content.getvalue()))


@pytest.mark.parametrize("levels", [500, 2000, 200_000])
def test_deep_json(made: Any, play: Any, levels: int) -> None:
    with pytest.raises(DecodeError):
        play(made.text("take.json", '{"frames":' + "[" * levels + "]" * levels + "}"))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_json_without_numbers(made: Any, play: Any, number: str) -> None:
    with pytest.raises(DecodeError, match=f"has {number} where JSON has a number"):
        play(made.text("take.json", f'{{"fps": {number}, "frames": []}}'))


def test_json_that_ends_early(made: Any, play: Any) -> None:
    path = made.arkit()
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DecodeError, match="no valid JSON"):
        play(path)


def test_an_endless_line(made: Any, play: Any) -> None:
    path = made.livelink()
    path.write_bytes(path.read_bytes() + b"1" * (3 << 20))
    with pytest.raises(DecodeError, match="a line of a million characters"):
        play(path)


def test_a_gzip_bomb(made: Any, play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("a1sdk_mocap.formats.packets._MOST", 1 << 16)
    with pytest.raises(DecodeError, match="unpacks to more than"):
        play(made.bytes("take.gesichter", gzip.compress(bytes(1 << 20))))


def test_a_gzip_file_that_ends_early(made: Any, play: Any) -> None:
    whole = gzip.compress(base64.b64encode(made.packet(0)) + b"\n" + bytes(range(256)))
    with pytest.raises(DecodeError, match="is a damaged gzip file: it ends early"):
        play(made.bytes("take.gesichter", whole[:-20]))


def test_a_packet_with_a_head_that_is_none(made: Any, play: Any) -> None:
    packet = made.packet(0)
    with pytest.raises(DecodeError, match="a head angle that is not finite"):
        damaged = packet[:-36] + struct.pack(">f", float("inf")) + packet[-32:]
        play(made.bytes("take.txt", base64.b64encode(damaged)))


@pytest.mark.parametrize("content", [b"", b"  \n", b"\xff\xfe\x00", b"\x00" * 100, b"hello"])
def test_what_is_no_take(made: Any, play: Any, content: bytes) -> None:
    with pytest.raises(DecodeError):
        play(made.bytes("take.csv", content))


def test_what_is_not_there(tmp_path: Path, play: Any) -> None:
    with pytest.raises(DecodeError, match="cannot be read: No such file"):
        play(tmp_path / "take.csv")


def _read(path: Path) -> None:
    """Read a file as every format that takes it for its own, and as cues."""
    sample = Sample(path)
    for form in FORMATS:
        if form.matches(sample):
            form.read(sample)
    reader = find_reader(sample)
    if reader is None:
        refuse(sample)
    reader(sample, 24)  # type: ignore[arg-type]


def _with(document: Any, path: Sequence[Any], value: Any) -> Any:
    """Return a document with another value in one place."""
    *way, last = path
    inner = document = copy.deepcopy(document)
    for step in way:
        inner = inner[step]
    inner[last] = value
    return document


RHUBARB = {"mouthCues": [{"start": 0, "end": 1, "value": "A"}]}
PHONES = {"t": "a", "b": 0, "d": 1, "w": [{"t": "a", "b": 0, "d": 1, "w": []}]}


@pytest.mark.parametrize(
    ("maker", "path", "value", "said"),
    [
        ("arkit", ("frames", 1, "blendshapes", "jawOpen"), 10**400, "has nan for jawOpen"),
        ("arkit", ("frames", 1, "matrix", 0), 10**400, "turns and moves no head"),
        ("arkit", ("frames", 1, "matrix", 3), 1e300, "face units from its place"),
        ("arkit", ("frames", 1, "t"), 10**400, "a time in seconds"),
        ("audio2face", ("weightMat", 1), [10**400] * 6, "other than 6 weights in frame 1"),
        ("audio2face", ("exportFps",), 1e-320, "which is none"),
        (RHUBARB, ("mouthCues", 0, "value"), [], "has a mouth shape []"),
        (RHUBARB, ("mouthCues", 0, "end"), 10**400, "a time in seconds"),
        (PHONES, ("w", 0, "w"), 5, "has 5 where a word has its phones"),
    ],
)  # fmt: skip
def test_numbers_beyond_all_numbers(
    made: Any, play: Any, maker: Any, path: Any, value: Any, said: str
) -> None:
    document = json.loads(getattr(made, maker)().read_text()) if isinstance(maker, str) else maker
    with pytest.raises(DecodeError, match=re.escape(said)):
        play(made.json("take.json", _with(document, path, value)))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("motion", 1, "t"), [10**400] * 3, "frame 1: int too large"),
        (("motion", 1, "t"), np.full((1, 3), 1e300), "face units from its place, in row 2"),
        (("motion", 1, "scale"), np.zeros((1, 1)), "no head pose in frame 1"),
        (("motion", 1, "exp"), np.full((1, 21, 3), np.inf), "frame 1: a value is not finite"),
        (("c_d_eyes_lst",), np.ones((3, 2)), "do not go with its 12 frames"),
        (("output_fps",), [25], "says a wrong rate"),
    ],
)
def test_templates_that_are_none(made: Any, play: Any, path: Any, value: Any, said: str) -> None:
    document = pickle.loads(made.liveportrait(legacy=True).read_bytes())
    with pytest.raises(DecodeError, match=said):
        play(made.bytes("take.pkl", pickle.dumps(_with(document, path, value))))


fuzz = settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
STARTS = [
    b"", b"{", b"[", b"\x80\x04", b"PK\x03\x04", b"\x1f\x8b", b"\x06\x00", b"animVersion 1.1;\n",
    b"MohoSwitch1\n", b"<rhubarbResult>", b"0.0\tX\n", b"Timecode,JawOpen\n", b'{"mouthCues": [',
]  # fmt: skip


@fuzz
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=300))
def test_noise_is_refused(tmp_path: Path, start: bytes, rest: bytes) -> None:
    path = tmp_path / "noise"
    path.write_bytes(start + rest)
    with pytest.raises(A1Error):
        _read(path)


MAKERS = ("livelink", "arkit", "openface", "liveportrait", "audio2face", "maya", "flame", "packets")


@pytest.mark.parametrize("maker", MAKERS)
@fuzz
@given(data=st.data())
def test_damage_costs_one_error(made: Any, maker: str, data: st.DataObject) -> None:
    """Bytes are replaced, cut out or doubled: the file reads, or is refused."""
    path = made.bytes("damaged", getattr(made, maker)().read_bytes())
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 20))
        content[at : at + length] = data.draw(st.binary(max_size=20))
    path.write_bytes(bytes(content) or b"x")
    try:
        _read(path)
    except A1Error:
        pass


@fuzz
@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from([
        "frames", "blendshapes", "fps", "t", "matrix", "mouthCues", "start", "end", "value", "w",
        "b", "d", "facsNames", "weightMat", "exportFps", "jawOpen", "categoryName", "score",
    ]), inner, max_size=5),
    max_leaves=25,
))  # fmt: skip
def test_any_json_reads_or_is_refused(made: Any, document: Any) -> None:
    path = made.json("any.json", document)
    try:
        _read(path)
    except A1Error:
        pass


def test_packets_with_wrong_lengths(made: Any, play: Any) -> None:
    packet = made.packet(0)
    framed = struct.pack(">BI", 6, 2) + struct.pack(">I", len(packet)) + packet
    with pytest.raises(DecodeError, match="damaged packet, number"):
        play(made.bytes("take.gesichter", framed + struct.pack(">I", 10) + b"short"))


def test_the_pickles_of_these_tests_are_what_they_seem(made: Any) -> None:
    names = [op.name for op, _, _ in pickletools.genops(made.liveportrait().read_bytes())]
    assert "STACK_GLOBAL" in names and "REDUCE" in names
