"""What film writers and sequence writers have in common."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from av.error import FFmpegError

from a1sdk.errors import EncodeError
from a1sdk.media.files import write_error

if TYPE_CHECKING:
    from a1sdk.components.data import Pixels


@dataclass(frozen=True, slots=True)
class PictureFormat:
    """What every picture of a film looks like."""

    width: int
    height: int
    alpha: bool = False
    depth: int = 8

    def check(self, pixels: Pixels, path: Path) -> None:
        """Raise `EncodeError` unless `pixels` are of this format."""
        shape = (self.height, self.width, 4 if self.alpha else 3)
        if pixels.shape != shape or pixels.dtype != f"uint{self.depth}":
            raise EncodeError(
                f"A picture of {pixels.dtype} {pixels.shape} cannot go into {str(path)!r},"
                f" which holds uint{self.depth} {shape}.",
                path=str(path),
            )


class VideoWriter(ABC):
    """Takes pictures in order; what is written appears under its name when the block succeeds.

    Attributes:
        path: where the result will be.
        count: how many pictures were written.
        size: width and height of the result; odd sides grow by one where the codec needs that.
        sound_peak: largest sample of sounds that were mixed, before they were limited to full
            scale, which is 1; None where none are, and until the block has ended.
    """

    def __init__(self, path: Path, picture: PictureFormat) -> None:
        self.path, self.picture = path, picture
        self.count = 0
        self.size = picture.width, picture.height
        self.sound_peak: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.abort()
            return
        try:
            self.finish()
        except BaseException:
            self.abort()
            raise

    def write(self, pixels: Pixels) -> None:
        """Add a picture: RGB or RGBA [height, width, 3 or 4] of the depth announced.

        It is encoded in the calling thread, and not kept.

        Raises:
            EncodeError: the picture has another shape or type, or cannot be encoded.
            StorageError: no space, no permission.
        """
        self.picture.check(pixels, self.path)
        self._write(pixels)
        self.count += 1

    @abstractmethod
    def _write(self, pixels: Pixels) -> None: ...

    @abstractmethod
    def finish(self) -> None:
        """Complete the output and give it its name; called at the end of the `with` block."""

    @abstractmethod
    def abort(self) -> None:
        """Remove what was written. Safe to call twice."""

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """Raise what the system or the encoder raises as errors of ours."""
        try:
            yield
        except OSError as error:
            raise write_error(self.path, error) from error
        except (FFmpegError, ValueError) as error:
            raise EncodeError(
                f"{str(self.path)!r} cannot be encoded: {error}.", path=str(self.path)
            ) from error
