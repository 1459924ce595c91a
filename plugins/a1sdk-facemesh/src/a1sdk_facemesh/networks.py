"""TFLite networks on LiteRT's CPU kernels."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-untyped]

from a1sdk.plugin import ResourceError

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]


class Network:
    """A network with one input: call it with what goes in, get what comes out.

    Args:
        name: file name, for messages.
        content: the TFLite file.
        threads: processor cores to use.

    Raises:
        ResourceError: the content is no TFLite network that this LiteRT can run.
    """

    def __init__(self, name: str, content: bytes, threads: int = 1) -> None:
        try:
            with _silenced():
                self._interpreter: Any = Interpreter(model_content=content, num_threads=threads)
                self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise ResourceError(
                f"Model file {name!r} cannot be run: {str(error).splitlines()[0]}.",
                hint="fetch it again with `a1 assets pull facemesh`",
            ) from error
        entry = self._interpreter.get_input_details()[0]
        self._input: int = entry["index"]
        self.input_shape: tuple[int, ...] = tuple(int(side) for side in entry["shape"])
        self._outputs = [
            (detail["index"], int(np.prod(detail["shape"])))
            for detail in self._interpreter.get_output_details()
        ]

    def __call__(self, values: npt.NDArray[Any], scale: float = 1.0, offset: float = 0.0) -> None:
        """Run the network on `values * scale + offset`; read the results with `output`."""
        entry = self._interpreter.tensor(self._input)()
        np.multiply(values, np.float32(scale), out=entry[0])
        if offset:
            entry += np.float32(offset)
        del entry  # LiteRT refuses to run while its memory is borrowed
        self._interpreter.invoke()

    def output(self, size: int) -> Floats:
        """Return a flat copy of the first output that has `size` numbers."""
        index = next(index for index, numbers in self._outputs if numbers == size)
        values: Floats = self._interpreter.get_tensor(index)
        return values.reshape(-1)

    @property
    def output_sizes(self) -> tuple[int, ...]:
        """How many numbers each output has."""
        return tuple(size for _, size in self._outputs)


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """Keep LiteRT's greeting, which its C++ code writes to file descriptor 2, off the screen."""
    sys.stderr.flush()
    try:
        saved = os.dup(2)
    except OSError:  # a process without standard error has nothing to hide
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
