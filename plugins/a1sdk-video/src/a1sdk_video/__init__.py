"""Motion sources: `video/face`, a face in a driving video; `video/clip`, a saved motion."""

from a1sdk.plugin import MotionSourceSpec, hookimpl


@hookimpl
def a1_register_motion_sources() -> list[MotionSourceSpec]:
    """Offer the sources."""
    return [
        MotionSourceSpec(
            name="face",
            summary="Takes the performance of one face from a driving video.",
            factory="a1sdk_video.source:VideoFace",
            options="a1sdk_video.options:Options",
            inputs=("video",),
            needs_face_tracker=True,
        ),
        MotionSourceSpec(
            name="clip",
            summary="Plays motion that was saved to a file before.",
            factory="a1sdk_video.clip:SavedClip",
            options="a1sdk_video.options:ClipOptions",
            inputs=(".a1motion",),
        ),
    ]
