"""The control pictures that the released video script would make of one's own landmarks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy.typing as npt

from a1sdk_dit.conditioning.drawing import Picture, draw_frame, draw_reference
from a1sdk_dit.conditioning.topology import FRAME, LEFT_PUPIL, NOSE_TIP, RIGHT_PUPIL
from a1sdk_dit.reference.frames import control_list, frame_table

_SPOKEN = {RIGHT_PUPIL: (10, 200, 180), LEFT_PUPIL: (180, 200, 10), NOSE_TIP: (255, 255, 255)}

AUDIO_FRAME = replace(
    FRAME, markers=tuple(replace(marker, color=_SPOKEN[marker.point]) for marker in FRAME.markers)
)
"""Style of the released audio script's frames, whose pupils have the colours of the eyes."""


def control_pictures(
    portrait: npt.NDArray[Any], frames: npt.NDArray[Any], rate: Fraction, height: int, width: int
) -> Iterator[Picture]:
    """Yield the 49 control pictures of one window, as the released video script orders them.

    Its first one shows the portrait at rest; the film starts with the third.

    Args:
        portrait: landmarks of the portrait, [478, 2 or more], pixels of the model's picture.
        frames: landmarks that drive it, at their own rate, [n, 478, 2 or more].
        rate: frames per second of those.
        height: of the model's picture.
        width: of the model's picture.

    Raises:
        ConfigError: there are no frames.
    """
    yield draw_reference(portrait, height, width)
    for number in control_list(frame_table(len(frames), rate)):
        yield draw_frame(frames[number], height, width)
