"""Face tracker `insightface/scrfd`: where faces are, also the small ones of a group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from a1sdk.plugin import ConfigError, FaceObservation, FaceTracker, TrackedFrame
from a1sdk_insightface.detector import Detector
from a1sdk_insightface.follower import Follower
from a1sdk_insightface.library import versions
from a1sdk_insightface.options import TrackerOptions
from a1sdk_insightface.packs import Pack
from a1sdk_insightface.pictures import blue_first
from a1sdk_insightface.pose import fit_resting_face

if TYPE_CHECKING:
    from a1sdk.plugin import RunContext, VideoFrame
    from a1sdk_insightface.detector import Detection
    from a1sdk_insightface.pictures import Image

_SMALL = 128  # pixels a side of the search for faces that fill the picture


class Scrfd(FaceTracker):
    """Faces by place, size and pose; their landmarks are those of a resting face.

    The detector gives five points of a face, and 478 landmarks are asked for. They are a resting
    face's, fitted to the five: right in place, size and pose, and without expression. This is for
    telling who is where, and not for motion: the spec says so, and the host keeps to it.
    """

    _detector: Detector | None = None

    def __init__(self, options: Any = None) -> None:
        super().__init__(options if options is not None else TrackerOptions())

    def setup(self, ctx: RunContext) -> None:
        """Load the detector.

        Raises:
            AssetMissingError: the pack is not on this machine.
            CapabilityError: insightface is not installed, or onnxruntime lacks the device.
            ConfigError: the pack has no detector with five points.
            ResourceError: its file is damaged.
        """
        options: TrackerOptions = self.options
        network = Pack.of(options, ctx).open("detection")
        self._detector = Detector(network, options.min_score)
        ctx.record("libraries", versions())
        ctx.record("detector", network.facts)

    def close(self) -> None:
        """Let go of the detector."""
        self._detector = None

    def detect(self, pixels: Any, ctx: RunContext) -> list[FaceObservation]:
        """Return all faces of one picture, uint8 [height, width, 3], largest first.

        Raises:
            ConfigError: the picture is of another type or shape.
        """
        faces = [_observation(found) for found in self._find(pixels)]
        faces.sort(key=lambda face: -face.size)
        return [
            FaceObservation(face.landmarks, face.score, number) for number, face in enumerate(faces)
        ]

    def track(
        self, frames: Iterable[VideoFrame], ctx: RunContext, *, max_faces: int = 1
    ) -> Iterator[TrackedFrame]:
        """Yield the faces of each frame of a stream; one frame is read for one yielded.

        A face that comes back within 50 frames where it was lost keeps its number.

        Raises:
            ConfigError: `max_faces` is below 1, or a frame is no picture.
        """
        if max_faces < 1:
            raise ConfigError(
                f"A tracker cannot follow {max_faces} faces.", hint="ask for 1 or more"
            )
        follower = Follower(max_faces)
        for frame in frames:
            ctx.check()
            followed = follower.step(self._find(frame.pixels))
            seen = [_observation(found, number) for number, found in followed]
            seen.sort(key=lambda face: -face.size)
            yield TrackedFrame(frame.pts, tuple(seen))

    def _find(self, pixels: Any) -> list[Detection]:
        if self._detector is None:
            raise RuntimeError("Scrfd is used before setup() or after close()")
        picture = blue_first(pixels)
        found = self._detector.find(picture, (_SMALL, self.options.size))
        return [self._upright(self._detector, picture, one) for one in found]

    @staticmethod
    def _upright(detector: Detector, picture: Image, found: Detection) -> Detection:
        """Return a detection with the points of a second look, if the face lies on its side.

        The network finds such faces, and is far off with their points.
        """
        across = found.points[1] - found.points[0]
        if across[0] > abs(across[1]):
            return found
        points = detector.look(picture, found.points)
        return found if points is None else replace(found, points=points)


def _observation(found: Detection, number: int = 0) -> FaceObservation:
    # half a pixel: from pixels' centres at whole coordinates to corners
    return FaceObservation(fit_resting_face(found.points + 0.5), found.score, number)
