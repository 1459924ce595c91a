"""JSON is changed where it is said to be, and nowhere else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from a1sdk.errors import DecodeError
from a1sdk.timeline.conform.json_spans import JsonText
from a1sdk.timeline.conform.splices import Document, Splice

INDENTED = """{
    "b": 1.50,
    "a": [ 1e3,  {"x":"\\u00e9 } ]"}, null ],

    "b": 2
}
"""


def changed(text: str, *splices: object) -> str:
    return Document(text, "utf-8").changed(splices).decode()  # type: ignore[arg-type]


def test_values_are_found_by_pointers() -> None:
    text = JsonText(INDENTED)
    found = text.find(["/a/1", "/a/1/x", "/b", ""])
    assert {pointer: text.value(place) for pointer, place in found.items()} == {
        "/a/1": {"x": "é } ]"},
        "/a/1/x": "é } ]",
        "/b": 2,  # the last of a key counts, as for every reader
        "": {"b": 2, "a": [1000.0, {"x": "é } ]"}, None]},
    }


@pytest.mark.parametrize("pointer", ["/c", "/a/3", "/a/x"])
def test_what_is_not_there_is_an_error(pointer: str) -> None:
    with pytest.raises(DecodeError):
        JsonText(INDENTED).find([pointer])


def test_a_member_is_replaced_and_every_other_byte_kept() -> None:
    text = JsonText(INDENTED)
    place = text.find(["/a/1"])["/a/1"]
    assert changed(INDENTED, text.put(place, "x", 5)) == INDENTED.replace('"\\u00e9 } ]"', "5")


def test_a_member_is_added_on_a_line_of_its_own_where_others_are() -> None:
    text = JsonText('{\n  "a": 1,\n  "b": 2\n}')
    assert changed(text.text, text.put(text.find([""])[""], "c", {"d": 1})) == (
        '{\n  "a": 1,\n  "b": 2,\n  "c": {\n      "d": 1\n  }\n}'
    )


@pytest.mark.parametrize("written", ["{}", '{"a":1}', '{ "a" : 1 }', "{\n}"])
def test_a_member_is_added_to_any_object(written: str) -> None:
    text = JsonText(written)
    after = changed(written, text.put(text.find([""])[""], "new", [1]))
    assert json.loads(after) == json.loads(written) | {"new": [1]}


@pytest.mark.parametrize("added", [[], [{"new": 1}], [4, [5]]])
@pytest.mark.parametrize("dropped", [{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}, set()])
def test_elements_are_taken_out_and_put_behind_while_others_change(
    dropped: set[int], added: list[Any]
) -> None:
    written = '{"a": [ {"x": [1]} ,\n "two",3 ]}'
    text = JsonText(written)
    place = text.find(["/a"])["/a"]
    others = [
        text.put(one, "x", 2) if n == 0 else Splice(one.start, one.stop, "9")
        for n, one in enumerate(text.elements(place))
        if n not in dropped
    ]
    after = Document(written, "utf-8").changed([*others, *text.edited(place, dropped, added)])
    kept = [one for n, one in enumerate([{"x": 2}, 9, 9]) if n not in dropped]
    assert json.loads(after) == {"a": [*kept, *added]}


def test_elements_are_put_on_lines_of_their_own() -> None:
    written = json.dumps({"a": [{"x": 1}], "b": []}, indent=4)
    text = JsonText(written)
    places = text.find(["/a", "/b"])
    changes = [*text.edited(places["/a"], (), [{"y": 2}]), *text.edited(places["/b"], (), [3])]
    after = Document(written, "utf-8").changed(changes).decode()
    assert after == json.dumps({"a": [{"x": 1}, {"y": 2}], "b": [3]}, indent=4)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_encodings_and_marks_are_kept(encoding: str) -> None:
    data = '{"ü": "\U0001f600", "a": 1}'.encode(encoding)
    document = Document.decoded(data)
    text = JsonText(document.text)
    place = text.find(["/a"])["/a"]
    assert document.changed([]) == data
    after = document.changed([text.put(text.find([""])[""], "a", 2)])
    assert after == '{"ü": "\U0001f600", "a": 2}'.encode(encoding)
    assert place.stop - place.start == 1


def test_changes_may_touch_but_not_overlap() -> None:
    document = Document("abcdef", "utf-8")
    assert document.changed([Splice(2, 4, "X"), Splice(2, 2, "+"), Splice(4, 5, "")]) == b"ab+Xf"
    with pytest.raises(ValueError, match="overlap"):
        document.changed([Splice(2, 4, "X"), Splice(3, 5, "Y")])
