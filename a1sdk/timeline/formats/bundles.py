"""Cuts bundled with their media: `.otioz`, a ZIP archive, and `.otiod`, a folder of the same.

Of a bundle, `content.otio`, `version.txt` and what is under `media/` count; reading it writes
nothing. The media of an archive is unpacked when a render needs it, and then only what its clips
name (`unpack_media`). An archive with one member that could do harm is refused whole.
"""

from __future__ import annotations

import re
import shutil
import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import unquote
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, LargeZipFile, ZipFile, ZipInfo

from a1sdk.errors import A1Error, DecodeError, StorageError
from a1sdk.timeline.content import read_bytes
from a1sdk.timeline.filenames import PictureName
from a1sdk.timeline.formats.otio.reader import cut_of
from a1sdk.timeline.formats.otio.rescue import parse
from a1sdk.timeline.model import Clip, Cut, Item, Media, Nest, Track

MAX_CONTENT = 256 * 2**20
"""Largest `content.otio`, unpacked, in bytes."""
MAX_MEMBERS = 200_000
"""Most members of an archive; a sequence of pictures is as many as it has frames."""
MAX_RATIO = 200
"""How many times its packed size a text or all media together may have, beyond the first MiB."""

_CONTENT = "content.otio"
_MIB = 2**20
_DIRECTORY = 512  # bytes of an archive's directory that a member may take on average
_END, _END64, _LOCATOR64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_LONGEST_END = 22 + 65535  # bytes, with its comment
_MAKES_HARM = re.compile(r"(^|/)(\.{1,2}|)(/|$)|\\|^[A-Za-z]:|[\x00-\x1f\x7f]")
_SPARE = 256 * _MIB  # bytes of a disk that stay free


def read(path: Path, rate: Fraction | None) -> Cut:
    """Read the cut in a bundle; the `origin` of an item is its JSON pointer in `content.otio`.

    Raises:
        DecodeError: there is no cut in it, it is damaged, one of its members could do harm, or a
            limit of this module is passed.
    """
    if path.is_dir():
        cut = cut_of(parse(document_of(path)), path, rate=rate)
        tracks = _local(cut.tracks, lambda url: (path / url).is_file())
        return replace(cut, dialect="otiod", tracks=tracks)
    with _opened(path) as archive:
        members = _members(archive)
        data = _content_of_archive(archive, members)
    cut = cut_of(parse(data), path, rate=rate)
    return replace(cut, dialect="otioz", tracks=_local(cut.tracks, members.__contains__))


def document_of(path: Path) -> bytes:
    """Return the document in a bundle, `content.otio`, as it is written.

    Raises:
        DecodeError: there is none, or as of `read`.
    """
    if path.is_dir():
        return _content_of_folder(path)
    with _opened(path) as archive:
        return _content_of_archive(archive, _members(archive))


def media_folder(cut: Cut, folder: Path) -> Path:
    """Return where in a folder the media of an `.otioz` cut is kept: `NAME.media`."""
    return folder / f"{cut.path.stem}.media"


def unpack_media(cut: Cut, folder: Path) -> tuple[Path, ...]:
    """Unpack the media that the clips of an `.otioz` cut name, under the names it has there.

    What is there already and has not changed stays as it is. Give `folder` to `find_shots` as the
    first of its media roots. A cut of another kind needs none of this: nothing is done.

    Args:
        cut: the cut, as it was read.
        folder: where to; it is made if need be, and no link in it is followed.

    Returns:
        The files, in the order of the archive.

    Raises:
        DecodeError: the archive is damaged, or unpacks to more than it may.
        StorageError: there is no room, or no permission.
    """
    if cut.dialect != "otioz":
        return ()
    named = _named(cut)
    with _opened(cut.path) as archive:
        members = _members(archive)
        wanted = [info for name, info in members.items() if named(name)]
        _check_ratio(wanted, "Its media")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _check_room(wanted, folder)
            return tuple(_unpacked(archive, info, folder) for info in wanted)
        except OSError as error:
            reason = error.strerror or str(error)
            raise StorageError(f"Media cannot be unpacked to {folder}: {reason}.") from error


