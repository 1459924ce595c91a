"""FCP 7 XML as files: encodings, damage, entities, limits."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a1sdk.errors import A1Error, DecodeError
from a1sdk.timeline.formats import xml_document
from a1sdk.timeline.formats.fcp7.document import addresses
from a1sdk.timeline.formats.fcp7.reader import read

HEAD = '<?xml version="1.0" encoding="{}"?>\n<!DOCTYPE xmeml>\n'
CUT = (
    '<xmeml version="4"><sequence id="s"><name>Größe</name><rate><timebase>25</timebase></rate>'
    "<media><video><track><clipitem><name>a</name><start>0</start><end>5</end><in>0</in>"
    '<out>5</out><file id="f"><pathurl>file:///a</pathurl></file></clipitem></track></video>'
    "</media></sequence></xmeml>"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cut.xml"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_any_declared_encoding(path: Path, encoding: str) -> None:
    path.write_bytes((HEAD.format(encoding.removesuffix("-sig")) + CUT).encode(encoding))

    assert read(path, None).name == "Größe"


def test_a_document_type_elsewhere_is_not_fetched(path: Path) -> None:
    head = '<!DOCTYPE xmeml SYSTEM "http://127.0.0.1:9/xmeml.dtd">'
    path.write_text(head + CUT, encoding="utf-8")

    assert read(path, None).name == "Größe"


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY a "b">',
        '<!ENTITY a SYSTEM "file:///etc/hostname">',
        '<!ENTITY % a SYSTEM "file:///etc/hostname"> %a;',
        "".join(
            f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' if n else '<!ENTITY l1 "lol">'
            for n in range(12)
        ),
    ],
)
def test_entities_are_refused(path: Path, declared: str) -> None:
    name = "&a;" if "l1" not in declared else "&l12;"
    body = CUT.replace("Größe", name)
    path.write_text(f"<!DOCTYPE xmeml [{declared}]>{body}", encoding="utf-8")

    with pytest.raises(DecodeError, match="declares XML entities"):
        read(path, None)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no well-formed XML"),
        (CUT.encode()[:200], "no well-formed XML"),
        (b"\x89PNG\r\n\x1a\n", "no well-formed XML"),
        (CUT.replace("Größe", "&nbsp;").encode(), "no well-formed XML"),
        (CUT.encode("latin-1"), "no well-formed XML"),
        ((HEAD.format("klingon") + CUT).encode(), "no well-formed XML|cannot be decoded"),
        (b"<filter><effect/></filter>", "fragment of FCP 7 XML: its root is <filter>"),
        (b"<xmeml/>", "no sequence"),
    ],
)
def test_damage_is_refused(path: Path, data: bytes, message: str) -> None:
    path.write_bytes(data)

    with pytest.raises(DecodeError, match=message):
        read(path, None)


def test_a_file_that_is_not_there_is_refused(path: Path) -> None:
    with pytest.raises(DecodeError, match="cannot be read: No such file"):
        read(path, None)


def test_too_deep_a_document_is_refused(path: Path) -> None:
    depth = xml_document.MAX_DEPTH + 1
    path.write_text("<xmeml>" + "<a>" * depth + "</a>" * depth + "</xmeml>", encoding="utf-8")

    with pytest.raises(DecodeError, match="over 200 in each other"):
        read(path, None)


def test_too_many_elements_are_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_document, "MAX_ELEMENTS", 10)
    path.write_text("<xmeml>" + "<a/>" * 10 + "</xmeml>", encoding="utf-8")

    with pytest.raises(DecodeError, match="over 10 elements"):
        read(path, None)


def test_deep_documents_take_no_more_memory_than_they_are_large(path: Path) -> None:
    depth, count = 190, 10_000
    inside = "<track/>" * count
    path.write_text(f"{'<a>' * depth}{inside}{'</a>' * depth}", encoding="utf-8")
    root = xml_document.parse(path)
    tracemalloc.start()
    paths = addresses(root)
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    last = list(root.iter("track"))[-1]
    assert (len(paths), root.find(paths[last])) == (count, last)
    assert used < count * 400  # the paths themselves have 1,000 characters each


def test_names_without_end_are_cut_off_in_messages(xml: Any) -> None:
    cut = xml.cut(xml.clip(0, 10, name="n" * 9999), xml.clip(5, 15, name="m" * 9999))

    assert all(len(item.name) == 9999 for item in cut.tracks[0].items)
    assert max(len(one.message) + len(one.where) for one in cut.problems) < 400


@pytest.mark.parametrize("tag", ["start", "end", "in", "out"])
@pytest.mark.parametrize("text", ["x", "1e5", "9" * 16, "0x10", "NaN", "١"])  # noqa: RUF001
def test_numbers_that_are_none_are_refused(path: Path, tag: str, text: str) -> None:
    begin, end = CUT.index(f"<{tag}>"), CUT.index(f"</{tag}>")
    damaged = f"{CUT[:begin]}<{tag}>{text}{CUT[end:]}"
    if tag == "out":  # needed only where there is no end
        damaged = damaged.replace("<end>5</end>", "")
    path.write_text(damaged, encoding="utf-8")

    with pytest.raises(DecodeError, match=f"V1/a: <{tag}> of <clipitem> is .*, not a number"):
        read(path, None)


_VALUES = ["", "-1", "0", "7", "50", "1.5", "x", "TRUE"]
_TAGS = ["start", "end", "in", "out", "duration", "rate", "timebase", "enabled", "pproTicksIn"]
_PARENTS = """
    track clipitem generatoritem transitionitem sequence file media video audio rate filter effect
    timecode marker
""".split()
_LEAF = st.builds("<{0}>{1}</{0}>".format, st.sampled_from(_TAGS), st.sampled_from(_VALUES))
_TREE = st.recursive(
    _LEAF,
    lambda inner: st.builds(
        "<{0}>{1}</{0}>".format,
        st.sampled_from(_PARENTS),
        st.lists(inner, max_size=5).map("".join),
    ),
    max_leaves=40,
)


@given(st.lists(_TREE, max_size=6).map("".join))
def test_odd_documents_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, odd: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "odd.xml"
    path.write_text(CUT.replace("</track>", f"{odd}</track>", 1), encoding="utf-8")
    try:
        cut = read(path, None)
    except A1Error as error:
        assert str(error)
    else:
        assert cut.tracks[0].items[0].span.duration * 25 == 5


def test_one_element_may_not_be_in_the_wrong_place(xml: Any) -> None:
    """What is no item of a track is passed over."""
    cut = xml.cut("<marker/>", xml.clip(0, 5), "<sequence><name>x</name></sequence>")

    assert [item.name for item in cut.tracks[0].items] == ["a"]
