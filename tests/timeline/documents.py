"""Documents that are made up for a test."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from a1sdk.timeline.formats.fcp7 import reader as fcp7
from a1sdk.timeline.formats.fcpxml import reader as fcpxml
from a1sdk.timeline.formats.otio.reader import cut_of
from a1sdk.timeline.formats.otio.rescue import Node, parse
from a1sdk.timeline.model import Cut, Item


class Fcp7:
    """Writes FCP 7 XML, element by element, and reads it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "cut.xml"

    @staticmethod
    def rate(timebase: int | str, ntsc: bool = False) -> str:
        """A rate, which counts the frames of the element it is in."""
        flag = "TRUE" if ntsc else "FALSE"
        return f"<rate><timebase>{timebase}</timebase><ntsc>{flag}</ntsc></rate>"

    def file(self, identity: str = "f1", more: str = "", *, url: str = "file:///m/a.mov") -> str:
        """A file of 1000 frames at 25 fps."""
        return (
            f'<file id="{identity}"><name>{identity}.mov</name><pathurl>{url}</pathurl>'
            f"{self.rate(25)}<duration>1000</duration>{more}</file>"
        )

    def clip(
        self,
        start: int,
        end: int,
        begin: int = 0,
        more: str | None = None,
        *,
        out: int | None = None,
        name: str = "a",
    ) -> str:
        """A clip from frame `begin` on; `more` is what it plays and has, by default a file."""
        last = begin + end - start if out is None else out
        return (
            f'<clipitem id="{name}"><name>{name}</name><start>{start}</start><end>{end}</end>'
            f"<in>{begin}</in><out>{last}</out>{self.file() if more is None else more}</clipitem>"
        )

    @staticmethod
    def transition(start: int, end: int, more: str = "<alignment>center</alignment>") -> str:
        """A cross dissolve."""
        effect = "<effect><name>Cross Dissolve</name><effectid>Cross Dissolve</effectid></effect>"
        return (
            f"<transitionitem><start>{start}</start><end>{end}</end>{more}{effect}</transitionitem>"
        )

    @staticmethod
    def remap(*parameters: tuple[str, str]) -> str:
        """A time remap, with what stands inside each of its parameters."""
        inside = "".join(
            f"<parameter><parameterid>{name}</parameterid>{value}</parameter>"
            for name, value in parameters
        )
        return f"<filter><effect><effectid>timeremap</effectid>{inside}</effect></filter>"

    def sequence(
        self, video: str = "", audio: str = "", more: str = "", identity: str = "s1"
    ) -> str:
        """A sequence at 25 fps, unless `more` begins with another rate."""
        rate = "" if more.startswith("<rate>") else self.rate(25)
        media = f"<media><video>{video}</video><audio>{audio}</audio></media>"
        return f'<sequence id="{identity}"><name>{identity}</name>{rate}{more}{media}</sequence>'

    def read(self, body: str, rate: Fraction | None = None) -> Cut:
        """Read a document of these elements."""
        head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n'
        self.path.write_text(f'{head}<xmeml version="4">{body}</xmeml>', encoding="utf-8")
        return fcp7.read(self.path, rate)

    def cut(self, *items: str, more: str = "") -> Cut:
        """Read a sequence of one video track."""
        return self.read(self.sequence(f"<track>{''.join(items)}</track>", more=more))


