"""The hooks. Adding a hook or an argument is compatible; removing or renaming one is not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from a1sdk.components.specs import (
        FaceTrackerSpec,
        IdentityEncoderSpec,
        MotionSourceSpec,
        MotionWriterSpec,
        RendererSpec,
    )
    from a1sdk.errors import A1Error

PROJECT = "a1sdk"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Hooks:
    """Signatures only; the registry calls them one plugin at a time."""

    @hookspec
    def a1_register_motion_sources(self) -> Iterable[MotionSourceSpec]:
        """Return the motion sources this plugin offers."""
        raise NotImplementedError

    @hookspec
    def a1_register_motion_writers(self) -> Iterable[MotionWriterSpec]:
        """Return the motion writers this plugin offers."""
        raise NotImplementedError

    @hookspec
    def a1_register_face_trackers(self) -> Iterable[FaceTrackerSpec]:
        """Return the face trackers this plugin offers."""
        raise NotImplementedError

    @hookspec
    def a1_register_identity_encoders(self) -> Iterable[IdentityEncoderSpec]:
        """Return the identity encoders this plugin offers."""
        raise NotImplementedError

    @hookspec
    def a1_register_renderers(self) -> Iterable[RendererSpec]:
        """Return the renderers this plugin offers."""
        raise NotImplementedError

    @hookspec
    def a1_doctor(self) -> Iterable[A1Error]:
        """Return what keeps components from working here, missing assets aside, for `a1 doctor`.

        Each is an error that is not raised; its hint says what mends it, as a command where it can.
        """
        raise NotImplementedError

    @hookspec
    def a1_run_started(self, job: Any) -> None:
        """Note that a run is about to begin; an exception here is logged and ignored."""

    @hookspec
    def a1_run_finished(self, job: Any, report: Any) -> None:
        """Note that a run ended; `report.outcome` is `done`, `failed` or `cancelled`."""
