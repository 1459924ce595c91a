"""Say what a media file is, going by its content and never by its name."""

from __future__ import annotations

import contextlib
import re
from fractions import Fraction
from itertools import islice
from pathlib import Path

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from a1sdk.errors import DecodeError
from a1sdk.media.color import color_of
from a1sdk.media.container import audio_stream, open_container, video_stream
from a1sdk.media.facts import AudioFacts, MediaInfo, VideoFacts
from a1sdk.media.index import PictureIndex, read_index
from a1sdk.media.stills import is_still, still_facts

MAX_VIDEO_PIXELS = 8192 * 8192
_MAX_SIDE = 16384
_TRIES = 600  # packets
_MICROSECOND = Fraction(1, 1_000_000)
_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")


def probe(path: Path | str) -> MediaInfo:
    """Return the facts of a film, a sound file or a picture.

    Reads the times of all pictures of a film, and decodes the first.

    Raises:
        DecodeError: the file is missing, damaged, too large, or none of the three.
    """
    if is_still(path):
        facts = still_facts(path)
        return MediaInfo(path=Path(path), kind="still", container=facts.format, still=facts)
    with open_container(path) as container:
        if video_stream(container) is None:
            return _sound(container, path)
    return inspect_film(path)[0]


def inspect_film(path: Path | str) -> tuple[MediaInfo, PictureIndex]:
    """Return the facts of a film and the times of its pictures.

    Raises:
        DecodeError: as `probe`; also when the file holds no film.
    """
    if is_still(path):
        raise DecodeError(
            f"{str(path)!r} is a picture, not a film.", path=str(path), hint="give a video file"
        )
    with open_container(path) as container:
        stream = _film_stream(container, path)
        picture = _first_picture(container, stream, path)
    with open_container(path) as container:  # decoding has moved it, and not all formats seek
        stream = _film_stream(container, path)
        index = read_index(container, stream, path)
        info = MediaInfo(
            path=Path(path),
            kind="video",
            container=container.format.name,
            video=_video_facts(stream, picture, index, path),
            audio=_audio_facts(container),
            timecode=_timecode(container),
        )
    return info, index


def _sound(container: InputContainer, path: Path | str) -> MediaInfo:
    audio = _audio_facts(container)
    if audio is None:
        raise DecodeError(f"{str(path)!r} holds neither pictures nor sound.", path=str(path))
    return MediaInfo(path=Path(path), kind="audio", container=container.format.name, audio=audio)


def _film_stream(container: InputContainer, path: Path | str) -> VideoStream:
    stream = video_stream(container)
    if stream is None:
        raise DecodeError(
            f"{str(path)!r} holds sound but no pictures.",
            path=str(path),
            hint="give a video file that shows a face",
        )
    if stream.width * stream.height > MAX_VIDEO_PIXELS:
        raise DecodeError(
            f"{str(path)!r} is {stream.width}x{stream.height} pixels, more than can be read.",
            path=str(path),
            hint="scale it down first: ffmpeg -i INPUT -vf scale=3840:-2 OUTPUT.mp4",
        )
    return stream


def _first_picture(container: InputContainer, stream: VideoStream, path: Path | str) -> VideoFrame:
    """Return the first picture that decodes: film cut out of a longer one may begin with others."""
    try:
        for packet in islice(container.demux(stream), _TRIES):
            with contextlib.suppress(FFmpegError):
                for frame in packet.decode():
                    return frame
    except FFmpegError:
        pass  # the file ends here
    raise DecodeError(
        f"{str(path)!r} is damaged: not one picture at its start can be decoded.",
        path=str(path),
        hint="copy or export it again",
    )


def _video_facts(
    stream: VideoStream, picture: VideoFrame, index: PictureIndex, path: Path | str
) -> VideoFacts:
    rotation = round(-picture.rotation / 90) % 4 * 90
    width, height = _shown_size(stream, picture, rotation, path)
    components = picture.format.components
    return VideoFacts(
        codec=stream.codec_context.codec.canonical_name,
        width=width,
        height=height,
        rate=index.rate,
        vfr=index.pace is None,
        start=index.start,
        duration=index.duration,
        count=None if index.damaged else len(index.pts),
        rotation=rotation,
        interlaced=picture.interlaced_frame,
        depth=max(component.bits for component in components),
        alpha=any(component.is_alpha for component in components)
        or stream.metadata.get("alpha_mode") == "1",  # VP9 keeps it beside the picture
        color=color_of(picture),
    )


def _shown_size(
    stream: VideoStream, picture: VideoFrame, rotation: int, path: Path | str
) -> tuple[int, int]:
    """Return width and height with square pixels: the stored height is kept."""
    aspect = Fraction(stream.sample_aspect_ratio or 1)
    width, height = round(picture.width * aspect), picture.height
    if not 1 <= width <= _MAX_SIDE or width * height > MAX_VIDEO_PIXELS:
        raise DecodeError(
            f"{str(path)!r} claims pixels {float(aspect):g} times as wide as high.",
            path=str(path),
            hint="write it again with square pixels: ffmpeg -i INPUT -vf setsar=1 OUTPUT.mp4",
        )
    return (height, width) if rotation in (90, 270) else (width, height)


def _audio_facts(container: InputContainer) -> AudioFacts | None:
    stream = audio_stream(container)
    if stream is None:
        return None
    context = stream.codec_context
    base = Fraction(stream.time_base or 1)
    return AudioFacts(
        codec=context.codec.canonical_name,
        sample_rate=context.sample_rate,
        channels=context.layout.nb_channels,
        start=(stream.start_time or 0) * base,
        duration=_audio_duration(container, stream),
    )


def _audio_duration(container: InputContainer, stream: AudioStream) -> Fraction:
    if stream.duration:
        return stream.duration * Fraction(stream.time_base or 1)
    tagged = _CLOCK.fullmatch(stream.metadata.get("DURATION", ""))
    if tagged is not None:  # Matroska
        hours, minutes, seconds = tagged.groups()
        end = (int(hours) * 60 + int(minutes)) * 60 + Fraction(seconds)
        return end - (stream.start_time or 0) * Fraction(stream.time_base or 1)
    return (container.duration or 0) * _MICROSECOND


def _timecode(container: InputContainer) -> str | None:
    for place in (container, *container.streams):
        for key, value in place.metadata.items():
            if key.lower() == "timecode":
                return str(value)
    return None
