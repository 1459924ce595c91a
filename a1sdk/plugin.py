"""Everything a plugin author imports. Importing it loads neither numpy nor pydantic.

Helpers that need either come from modules imported on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from a1sdk.components.data import (
    BLENDSHAPES,
    LANDMARKS,
    FaceObservation,
    Identity,
    Label,
    Portrait,
    RenderEstimate,
    StreamInfo,
    TargetFrame,
    TrackedFrame,
    VideoFrame,
)
from a1sdk.components.hookspecs import hookimpl
from a1sdk.components.interfaces import (
    FaceTracker,
    IdentityEncoder,
    MotionSource,
    MotionWriter,
    Renderer,
    RunContext,
)
from a1sdk.components.specs import (
    Asset,
    AssetGroup,
    Comparison,
    FaceTrackerSpec,
    FileFormat,
    Folder,
    IdentityEncoderSpec,
    Materials,
    MotionSourceSpec,
    MotionWriterSpec,
    RendererSpec,
    Snapshot,
)
from a1sdk.errors import (
    A1Error,
    AssetMissingError,
    Cancelled,
    CapabilityError,
    ConfigError,
    DecodeError,
    DeviceUnavailableError,
    EncodeError,
    MediaError,
    NoFaceError,
    OutOfMemoryError,
    ResourceError,
    StorageError,
)
from a1sdk.lazy import lazily
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.timing import Timecode, as_rate, as_time, frame_count

if TYPE_CHECKING:
    from a1sdk.components.fields import Rate, Time
    from a1sdk.components.options import config_error, did_you_mean
    from a1sdk.media.reader import TimedFrame, open_video
    from a1sdk.media.sound import Sound, open_sound
    from a1sdk.motion.blendshapes import (
        BLENDSHAPE_NAMES,
        from_coefficients,
        from_mediapipe,
        reference_face,
        resting_scores,
    )
    from a1sdk.motion.clip import MotionClip
    from a1sdk.motion.coarticulation import articulate
    from a1sdk.motion.gaze import FULL_GAZE, gaze_shapes
    from a1sdk.motion.neutral import Neutral, estimate_neutral, plausible
    from a1sdk.motion.phones import PHONES, VOWELS, cues_of
    from a1sdk.motion.pose import neck_swing
    from a1sdk.motion.regions import shapes_of
    from a1sdk.motion.resample import to_grid
    from a1sdk.motion.rotation import euler, from_euler, mean_rotation, rotation_exp
    from a1sdk.motion.smoothing import smooth
    from a1sdk.motion.solve import coefficients
    from a1sdk.motion.visemes import RHUBARB, VISEMES, Cue, to_rhubarb
    from a1sdk.streams import prefetch

_LAZY: dict[str, str] = {
    "BLENDSHAPE_NAMES": "a1sdk.motion.blendshapes",
    "Cue": "a1sdk.motion.visemes",
    "FULL_GAZE": "a1sdk.motion.gaze",
    "MotionClip": "a1sdk.motion.clip",
    "Neutral": "a1sdk.motion.neutral",
    "PHONES": "a1sdk.motion.phones",
    "RHUBARB": "a1sdk.motion.visemes",
    "Rate": "a1sdk.components.fields",
    "Sound": "a1sdk.media.sound",
    "Time": "a1sdk.components.fields",
    "TimedFrame": "a1sdk.media.reader",
    "VISEMES": "a1sdk.motion.visemes",
    "VOWELS": "a1sdk.motion.phones",
    "articulate": "a1sdk.motion.coarticulation",
    "coefficients": "a1sdk.motion.solve",
    "config_error": "a1sdk.components.options",
    "cues_of": "a1sdk.motion.phones",
    "did_you_mean": "a1sdk.components.options",
    "estimate_neutral": "a1sdk.motion.neutral",
    "euler": "a1sdk.motion.rotation",
    "from_coefficients": "a1sdk.motion.blendshapes",
    "from_euler": "a1sdk.motion.rotation",
    "from_mediapipe": "a1sdk.motion.blendshapes",
    "gaze_shapes": "a1sdk.motion.gaze",
    "mean_rotation": "a1sdk.motion.rotation",
    "neck_swing": "a1sdk.motion.pose",
    "open_sound": "a1sdk.media.sound",
    "open_video": "a1sdk.media.reader",
    "plausible": "a1sdk.motion.neutral",
    "prefetch": "a1sdk.streams",
    "reference_face": "a1sdk.motion.blendshapes",
    "resting_scores": "a1sdk.motion.blendshapes",
    "rotation_exp": "a1sdk.motion.rotation",
    "shapes_of": "a1sdk.motion.regions",
    "smooth": "a1sdk.motion.smoothing",
    "to_grid": "a1sdk.motion.resample",
    "to_rhubarb": "a1sdk.motion.visemes",
}
"""Names that need numpy or pydantic, and the modules they are taken from on first use."""

__all__ = [
    "BLENDSHAPES",
    "BLENDSHAPE_NAMES",
    "FULL_GAZE",
    "LANDMARKS",
    "PHONES",
    "RHUBARB",
    "VISEMES",
    "VOWELS",
    "A1Error",
    "Asset",
    "AssetGroup",
    "AssetMissingError",
    "Cancelled",
    "CapabilityError",
    "Comparison",
    "ConfigError",
    "Cue",
    "DecodeError",
    "DeviceUnavailableError",
    "EncodeError",
    "FaceMotion",
    "FaceObservation",
    "FaceTracker",
    "FaceTrackerSpec",
    "FileFormat",
    "Folder",
    "Identity",
    "IdentityEncoder",
    "IdentityEncoderSpec",
    "Label",
    "Materials",
    "MediaError",
    "MotionClip",
    "MotionFrame",
    "MotionSource",
    "MotionSourceSpec",
    "MotionWriter",
    "MotionWriterSpec",
    "Neutral",
    "NoFaceError",
    "OutOfMemoryError",
    "Portrait",
    "Rate",
    "RenderEstimate",
    "Renderer",
    "RendererSpec",
    "ResourceError",
    "RunContext",
    "Snapshot",
    "Sound",
    "StorageError",
    "StreamInfo",
    "TargetFrame",
    "Time",
    "Timecode",
    "TimedFrame",
    "TrackedFrame",
    "VideoFrame",
    "articulate",
    "as_rate",
    "as_time",
    "coefficients",
    "config_error",
    "cues_of",
    "did_you_mean",
    "estimate_neutral",
    "euler",
    "frame_count",
    "from_coefficients",
    "from_euler",
    "from_mediapipe",
    "gaze_shapes",
    "hookimpl",
    "mean_rotation",
    "neck_swing",
    "open_sound",
    "open_video",
    "plausible",
    "prefetch",
    "reference_face",
    "resting_scores",
    "rotation_exp",
    "shapes_of",
    "smooth",
    "to_grid",
    "to_rhubarb",
]

__getattr__, __dir__ = lazily(__name__, _LAZY)