def _named(cut: Cut) -> Callable[[str], bool]:
    """Return which members the clips of a cut name, be they switched off or alternatives."""
    names, patterns = set[str](), set[str]()
    for media in _media(cut.tracks):
        url = media.url or ""
        pictures = PictureName.parsed(media.pattern or "")
        if pictures is None:
            names.add(url)
        else:
            before = re.escape(f"{url.rstrip('/')}/{pictures.before}")
            patterns.add(rf"{before}\d+{re.escape(pictures.after)}")
    found = re.compile("|".join(sorted(patterns)) or r"(?!)")
    return lambda name: name in names or found.fullmatch(name) is not None


def _media(tracks: tuple[Track, ...]) -> Iterator[Media]:
    for track in tracks:
        for item in track.items:
            if isinstance(item, Clip):
                yield item.media
                yield from item.alternatives.values()
            elif isinstance(item, Nest):
                yield from _media(item.tracks)


def _local(tracks: tuple[Track, ...], there: Callable[[str], bool]) -> tuple[Track, ...]:
    """Return tracks whose media is named as the bundle names it: some escape it as in a URL."""

    def named(media: Media) -> Media:
        url = media.url or ""
        plain = unquote(url)
        escaped = plain != url and "://" not in url and not there(url) and there(plain)
        return replace(media, url=plain) if escaped else media

    def item_of(item: Item) -> Item:
        if isinstance(item, Nest):
            return replace(item, tracks=_local(item.tracks, there))
        if not isinstance(item, Clip):
            return item
        others = {key: named(media) for key, media in item.alternatives.items()}
        return replace(item, media=named(item.media), alternatives=others)

    return tuple(replace(track, items=tuple(map(item_of, track.items))) for track in tracks)


def _content_of_folder(path: Path) -> bytes:
    content = path / _CONTENT
    if content.is_symlink():
        raise DecodeError(f"{path}: its {_CONTENT} is no file of its own.", path=str(path))
    if not content.exists():
        raise DecodeError(f"{path} holds no {_CONTENT}.", path=str(path))
    return read_bytes(content, MAX_CONTENT)


@contextmanager
def _opened(path: Path) -> Iterator[ZipFile]:
    """Open an archive; whatever is wrong with it, now or while it is read, is a DecodeError."""
    try:
        with path.open("rb") as raw:
            _check_directory(raw, path.stat().st_size)
            with ZipFile(raw) as archive:
                yield archive
    except A1Error:
        raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise DecodeError(f"{path} cannot be read: {reason}.", path=str(path)) from error
    except _DAMAGED as error:
        raise DecodeError(
            f"{path} is damaged: {error or type(error).__name__}.",
            path=str(path),
            hint="bundle it again, or copy it again",
        ) from error


_DAMAGED = (
    BadZipFile,
    LargeZipFile,
    EOFError,
    NotImplementedError,  # a packing that zipfile does not know
    RuntimeError,
    UnicodeError,
    ValueError,
    struct.error,
    zlib.error,
)


def _check_directory(raw: IO[bytes], size: int) -> None:
    """Refuse an archive whose directory, which is read whole, is too large.

    Raises:
        DecodeError: it is, or there is none, as in an archive that is cut off.
    """
    at = max(0, size - _LONGEST_END)
    raw.seek(at)
    tail = raw.read(_LONGEST_END)
    end = len(tail) - 22 if tail[-22:].startswith(_END) and tail.endswith(b"\0\0") else -1
    end = end if end >= 0 else tail.rfind(_END)
    if end < 0 or len(tail) < end + 22:
        raise DecodeError("It is no ZIP archive, or one that is cut off.")
    members, directory = struct.unpack_from("<HI", tail, end + 10)
    if end >= 20 and tail[end - 20 : end].startswith(_LOCATOR64):
        raw.seek(struct.unpack_from("<Q", tail, end - 12)[0])
        end64 = raw.read(56)
        if len(end64) == 56 and end64.startswith(_END64):
            members, directory = struct.unpack_from("<QQ", end64, 32)
    if members > MAX_MEMBERS or directory > MAX_MEMBERS * _DIRECTORY:
        raise DecodeError(f"It has more than {MAX_MEMBERS} members.")


