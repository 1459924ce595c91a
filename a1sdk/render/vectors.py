"""Vectors of faces that tell who is who, by an identity encoder whose vectors can be compared."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.components.blame import blaming
from a1sdk.components.data import FaceObservation, Portrait
from a1sdk.errors import CapabilityError, ContractError

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats, Pixels
    from a1sdk.components.interfaces import IdentityEncoder
    from a1sdk.components.registry import Chosen, Registry
    from a1sdk.components.specs import IdentityEncoderSpec
    from a1sdk.render.opening import Opener


def choose_comparable(
    registry: Registry, use: str, options: Mapping[str, Any] | None = None
) -> Chosen[IdentityEncoderSpec]:
    """Return an identity encoder whose vectors tell faces apart.

    Raises:
        ConfigError: an option of it is wrong.
        CapabilityError: its vectors do not, or not by a picture each.
        PluginError: it is missing or broken.
    """
    chosen = registry.choose("identity_encoder", use, options)
    if chosen.spec.comparison is None or chosen.spec.min_pictures > 1:
        raise CapabilityError(
            f"Identity encoder {chosen.ref!r} does not tell people apart by a picture each.",
            hint="leave it out, or name one that does: insightface/arcface",
        )
    return chosen


class FaceVectors:
    """Asks an identity encoder for vectors of faces. It may be asked from any thread.

    Attributes:
        chosen: the encoder.
        comparison: how the vectors are compared.
    """

    def __init__(self, chosen: Chosen[IdentityEncoderSpec], opener: Opener) -> None:
        """Set up the encoder, which `opener` closes.

        Raises:
            ResourceError: the encoder's model is not here.
        """
        comparison = chosen.spec.comparison
        assert comparison is not None  # or it had not been chosen
        self.comparison, self.chosen = comparison, chosen
        self._lock = threading.Lock()
        self._view = opener.lend(chosen)
        self._encoder: IdentityEncoder = opener.open(chosen, self._view)

    def of(self, portraits: Sequence[Portrait]) -> Floats:
        """Return the vector of a person in one or several pictures, float32 [D], of length 1.

        Raises:
            ContractError: the encoder gives no such vector.
            PluginRunError: it raised.
        """
        with self._lock, blaming(self.chosen.ref, "in encode"):
            identity = self._encoder.encode(portraits, self._view)
        vector = identity.arrays.get(self.comparison.array)
        if vector is None or not _is_unit(vector):
            raise ContractError(
                f"Identity encoder {self.chosen.ref!r} gave no vector of length 1 as"
                f" {self.comparison.array!r}, which its spec compares by.",
                plugin=self.chosen.ref.partition("/")[0],
            )
        return np.asarray(vector, np.float32)

    def of_face(self, pixels: Pixels, landmarks: Floats) -> Floats:
        """Return the vector of the face in a picture that has these landmarks."""
        return self.of([Portrait(pixels, FaceObservation(landmarks, 1.0))])


def _is_unit(vector: npt.NDArray[np.generic]) -> bool:
    return vector.ndim == 1 and bool(abs(np.linalg.norm(vector.astype(np.float64)) - 1) < 1e-3)
