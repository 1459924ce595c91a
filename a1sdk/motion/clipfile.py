"""Read and write motion files in constant memory; see `a1sdk.motion.clipformat`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from math import prod
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from a1sdk.components.data import LANDMARKS, Label, StreamInfo
from a1sdk.errors import ConfigError, DecodeError, EncodeError
from a1sdk.media.files import check_readable, replacing
from a1sdk.motion.clipformat import (
    LIMIT,
    NEUTRAL,
    SUFFIX,
    TRACKS,
    ClipHeader,
    Slices,
    Track,
    fault,
    pack,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats
    from a1sdk.motion.frame import MotionFrame

BLOCK = 128
"""Frames that are read, checked and written at once."""


def write_tracks(
    path: Path,
    frames: Iterable[MotionFrame],
    info: StreamInfo,
    source: Mapping[str, str],
    labels: Callable[[], Iterable[Label]],
) -> ClipHeader:
    """Write motion of any length to `path`, which appears when it is complete.

    `labels` is called when the frames have ended.

    Each track is collected in an unnamed file of its own beside `path`, because the header, which
    comes first, needs their lengths; so for a moment the disk holds the motion twice.

    Raises:
        ConfigError: the suffix is not `.a1motion`.
        EncodeError: the motion is none: frames out of order, values no number or far too large;
            or the labels are none.
        StorageError: no space, no permission, no such folder.
    """
    if path.suffix != SUFFIX:
        raise ConfigError(
            f"A motion file's name ends with {SUFFIX}, and {path.name!r} does not.",
            hint=f"write to {path.with_suffix(SUFFIX).name!r}",
        )
    with ExitStack() as stack:
        target = stack.enter_context(replacing(path))
        scratch = {name: stack.enter_context(TemporaryFile(dir=path.parent)) for name in TRACKS}
        count, tracks, neutral = _collect(path, frames, scratch)
        header = _header(path, info, count, source, labels())
        _assemble(target, header, {name: scratch[name] for name in tracks}, neutral)
    return header


def _header(
    path: Path, info: StreamInfo, count: int, source: Mapping[str, str], labels: Iterable[Label]
) -> ClipHeader:
    try:
        return ClipHeader.of(info, count, source, labels)
    except ValidationError as error:
        raise EncodeError(
            f"The motion's header cannot be written: {_first(error)}.", path=str(path)
        ) from error


def _collect(
    path: Path, frames: Iterable[MotionFrame], scratch: Mapping[str, IO[bytes]]
) -> tuple[int, list[str], Floats | None]:
    """Append frames to the tracks' files; return how many, which tracks, and the neutral face.

    The first face tells whether there are blendshapes; gaps before it count as if there were.
    """
    count, first = 0, None
    for block in _blocks(frames):
        first = first or next((frame.face for frame in block if frame.face is not None), None)
        scored = first is None or first.blendshapes is not None
        for name, values in _checked(path, block, count, blendshapes=scored).items():
            scratch[name].write(values.tobytes())
        count += len(block)
    scored = first is not None and first.blendshapes is not None
    names = [name for name in TRACKS if scored or name != "blendshapes"]
    return count, names, first.neutral if first is not None else None


def _checked(
    path: Path, block: Sequence[MotionFrame], start: int, *, blendshapes: bool
) -> dict[str, npt.NDArray[Any]]:
    """Return the tracks of frames that have to be numbered from `start` on."""
    for number, frame in enumerate(block, start):
        if frame.pts != number:
            raise EncodeError(
                f"Motion frame {frame.pts} came where {number} was due.", path=str(path)
            )
    arrays = pack(block, blendshapes=blendshapes)
    wrong = fault(arrays)
    if wrong is not None:
        raise EncodeError(
            f"Motion frame {start + wrong[0]} cannot be written: {wrong[1]}.", path=str(path)
        )
    return arrays


def _blocks(frames: Iterable[MotionFrame]) -> Iterator[list[MotionFrame]]:
    iterator = iter(frames)
    while block := list(islice(iterator, BLOCK)):
        yield block


def _assemble(
    target: Path, header: ClipHeader, tracks: Mapping[str, IO[bytes]], neutral: Floats | None
) -> None:
    """Write the safetensors file: length of its header, header, tracks end to end."""
    entries: dict[str, Any] = {"__metadata__": {"header": header.model_dump_json()}}
    end = 0
    shapes = {name: (TRACKS[name].dtype, [header.frames, *TRACKS[name].shape]) for name in tracks}
    if neutral is not None:
        shapes = {"neutral": (NEUTRAL.dtype, list(NEUTRAL.shape)), **shapes}
    for name, (dtype, shape) in shapes.items():
        size = prod(shape) * np.dtype(Track(dtype, ()).numpy).itemsize
        entries[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with target.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        if neutral is not None:
            file.write(np.ascontiguousarray(neutral, NEUTRAL.numpy).tobytes())
        for track in tracks.values():
            track.seek(0)
            shutil.copyfileobj(track, file)


def read_tracks(path: Path) -> tuple[ClipHeader, dict[str, Slices], Floats | None]:
    """Open a motion file and check all of it, a block at a time.

    Raises:
        DecodeError: it cannot be read, is no motion file, or holds what motion cannot be.
    """
    from safetensors import SafetensorError, safe_open

    check_readable(path)
    try:
        opened: Any = safe_open(path, framework="numpy")  # checks offsets against the file
        header = ClipHeader.model_validate_json((opened.metadata() or {}).get("header", ""))
        tracks = _tracks(path)
    except SafetensorError as error:
        why = f": {error}" if path.suffix == ".a1motion" else ""  # of others it explains nothing
        raise _refused(path, f"is no motion file{why}") from error
    except ValidationError as error:
        raise _refused(path, f"has no valid motion header: {_first(error)}") from error
    except OSError as error:
        raise _refused(path, f"cannot be read: {error}") from error
    _check_layout(path, header, tracks)
    neutral = _neutral(path, tracks.pop("neutral", None))
    _check_values(path, header, tracks)
    return header, dict(tracks), neutral


@dataclass(frozen=True, slots=True)
class _FileTrack:
    """A track in a file, read with each slice; unlike mapped memory it stays out of the process."""

    path: Path
    offset: int
    dtype: str
    shape: list[int]

    def __getitem__(self, frames: slice) -> npt.NDArray[Any]:
        first, last, _ = frames.indices(self.shape[0])
        size, kind = prod(self.shape[1:]), Track(self.dtype, ()).numpy
        offset = self.offset + first * size * kind.itemsize
        values = np.fromfile(self.path, kind, (last - first) * size, offset=offset)
        return values.reshape(last - first, *self.shape[1:])


def _tracks(path: Path) -> dict[str, _FileTrack]:
    """Where the tracks are, from the header of a file that the library found sound."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        entries = json.loads(file.read(length))
    entries.pop("__metadata__", None)
    return {
        name: _FileTrack(
            path, 8 + length + entry["data_offsets"][0], entry["dtype"], entry["shape"]
        )
        for name, entry in entries.items()
    }


