"""The duration contract: what was written is what was meant, or the render fails."""

from __future__ import annotations

from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from a1sdk.errors import DecodeError, EncodeError
from a1sdk.media.audio import AudioSource, SoundTrack
from a1sdk.media.codecs import PICTURES, sequence_pattern
from a1sdk.media.probing import probe

if TYPE_CHECKING:
    from a1sdk.media.facts import VideoFacts
    from a1sdk.timing import Timecode

_BUG = "please report this as a bug"


def verify(
    path: Path | str,
    *,
    rate: Fraction,
    count: int,
    audio: bool,
    timecode: Timecode | str | None = None,
    name: Path | None = None,
) -> None:
    """Check a written film by reading it back.

    It must have exactly `count` pictures at `rate`, sound if and only if `audio` says so, which
    ends with the picture within half a frame, the start timecode, and BT.709 tags. Of a picture
    sequence the files are counted. Messages call the film `name` where it is to have another one.

    Raises:
        EncodeError: something differs; the message says what.
    """
    path = Path(path)
    shown = name or path
    if path.is_dir() or sequence_pattern(path) is not None:
        _expect(shown, "pictures", _files(path), count)
        return
    try:
        info = probe(path)
    except DecodeError as error:
        raise EncodeError(
            f"{str(shown)!r} was written wrongly: {error}", path=str(shown), hint=_BUG
        ) from error
    if info.video is None:
        raise EncodeError(f"{str(shown)!r} has no picture stream.", path=str(shown))
    _expect(shown, "pictures", info.video.count, count)
    _expect(shown, "frames per second", info.video.rate, rate)
    _expect(shown, "a constant rate", not info.video.vfr, True)
    _expect(shown, "sound", info.audio is not None, audio)
    if audio:
        _check_sound(path, shown, info.video)
    _check_color(shown, info.video)
    if timecode is not None:
        _expect(shown, "start timecode", info.timecode, str(timecode))


def _files(path: Path) -> int:
    pattern = sequence_pattern(path)
    if pattern is None:
        return sum(entry.suffix in PICTURES for entry in path.iterdir())
    before, _, after = pattern
    return sum(
        entry.name.startswith(before) and entry.name.endswith(after)
        for entry in path.parent.iterdir()
    )


def _check_sound(path: Path, shown: Path, video: VideoFacts) -> None:
    """Measure the sound by decoding it: headers round, and count what players leave out."""
    with closing(SoundTrack(AudioSource(path, Fraction(0), Fraction(0)))) as track:
        off = track.end() - video.start - video.duration
    if abs(off) * video.rate > Fraction(1, 2):
        raise EncodeError(
            f"{str(shown)!r} was written wrongly: sound and picture end {float(off * 1000):.1f} ms"
            " apart.",
            path=str(shown),
            hint=_BUG,
        )


def _check_color(path: Path, video: VideoFacts) -> None:
    color = video.color
    _expect(path, "color primaries", color.primaries, "bt709")
    _expect(path, "transfer function", color.transfer, "bt709")
    if color.matrix != "gbr":
        _expect(path, "color matrix", color.matrix, "bt709")
        _expect(path, "full range", color.full_range, False)


def _expect(path: Path, what: str, found: object, wanted: object) -> None:
    if found != wanted:
        raise EncodeError(
            f"{str(path)!r} was written wrongly: {what} {found}, not {wanted}.",
            path=str(path),
            hint=_BUG,
        )
