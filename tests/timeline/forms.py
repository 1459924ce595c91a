"""One cut in every format: gaps, two speeds, a reverse, at 25 fps."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

from a1sdk.timeline.formats.edl.reader import read_edls
from a1sdk.timeline.model import Cut
from a1sdk.timeline.read import read_cut

WANTED = {
    "sh010": [Fraction(20 + k) for k in range(50)],
    "sh020": [Fraction(30 + 2 * k) for k in range(30)],
    "sh030": [Fraction(99 - k) for k in range(20)],
}
SPANS = {"sh010": (10, 60), "sh020": (60, 90), "sh030": (95, 115)}
DRIVES = ((10, 60, 20, 1), (60, 90, 30, 2), (95, 115, 80, -1))
"""Record in and out, the lowest frame of the driver that is shown, speed."""


def otio(folder: Path) -> Cut:
    def time(value: float) -> dict[str, object]:
        return {"OTIO_SCHEMA": "RationalTime.1", "rate": 25.0, "value": value}

    def window(start: int, frames: int) -> dict[str, object]:
        return {
            "OTIO_SCHEMA": "TimeRange.1", "start_time": time(start), "duration": time(frames)
        }  # fmt: skip

    def clip(url: str, start: int, frames: int, most: int, speed: int, note: str) -> object:
        warp = {"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": speed}
        marker = {"OTIO_SCHEMA": "Marker.2", "name": note, "marked_range": window(start, 1)}
        return {
            "OTIO_SCHEMA": "Clip.2", "name": url, "source_range": window(start, frames),
            "effects": [warp] if speed != 1 else [], "markers": [marker] if note else [],
            "active_media_reference_key": "DEFAULT_MEDIA",
            "media_references": {"DEFAULT_MEDIA": {
                "OTIO_SCHEMA": "ExternalReference.1", "target_url": url,
                "available_range": window(0, most),
            }},
        }  # fmt: skip

    def track(name: str, items: list[tuple[int, int, object]]) -> object:
        children, at = [], 0
        for start, stop, item in items:
            if start > at:
                children.append({"OTIO_SCHEMA": "Gap.1", "source_range": window(0, start - at)})
            children.append(item)
            at = stop
        return {"OTIO_SCHEMA": "Track.1", "name": name, "kind": "Video", "children": children}

    drives = [(a, b, clip("perf.mkv", low, b - a, 200, s, "")) for a, b, low, s in DRIVES]
    faces = [
        (a, b, clip("anna.png", 0, b - a, 1, 1, f"A1 {name}")) for name, (a, b) in SPANS.items()
    ]
    tracks = [track("A1 DRIVE", drives), track("A1 PORTRAIT", faces)]
    document = {
        "OTIO_SCHEMA": "Timeline.1", "global_start_time": time(90000),
        "tracks": {"OTIO_SCHEMA": "Stack.1", "children": tracks},
    }  # fmt: skip
    path = folder / "cut.otio"
    path.write_text(json.dumps(document))
    return read_cut(path)


def label(frame: int) -> str:
    return f"{frame // 90000 % 24:02}:{frame // 1500 % 60:02}:{frame // 25 % 60:02}:{frame % 25:02}"


def edl(folder: Path, hour: int = 90000) -> Cut:
    drive, face = ["TITLE: DRIVE", "FCM: NON-DROP FRAME"], ["TITLE: FACE", "FCM: NON-DROP FRAME"]
    for number, (a, b, low, speed) in enumerate(DRIVES, start=1):
        shown = (b - a) * abs(speed)
        drive += [
            f"{number:03}  PERF     V     C        {label(low)} {label(low + shown)} "
            f"{label(hour + a)} {label(hour + b)}",
            "* FROM CLIP NAME: perf.mkv",
        ]
        if speed != 1:
            drive.append(f"M2   PERF       {25 * speed:05.1f}                {label(low)}")
    for number, (name, (a, b)) in enumerate(SPANS.items(), start=1):
        face += [
            f"{number:03}  AX       V     C        00:00:00:00 {label(b - a)} "
            f"{label(hour + a)} {label(hour + b)}",
            "* FROM CLIP NAME: anna.png",
            f"* A1: {name}",
        ]
    (folder / "drive.edl").write_text("\n".join(drive) + "\n")
    (folder / "face.edl").write_text("\n".join(face) + "\n")
    lists = {"A1 DRIVE": folder / "drive.edl", "A1 PORTRAIT": folder / "face.edl"}
    return read_edls(lists, rate=Fraction(25))


def fcp7(folder: Path) -> Cut:
    rate = "<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate>"

    def warp(speed: int) -> str:
        if speed == 1:
            return ""
        reverse = "TRUE" if speed < 0 else "FALSE"
        return (
            "<filter><effect><name>Time Remap</name><effectid>timeremap</effectid>"
            "<parameter><parameterid>variablespeed</parameterid><value>0</value></parameter>"
            f"<parameter><parameterid>speed</parameterid><value>{100 * speed}</value></parameter>"
            f"<parameter><parameterid>reverse</parameterid><value>{reverse}</value></parameter>"
            "</effect></filter>"
        )

    drives = "".join(
        f'<clipitem id="d{n}"><name>perf.mkv</name>{rate}<duration>200</duration>'
        f"<start>{a}</start><end>{b}</end><in>{_in(low, b - a, s)}</in>"
        f"<out>{_in(low, b - a, s) + b - a}</out>"
        f'<file id="f1"><name>perf.mkv</name><pathurl>perf.mkv</pathurl>{rate}'
        f"<duration>200</duration></file>{warp(s)}</clipitem>"
        for n, (a, b, low, s) in enumerate(DRIVES)
    )
    faces = "".join(
        f'<clipitem id="{name}"><name>anna.png</name>{rate}<duration>9999</duration>'
        f"<start>{a}</start><end>{b}</end><in>500</in><out>{500 + b - a}</out>"
        f'<file id="f2"><name>anna.png</name><pathurl>anna.png</pathurl>{rate}</file>'
        f"<marker><name>A1 {name}</name><comment></comment><in>500</in><out>-1</out></marker>"
        "</clipitem>"
        for name, (a, b) in SPANS.items()
    )
    path = folder / "cut.xml"
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE xmeml><xmeml version="4"><sequence>{rate}'
        f"<timecode>{rate}<string>01:00:00:00</string></timecode><media><video>"
        f'<track MZ.TrackName="A1 DRIVE">{drives}</track>'
        f'<track MZ.TrackName="A1 PORTRAIT">{faces}</track></video></media></sequence></xmeml>'
    )
    return read_cut(path)


def _in(low: int, frames: int, speed: int) -> int:
    """The in point, which counts frames of the retimed clip: of a reversed one from its end."""
    return low // speed if speed > 0 else 200 - low - frames


def fcpxml(folder: Path) -> Cut:
    def retimed(speed: int) -> str:
        if speed == 1:
            return ""
        lasts, first, last = 200 // abs(speed), 0 if speed > 0 else 200, 200 if speed > 0 else 0
        return (
            f'<timeMap><timept time="0s" value="{first}/25s" interp="linear"/>'
            f'<timept time="{lasts}/25s" value="{last}/25s" interp="linear"/></timeMap>'
        )

    spine, at = "", 0
    for (name, (a, b)), (_, _, low, speed) in zip(SPANS.items(), DRIVES, strict=True):
        if a > at:
            spine += f'<gap name="Gap" offset="{90000 + at}/25s" duration="{a - at}/25s"/>'
        start = _in(low, b - a, speed)
        spine += (
            f'<video ref="r3" name="anna.png" offset="{90000 + a}/25s" start="0s" '
            f'duration="{b - a}/25s"><asset-clip ref="r2" lane="-1" name="perf.mkv" offset="0s" '
            f'start="{start}/25s" duration="{b - a}/25s" videoRole="a1-drive">'
            f"{retimed(speed)}</asset-clip>"
            f'<marker start="0s" duration="1/25s" value="A1 {name}"/></video>'
        )
        at = b
    path = folder / "cut.fcpxml"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE fcpxml><fcpxml version="1.10"><resources>'
        '<format id="r1" frameDuration="1/25s" width="1920" height="1080"/>'
        '<asset id="r2" name="perf" start="0s" duration="200/25s" hasVideo="1" format="r1">'
        '<media-rep kind="original-media" src="perf.mkv"/></asset>'
        '<asset id="r3" name="anna" start="0s" duration="0s" hasVideo="1">'
        '<media-rep kind="original-media" src="anna.png"/></asset></resources>'
        '<library><event><project name="cut"><sequence format="r1" tcStart="90000/25s" '
        f'tcFormat="NDF" duration="115/25s"><spine>{spine}</spine></sequence></project></event>'
        "</library></fcpxml>"
    )
    return read_cut(path)
