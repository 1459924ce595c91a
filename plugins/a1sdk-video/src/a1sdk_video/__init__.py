"""Motion source `video/face`: the performance of a face in a driving video."""

from a1sdk.plugin import MotionSourceSpec, hookimpl


@hookimpl
def a1_register_motion_sources() -> list[MotionSourceSpec]:
    """Offer the source."""
    return [
        MotionSourceSpec(
            name="face",
            summary="Takes the performance of one face from a driving video.",
            factory="a1sdk_video.source:VideoFace",
            options="a1sdk_video.options:Options",
            inputs=("video",),
            needs_face_tracker=True,
        )
    ]
