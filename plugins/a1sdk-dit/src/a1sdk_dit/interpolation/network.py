"""Pictures between two others by a network, such as FILM's, from an ONNX file.

What a file must have:

- three inputs, float32 each: two pictures [1, 3, height, width], and the way between them in time
  [1, 1], above 0 and below 1. The pictures are `x0` and `x1`, or the first and the second of their
  shape in the file's order. Batch, height and width may be left open;
- as first output the picture between, float32 [1, 3, height, width];
- pictures are RGB, 0..1. Where height and width are open, they are multiples of 64: the last rows
  and columns are repeated up to there, and cut off again. Where they are fixed, the model's
  picture has to be as large, or at most 63 pixels smaller each way;
- only operators of ONNX itself, and weights in the file or in others of its folder.

An ONNX file holds a graph and numbers. TorchScript, in which FILM's public weights come, is code
that runs when it is loaded, so it is not taken: export it once, where you trust it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from a1sdk.plugin import AssetMissingError, CapabilityError, ConfigError, DeviceUnavailableError
from a1sdk_dit.interpolation.protocol import Bytes, Floats

MULTIPLE = 64
"""What height and width are made multiples of, where a network leaves them open."""

_HINT = "it has to take x0 and x1, float32 [1, 3, height, width], and dt, float32 [1, 1]"


@dataclass(frozen=True, slots=True)
class Ports:
    """Names of a network's inputs and of its output, and its picture's size; 0 where open."""

    a: str
    b: str
    time: str
    output: str
    height: int
    width: int

    @classmethod
    def of(cls, session: Any, path: Path) -> Ports:
        """Find them by shape, and by name where there is a choice.

        Raises:
            ConfigError: the network is none for this.
        """
        inputs = session.get_inputs()
        pictures = [port for port in inputs if _is_picture(port)]
        times = [port for port in inputs if _fits(port, (1, 1))]
        output = session.get_outputs()[0]
        if len(inputs) != 3 or len(pictures) != 2 or len(times) != 1 or not _is_picture(output):
            taken = ", ".join(f"{port.name} {port.type} {port.shape}" for port in inputs)
            given = f"{output.name} {output.type} {output.shape}"
            raise ConfigError(
                f"{path.name} is no network for pictures in between: it takes {taken} and gives"
                f" {given}.",
                hint=_HINT,
            )
        if {port.name for port in pictures} == {"x0", "x1"}:
            pictures.sort(key=lambda port: str(port.name))
        size = (_fixed(pictures[0].shape[axis]) for axis in (2, 3))
        return cls(pictures[0].name, pictures[1].name, times[0].name, output.name, *size)

    def padded(self, height: int, width: int) -> tuple[int, int]:
        """Return the size that a picture is to be brought to.

        Raises:
            ConfigError: the network takes another size only.
        """
        wanted = (
            self.height or -(-height // MULTIPLE) * MULTIPLE,
            self.width or -(-width // MULTIPLE) * MULTIPLE,
        )
        if not (0 <= wanted[0] - height < MULTIPLE and 0 <= wanted[1] - width < MULTIPLE):
            raise ConfigError(
                f"The network takes pictures of {wanted[1]}x{wanted[0]}, and the model draws"
                f" {width}x{height}.",
                hint="export it with height and width left open",
            )
        return wanted


class Network:
    """An `InBetween` that asks a network, and looks at no landmarks."""

    def __init__(self, path: Path, device: str) -> None:
        """Load the network.

        Args:
            path: an ONNX file, see the module.
            device: `cpu`, or `cuda:0` and so on; on all others it runs on the processor.

        Raises:
            AssetMissingError: there is no such file.
            CapabilityError: onnxruntime is not installed.
            ConfigError: the file is no such network.
            DeviceUnavailableError: onnxruntime does not reach that device.
        """
        self._session = _session(path, device)
        self._ports = Ports.of(self._session, path)

    def __call__(
        self,
        a: Bytes,
        b: Bytes,
        points_a: Floats,
        points_b: Floats,
        points_t: Floats,
        weight: float,
    ) -> Bytes:
        """Return the picture in between, see `InBetween`.

        Raises:
            ConfigError: the network takes pictures of another size only, or gives such.
        """
        height, width = a.shape[:2]
        size = self._ports.padded(height, width)
        feed = {
            self._ports.a: _planes(a, *size),
            self._ports.b: _planes(b, *size),
            self._ports.time: np.array([[weight]], np.float32),
        }
        made = self._session.run([self._ports.output], feed)[0]
        if made.shape != (1, 3, *size):
            raise ConfigError(
                f"The network gave {list(made.shape)} for pictures of {[1, 3, *size]}.", hint=_HINT
            )
        picture = np.moveaxis(made[0, :, :height, :width], 0, -1)
        return np.asarray(np.rint(np.clip(picture, 0, 1) * 255), np.uint8)


def _planes(picture: Bytes, height: int, width: int) -> npt.NDArray[np.float32]:
    below, right = height - picture.shape[0], width - picture.shape[1]
    whole = cv2.copyMakeBorder(picture, 0, below, 0, right, cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(np.moveaxis(whole, -1, 0)[None], np.float32) / np.float32(255)


def _session(path: Path, device: str) -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise CapabilityError(
            "Networks for pictures in between need onnxruntime, which is not installed.",
            hint="pip install 'a1sdk-dit[network]'",
        ) from None
    if not path.is_file():
        raise AssetMissingError(
            f"There is no interpolation network {path}.", hint="check the option `network`"
        )
    providers = _providers(onnxruntime.get_available_providers(), device)
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 4  # what fails is raised too
    try:
        # by its path: onnxruntime then refuses weights in files that are not in its folder
        return onnxruntime.InferenceSession(str(path), settings, providers=providers)
    except Exception as error:  # its own errors share no base
        raise ConfigError(
            f"{path.name} cannot be loaded as a network: {' '.join(str(error).split())}",
            hint="it has to be an ONNX file, with its weights in its folder and without operators"
            " of others",
        ) from None


def _providers(available: list[str], device: str) -> list[Any]:
    kind, _, number = device.partition(":")
    if kind != "cuda":
        return ["CPUExecutionProvider"]
    if "CUDAExecutionProvider" not in available:
        raise DeviceUnavailableError(
            f"The installed onnxruntime cannot run the interpolation network on {device}.",
            hint="pip install onnxruntime-gpu in place of onnxruntime, or set `between` to"
            " landmarks",
        )
    return [("CUDAExecutionProvider", {"device_id": int(number or 0)}), "CPUExecutionProvider"]


def _is_picture(port: Any) -> bool:
    return _fits(port, (1, 3, 0, 0))


def _fits(port: Any, shape: tuple[int, ...]) -> bool:
    """Return whether an input or output is float32 of a shape; 0 is any size."""
    return (
        port.type == "tensor(float)"
        and len(port.shape) == len(shape)
        and all(
            wanted in (0, _fixed(size) or wanted)
            for wanted, size in zip(shape, port.shape, strict=True)
        )
    )


def _fixed(size: Any) -> int:
    """Return a size as the file has it; 0 where it is open: a name, or nothing."""
    return size if isinstance(size, int) and size > 0 else 0
