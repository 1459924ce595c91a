"""The codecs films can be written with, and which one a file name means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from a1sdk.errors import ConfigError

SEQUENCE_START = 1001
"""Number of the first file of a picture sequence, as VFX does it."""

MXF_RATES = frozenset(
    Fraction(base * 1000, divisor)
    for base, divisor in [
        *((base, 1000) for base in (24, 25, 30, 48, 50, 60, 72, 90, 96, 100, 120)),
        *((base, 1001) for base in (24, 30, 48, 60, 120)),
    ]
)
"""Frames per second that films in MXF can have; FFmpeg writes no others."""

_PATTERN = re.compile(r"(.*)%0(\d)d(.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """A way to write films.

    Attributes:
        encoder: FFmpeg's name of what encodes it.
        suffixes: containers it goes into; the empty suffix is a folder of numbered files.
        formats: FFmpeg's pixel format for (alpha, bits per channel of the pictures handed in).
        gpl: whether the encoder is under the GPL.
        audio: encoder of the sound, by container.
        lossless: whether RGB pictures come back bit by bit.
        tag: four letters that QuickTime knows it by, where FFmpeg's own choice is another.
        smallest: width and height that pictures have at least.
        threads: how many encode, whatever the machine has, where the number changes the result; 0
            for as many as there are cores.
    """

    name: str
    summary: str
    encoder: str
    suffixes: tuple[str, ...]
    formats: Mapping[tuple[bool, int], str]
    gpl: bool = False
    lossless: bool = False
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    audio: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tag: str | None = None
    smallest: tuple[int, int] = (1, 1)
    threads: int = 0

    @property
    def alpha(self) -> bool:
        """Whether it can keep transparency."""
        return any(alpha for alpha, _ in self.formats)

    @property
    def depths(self) -> tuple[int, ...]:
        """Bits per channel that pictures handed to it may have."""
        return tuple(sorted({depth for _, depth in self.formats}))

    def size_of(self, width: int, height: int) -> tuple[int, int]:
        """Return the size of a film of such pictures: even where chroma is stored at half of it."""
        halved = any("420" in name or "422" in name for name in self.formats.values())
        grow = 1 if halved else 0
        return width + width % 2 * grow, height + height % 2 * grow

    @property
    def sequence(self) -> bool:
        """Whether it is one file a picture."""
        return "" in self.suffixes

    @property
    def suffix(self) -> str:
        """The suffix of a file of its own, also where a folder of them is the result."""
        return next(suffix for suffix in self.suffixes if suffix)


_SOUND = MappingProxyType({".mp4": "aac", ".mov": "aac", ".mkv": "flac", ".webm": "libopus"})
_PCM = MappingProxyType({".mov": "pcm_s24le", ".mxf": "pcm_s24le", ".mkv": "flac"})


def _of_any_depth(pixel_format: str) -> dict[tuple[bool, int], str]:
    """The formats of a codec that stores pictures of any depth, without alpha, alike."""
    return {(False, 8): pixel_format, (False, 16): pixel_format}


def _dnxhr(profile: str, summary: str, formats: Mapping[tuple[bool, int], str]) -> Codec:
    return Codec(
        name=f"dnxhr-{profile}",
        summary=summary,
        encoder="dnxhd",
        suffixes=(".mov", ".mxf"),
        formats=formats,
        options={"profile": f"dnxhr_{profile}"},
        audio=_PCM,
        smallest=(256, 120),  # FFmpeg encodes no smaller ones
    )


_ALL = (
    Codec(
        name="h264",
        summary="H.264, 8-bit 4:2:0, quality 18: plays everywhere",
        encoder="libx264",
        suffixes=(".mp4", ".mov", ".mkv"),
        formats={(False, 8): "yuv420p"},
        gpl=True,
        options={"preset": "veryfast", "crf": "18", "x264-params": "cpu-independent=1"},
        audio=_SOUND,
        threads=4,  # how far up and down motion is searched for depends on it
    ),
    Codec(
        name="hevc",
        summary="H.265, 8- or 10-bit 4:2:0, quality 20",
        encoder="libx265",
        suffixes=(".mp4", ".mov", ".mkv"),
        formats={(False, 8): "yuv420p", (False, 16): "yuv420p10le"},
        gpl=True,
        options={"preset": "veryfast", "crf": "20", "x265-params": "log-level=none"},
        audio=_SOUND,
        tag="hvc1",
        threads=4,  # one by itself chooses otherwise than several
    ),
    Codec(
        name="prores-422hq",
        summary="ProRes 422 HQ, 10-bit: for editing",
        encoder="prores_ks",
        suffixes=(".mov",),
        formats=_of_any_depth("yuv422p10le"),
        options={"profile": "3", "vendor": "apl0"},
        audio=_PCM,
    ),
    Codec(
        name="prores-4444",
        summary="ProRes 4444, 10-bit with 16-bit alpha: for compositing",
        encoder="prores_ks",
        suffixes=(".mov",),
        formats={
            (False, 8): "yuv444p10le",
            (False, 16): "yuv444p10le",
            (True, 8): "yuva444p10le",
            (True, 16): "yuva444p10le",
        },
        options={"profile": "4", "vendor": "apl0", "alpha_bits": "16"},
        audio=_PCM,
    ),
    _dnxhr("hq", "DNxHR HQ, 8-bit 4:2:2: for editing, in MXF too", {(False, 8): "yuv422p"}),
    _dnxhr("hqx", "DNxHR HQX, 10-bit 4:2:2: for editing, in MXF too", _of_any_depth("yuv422p10le")),
    _dnxhr("444", "DNxHR 444, 10-bit 4:4:4: for grading, in MXF too", _of_any_depth("yuv444p10le")),
    Codec(
        name="ffv1",
        summary="FFV1, RGB: lossless, for archives",
        encoder="ffv1",
        suffixes=(".mkv",),
        formats={
            (False, 8): "bgr0",
            (False, 16): "gbrp16le",
            (True, 8): "bgra",
            (True, 16): "gbrap16le",
        },
        lossless=True,
        options={"level": "3", "slicecrc": "1"},
        audio=_SOUND,
    ),
    Codec(
        name="vp9",
        summary="VP9, 8-bit 4:2:0 with alpha: for the web",
        encoder="libvpx-vp9",
        suffixes=(".webm",),
        formats={(False, 8): "yuv420p", (True, 8): "yuva420p"},
        options={"crf": "24", "b": "0", "deadline": "good", "cpu-used": "5", "row-mt": "1"},
        audio=_SOUND,
    ),
    Codec(
        name="av1",
        summary="AV1, 8- or 10-bit 4:2:0: small files",
        encoder="libsvtav1",
        suffixes=(".mp4", ".webm", ".mkv"),
        formats={(False, 8): "yuv420p", (False, 16): "yuv420p10le"},
        options={"preset": "9", "crf": "24"},
        audio=_SOUND,
    ),
    Codec(
        name="png",
        summary="PNG sequence from 1001, 8 or 16 bit with alpha: lossless, no sound",
        encoder="png",
        suffixes=("", ".png"),
        formats={
            (False, 8): "rgb24",
            (False, 16): "rgb48be",
            (True, 8): "rgba",
            (True, 16): "rgba64be",
        },
        lossless=True,
    ),
    Codec(
        name="exr",
        summary="OpenEXR sequence from 1001, half float, scene-linear with alpha, no sound",
        encoder="exr",
        suffixes=("", ".exr"),
        formats={
            **_of_any_depth("gbrpf32le"),  # which the encoder halves
            (True, 8): "gbrapf32le",
            (True, 16): "gbrapf32le",
        },
    ),
)

CODECS: Mapping[str, Codec] = MappingProxyType({codec.name: codec for codec in _ALL})
"""All codecs by name."""

PICTURES = frozenset(codec.suffix for codec in _ALL if codec.sequence)
"""Suffixes of the files of picture sequences."""

_DEFAULTS = {".mp4": "h264", ".mov": "h264", ".mkv": "ffv1", ".webm": "vp9", "": "png",
             ".mxf": "dnxhr-hqx", ".png": "png", ".exr": "exr"}  # fmt: skip


def codec_for(path: Path | str, name: str | None = None) -> Codec:
    """Return the codec that a file name means, or the named one if it fits that name.

    `.mp4` and `.mov` mean h264, `.mkv` ffv1, `.webm` vp9, `.mxf` dnxhr-hqx; a name without suffix
    is a folder of PNG files, `name.%04d.png` a pattern of them, and `name.%04d.exr` of OpenEXR.

    Raises:
        ConfigError: there is no such codec, or it does not go into such a file.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if name is not None and name not in CODECS:
        raise ConfigError(f"There is no codec {name!r}.", hint=f"one of: {', '.join(CODECS)}")
    if name is None and suffix not in _DEFAULTS:
        raise ConfigError(
            f"{path.name!r} does not tell what to write.",
            hint="end it in .mp4, .mov, .mxf, .mkv or .webm; a folder gets PNG files, and"
            " name.%04d.png or name.%04d.exr numbered ones",
        )
    codec = CODECS[name or _DEFAULTS[suffix]]
    if suffix not in codec.suffixes:
        fitting = " or ".join(suffix or "a folder" for suffix in codec.suffixes)
        raise ConfigError(
            f"Codec {codec.name!r} does not go into {path.name!r}.", hint=f"use {fitting}"
        )
    if codec.sequence and suffix and sequence_pattern(path) is None:
        raise ConfigError(
            f"{path.name!r} names one picture, not a film.",
            hint=f"number the files: {path.stem}.%04d{path.suffix}",
        )
    return codec


def sequence_pattern(path: Path) -> tuple[str, int, str] | None:
    """Return prefix, digits and rest of a name like `shot.%04d.png` or `.exr`, or None."""
    match = _PATTERN.fullmatch(path.stem) if path.suffix.lower() in PICTURES else None
    return (match[1], int(match[2]), match[3] + path.suffix) if match else None
