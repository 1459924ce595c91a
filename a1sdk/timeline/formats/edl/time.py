"""The frame rate of an edit decision list, which no list has in it, and times and speeds at it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from a1sdk.errors import DecodeError
from a1sdk.timeline.formats.edl.lines import Edit, Lines
from a1sdk.timeline.numbers import timecode_seconds
from a1sdk.timing import DROP_FRAME_RATES, as_rate

_USUAL = (24, 25, 30)
_BASES = (*_USUAL, 48, 50, 60, 72, 96, 100, 120)
_MARK = re.compile("[;,]")  # before the frames of drop-frame timecode; a comma is its first field
_ASKED = 2000  # events that are asked which rate they agree with; more agree no better
_STATED = re.compile(
    r"(?:FRAME ?RATE|FPS|TIME ?BASE)\s?[:=]?\s?(\d{2,3}(?:\.\d{1,3})?)"
    r"|(?<![\d.])(\d{2,3}(?:\.\d{1,3})?) ?(?:FPS|P)\b",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clock:
    """How timecode is counted.

    Attributes:
        rate: frames per second.
        drop_frame: whether labels written with colons are drop-frame.
    """

    rate: Fraction
    drop_frame: bool = False

    @property
    def base(self) -> int:
        """Frames counted in one timecode second."""
        return -(-self.rate.numerator // self.rate.denominator)

    @property
    def day(self) -> Fraction:
        """Seconds after which timecode begins again; at 23.976 fps it takes longer than a day."""
        return self.seconds("23:59:59:00") + self.seconds("00:00:01:00")

    def seconds(self, text: str) -> Fraction:
        """Return the seconds from zero to the frame that a timecode or a frame number names.

        Raises:
            DecodeError: there is no such frame at this rate.
        """
        if text.isdecimal():
            return int(text) / self.rate
        *most, frames = re.split("[:;.,]", text)
        mark = ";" if _MARK.search(text) or self.drop_frame else ":"
        return timecode_seconds(":".join(part.zfill(2) for part in most) + mark + frames, self.rate)


def seconds(clock: Clock, edit: Edit, time: str) -> Fraction:
    """Return the seconds from zero to a time of an event.

    Raises:
        DecodeError: there is no such frame; it says on which line.
    """
    try:
        return clock.seconds(time)
    except DecodeError as error:
        raise DecodeError(f"Line {edit.line}: {error}", hint=error.hint) from None


def find_clock(lines: Lines, rate: Fraction | None) -> tuple[Clock, str]:
    """Return how the record times are counted and, for a rate nobody gave, why it was taken.

    Raises:
        DecodeError: the times do not exist at `rate`, or at any rate.
    """
    marked = any(_MARK.search(time) for edit in lines.edits for time in edit.record)
    highest = _highest(time for edit in lines.edits for time in edit.record)
    if rate is not None:
        _check(rate, highest, marked)
        return Clock(rate, marked or (lines.drop_frame is True and rate in DROP_FRAME_RATES)), ""
    if marked or lines.drop_frame:
        rate = DROP_FRAME_RATES[highest >= 30]
        _check(rate, highest, marked)
        return Clock(rate, drop_frame=True), "its timecode is drop-frame"
    stated = _stated(lines.head)
    if stated is not None and highest < Clock(stated).base:
        return Clock(stated), "a comment in it says so"
    bases = [base for base in _USUAL if base > highest] or [_base(highest)]
    scores = {base: _agreement(lines.edits[:_ASKED], Clock(Fraction(base))) for base in bases}
    best = max(bases, key=lambda base: scores[base])
    rate = DROP_FRAME_RATES[0] if best == 30 and _has_drop_frame(lines) else Fraction(best)
    if len(set(scores.values())) > 1:
        return Clock(rate), "its source and record times then agree best"
    return Clock(rate), f"its highest frame number is {highest}"


def _has_drop_frame(lines: Lines) -> bool:
    """Tell whether a reel is drop-frame, so that 30 frames a second are really 29.97."""
    return any(edit.drop_frame or _MARK.search("".join(edit.source)) for edit in lines.edits)


def _agreement(edits: Sequence[Edit], clock: Clock) -> tuple[int, int, Fraction]:
    """Return how well source and record lengths agree: as many events, and `M2` speeds, as do.

    An event that crosses a second in one and not in the other has lengths that differ at every
    rate but its own. Some programs write one frame more of source, throughout: what counts is how
    many events have the difference that most have, and then how many have none.
    """
    differences: Counter[int] = Counter()
    unlike = Fraction(0)
    for edit in edits:
        try:
            source, record = (_frames(clock, times) for times in (edit.source, edit.record))
        except DecodeError:
            continue  # a reel with another rate, or none at this one
        if not edit.notes.speeds:
            differences[source - record] += source > 0
        elif len(edit.notes.speeds) == 1 and source > 1 and record > 1:
            unlike += abs(
                abs(stated_speed(edit.notes.speeds[0][1], clock)) - Fraction(source, record)
            )
    return max(differences.values(), default=0), differences[0], -unlike


def _frames(clock: Clock, times: tuple[str, str]) -> int:
    return int((clock.seconds(times[1]) - clock.seconds(times[0])) * clock.rate)


class SourceClocks:
    """How the source times of a list are counted, reel by reel.

    Where a list writes drop-frame timecode with a semicolon, colons are not; else an `FCM` line
    says it of the events after it, unless the rate of the list makes it untrue.
    """

    def __init__(self, lines: Lines, record: Clock) -> None:
        times = (time for edit in lines.edits for time in edit.source + edit.record)
        untrue = lines.drop_frame and not record.drop_frame
        self._declared = not untrue and not any(map(_MARK.search, times))
        self._record = record

    def of(self, edits: Sequence[Edit]) -> Clock:
        """Return how one reel's times are counted: as the record's, unless its frames go higher.

        Raises:
            DecodeError: there is no such rate.
        """
        highest = _highest(time for edit in edits for time in edit.source)
        drop_frame = any(map(self._is_drop_frame, edits))
        rate = self._record.rate
        if highest < self._record.base and (not drop_frame or rate in DROP_FRAME_RATES):
            return Clock(rate, drop_frame)
        if drop_frame:
            return Clock(DROP_FRAME_RATES[highest >= 30], drop_frame)
        base = _base(highest)
        ntsc = rate.denominator == 1001 and base in (30, 48, 60, 120)
        return Clock(Fraction(base * 1000, 1001) if ntsc else Fraction(base))

    def _is_drop_frame(self, edit: Edit) -> bool:
        return bool(_MARK.search("".join(edit.source)) or (self._declared and edit.drop_frame))


def _highest(times: Iterable[str]) -> int:
    # Timecodes have ten characters or more, frame numbers at most nine.
    return max(
        (int(re.split("[:;.,]", time)[-1]) for time in times if ":" in _plain(time)), default=0
    )


def _plain(time: str) -> str:
    return re.sub("[;.,]", ":", time)


def _base(highest: int) -> int:
    base = next((base for base in _BASES if base > highest), None)
    if base is None:
        raise DecodeError(
            f"It has a frame {highest} in a timecode, which no usual rate has.",
            hint="give its frame rate with --rate",
        )
    return base


def _check(rate: Fraction, highest: int, marked: bool) -> None:
    if highest >= Clock(rate).base:
        raise DecodeError(
            f"It has a frame {highest} in a timecode, which does not exist at {rate} fps.",
            hint=f"its rate is {_base(highest)} or above",
        )
    if marked and rate not in DROP_FRAME_RATES:
        raise DecodeError(
            f"Its timecode is drop-frame, which does not exist at {rate} fps.",
            hint="give --rate 29.97, or 59.94",
        )


def _stated(head: Iterable[str]) -> Fraction | None:
    found = (_STATED.search(line) for line in head)
    text = next((match[1] or match[2] for match in found if match), None)
    rate = as_rate(text) if text and float(text) > 0 else None
    return rate if rate and Clock(rate).base in _BASES else None


def stated_speed(text: str, clock: Clock) -> Fraction:
    """Return the speed that `M2` gives in frames per second; negative is reverse."""
    value = abs(Fraction(text))
    rate = as_rate(value) if 1 <= value <= 1000 else value
    speed = rate / clock.rate if rate.denominator == 1001 else value / clock.base
    return -speed if text.startswith("-") else speed


def implied_speed(source: Fraction, record: Fraction) -> Fraction:
    """Return the plainest speed at which `record` frames show `source` frames, one give or take."""
    ratio = source / record
    for denominator in range(1, 1000):
        speed = Fraction(round(ratio * denominator), denominator)
        if speed > 0 and abs(speed - ratio) <= 1 / record:
            return speed
    return ratio
