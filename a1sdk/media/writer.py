"""Open a writer for whatever a file name means."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from a1sdk.errors import ConfigError, EncodeError, StorageError
from a1sdk.media.codecs import CODECS, MXF_RATES, Codec, codec_for
from a1sdk.media.film import FilmWriter
from a1sdk.media.output import PictureFormat, VideoWriter
from a1sdk.media.sequence import SequenceWriter

if TYPE_CHECKING:
    from a1sdk.media.montage import Audio
    from a1sdk.timing import Timecode


def open_writer(
    path: Path | str,
    *,
    rate: Fraction,
    width: int,
    height: int,
    alpha: bool = False,
    depth: int = 8,
    codec: str | None = None,
    audio: Audio | None = None,
    timecode: Timecode | str | None = None,
) -> VideoWriter:
    """Return a writer for a film or a picture sequence; use it in a `with` block.

    The output gets its name when the block succeeds; until then, and if it does not, there is
    only a hidden temporary beside it, which is removed. Where a codec needs even sizes, odd ones
    grow by one pixel that repeats the edge. Sequences carry neither sound nor timecode.

    Args:
        path: `.mp4`, `.mov`, `.mxf`, `.mkv`, `.webm`, a folder, or a pattern such as
            `shot.%04d.png` or `shot.%04d.exr`.
        rate: frames per second.
        width: of the pictures, in pixels.
        height: of the pictures, in pixels.
        alpha: whether pictures are RGBA, and their alpha is written.
        depth: bits per channel of the pictures handed in, 8 or 16.
        codec: name in `CODECS`; by the suffix if absent.
        audio: sound to carry over.
        timecode: label of the first frame, `HH:MM:SS:FF`.

    Raises:
        ConfigError: the codec does not fit the name, or cannot keep alpha or depth.
        StorageError: the folder is missing or not writable.
        EncodeError: the encoder refuses the size or the rate.
        DecodeError: the sound cannot be read.
    """
    path = Path(path)
    chosen = codec_for(path, codec)
    _check_fit(chosen, alpha=alpha, depth=depth)
    folder = path.absolute().parent
    if not folder.is_dir():
        raise StorageError(
            f"The folder of {str(path)!r} does not exist.", hint=f"mkdir -p '{folder}'"
        )
    picture = PictureFormat(width, height, alpha, depth)
    if chosen.sequence:
        return SequenceWriter(path, picture, chosen)
    if path.is_dir():
        raise StorageError(f"{str(path)!r} is a folder.", hint="choose another name")
    _check_size_and_rate(path, chosen, picture, rate)
    label = None if timecode is None else str(timecode)
    return FilmWriter(path, picture, chosen, rate, audio, label)


def _check_fit(codec: Codec, *, alpha: bool, depth: int) -> None:
    if (alpha, depth) not in codec.formats:
        what = f"{depth}-bit pictures" + (" with alpha" if alpha else "")
        fitting = [one.name for one in CODECS.values() if (alpha, depth) in one.formats]
        raise ConfigError(
            f"Codec {codec.name!r} cannot keep {what}.", hint=f"use {' or '.join(fitting)}"
        )


def _check_size_and_rate(path: Path, codec: Codec, picture: PictureFormat, rate: Fraction) -> None:
    """Refuse what the encoder would refuse without a reason."""
    width, height = codec.smallest
    if picture.width < width or picture.height < height:
        raise EncodeError(
            f"{codec.name} has pictures of at least {width}x{height}, and these have"
            f" {picture.width}x{picture.height}.",
            path=str(path),
            hint="deliver a larger picture, or use another codec",
        )
    if path.suffix.lower() == ".mxf" and rate not in MXF_RATES:
        raise EncodeError(
            f"A film in MXF cannot have {rate} frames per second.",
            path=str(path),
            hint=f"write {path.with_suffix('.mov').name!r}, or at another rate",
        )
