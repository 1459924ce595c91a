"""Numbers and colors: what a stream says, what is meant where it says nothing."""

from __future__ import annotations

from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace

from a1sdk.media.facts import Color

# ITU-T H.273 codes, by FFmpeg's names for them
PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film",
             9: "bt2020", 10: "smpte428", 11: "smpte431", 12: "smpte432"}  # fmt: skip
TRANSFERS = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear",
             9: "log100", 10: "log316", 11: "iec61966-2-4", 12: "bt1361e", 13: "iec61966-2-1",
             14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 17: "smpte428",
             18: "arib-std-b67"}  # fmt: skip
MATRICES = {0: "gbr", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m",
            8: "ycgco", 9: "bt2020nc", 10: "bt2020c", 14: "ictcp"}  # fmt: skip

BT709 = 1
LIMITED, FULL = int(ColorRange.MPEG), int(ColorRange.JPEG)
_HD_HEIGHT = 720
_SOURCES = {"bt709": Colorspace.ITU709, "fcc": Colorspace.FCC, "bt470bg": Colorspace.ITU601,
            "smpte170m": Colorspace.ITU601, "smpte240m": Colorspace.SMPTE240M,
            "bt2020nc": Colorspace.BT2020, "bt2020c": Colorspace.BT2020}  # fmt: skip


def color_of(frame: VideoFrame) -> Color:
    """Return what a decoded picture says of its colors."""
    return Color(
        primaries=PRIMARIES.get(frame.color_primaries, "unknown"),
        transfer=TRANSFERS.get(frame.color_trc, "unknown"),
        matrix="gbr" if frame.format.is_rgb else MATRICES.get(frame.colorspace, "unknown"),
        full_range=is_full_range(frame),
    )


def is_full_range(frame: VideoFrame) -> bool:
    """Return whether 0 is black: by the tag, else by the pixel format."""
    if frame.color_range in (LIMITED, FULL):
        return bool(frame.color_range == FULL)
    return frame.format.name.startswith("yuvj") or frame.format.is_rgb


def source_matrix(frame: VideoFrame) -> Colorspace:
    """Return the matrix to decode a picture with; untagged HD is BT.709, smaller ones BT.601."""
    known = _SOURCES.get(MATRICES.get(frame.colorspace, "unknown"))
    if known is not None:
        return known
    return Colorspace.ITU709 if frame.height >= _HD_HEIGHT else Colorspace.ITU601
