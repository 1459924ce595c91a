"""What files of weights hold, read from their headers: no weight is read, and no torch is needed.

Only safetensors are opened. Pickles can run code, so they are refused by name.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from a1sdk.plugin import AssetMissingError, ConfigError, ResourceError

_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
_HEADER_LIMIT = 100 << 20
_PICKLES = (".bin", ".pt", ".pth", ".ckpt")


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor in a file.

    Attributes:
        file: where it is.
        numbers: F32, F16, BF16, or another name of safetensors.
        shape: its shape.
        offset: bytes from the start of the file.
        size: bytes in the file.
    """

    file: Path
    numbers: str
    shape: tuple[int, ...]
    offset: int
    size: int


Weights = Mapping[str, Stored]
"""Tensors of a network by name."""


def label(path: Path) -> str:
    """Return a file's name with its folder's, as messages say it."""
    return f"{path.parent.name}/{path.name}"


def _missing(path: Path) -> AssetMissingError:
    return AssetMissingError(
        f"The file {label(path)} is missing.", hint="fetch the checkpoint again"
    )


def damaged(path: Path, why: str) -> ResourceError:
    """Return the error of a file that is here, but not whole."""
    return ResourceError(
        f"{label(path)} is damaged: {why}.", hint="delete the file and fetch the checkpoint again"
    )


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object from a file.

    Raises:
        AssetMissingError: there is no such file.
        ResourceError: it holds something else.
    """
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise _missing(path) from error
    except (OSError, ValueError) as error:
        raise damaged(path, f"it cannot be read as JSON ({error})") from error
    if not isinstance(found, dict):
        raise damaged(path, "it holds no JSON object")
    return found


def read_header(path: Path) -> dict[str, Stored]:
    """Return the tensors of a safetensors file, which has to be whole.

    Raises:
        AssetMissingError: there is no such file.
        ResourceError: it is cut short, or no safetensors file.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= _HEADER_LIMIT:
                raise damaged(path, "it is no safetensors file")
            header = json.loads(file.read(length))
        header.pop("__metadata__", None)
        stored = {name: _entry(path, name, entry, 8 + length) for name, entry in header.items()}
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise _missing(path) from error
    except OSError as error:
        raise damaged(path, f"it cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(path, "its header cannot be read; it may be cut short") from error
    _check_places(path, stored, 8 + length, size)
    return stored


def _entry(path: Path, name: str, entry: Mapping[str, Any], start: int) -> Stored:
    begin, end = entry["data_offsets"]
    numbers, shape = str(entry["dtype"]), tuple(int(side) for side in entry["shape"])
    if numbers in _BYTES and math.prod(shape) * _BYTES[numbers] != end - begin:
        raise damaged(path, f"the size of tensor {name!r} does not fit its shape")
    return Stored(path, numbers, shape, start + begin, end - begin)


def _check_places(path: Path, stored: Mapping[str, Stored], start: int, size: int) -> None:
    """Hold the file to its header: tensors lie one after another and fill it to its end."""
    end = start
    for name, tensor in sorted(stored.items(), key=lambda item: (item[1].offset, item[1].size)):
        if tensor.offset != end or tensor.size < 0:
            raise damaged(path, f"tensor {name!r} does not begin where the one before it ends")
        end += tensor.size
        if end > size:
            raise damaged(
                path, f"it is cut short; tensor {name!r} ends at byte {end:,}, the file at {size:,}"
            )
    if end != size:
        raise damaged(path, f"it goes on after its last tensor, for {size - end:,} bytes")


def find_weights(folder: Path, stem: str, precision: str) -> dict[str, Stored]:
    """Return the tensors of a network's folder.

    Files may be whole or in shards, plain or of a variant (`{stem}.bf16.safetensors`). The variant
    of the wanted precision comes first, then plain files, then other variants.

    Args:
        folder: the network's folder.
        stem: what its files' names begin with: `diffusion_pytorch_model`, `model`.
        precision: bf16, fp16 or fp32.

    Raises:
        AssetMissingError: there are no weights, or a shard is missing.
        ConfigError: there are only pickles.
        ResourceError: a file is damaged.
    """
    for variant in dict.fromkeys((f".{precision}", "", ".fp32", ".bf16", ".fp16")):
        index = folder / f"{stem}.safetensors.index{variant}.json"
        if index.is_file():
            return _read_shards(index)
        whole = folder / f"{stem}{variant}.safetensors"
        if whole.is_file():
            return read_header(whole)
    pickles = sorted(path.name for path in folder.glob("*") if path.suffix in _PICKLES)
    if pickles:
        raise ConfigError(
            f"{folder.name}/{pickles[0]} is a pickle, which can run code and is never opened.",
            hint="convert the checkpoint to safetensors, or fetch the release",
        )
    raise _missing(folder / f"{stem}.safetensors")


def _read_shards(index: Path) -> dict[str, Stored]:
    """Return the tensors that an index lists, each from the file that it names.

    Names with folders in them are refused, so that an index reaches nothing outside its own. Files
    may be links: model hubs keep them that way.
    """
    listed = read_json(index).get("weight_map")
    if not isinstance(listed, dict) or not all(isinstance(name, str) for name in listed.values()):
        raise damaged(index, "it lists no weights")
    found: dict[str, Stored] = {}
    for shard in sorted(set(listed.values())):
        if Path(shard).name != shard or "\\" in shard or not shard.endswith(".safetensors"):
            raise ConfigError(
                f"{label(index)} names {shard!r}, which is no safetensors file of its folder.",
                hint="do not use this checkpoint; fetch the release",
            )
        for name, stored in read_header(index.parent / shard).items():
            if listed.get(name) != shard:
                raise damaged(index, f"it does not list tensor {name!r} of {shard}")
            found[name] = stored
    for name, shard in listed.items():
        if name not in found:
            raise damaged(
                index.parent / shard, f"tensor {name!r} is missing, which the index lists"
            )
    return found
