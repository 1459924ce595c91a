"""A cut whose file has changed since it was read is one error: renders take hours."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from a1sdk.errors import DecodeError

EDL = """TITLE: cut

001  ANNA     V     C        01:00:00:00 01:00:02:00 10:00:00:00 10:00:02:00
* FROM CLIP NAME: anna.png
"""
ITEM = """<clipitem><name>anna.png</name><start>0</start><end>50</end><in>0</in><out>50</out>
<marker><name>A1</name><in>0</in><out>-1</out></marker>
<file id="f"><name>anna.png</name><pathurl>file:///anna.png</pathurl></file></clipitem>"""
XML = f"""<xmeml version="5"><sequence><rate><timebase>25</timebase></rate><media><video><track>
{ITEM}</track></video></media></sequence></xmeml>"""
OTIO = """{"OTIO_SCHEMA": "Track.1", "kind": "Video", "children": [{"OTIO_SCHEMA": "Clip.2",
"source_range": {"start_time": {"value": 0, "rate": 25}, "duration": {"value": 50, "rate": 25}},
"media_references": {"DEFAULT_MEDIA": {"OTIO_SCHEMA": "ExternalReference.1",
"target_url": "anna.png"}}}]}"""


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("cut.edl", EDL, EDL.replace("001  ANNA", "002  ANNA")),
        ("cut.edl", EDL, ""),
        ("cut.edl", EDL, None),
        ("cut.xml", XML, XML.replace("<marker>", "<note>").replace("</marker>", "</note>")),
        ("cut.xml", XML, XML.replace(ITEM, "")),
        ("cut.xml", XML, XML[:90]),
        ("cut.xml", XML, None),
        ("cut.otio", OTIO, OTIO.replace("children", "other")),
        ("cut.otio", OTIO, OTIO[:90]),
        ("cut.otio", OTIO, None),
    ],
)
def test_a_cut_that_has_changed_is_one_error(
    shooting: Any, name: str, before: str, after: str | None
) -> None:
    cut = shooting.cut(name, before, Fraction(25))
    assert shooting.conform(cut).relinked
    cut.path.unlink()
    if after is not None:
        cut.path.write_text(after)
    with pytest.raises(DecodeError):
        shooting.conform(cut)
