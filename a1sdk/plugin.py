"""Everything a plugin author imports. Importing it loads neither numpy nor pydantic.

Helpers that need numpy are functions of modules imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from a1sdk.components.data import (
    BLENDSHAPES,
    LANDMARKS,
    FaceObservation,
    Identity,
    Portrait,
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
    Renderer,
    RunContext,
)
from a1sdk.components.specs import (
    Asset,
    AssetGroup,
    FaceTrackerSpec,
    IdentityEncoderSpec,
    MotionSourceSpec,
    RendererSpec,
)
from a1sdk.motion.frame import FaceMotion, MotionFrame
