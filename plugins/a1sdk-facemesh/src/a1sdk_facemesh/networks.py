"""TFLite networks on LiteRT's CPU kernels."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-untyped]

from a1sdk.plugin import ResourceError

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk_facemesh.regions import Floats


_STDERR = threading.Lock()  # one thread at a time turns it away, or it would not find back


class Network:
    """A network: `feed` its inputs, `run` it, read its `output`s.

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
            raise damaged(name, error) from error
        inputs = self._interpreter.get_input_details()
        self._inputs = [int(entry["index"]) for entry in inputs]
        self._outputs = [int(entry["index"]) for entry in self._interpreter.get_output_details()]
        self.resolution = int(inputs[0]["shape"][1])

    def feed(
        self, values: npt.NDArray[Any], scale: float = 1.0, offset: float = 0.0, *, slot: int = 0
    ) -> None:
        """Put `values * scale + offset` into an input."""
        entry = self._interpreter.tensor(self._inputs[slot])()[0]
        np.multiply(values, np.float32(scale), out=entry)
        if offset:
            entry += np.float32(offset)

    def run(self) -> None:
        """Compute the outputs. Other threads run meanwhile."""
        self._interpreter.invoke()

    def output(self, slot: int) -> Floats:
        """Return a copy of an output, in the network's own shape."""
        values: Floats = self._interpreter.get_tensor(self._outputs[slot])
        return values


def damaged(name: str, error: Exception) -> ResourceError:
    """Return the error for a model file that cannot be used."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
    return ResourceError(
        f"Model file {name!r} cannot be used: {reason}.",
        hint="fetch it again with `a1 assets pull facemesh`",
    )


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """Keep LiteRT's greeting, which its C++ code writes to file descriptor 2, off the screen."""
    with _STDERR:
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
