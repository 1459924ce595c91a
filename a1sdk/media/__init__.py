"""Read and write films, pictures and sound: exact frames, exact time, converted color."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a1sdk.lazy import lazily

if TYPE_CHECKING:
    from a1sdk.media.audio import AudioSource as AudioSource
    from a1sdk.media.codecs import CODECS as CODECS
    from a1sdk.media.codecs import Codec as Codec
    from a1sdk.media.codecs import codec_for as codec_for
    from a1sdk.media.contract import verify as verify
    from a1sdk.media.facts import AudioFacts as AudioFacts
    from a1sdk.media.facts import Color as Color
    from a1sdk.media.facts import MediaInfo as MediaInfo
    from a1sdk.media.facts import StillFacts as StillFacts
    from a1sdk.media.facts import VideoFacts as VideoFacts
    from a1sdk.media.files import same_file as same_file
    from a1sdk.media.files import sha256 as sha256
    from a1sdk.media.montage import Audio as Audio
    from a1sdk.media.montage import AudioMontage as AudioMontage
    from a1sdk.media.numbered import NumberedReader as NumberedReader
    from a1sdk.media.numbered import open_footage as open_footage
    from a1sdk.media.output import VideoWriter as VideoWriter
    from a1sdk.media.probing import probe as probe
    from a1sdk.media.reader import TimedFrame as TimedFrame
    from a1sdk.media.reader import VideoReader as VideoReader
    from a1sdk.media.reader import at_rate as at_rate
    from a1sdk.media.reader import open_video as open_video
    from a1sdk.media.stills import Still as Still
    from a1sdk.media.stills import read_still as read_still
    from a1sdk.media.stills import write_still as write_still
    from a1sdk.media.writer import open_writer as open_writer

_LAZY = {
    "Audio": "montage",
    "AudioFacts": "facts",
    "AudioMontage": "montage",
    "AudioSource": "audio",
    "CODECS": "codecs",
    "Codec": "codecs",
    "Color": "facts",
    "MediaInfo": "facts",
    "NumberedReader": "numbered",
    "Still": "stills",
    "StillFacts": "facts",
    "TimedFrame": "reader",
    "VideoFacts": "facts",
    "VideoReader": "reader",
    "VideoWriter": "output",
    "at_rate": "reader",
    "codec_for": "codecs",
    "open_footage": "numbered",
    "open_video": "reader",
    "open_writer": "writer",
    "probe": "probing",
    "read_still": "stills",
    "same_file": "files",
    "sha256": "files",
    "verify": "contract",
    "write_still": "stills",
}

__getattr__, __dir__ = lazily(
    __name__, {name: f"{__name__}.{module}" for name, module in _LAZY.items()}
)
