"""Identity encoder `insightface/arcface`: whose face it is, as a vector of length 1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from a1sdk.plugin import Identity, IdentityEncoder, Portrait, ResourceError, RunContext
from a1sdk_insightface import IDENTITY
from a1sdk_insightface.alignment import aligned, five_points
from a1sdk_insightface.detector import Detector
from a1sdk_insightface.library import versions
from a1sdk_insightface.options import EncoderOptions
from a1sdk_insightface.packs import Network, Pack
from a1sdk_insightface.pictures import blue_first

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.plugin import FaceObservation
    from a1sdk_insightface.alignment import Doubles
    from a1sdk_insightface.pictures import Image

    Floats = npt.NDArray[np.float32]

Finder = Literal["detector", "landmarks"]
"""Who gave the five points: the pack's detector, or the tracker's landmarks where it saw none."""


class ArcFace(IdentityEncoder):
    """Encodes the face of a portrait, and of no other person in the picture.

    The recognition network sees the face aligned by five points. They are those of the pack's own
    detector, which the network was trained with, looked for around the portrait's face; where it
    finds none there, they are taken from the portrait's landmarks.
    """

    _pack: Pack | None = None
    _detector: Detector | None = None
    _recognizer: Network | None = None

    def __init__(self, options: Any = None) -> None:
        super().__init__(options if options is not None else EncoderOptions())

    def setup(self, ctx: RunContext) -> None:
        """Load the detector and the recognition network.

        Raises:
            AssetMissingError: the pack is not on this machine.
            CapabilityError: insightface is not installed, or onnxruntime lacks the device.
            ConfigError: the pack lacks a network.
            ResourceError: a file of it is damaged.
        """
        options: EncoderOptions = self.options
        self._pack = Pack.of(options, ctx)
        detector = self._pack.open("detection")
        self._detector = Detector(detector, options.min_score)
        self._recognizer = self._pack.open("recognition")
        ctx.record("libraries", versions())
        ctx.record("detector", detector.facts)
        ctx.record("recognizer", self._recognizer.facts)

    def close(self) -> None:
        """Let go of the networks."""
        self._pack = self._detector = self._recognizer = None

    def encode(self, portraits: Sequence[Portrait], ctx: RunContext) -> Identity:
        """Return `embedding`, float32 [D]; of several pictures, the mean of theirs, renormalised.

        Vectors can be compared by their dot product if `provenance["weights"]` is the same.
        """
        if self._pack is None or self._recognizer is None:
            raise RuntimeError("ArcFace is used before setup() or after close()")
        vectors, finders = [], Counter[Finder]()
        for portrait in portraits:
            ctx.check()
            picture = blue_first(portrait.pixels)
            points, finder = self.points(picture, portrait.face)
            vectors.append(self.embedding(picture, points))
            finders[finder] += 1
        return Identity(
            IDENTITY,
            {"embedding": _unit(np.mean(vectors, axis=0))},
            {
                "encoder": "insightface/arcface",
                "pack": self._pack.name,
                "model": self._recognizer.path.name,
                "weights": self._recognizer.sha256,
                "points": ", ".join(f"{finder} {count}" for finder, count in finders.items()),
            },
        )

    def points(self, picture: Image, face: FaceObservation) -> tuple[Doubles, Finder]:
        """Return the five points of a face, and who gave them.

        Args:
            picture: the whole picture, blue first.
            face: which face of the picture is meant.
        """
        assert self._detector is not None, "setup comes first"
        by_landmarks = five_points(face.landmarks[:, :2]) - 0.5
        points = self._detector.look(picture, by_landmarks)
        return (by_landmarks, "landmarks") if points is None else (points, "detector")

    def embedding(self, picture: Image, points: Doubles) -> Floats:
        """Return the vector, float32 [D] of length 1, of the face that five points are in.

        Raises:
            ResourceError: the network gives no numbers that could be compared.
        """
        assert self._recognizer is not None, "setup comes first"
        model = self._recognizer.model
        crop = aligned(picture, points, model.input_size[0])
        vector: Floats = np.asarray(model.get_feat(crop), np.float32).ravel()
        if not np.isfinite(vector).all() or not vector.any():
            raise ResourceError(
                f"{self._recognizer.path.name} gives no usable vector for a face.",
                hint="copy or unpack the model pack again",
            )
        return _unit(vector)


def _unit(vector: npt.NDArray[np.floating]) -> Floats:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)