class Otio:
    """Writes OTIO JSON, object by object, and reads it; times are frames, at 24 unless said."""

    @staticmethod
    def time(value: float, rate: float = 24) -> Node:
        return {"OTIO_SCHEMA": "RationalTime.1", "value": value, "rate": rate}

    def range(self, start: float, duration: float, rate: float = 24) -> Node:
        times = {"start_time": self.time(start, rate), "duration": self.time(duration, rate)}
        return {"OTIO_SCHEMA": "TimeRange.1", **times}

    @staticmethod
    def object(schema: str, **more: Any) -> Node:
        return {"OTIO_SCHEMA": schema, "name": "", "metadata": {}, **more}

    def media(
        self, start: float = 0, duration: float = 1000, rate: float = 24, **more: Any
    ) -> Node:
        available = self.range(start, duration, rate)
        known = {"target_url": "/m/a.mov", "available_range": available}
        return self.object("ExternalReference.1", **(known | more))

    def pictures(
        self, first: int, start: float, duration: float, rate: float = 24, **more: Any
    ) -> Node:
        known = {"target_url_base": "/m/", "name_prefix": "a.", "name_suffix": ".exr"}
        known |= {"frame_zero_padding": 4, "frame_step": 1, "rate": rate, "start_frame": first}
        known |= {"available_range": self.range(start, duration, rate)}
        return self.object("ImageSequenceReference.1", **(known | more))

    def clip(
        self,
        start: float = 0,
        duration: float = 24,
        *,
        rate: float = 24,
        media: Node | None = None,
        **more: Any,
    ) -> Node:
        reference = self.media() if media is None else media
        known = {
            "source_range": self.range(start, duration, rate),
            "media_references": {"DEFAULT_MEDIA": reference},
            "active_media_reference_key": "DEFAULT_MEDIA",
            "enabled": True,
            "effects": [],
            "markers": [],
        }
        return self.object("Clip.2", **(known | {"name": "c"} | more))

    def gap(self, duration: float, rate: float = 24, **more: Any) -> Node:
        return self.object("Gap.1", **({"source_range": self.range(0, duration, rate)} | more))

    def transition(self, before: float, after: float) -> Node:
        offsets = {"in_offset": self.time(before), "out_offset": self.time(after)}
        return self.object("Transition.1", transition_type="SMPTE_Dissolve", **offsets)

    def speed(self, factor: float, **more: Any) -> Node:
        return self.object("LinearTimeWarp.1", effect_name="", time_scalar=factor, **more)

    def freeze(self) -> Node:
        return self.object("FreezeFrame.1", effect_name="", time_scalar=0)

    def marker(self, start: float, duration: float = 1, **more: Any) -> Node:
        known = {"marked_range": self.range(start, duration), "color": "RED", "comment": ""}
        return self.object("Marker.2", **(known | {"name": "m"} | more))

    def track(self, *children: Node, **more: Any) -> Node:
        return self.object("Track.1", **({"kind": "Video", "children": [*children]} | more))

    def stack(self, *children: Node, **more: Any) -> Node:
        return self.object("Stack.1", **({"children": [*children]} | more))

    def timeline(self, *tracks: Node, **more: Any) -> Node:
        known = {"global_start_time": None, "tracks": self.stack(*tracks)}
        return self.object("Timeline.1", **(known | more))

    @staticmethod
    def read(document: Any, rate: Fraction | None = None) -> Cut:
        """Read a document, as JSON has it."""
        return cut_of(parse(json.dumps(document).encode()), Path("cut.otio"), rate=rate)

    def items(self, *children: Node, **more: Any) -> tuple[Item, ...]:
        """The items of a timeline of one video track."""
        return self.read(self.timeline(self.track(*children, **more))).tracks[0].items


class Fcpxml:
    """Writes FCPXML, element by element, and reads it.

    There are formats of 24 (`r24`), 23.976 (`r23`) and 25 (`r25`) frames per second, assets with
    pictures (`seen`), sound (`heard`) and both (`both`), each 100 s long, and a title (`title`).
    """

    RESOURCES = (
        '<format id="r24" frameDuration="100/2400s"/><format id="r23" frameDuration="1001/24000s"/>'
        '<format id="r25" name="FFVideoFormat1080p25"/><effect id="title" name="Basic" uid="t"/>'
        '<asset id="seen" name="seen" start="0s" duration="100s" hasVideo="1" format="r24">'
        '<media-rep kind="original-media" src="file:///m/seen.mov"/></asset>'
        '<asset id="heard" name="heard" start="0s" duration="100s" hasAudio="1" audioRate="48000">'
        '<media-rep kind="original-media" src="file:///m/heard.wav"/></asset>'
        '<asset id="both" name="both" start="0s" duration="100s" hasVideo="1" hasAudio="1"'
        ' format="r24" src="file:///m/both.mov"/>'
    )

    def __init__(self, folder: Path) -> None:
        self.path = folder / "cut.fcpxml"

    @staticmethod
    def item(tag: str, offset: str, duration: str, more: str = "", **attributes: str) -> str:
        """An item, named after what it refers to unless it has a name of its own."""
        named = {"name": attributes.get("ref", tag)} | attributes
        written = "".join(f' {key}="{value}"' for key, value in named.items())
        return f'<{tag} offset="{offset}" duration="{duration}"{written}>{more}</{tag}>'

    def clip(self, offset: str, duration: str, more: str = "", **attributes: str) -> str:
        """An asset-clip of pictures alone."""
        return self.item("asset-clip", offset, duration, more, **({"ref": "seen"} | attributes))

    @staticmethod
    def sequence(spine: str, attributes: str = 'tcStart="0s"') -> str:
        """A sequence at 24 fps."""
        return f'<sequence format="r24" {attributes}><spine>{spine}</spine></sequence>'

    def document(self, body: str, resources: str = "", version: str = "1.11") -> str:
        """A document of these elements, after its resources."""
        head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n'
        resources = f"<resources>{self.RESOURCES}{resources}</resources>"
        return f'{head}<fcpxml version="{version}">{resources}{body}</fcpxml>'

    def read(self, body: str, resources: str = "", rate: Fraction | None = None) -> Cut:
        """Read a document of these elements."""
        self.path.write_text(self.document(body, resources), encoding="utf-8")
        return fcpxml.read(self.path, rate)

    def cut(self, *spine: str, resources: str = "", attributes: str = 'tcStart="0s"') -> Cut:
        """Read a project whose primary storyline has these items."""
        sequence = self.sequence("".join(spine), attributes)
        return self.read(f'<project name="p">{sequence}</project>', resources)
