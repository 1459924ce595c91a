"""The face tracker `facemesh/landmarks`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from a1sdk.plugin import ConfigError, FaceObservation, FaceTracker, TrackedFrame
from a1sdk_facemesh.finder import Finder
from a1sdk_facemesh.follower import Follower
from a1sdk_facemesh.models import Models, load_models
from a1sdk_facemesh.options import Options

if TYPE_CHECKING:
    from a1sdk.plugin import RunContext, VideoFrame
    from a1sdk_facemesh.mesh import Mesh
    from a1sdk_facemesh.regions import Image


class Landmarker(FaceTracker):
    """Faces with 478 landmarks, and 52 blendshapes where the models have them.

    Landmarks are as the network sees them, picture by picture: not smoothed over time.
    """

    def __init__(self, options: Options | None = None) -> None:
        super().__init__(options or Options())
        self._models: Models | None = None

    def setup(self, ctx: RunContext) -> None:
        """Load the models.

        Raises:
            AssetMissingError: the models are not on this machine.
            ResourceError: a model file is damaged.
        """
        options: Options = self.options
        self._models = load_models(ctx, options.models, blendshapes=options.blendshapes)

    def close(self) -> None:
        """Let go of the models."""
        self._models = None

    def detect(self, pixels: Any, ctx: RunContext) -> list[FaceObservation]:
        """Return all faces of one RGB picture, uint8 [height, width, 3], largest first.

        Raises:
            ConfigError: the picture is of another type or shape.
        """
        faces = self._finder.search(_checked(pixels))
        return [self._observation(mesh, number) for number, mesh in enumerate(faces)]

    def track(
        self, frames: Iterable[VideoFrame], ctx: RunContext, *, max_faces: int = 1
    ) -> Iterator[TrackedFrame]:
        """Yield the faces of each frame of a stream; one frame is read for one yielded.

        A face that comes back within 50 frames near where it was lost keeps its number.

        Raises:
            ConfigError: `max_faces` is below 1, or a frame is no RGB picture of 8 bits.
        """
        if max_faces < 1:
            raise ConfigError(
                f"A tracker cannot follow {max_faces} faces.", hint="ask for 1 or more"
            )
        follower = Follower(self._finder, self._loaded.mesh, max_faces)
        for frame in frames:
            ctx.check()
            faces = follower.step(_checked(frame.pixels))
            seen = [self._observation(mesh, number) for number, mesh in faces]
            seen.sort(key=lambda face: -face.size)
            yield TrackedFrame(frame.pts, tuple(seen))

    @property
    def _loaded(self) -> Models:
        if self._models is None:
            raise RuntimeError("Landmarker is used before setup() or after close()")
        return self._models

    @property
    def _finder(self) -> Finder:
        models = self._loaded
        return Finder(models.detector, models.mesh, self.options.min_score)

    def _observation(self, mesh: Mesh, number: int) -> FaceObservation:
        shapes = self._loaded.mesh.blendshapes(mesh.landmarks)
        return FaceObservation(mesh.landmarks, mesh.score, number, shapes)


def _checked(pixels: Any) -> Image:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise ConfigError(
            f"The face tracker takes RGB pictures of 8 bits, not {pixels.dtype} {pixels.shape}.",
            hint="reduce the picture to uint8 [height, width, 3] first",
        )
    image: Image = pixels
    return image
