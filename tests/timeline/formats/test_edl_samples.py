"""Edit decision lists of real productions, counted by other means than the reader's."""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest

from a1sdk.timeline.formats.edl.reader import read
from a1sdk.timeline.model import Clip, Cut

pytestmark = pytest.mark.shared

F = Fraction
Placed = tuple[str, Fraction, Fraction]

_TIME = r"(\d\d[:;]\d\d[:;]\d\d[:;]\d\d|\d+)"
_EVENT = re.compile(
    r"\s*\d+\s+(?P<reel>\S.*?)\s+(?P<channels>(?:V|B|NONE|AA?\d*)(?:/V)?)\s+"
    rf"(?:C|D|W\d+|K ?[BO]?)\s+(?:\d{{3}}\s+)?{_TIME}\s+{_TIME}\s+"
    r"(?P<start>\d\d.\d\d.\d\d.\d\d)\s+(?P<stop>\d\d.\d\d.\d\d.\d\d)"
)
_CHANNELS = {"V": ["V"], "A": ["A1"], "AA": ["A1", "A2"], "B": ["V", "A1"], "NONE": []}

_EDITED_WRONG = {"black_slug_fcp.edl"}
"""Lists with events that end before they start."""


@pytest.fixture(scope="module")
def cuts(shared: Path) -> dict[Path, Cut]:
    """Every list of the samples, of which there are 53, as it is read; none is refused."""
    found = sorted((shared / "timelines").rglob("*.edl"))
    assert len(found) > 50
    return {path: read(path) for path in found}


def frames(timecode: str, rate: int) -> int:
    hours, minutes, seconds, frame = (int(part) for part in re.split("[:;]", timecode))
    return ((hours * 60 + minutes) * 60 + seconds) * rate + frame


def counted(path: Path, rate: int) -> Counter[Placed]:
    """Return where each clip lies, by plain regular expressions over the lines of the list."""
    text = path.read_bytes().decode("utf-8", errors="replace")
    found: Counter[Placed] = Counter()
    place: tuple[Fraction, Fraction] | None = None
    for line in re.split(r"\r\n|\r|\n", text):
        event = _EVENT.match(line)
        if event is not None:
            start, stop = (F(frames(event[side], rate), rate) for side in ("start", "stop"))
            place = (start, stop) if start < stop and event["reel"] != "BL" else None
            for part in event["channels"].split("/"):
                for channel in _CHANNELS.get(part, [part]) if place else []:
                    found[channel, start, stop] += 1
        elif line.startswith("AUD") and place is not None:
            for digit in re.findall(r"[34]", line):
                found[f"A{digit}", *place] += 1
    return found


def read_clips(cut: Cut) -> Counter[Placed]:
    return Counter(
        (track.metadata["edl"]["channel"], cut.start + item.span.start, cut.start + item.span.stop)
        for track in cut.tracks
        for item in track.items
        if isinstance(item, Clip)
    )


def test_every_sample_has_the_clips_that_are_counted_in_it(cuts: dict[Path, Cut]) -> None:
    for path, cut in cuts.items():
        assert cut.rate.denominator == 1, path.name
        expected = counted(path, int(cut.rate))
        assert read_clips(cut) == expected, path.name
        assert expected, path.name


def test_no_event_of_a_sample_is_left_out_unsaid(cuts: dict[Path, Cut]) -> None:
    for path, cut in cuts.items():
        codes = {problem.code for problem in cut.problems}
        assert "A1-EDL-LINE" not in codes, path.name
        assert ("A1-EDL-RECORD-BACKWARDS" in codes) == (path.name in _EDITED_WRONG), path.name


@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("otio-cmx3600-adapter/25fps.edl", 25),
        ("pycmx/test_24psf.edl", 25),  # whatever its name says: it has frame 24
        ("pycmx/test_25.edl", 25),
        ("pycmx/ToD_R4_LOCK3.1_030618_Video.edl", 24),
        ("pycmx/INS4_R2_DX_092117.edl", 24),
        ("otio-cmx3600-adapter/speed_effects.edl", 24),
        ("sg-otio/pxy5.edl", 24),
    ],
)
def test_rates_that_are_known_otherwise(shared: Path, name: str, rate: int) -> None:
    assert read(shared / "timelines" / name).rate == rate


def test_transitions_of_the_samples(cuts: dict[Path, Cut]) -> None:
    """Every line with a dissolve or wipe into something gives a transition of its frames."""
    line = re.compile(r"\s*\d+\s+\S.*?\s(?:V|AA?/?V?)\s+(D|W\d+)\s+(\d{3})\s", re.MULTILINE)
    for path, cut in cuts.items():
        text = path.read_bytes().decode("utf-8", errors="replace").replace("\r", "\n")
        written = Counter((code, int(frames)) for code, frames in line.findall(text))
        found = Counter(
            (item.metadata["edl"]["code"], item.metadata["edl"]["frames"])
            for track in cut.tracks
            if track.metadata["edl"]["channel"] in ("V", "A1")
            for item in track.items
            if type(item).__name__ == "Transition"
        )
        assert found == written, path.name


def test_speeds_of_the_samples(cuts: dict[Path, Cut]) -> None:
    """Every `M2` line gives a clip of its speed."""
    line = re.compile(r"^M2 .*?([+-]?\d+(?:\.\d*)?)\s+\d\d:\d\d:\d\d:\d\d\s*$", re.MULTILINE)
    for path, cut in cuts.items():
        text = path.read_bytes().decode("utf-8", errors="replace").replace("\r", "\n")
        written = Counter(F(fps) / cut.rate for fps in line.findall(text))
        found = {  # an event of two channels is two clips
            item.origin: item.source.speed
            for track in cut.tracks
            for item in track.items
            if isinstance(item, Clip) and "m2" in item.metadata["edl"]
        }
        assert Counter(found.values()) == written, path.name
