"""Cuts of every dialect that show the same clips, and what remarks on their renders have to be.

Every cut has two stills of 50 frames: `anna` at its start, and `bob` from frame 50 on, each with a
note of an editor's in its frame 10. Renders have 8 frames of handle at each end, so that frame n of
the media is frame n - 8 of the clip.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from a1sdk.timeline.model import Cut
from a1sdk.timeline.remarks import Remark
from a1sdk.timeline.walk import placed

REMARKS = (
    Remark(first=18, last=27, severity="fail", about="color_face", comment='Off by 3 & "more".'),
    Remark(first=57, last=65, severity="warn", about="head, gaze", comment="It turns away."),
    Remark(first=0, last=7, severity="fail", about="unseen", comment="In a handle."),
)
"""In frames 10 to 19 of the clip; in its last one, and the handle; in the handle alone."""


def otio(rate: float = 25.0, first: int = 100, start: int = 90000) -> str:
    def time(value: float) -> dict[str, Any]:
        return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": float(value)}

    def window(at: float, frames: float) -> dict[str, Any]:
        times = {"start_time": time(at), "duration": time(frames)}
        return {"OTIO_SCHEMA": "TimeRange.1", **times}

    def clip(name: str) -> dict[str, Any]:
        media = {"OTIO_SCHEMA": "ExternalReference.1", "target_url": f"/stills/{name}.png"}
        note = {"OTIO_SCHEMA": "Marker.2", "name": f"A1 {name}", "color": "GREEN"}
        return {
            "OTIO_SCHEMA": "Clip.2",
            "name": name,
            "source_range": window(first, 50),
            "markers": [note | {"marked_range": window(first + 10, 1)}],
            "media_references": {"DEFAULT_MEDIA": media},
            "active_media_reference_key": "DEFAULT_MEDIA",
        }

    track = {"OTIO_SCHEMA": "Track.1", "kind": "Video", "name": "A1 PORTRAIT"}
    track |= {"children": [clip("anna"), clip("bob")]}
    stack = {"OTIO_SCHEMA": "Stack.1", "children": [track]}
    timeline = {"OTIO_SCHEMA": "Timeline.1", "global_start_time": time(start), "tracks": stack}
    return json.dumps(timeline, indent=4)


def edl() -> str:
    return """TITLE: cut
FCM: NON-DROP FRAME

001  ANNA     V     C        01:00:00:00 01:00:02:00 01:00:00:00 01:00:02:00
* FROM CLIP NAME: anna
* LOC: 01:00:00:10 GREEN   A1 ANNA
002  BOB      V     C        02:00:00:00 02:00:02:00 01:00:02:00 01:00:04:00
* FROM CLIP NAME: bob
* LOC: 01:00:02:10 GREEN   A1 BOB
"""


def fcp7() -> str:
    rate = "<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate>"

    def item(name: str, start: int) -> str:
        return f"""
            <clipitem id="{name}">
                <name>{name}</name>
                {rate}
                <start>{start}</start>
                <end>{start + 50}</end>
                <in>100</in>
                <out>150</out>
                <file id="f-{name}"><name>{name}.png</name>{rate}<duration>500</duration>
                <pathurl>file://localhost/{name}.png</pathurl></file>
                <marker><comment/><name>A1 {name}</name><in>110</in><out>111</out></marker>
                <link><linkclipref>{name}</linkclipref></link>
            </clipitem>"""

    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE xmeml>
<xmeml version="4">
<sequence id="s"><name>cut</name>{rate}<timecode>{rate}<frame>90000</frame></timecode>
    <media><video><track MZ.TrackName="A1 PORTRAIT">{item("anna", 0)}{item("bob", 50)}
    </track></video></media></sequence>
</xmeml>
"""


def fcpxml() -> str:
    return """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="1.10">
    <resources>
        <format id="r1" frameDuration="1/25s" width="1920" height="1080"/>
        <asset id="r2" name="anna" start="0s" duration="0s" hasVideo="1" format="r1">
            <media-rep kind="original-media" src="file:///stills/anna.png"/>
        </asset>
    </resources>
    <project name="cut"><sequence format="r1" tcStart="3600s"><spine>
        <video ref="r2" name="anna" offset="3600s" start="40s" duration="2s">
            <note>kept</note>
            <adjust-blend amount="0.5"/>
            <marker start="1010/25s" duration="1/25s" value="A1 anna"/>
            <filter-video ref="r9" name="Blur"/>
        </video>
        <clip name="bob" offset="3602s" start="5s" duration="2s">
            <video ref="r2" offset="0s" start="40s" duration="60s"/>
            <marker start="135/25s" duration="1/25s" value="A1 bob"/>
            <metadata><md key="k" value="v"/></metadata>
        </clip>
    </spine></sequence></project>
</fcpxml>
"""


CUTS: dict[str, Callable[[], str]] = {
    "cut.otio": otio,
    "cut.edl": edl,
    "cut.xml": fcp7,
    "cut.fcpxml": fcpxml,
}


def marked(cut: Cut, kind: str = "video") -> list[tuple[int, int, str]]:
    """The markers in a cut: first record frame, frames, name; by time, then by name."""
    found = []
    for one in placed(cut):
        if one.track.kind != kind:
            continue
        for marker in one.clip.markers:
            span = marker.span.moved(cut.start + one.whole.start - one.clip.span.start)
            frames = span.start * cut.rate, span.duration * cut.rate
            assert {n.denominator for n in frames} == {1}, frames
            found.append((int(frames[0]), int(frames[1]), marker.name))
    return sorted(found)
