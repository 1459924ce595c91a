"""XML is changed where it is said to be, and nowhere else."""

from __future__ import annotations

import pytest

from a1sdk.errors import DecodeError
from a1sdk.timeline.conform.splices import Document, Splice
from a1sdk.timeline.conform.xml_spans import XmlText, element

WRITTEN = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE xmeml>
<root>
\t<item id='a > b' name = "Ü &amp; 😀"/><!-- <item> -->
\t<item>
\t\t<name>one</name>
\t\t<empty />
\t</item>
\t<x>
\t</x>
</root>
"""


def changed(*splices: Splice) -> str:
    return Document(WRITTEN, "utf-8").changed(splices).decode()


def test_elements_are_found_and_written_as_they_stand() -> None:
    text = XmlText(WRITTEN)
    assert text.written(text.at("./item[1]")) == "<item id='a > b' name = \"Ü &amp; 😀\"/>"
    assert text.written(text.at("./item[2]/name[1]")) == "<name>one</name>"
    assert text.at("/root/item[1]/name[0]", first=0) is text.at("./item[2]/name[1]")
    assert text.written(text.root).endswith("</x>\n</root>")


@pytest.mark.parametrize("path", ["./item[3]", "./item[0]", "./item[1]/name[1]", "./y[1]"])
def test_what_is_not_there_is_an_error(path: str) -> None:
    with pytest.raises(DecodeError):
        XmlText(WRITTEN).at(path)


def test_text_is_filled_in_and_escaped() -> None:
    text = XmlText(WRITTEN)
    name, empty = text.at("./item[2]/name[1]"), text.at("./item[2]/empty[1]")
    after = changed(text.filled(name, "a<b"), text.filled(empty, "&"))
    expected = WRITTEN.replace(">one<", ">a&lt;b<").replace("<empty />", "<empty>&amp;</empty>")
    assert after == expected


def test_elements_are_removed_with_their_line_and_added_on_their_own() -> None:
    text = XmlText(WRITTEN)
    name, empty = text.at("./item[2]/name[1]"), text.at("./item[2]/empty[1]")
    assert changed(text.removed(empty)) == WRITTEN.replace("\n\t\t<empty />", "")
    after = changed(text.added(name, element("new", [element("a", "1")])))
    lines = "</name>\n\t\t<new>\n\t\t\t<a>1</a>\n\t\t</new>\n\t\t<empty />"
    assert after == WRITTEN.replace("</name>\n\t\t<empty />", lines)


def test_attributes_are_set_added_and_taken_away() -> None:
    text = XmlText(WRITTEN)
    item = text.at("./item[1]")
    after = changed(text.attributed(item, {"name": 'q"', "id": None, "new": "1"}))
    assert after == WRITTEN.replace(
        "<item id='a > b' name = \"Ü &amp; 😀\"/>", '<item name = \'q"\' new="1"/>'
    )


def test_one_line_documents_stay_on_one_line() -> None:
    text = XmlText("<a><b/></a>")
    splice = text.added(text.at("./b[1]"), element("c", [element("d", "1")]))
    assert Document(text.text, "utf-8").changed([splice]) == b"<a><b/><c><d>1</d></c></a>"


def test_broken_xml_is_an_error() -> None:
    with pytest.raises(DecodeError):
        XmlText("<a><b></a>")


def test_letters_that_the_encoding_has_not_are_named_by_number() -> None:
    data = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<a>ü<b/></a>'.encode("latin-1")
    document = Document.decoded(data)
    text = XmlText(document.text)
    after = document.changed([text.filled(text.at("./b[1]"), "日")])
    assert after == data.replace(b"<b/>", b"<b>&#26085;</b>")
