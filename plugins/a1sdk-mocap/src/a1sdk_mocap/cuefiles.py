"""Files of mouth cues: Rhubarb Lip Sync's four forms, and times of phones.

Sources: Rhubarb's README, "Output formats"; Moho switch data, whose frames count from 1; the
alignments that `pocketsphinx` writes as JSON, with words of ARPAbet phones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from a1sdk.plugin import PHONES, RHUBARB, Cue, Label, cues_of
from a1sdk_mocap.clock import decimal_seconds

if TYPE_CHECKING:
    from a1sdk_mocap.sample import Sample

_MOST = 1 << 26
_TSV = re.compile(rb"\d+(\.\d+)?\t[A-HX]\r?(\n|$)")
_MOHO = "MohoSwitch1"
PRESTON_BLAIR = {
    "MBP": "A", "etc": "B", "E": "C", "AI": "D", "O": "E", "U": "F", "FV": "G", "L": "H",
    "rest": "X",
}  # fmt: skip
"""Mouths of Moho and Papagayo, after Preston Blair, to Rhubarb's."""

_SILENT = ("SIL", "SP", "SPN", "NSN")
"""What alignments call silence and noise."""


class Span(NamedTuple):
    """A stretch of time with a viseme, in seconds, and how clearly it is shown."""

    start: Fraction
    end: Fraction
    viseme: str
    strength: float = 1.0


class Phone(NamedTuple):
    """A speech sound, in seconds."""

    start: Fraction
    end: Fraction
    symbol: str


@dataclass(frozen=True, slots=True)
class CueSheet:
    """Mouth cues of a file.

    Attributes:
        spans: in order; they do not overlap.
        duration: seconds, of the sound where the file says it.
        labels: the visemes, and words and phones where the file has them.
    """

    spans: tuple[Span, ...]
    duration: Fraction
    labels: tuple[Label, ...]

    def cues(self, strength: float) -> Iterator[Cue]:
        """Yield the cues that move the mouth, `strength` times as clearly."""
        for span in self.spans:
            if span.viseme != "sil":
                yield Cue(*span).scaled(strength)


def find_reader(sample: Sample) -> Callable[[Sample, Fraction], CueSheet] | None:
    """Return how to read a file of cues; None where it is none."""
    return next((read for matches, read in _READERS if matches(sample)), None)


def _is_tsv(sample: Sample) -> bool:
    return _TSV.match(sample.head) is not None


def _read_tsv(sample: Sample, _: Fraction) -> CueSheet:
    starts = [tuple(line.split("\t")) for line in sample.read_text(_MOST).splitlines() if line]
    if any(len(cells) != 2 for cells in starts):
        sample.refuse("has a line that is no time and mouth shape")
    return _from_starts(
        [(decimal_seconds(t, sample), shape.strip()) for t, shape in starts], sample
    )


def _is_moho(sample: Sample) -> bool:
    return sample.first_line.strip() == _MOHO


def _read_moho(sample: Sample, rate: Fraction) -> CueSheet:
    """Read switch data, whose mouths are Rhubarb's letters or Preston Blair's names."""
    starts = []
    for line in sample.read_text(_MOST).splitlines()[1:]:
        match = re.fullmatch(r"\s*(\d{1,9})\s+(\S+)\s*", line, re.ASCII)
        if match is None:
            sample.refuse(f"has no frame and mouth in {line!r:.40}")
        starts.append(((int(match[1]) - 1) / rate, match[2]))
    if not {mouth for _, mouth in starts} <= RHUBARB.keys():
        starts = [(time, PRESTON_BLAIR.get(mouth, mouth)) for time, mouth in starts]
    return _from_starts(starts, sample)


def _from_starts(starts: list[tuple[Fraction, str]], sample: Sample) -> CueSheet:
    """Make cues that each last until the next; the last line marks the end."""
    spans = [
        Span(start, end, _viseme(shape, sample)) for (start, shape), (end, _) in pairwise(starts)
    ]
    return _sheet(spans, starts[-1][0] if starts else Fraction(0), sample)


def _viseme(shape: Any, sample: Sample) -> str:
    if not isinstance(shape, str) or shape not in RHUBARB:
        sample.refuse(
            f"has a mouth shape {shape!r:.20}", hint=f"Rhubarb's shapes: {', '.join(RHUBARB)}"
        )
    return RHUBARB[shape]


def _is_rhubarb_json(sample: Sample) -> bool:
    return "mouthCues" in sample.keys


def _read_json(sample: Sample, _: Fraction) -> CueSheet:
    cues = sample.document["mouthCues"]
    if not isinstance(cues, list) or not all(isinstance(cue, dict) for cue in cues):
        sample.refuse("has no list of cues in `mouthCues`")
    about = sample.document.get("metadata")
    duration = about.get("duration") if isinstance(about, dict) else None
    return _from_cues(
        [(c.get("start"), c.get("end"), c.get("value")) for c in cues], duration, sample
    )


