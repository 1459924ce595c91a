"""The kinds of component: how each is registered, described and implemented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from a1sdk.components.interfaces import (
    Component,
    FaceTracker,
    IdentityEncoder,
    MotionSource,
    MotionWriter,
    Renderer,
)
from a1sdk.components.specs import (
    ComponentSpec,
    FaceTrackerSpec,
    IdentityEncoderSpec,
    Kind,
    MotionSourceSpec,
    MotionWriterSpec,
    RendererSpec,
)


@dataclass(frozen=True, slots=True)
class KindInfo:
    """One kind of component: its words, hook, spec class and abstract class."""

    words: str
    hook: str
    spec: type[ComponentSpec[Any]]
    interface: type[Component]


KINDS: dict[Kind, KindInfo] = {
    "motion_source": KindInfo(
        "motion source", "a1_register_motion_sources", MotionSourceSpec, MotionSource
    ),
    "motion_writer": KindInfo(
        "motion writer", "a1_register_motion_writers", MotionWriterSpec, MotionWriter
    ),
    "face_tracker": KindInfo(
        "face tracker", "a1_register_face_trackers", FaceTrackerSpec, FaceTracker
    ),
    "identity_encoder": KindInfo(
        "identity encoder", "a1_register_identity_encoders", IdentityEncoderSpec, IdentityEncoder
    ),
    "renderer": KindInfo("renderer", "a1_register_renderers", RendererSpec, Renderer),
}
