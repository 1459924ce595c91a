"""Read numbered pictures, PNG or OpenEXR, as the film that they are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, cast

from a1sdk.errors import ConfigError, DecodeError
from a1sdk.media.codecs import PICTURES, sequence_pattern
from a1sdk.media.depth import flatten, to_depth
from a1sdk.media.exr import read_exr
from a1sdk.media.facts import MediaInfo, VideoFacts
from a1sdk.media.reader import TimedFrame, VideoReader, open_video
from a1sdk.media.stills import read_still

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from a1sdk.components.data import Pixels

_NUMBERED = re.compile(r"(.*?)(\d{3,})", re.DOTALL | re.ASCII)
_FEWEST = 2  # pictures that make a film, where nobody says that they are one


def open_footage(path: Path, rate: Fraction | None = None) -> VideoReader | NumberedReader:
    """Open a film, or numbered pictures; use it in a `with` block.

    Args:
        path: a film, a pattern such as `shot.%04d.png`, or a folder with one such sequence in it.
        rate: frames per second of numbered pictures, which do not say themselves.

    Raises:
        ConfigError: the rate of numbered pictures is not known.
        DecodeError: it is no film, or pictures are missing from it.
    """
    if is_numbered(path):
        return NumberedReader(path, rate)
    if path.suffix.lower() in PICTURES and path.is_file():
        raise DecodeError(
            f"{str(path)!r} is one picture, not a film.",
            path=str(path),
            hint="name numbered pictures by their pattern, such as 'shot.%04d.png'",
        )
    return open_video(path)


def is_numbered(path: Path) -> bool:
    """Return whether a path means numbered pictures: it is a pattern of them, or a folder."""
    return sequence_pattern(path) is not None or path.is_dir()


def sequences_in(folder: Path) -> list[Path]:
    """Return the patterns of the numbered pictures that lie in a folder, by name.

    Pictures are numbered where at least three digits stand before their suffix, and where there is
    more than one of a name.
    """
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for path in folder.iterdir():
        name = _NUMBERED.fullmatch(path.stem) if path.suffix.lower() in PICTURES else None
        if name is not None and not path.name.startswith("."):
            found[name[1], path.suffix].append(len(name[2]))
    return sorted(
        folder / f"{before}%0{min(digits)}d{suffix}"
        for (before, suffix), digits in found.items()
        if len(digits) >= _FEWEST
    )


def numbered_files(path: Path) -> list[Path]:
    """Return the pictures that a pattern, or a folder with one sequence in it, means, in order.

    Raises:
        ConfigError: the folder has several sequences.
        DecodeError: there are no such pictures, or one between them is missing.
    """
    pattern = path if sequence_pattern(path) is not None else _only_one_in(path)
    parts = sequence_pattern(pattern)
    assert parts is not None  # a pattern is one
    before, digits, after = parts
    named = re.compile(f"{re.escape(before)}(\\d{{{digits},}}){re.escape(after)}", re.ASCII)
    folder = pattern.parent
    names = [one.name for one in folder.iterdir()] if folder.is_dir() else []
    matches = map(named.fullmatch, names)
    found = {int(match[1]): folder / match[0] for match in matches if match is not None}
    if not found:
        raise DecodeError(f"There are no pictures called {str(pattern)!r}.", path=str(pattern))
    first = min(found)
    missing = next((n for n in range(first, first + len(found)) if n not in found), None)
    if missing is not None:
        name = f"{before}{missing:0{digits}}{after}"
        raise DecodeError(
            f"{str(folder / name)!r} is missing between the pictures of its sequence.",
            path=str(folder / name),
            hint="copy or render it again",
        )
    return [found[number] for number in sorted(found)]


def _only_one_in(folder: Path) -> Path:
    patterns = sequences_in(folder)
    if len(patterns) > 1:
        names = ", ".join(repr(one.name) for one in patterns)
        raise ConfigError(
            f"The folder {str(folder)!r} has several sequences of pictures: {names}.",
            hint="name one of them",
        )
    if not patterns:
        raise DecodeError(f"The folder {str(folder)!r} has no numbered pictures.", path=str(folder))
    return patterns[0]


class NumberedReader:
    """Numbered pictures, read as `VideoReader` reads a film: RGB uint8, laid over black, or RGBA.

    Attributes:
        media: facts of the pictures, as of one file.
        info: facts of them, as of a picture stream.
    """

    media: MediaInfo
    info: VideoFacts

    def __init__(self, path: Path, rate: Fraction | None) -> None:
        """Look which pictures there are, and read the first.

        Raises:
            ConfigError: the rate is not known.
            DecodeError: there are none, one is missing, or the first cannot be read.
        """
        self.path, self._files = path, numbered_files(path)
        if rate is None:
            raise ConfigError(
                f"How many frames per second the pictures {str(path)!r} are shown at is not known.",
                hint="say so with --rate, such as --rate 24",
            )
        first = _read(self._files[0])
        height, width, channels = first.shape
        name = self._files[0].suffix.lower().removeprefix(".")
        self.info = VideoFacts(
            codec=name,
            width=width,
            height=height,
            rate=rate,
            vfr=False,
            start=Fraction(0),
            duration=len(self._files) / rate,
            count=len(self._files),
            depth=first.itemsize * 8,
            alpha=channels == 4,
        )
        self.media = MediaInfo(path=path, kind="video", container=name, video=self.info)

    def __enter__(self) -> NumberedReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def count(self) -> int:
        """Return how many pictures there are."""
        return len(self._files)

    def frames(self, *, alpha: bool = False) -> Iterator[TimedFrame]:
        """Yield every picture once, in order.

        Args:
            alpha: whether pictures are RGBA, with straight alpha, where they have it.

        Raises:
            DecodeError: one cannot be read, or has another size than the first.
        """
        return (self.frame_at(index, alpha=alpha) for index in range(self.count()))

    def frame_at(self, index: int, *, alpha: bool = False) -> TimedFrame:
        """Return the picture number `index`, 0-based; see `frames`.

        Raises:
            DecodeError: it cannot be read, or has another size than the first.
        """
        path = self._files[index]
        whole = to_depth(_read(path), 8)
        pixels = whole if alpha else flatten(whole)
        size = pixels.shape[1], pixels.shape[0]
        if size != (self.info.width, self.info.height):
            raise DecodeError(
                f"{str(path)!r} has {size[0]}x{size[1]} pixels, and {self._files[0].name!r}"
                f" {self.info.width}x{self.info.height}.",
                path=str(path),
            )
        eight = cast("npt.NDArray[np.uint8]", pixels)
        return TimedFrame(index, index / self.info.rate, eight, size)

    def read(self, time: Fraction) -> TimedFrame:
        """Return the picture shown `time` seconds after the first began, see `frame_at`."""
        return self.frame_at(self.number_at(time))

    def still(self, time: Fraction) -> npt.NDArray[np.uint8]:
        """Return the picture that `read` returns for a time; RGBA where the pictures have alpha."""
        return self.frame_at(self.number_at(time), alpha=True).pixels

    def number_at(self, time: Fraction) -> int:
        """Return the number of the picture that `read` returns for a time."""
        return min(max(0, floor(time * self.info.rate)), self.count() - 1)


def _read(path: Path) -> Pixels:
    return read_exr(path) if path.suffix.lower() == ".exr" else read_still(path).pixels