def _is_rhubarb_xml(sample: Sample) -> bool:
    return b"<rhubarbResult" in sample.head


def _read_xml(sample: Sample, _: Fraction) -> CueSheet:
    from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
    from defusedxml.ElementTree import ParseError, fromstring  # type: ignore[import-untyped]

    try:
        root = fromstring(sample.read_text(_MOST), forbid_dtd=True)
    except DefusedXmlException as error:
        sample.refuse(f"is XML with declarations that are not followed: {error}")
    except (ParseError, ValueError) as error:
        sample.refuse(f"is no valid XML: {error}")
    cues = [(cue.get("start"), cue.get("end"), cue.text) for cue in root.iter("mouthCue")]
    return _from_cues(cues, root.findtext("metadata/duration"), sample)


def _from_cues(cues: Iterable[tuple[Any, Any, Any]], duration: Any, sample: Sample) -> CueSheet:
    spans = [
        Span(decimal_seconds(start, sample), decimal_seconds(end, sample), _viseme(shape, sample))
        for start, end, shape in cues
    ]
    length = decimal_seconds(duration, sample) if duration is not None else Fraction(0)
    return _sheet(spans, length, sample)


def _is_alignment(sample: Sample) -> bool:
    words = sample.document.get("w") if {"t", "w", "d"} <= sample.keys else None
    return isinstance(words, list) and any(isinstance(w, dict) and "w" in w for w in words)


def _read_phones(sample: Sample, _: Fraction) -> CueSheet:
    """Read words of phones: `b` is a begin and `d` a duration in seconds, `t` a text."""
    phones, labels = list[Phone](), list[Label]()
    for word in sample.document["w"]:
        labels.append(_label(word, "words", sample))
        for item in _phones_of(word, sample):
            label = _label(item, "phones", sample)
            labels.append(label)
            phones += _sounded(label, phones, sample)
    spans = [Span(cue.start, cue.end, cue.viseme, cue.strength) for cue in cues_of(phones)]
    return _sheet(spans, _label(sample.document, "", sample).end, sample, labels)


def _sounded(label: Label, before: list[Phone], sample: Sample) -> Iterator[Phone]:
    """Yield the phone of a label, if it is one that lasts and no silence."""
    symbol = label.text.rstrip("012")
    if symbol not in PHONES and symbol not in _SILENT:
        sample.refuse(f"has a phone {label.text!r:.20} that is none of ARPAbet's")
    _expect_forward(label, before, sample)
    if symbol in PHONES and label.end > label.start:
        yield Phone(label.start, label.end, symbol)


def _phones_of(word: Mapping[str, Any], sample: Sample) -> list[Any]:
    phones = word.get("w") or []
    if not isinstance(phones, list):
        sample.refuse(f"has {phones!r:.20} where a word has its phones")
    return phones


def _label(item: Any, track: str, sample: Sample) -> Label:
    if not isinstance(item, Mapping):
        sample.refuse("has a word or phone that is no object")
    start = decimal_seconds(item.get("b"), sample)
    length = decimal_seconds(item.get("d"), sample)
    if length < 0:
        sample.refuse(f"has a word or phone of negative length at {float(start):g} s")
    text = re.sub(r"\(\d\)$", "", str(item.get("t")))  # "to(2)" is another way to say "to"
    return Label(track, start, start + length, text)


def _sheet(
    spans: list[Span], duration: Fraction, sample: Sample, labels: Iterable[Label] = ()
) -> CueSheet:
    """Check the cues, and put neighbours of one viseme together."""
    joined: list[Span] = []
    for span in spans:
        _expect_forward(span, joined, sample)
        if joined and joined[-1].end == span.start and joined[-1][2:] == span[2:]:
            span = span._replace(start=joined.pop().start)
        if span.end > span.start:
            joined.append(span)
    if not joined:
        sample.refuse("has no cues")
    visemes = [Label("visemes", span.start, span.end, span.viseme) for span in joined]
    kept = [label for label in labels if not label.text.startswith("<")]
    return CueSheet(tuple(joined), max(duration, joined[-1].end), (*kept, *visemes))


def _expect_forward(
    item: Span | Label, before: Sequence[Span] | Sequence[Phone], sample: Sample
) -> None:
    last = before[-1].end if before else Fraction(0)
    if item.start < last or item.end < item.start:
        sample.refuse(f"has cues that overlap or go back, at {float(item.start):.3f} s")


_READERS = (
    (_is_moho, _read_moho),
    (_is_tsv, _read_tsv),
    (_is_rhubarb_xml, _read_xml),
    (_is_rhubarb_json, _read_json),
    (_is_alignment, _read_phones),
)
