"""Face tracker `facemesh/landmarks`: MediaPipe's published face models, run on LiteRT."""

from a1sdk.plugin import FaceTrackerSpec, hookimpl
from a1sdk_facemesh.assets import ASSETS


@hookimpl
def a1_register_face_trackers() -> list[FaceTrackerSpec]:
    """Offer the tracker."""
    return [
        FaceTrackerSpec(
            name="landmarks",
            summary="Finds and follows faces with MediaPipe's face mesh models on the CPU.",
            factory="a1sdk_facemesh.landmarker:Landmarker",
            options="a1sdk_facemesh.options:Options",
            assets=ASSETS,
            materials="a1sdk_facemesh.assets:materials",
        )
    ]
