"""Make `examples/cut.otio`, a small cut of five shots, as an editing program would write it.

    python tools/make_example_cut.py

A driver at another rate than the cut's, one at half speed, a voice, keys, a dissolve, and a nested
sequence whose driver is played backwards.
"""

from __future__ import annotations

from pathlib import Path

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange
from opentimelineio.schema import (
    Clip,
    ExternalReference,
    Gap,
    LinearTimeWarp,
    Marker,
    Stack,
    Timeline,
    Track,
    Transition,
)

RATE = 24.0
EXAMPLES = Path(__file__).parents[1] / "examples"


def span(start: float, frames: float, rate: float = RATE) -> TimeRange:
    """Return a range of frames."""
    return TimeRange(RationalTime(start, rate), RationalTime(frames, rate))


def portrait(frames: int, note: str) -> Clip:
    """Return a still that lasts some frames, with a note for a1sdk on it."""
    still = ExternalReference("media/portrait.png", available_range=span(0, 1))
    clip = Clip("portrait.png", still, span(0, frames))
    clip.markers.append(Marker("A1", marked_range=span(0, 1), comment=note))
    return clip


def driver(start: int, frames: int, speed: float = 1.0) -> Clip:
    """Return a driver that lasts some frames of the cut, from one of its own on."""
    film = ExternalReference("media/driver.mp4", available_range=span(0, 160, 25))
    clip = Clip("driver.mp4", film, TimeRange(RationalTime(start, 25), RationalTime(frames, RATE)))
    if speed != 1:
        clip.effects.append(LinearTimeWarp(name=f"{speed:g}x", time_scalar=speed))
    return clip


def backwards() -> Stack:
    """Return a sequence of its own: one shot, whose driver is reversed."""
    return Stack(
        "glance back",
        children=[
            Track("A1 DRIVE", [driver(60, 60, -1.0)]),
            Track("A1 PORTRAIT", [portrait(60, "sh050 | head=0.8")]),
        ],
        source_range=span(6, 48),
    )


def cut() -> Timeline:
    """Return the cut."""
    timeline = Timeline("Portrait speaks", global_start_time=RationalTime(86400, RATE))
    dissolve = Transition(
        transition_type="SMPTE_Dissolve",
        in_offset=RationalTime(6, RATE),
        out_offset=RationalTime(6, RATE),
    )
    voice = ExternalReference("media/voice.flac", available_range=span(0, 100320, 16000))
    timeline.tracks.extend(
        [
            Track("A1 DRIVE", [driver(10, 60), driver(40, 60, 0.5)]),
            Track(
                "A1 PORTRAIT",
                [
                    portrait(60, "sh010"),
                    dissolve,
                    portrait(60, "sh020 | expr=1.2"),
                    portrait(150, "sh030"),
                    portrait(60, "sh040 | keys=beat.json"),
                    backwards(),
                ],
            ),
            Track(
                "A1 VOICE",
                [Gap(duration=RationalTime(120, RATE)), Clip("voice", voice, span(0, 150))],
                kind="Audio",
            ),
        ]
    )
    return timeline


def main() -> None:
    """Write the cut."""
    otio.adapters.write_to_file(cut(), str(EXAMPLES / "cut.otio"), adapter_name="otio_json")


if __name__ == "__main__":
    main()
