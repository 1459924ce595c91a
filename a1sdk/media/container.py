"""Open media files with FFmpeg, local ones only and only formats that are one file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from a1sdk.errors import DecodeError
from a1sdk.media.files import FILMS, PICTURES, begins_like, check_readable, url

# Demuxers that read the one file they are given. Those that follow names written inside a file
# (hls, dash, concat, sdp, image2 patterns, imf) are not here, so a disguised playlist is refused.
FORMATS = (
    "3g2,3gp,aac,ac3,aiff,amr,apng,asf,au,avi,caf,dnxhd,dv,eac3,flac,flv,gif,gxf,h261,h263,h264,"
    "hevc,ivf,m4a,m4v,matroska,mj2,mjpeg,mov,mp3,mp4,mpeg,mpegts,mpegvideo,mxf,nut,obu,ogg,tta,"
    "vc1,voc,w64,wav,webm,wv,yuv4mpegpipe"
)
_NOT_MEDIA = "convert it with: ffmpeg -i INPUT OUTPUT.mp4"


@contextlib.contextmanager
def open_container(path: Path | str) -> Iterator[InputContainer]:
    """Open a film or sound file by its content, whatever its name.

    Raises:
        DecodeError: not a readable local file, or no format this accepts.
    """
    check_readable(path)
    options = {"protocol_whitelist": "file", "format_whitelist": FORMATS}
    try:
        container = av.open(url(path), options=options, metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise _unreadable(path) from error
    with container:
        yield container


def _unreadable(path: Path | str) -> DecodeError:
    if begins_like(path, FILMS):
        return DecodeError(
            f"{str(path)!r} is a damaged or cut off film.",
            path=str(path),
            hint="copy or export it again",
        )
    if begins_like(path, PICTURES):
        return DecodeError(
            f"{str(path)!r} is a picture that cannot be read.",
            path=str(path),
            hint="copy or export it again",
        )
    return DecodeError(
        f"{str(path)!r} is no film or sound file that can be read.",
        path=str(path),
        hint=_NOT_MEDIA,
    )


def video_stream(container: InputContainer) -> VideoStream | None:
    """Return the picture stream to use: the first that can be decoded and is no cover art."""
    for stream in container.streams.video:
        if has_decoder(stream) and not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def audio_stream(container: InputContainer) -> AudioStream | None:
    """Return the sound stream to use: the first that can be decoded."""
    return next((stream for stream in container.streams.audio if has_decoder(stream)), None)


def has_decoder(stream: Stream) -> bool:
    """Return whether FFmpeg can decode a stream; its context is None where it cannot."""
    return getattr(stream, "codec_context", None) is not None