def _check_layout(path: Path, header: ClipHeader, tracks: Mapping[str, _FileTrack]) -> None:
    expected = {
        name: (track.dtype, [header.frames, *track.shape], track.optional)
        for name, track in TRACKS.items()
    }
    expected["neutral"] = (NEUTRAL.dtype, list(NEUTRAL.shape), NEUTRAL.optional)
    unknown = sorted(tracks.keys() - expected.keys())
    if unknown:
        raise _refused(path, f"holds a track {unknown[0]!r}, which motion does not have")
    for name, (dtype, shape, optional) in expected.items():
        if name not in tracks:
            if optional:
                continue
            raise _refused(path, f"has no track {name!r}")
        found = (tracks[name].dtype, tracks[name].shape)
        if found != (dtype, shape):
            raise _refused(path, f"holds {name!r} as {found[0]} {found[1]}, not {dtype} {shape}")


def _neutral(path: Path, values: _FileTrack | None) -> Floats | None:
    if values is None:
        return None
    neutral = np.asarray(values[0:LANDMARKS], np.float32)
    if not (np.isfinite(neutral).all() and np.abs(neutral).max() <= LIMIT):
        raise _refused(path, "holds a neutral face that is none")
    return neutral


def _check_values(path: Path, header: ClipHeader, tracks: Mapping[str, _FileTrack]) -> None:
    for start in range(0, header.frames, BLOCK):
        block = slice(start, min(start + BLOCK, header.frames))
        wrong = fault({name: track[block] for name, track in tracks.items()})
        if wrong is not None:
            raise _refused(path, f"is damaged in frame {start + wrong[0]}: {wrong[1]}")


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in found["loc"])
    reason = str(found["msg"]).removeprefix("Value error, ")
    return f"{where}: {reason}" if where else reason


def _refused(path: Path, what: str) -> DecodeError:
    return DecodeError(
        f"{str(path)!r} {what}.",
        path=str(path),
        hint="make motion files with `a1 motion extract`",
    )
