"""Open a writer for whatever a file name means."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from a1sdk.errors import ConfigError, StorageError
from a1sdk.media.codecs import CODECS, Codec, codec_for
from a1sdk.media.film import FilmWriter
from a1sdk.media.output import PictureFormat, VideoWriter
from a1sdk.media.sequence import SequenceWriter

if TYPE_CHECKING:
    from a1sdk.media.audio import AudioSource
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
    audio: AudioSource | None = None,
    timecode: Timecode | str | None = None,
    threads: int = 0,
) -> VideoWriter:
    """Return a writer for a film or a picture sequence; use it in a `with` block.

    The output gets its name when the block succeeds; until then, and if it does not, there is
    only a hidden temporary beside it, which is removed. Where a codec needs even sizes, odd ones
    grow by one pixel that repeats the edge. Sequences carry neither sound nor timecode.

    Args:
        path: `.mp4`, `.mov`, `.mkv`, `.webm`, a folder, or a pattern such as `shot.%04d.png`.
        rate: frames per second.
        width: of the pictures, in pixels.
        height: of the pictures, in pixels.
        alpha: whether pictures are RGBA, and their alpha is written.
        depth: bits per channel of the pictures handed in, 8 or 16.
        codec: name in `CODECS`; by the suffix if absent.
        audio: sound to carry over.
        timecode: label of the first frame, `HH:MM:SS:FF`.
        threads: how many threads encode; 0 for as many as there are cores.

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
        return SequenceWriter(path, picture)
    if path.is_dir():
        raise StorageError(f"{str(path)!r} is a folder.", hint="choose another name")
    label = None if timecode is None else str(timecode)
    return FilmWriter(path, picture, chosen, rate, audio, label, threads)


def _check_fit(codec: Codec, *, alpha: bool, depth: int) -> None:
    if (alpha, depth) not in codec.formats:
        what = f"{depth}-bit pictures" + (" with alpha" if alpha else "")
        fitting = [one.name for one in CODECS.values() if (alpha, depth) in one.formats]
        raise ConfigError(
            f"Codec {codec.name!r} cannot keep {what}.", hint=f"use {' or '.join(fitting)}"
        )
