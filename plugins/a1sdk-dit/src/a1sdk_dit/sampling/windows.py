"""Windows: the pictures that are denoised together, read from a stream of landmark pictures."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import TYPE_CHECKING

import numpy as np

from a1sdk_dit.sampling.vae import encode_pictures

if TYPE_CHECKING:
    import torch
    from diffusers import AutoencoderKLCogVideoX

    from a1sdk_dit.model.geometry import Geometry
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


def window_count(pictures: int, geometry: Geometry) -> int:
    """Return how many windows so many pictures take."""
    after_first = max(pictures - (geometry.frames - 1), 0)
    return -(-after_first // geometry.stride) + (pictures > 0)


def read_windows(
    controls: Iterable[Picture],
    reference: Picture,
    encoder: AutoencoderKLCogVideoX,
    geometry: Geometry,
) -> Iterator[Window]:
    """Yield the windows of a clip; landmark pictures are taken and encoded as each is asked for.

    Every window starts with the reference. After it come the last pictures of the window before,
    then new ones; where these end, the last is repeated.

    Args:
        controls: landmark pictures, one per picture of the clip.
        reference: landmark picture of the portrait.
        encoder: encodes them.
        geometry: sizes of a window.

    Raises:
        ValueError: a picture has another size than the model's, or other numbers.
    """
    source = (_checked(picture, geometry) for picture in controls)
    recent: deque[Picture] = deque(maxlen=geometry.overlap)
    for number in count():
        first = next(source, None)
        if first is None:
            return
        shared = tuple(recent)
        room = geometry.frames - 1 - len(shared)
        new = _Counted(chain([first], islice(source, room - 1)), recent)
        pictures = chain([_checked(reference, geometry)], shared, _padded(new, room))
        control = encode_pictures(encoder, pictures)
        yield Window(number, control, new.count)


class _Counted:
    """Counts pictures as they pass, and remembers the last ones."""

    def __init__(self, pictures: Iterable[Picture], recent: deque[Picture]) -> None:
        self._pictures = pictures
        self._recent = recent
        self.count = 0

    def __iter__(self) -> Iterator[Picture]:
        for picture in self._pictures:
            self.count += 1
            self._recent.append(picture)
            yield picture


def _padded(pictures: Iterable[Picture], length: int) -> Iterator[Picture]:
    """Yield pictures, and then the last one again until there are `length`."""
    missing = length
    for picture in pictures:
        missing -= 1
        yield picture
    for _ in range(missing):
        yield picture


def _checked(picture: Picture, geometry: Geometry) -> Picture:
    expected = (geometry.height, geometry.width, 3)
    if picture.shape != expected or picture.dtype != np.uint8:
        raise ValueError(
            f"A picture of the model is uint8 {expected}, not {picture.dtype} {picture.shape}."
        )
    return picture