def _members(archive: ZipFile) -> dict[str, ZipInfo]:
    """Return the members that count, by name, after a look at all of them.

    Raises:
        DecodeError: a member leads out of the archive, is a link, is encrypted, or is there twice.
    """
    known = set[str]()
    for info in archive.infolist():
        name = info.filename
        _check_member(info)
        if name.casefold() in known:
            raise DecodeError(f"Member {name!r:.80} is in it twice.")
        known.add(name.casefold())
    return {
        info.filename: info
        for info in archive.infolist()
        if not info.is_dir() and (info.filename == _CONTENT or info.filename.startswith("media/"))
    }


def _check_member(info: ZipInfo) -> None:
    name, kind = info.filename, stat.S_IFMT(info.external_attr >> 16)
    wrong = None
    if info.orig_filename != name or _MAKES_HARM.search(name.removesuffix("/")):
        wrong = "leads out of it, or has a name that no system has"
    elif kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        wrong = "is a link, and no file"
    elif info.flag_bits & 1:
        wrong = "is encrypted"
    elif info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        wrong = "is packed in a way that bundles are not"
    if wrong:
        raise DecodeError(f"Member {name!r:.80} of the archive {wrong}.")


def _content_of_archive(archive: ZipFile, members: dict[str, ZipInfo]) -> bytes:
    info = members.get(_CONTENT)
    if info is None:
        raise DecodeError(
            f"It holds no {_CONTENT}.", hint="an `.otioz` is written by OpenTimelineIO"
        )
    _check_ratio([info], f"Its {_CONTENT}")
    with archive.open(info) as file:
        data = file.read(MAX_CONTENT + 1)  # it may have more than it says
    if len(data) > MAX_CONTENT:
        raise DecodeError(f"Its {_CONTENT} is larger than {MAX_CONTENT // _MIB} MiB.")
    return data


def _check_ratio(infos: list[ZipInfo], what: str) -> None:
    size, packed = (sum(getattr(i, key) for i in infos) for key in ("file_size", "compress_size"))
    if size > _MIB + packed * MAX_RATIO:
        raise DecodeError(f"{what} is packed more than {MAX_RATIO} times smaller than it is.")


def _check_room(infos: list[ZipInfo], folder: Path) -> None:
    needed = sum(i.file_size for i in infos if _size(folder / i.filename) != i.file_size)
    free = shutil.disk_usage(folder).free
    if needed + _SPARE > free:
        raise StorageError(
            f"Its media takes {needed // _MIB} MiB, and {folder} has {free // _MIB} MiB left.",
            hint="make room, or choose another folder",
        )


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _unpacked(archive: ZipFile, info: ZipInfo, folder: Path) -> Path:
    """Unpack one member under a temporary name, then give it its own."""
    target = folder / PurePosixPath(info.filename)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.parent.resolve().is_relative_to(folder.resolve()):
        raise StorageError(f"{target.parent} is a link that leads out of {folder}.")
    if _same(target, info):
        return target
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        with archive.open(info) as source, part.open("xb") as file:
            shutil.copyfileobj(source, file, _MIB)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _same(path: Path, info: ZipInfo) -> bool:
    """Whether a file is a member that was unpacked before."""
    if path.is_symlink() or _size(path) != info.file_size:
        return False
    found = 0
    with path.open("rb") as file:
        while block := file.read(_MIB):
            found = zlib.crc32(block, found)
    return found == info.CRC
