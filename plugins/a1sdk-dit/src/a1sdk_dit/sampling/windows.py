"""Windows: the pictures that are denoised together, read from a stream of landmark pictures."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, count, islice, repeat
from typing import TYPE_CHECKING

import numpy as np

from a1sdk_dit.sampling.vae import encode_pictures

if TYPE_CHECKING:
    import torch
    from diffusers import AutoencoderKLCogVideoX

    from a1sdk_dit.model.geometry import Geometry
    from a1sdk_dit.sampling.turns import Turn
    from a1sdk_dit.sampling.vae import Picture


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """One window of a clip.

    Attributes:
        number: from 0.
        control: latents of its landmark pictures, [1, F, 16, h, w].
        new: how many pictures it adds to those of the windows before.
    """

    number: int
    control: torch.Tensor
    new: int


def read_windows(
    controls: Iterable[Picture],
    reference: Picture,
    encoder: AutoencoderKLCogVideoX,
    geometry: Geometry,
    turn: Turn | None = None,
) -> Iterator[Window]:
    """Yield the windows of a clip; landmark pictures are taken and encoded as each is asked for.

    Every window starts with the reference. After it come the last pictures of the window before,
    then new ones; where these end, the last is repeated.

    Args:
        controls: landmark pictures, one per picture of the clip.
        reference: landmark picture of the portrait.
        encoder: encodes them.
        geometry: sizes of a window.
        turn: is taken whenever the encoder works, and not while landmark pictures are.

    Raises:
        ValueError: a picture has another size than the model's, or other numbers.
    """
    source = (_checked(picture, geometry) for picture in controls)
    reading = _Reading(source, _checked(reference, geometry), geometry)
    for number in count():
        first = next(source, None)
        if first is None:
            return
        control = encode_pictures(encoder, reading.window(first), turn)
        yield Window(number, control, reading.new)


class _Reading:
    """The landmark pictures of window after window.

    Attributes:
        new: how many of the last window's were new.
    """

    def __init__(self, source: Iterator[Picture], reference: Picture, geometry: Geometry) -> None:
        self._source = source
        self._reference = reference
        self._length = geometry.frames - 1
        self._recent: deque[Picture] = deque(maxlen=geometry.overlap)
        self.new = 0

    def window(self, first: Picture) -> Iterator[Picture]:
        """Yield the pictures of the next window, of whose new ones `first` is the first."""
        yield self._reference
        yield from tuple(self._recent)
        room, self.new = self._length - len(self._recent), 0
        for picture in chain([first], islice(self._source, room - 1)):
            self.new += 1
            self._recent.append(picture)
            yield picture
        yield from repeat(self._recent[-1], room - self.new)


def _checked(picture: Picture, geometry: Geometry) -> Picture:
    expected = (geometry.height, geometry.width, 3)
    if picture.shape != expected or picture.dtype != np.uint8:
        raise ValueError(
            f"A picture of the model is uint8 {expected}, not {picture.dtype} {picture.shape}."
        )
    return picture
