"""Stack motions: lips from the voice, eyes from keys, head from a take, the rest from video.

The first layer is the base. It lies on the resting face of its own subject, and every further
layer lies on what is beneath it, in its regions, by its weight:

    override    beneath + weight x (layer - beneath)
    add         beneath + weight x layer

on displacements, translations and blendshapes; rotations take the shortest turn. A layer's
displacements are carried onto the base's neutral face first. Where its weight or its share is 0,
what lies beneath is left as it is, bit for bit.

Two takes cross-fade when the second lies on the first, begins before that ends, and fades in:

    layered([LayerInput(first, info), LayerInput(second, info, Blend(time=TimeMap(offset=4),
             fade_in=Fraction(1)))], rate, count)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from a1sdk.components.data import StreamInfo
from a1sdk.components.fields import Time
from a1sdk.errors import CapabilityError, ConfigError
from a1sdk.motion.carry import Carry
from a1sdk.motion.envelope import CONSTANT, Envelope, Weight, faded
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.gaps import GapLog, GapPolicy, fill_gaps
from a1sdk.motion.mix import at_rest
from a1sdk.motion.regions import REGIONS, by_region, point_shares, shape_shares
from a1sdk.motion.resample import Replayable, frames_of, resample
from a1sdk.motion.rotation import rotation_exp, rotation_log, slerp
from a1sdk.motion.solve import coefficients
from a1sdk.motion.timemap import REAL_TIME, Span, TimeMap

if TYPE_CHECKING:
    from a1sdk.components.data import Floats


def _known_regions(regions: dict[str, float]) -> dict[str, float]:
    try:
        by_region(regions)
    except ConfigError as error:  # pydantic adds which field it is
        raise ValueError(f"{error} {error.hint}") from error
    return regions


def _not_negative(time: Fraction) -> Fraction:
    if time < 0:
        raise ValueError("a fade has to last 0 seconds or more")
    return time


Fade = Annotated[Time, AfterValidator(_not_negative)]
"""Seconds that fading lasts."""


class Blend(BaseModel):
    """Where, how, how much and when a layer is laid on what is beneath it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    regions: Annotated[dict[str, Weight], AfterValidator(_known_regions)] = Field(
        default={"all": 1.0},
        description="Share 0..1 by region (lips, jaw, cheeks, eyes, brows, gaze, head) or group"
        " (mouth, face, all); the narrower name wins.",
    )
    mode: Literal["override", "add"] = Field(
        default="override", description="Replace what is beneath, or add to it."
    )
    weight: Envelope = Field(
        default=CONSTANT, description="Weight 0..1: a number, or keys over the film's time."
    )
    time: TimeMap = Field(default=REAL_TIME, description="Which time of the layer is shown when.")
    fade_in: Fade = Field(
        default=Fraction(0), description="Seconds over which the layer comes in at its start."
    )
    fade_out: Fade = Field(
        default=Fraction(0), description="Seconds over which the layer goes at its end."
    )

    def shares(self) -> dict[str, float]:
        """Return the share of each region that the layer reaches, above 0."""
        return {name: share for name, share in by_region(self.regions).items() if share > 0}

    def weight_at(self, time: Fraction, span: Span) -> float:
        """Return the weight at a time of the film, for a layer that is there during `span`."""
        fading = faded(time, span.start, span.end, self.fade_in, self.fade_out)
        return fading * self.weight.at(time)


@dataclass(frozen=True)
class LayerInput:
    """A stream of motion, and how it is laid on what is beneath.

    Attributes:
        frames: the motion at its own rate, numbered from 0: a stream, or where the layer is played
            backwards a `MotionClip` or a `Spool`, which are read at any place.
        info: rate, length and head reference of `frames`.
        blend: where, how, how much and when.
        name: what messages call it.
    """

    frames: Iterable[MotionFrame] | Replayable
    info: StreamInfo
    blend: Blend = field(default_factory=Blend)
    name: str = "layer"

    @property
    def duration(self) -> Fraction | None:
        """Seconds of the stream, or None where that is not known beforehand."""
        if self.info.duration is None and self.info.count is not None:
            return self.info.count / self.info.rate
        return self.info.duration

    @property
    def span(self) -> Span:
        """Seconds of the film in which the layer is there."""
        return self.blend.time.span(self.duration)


def layered(
    layers: Sequence[LayerInput],
    rate: Fraction,
    count: int | None = None,
    *,
    gaps: GapPolicy = "interpolate",
    log: GapLog | None = None,
) -> Iterator[MotionFrame]:
    """Yield the motion of a stack of layers; every frame has a face.

    Each layer is pulled as far as it is needed, and nothing is kept but what filling gaps holds
    back. Layers may be shorter than the film or begin late; a layer above the base weighs
    nothing where it is not there, and fades out if its length is known. The subject and the head
    reference are the base's.

    Blendshapes are there where the base has them; those of a layer that has none are read from its
    expression, see `a1sdk.motion.solve`.
    Confidence goes with the share of the regions that a layer overrides.

    Args:
        layers: the base, and what lies on it in this order.
        rate: frames per second of the result.
        count: how many frames; as many as the base has if None.
        gaps: what to do where a layer has no face, and before and after the base.
        log: is told of the gaps of the base, in frames of the result.

    Raises:
        ConfigError: there is no layer.
        CapabilityError: the head motion of a layer cannot be laid on the base's, or a layer is
            played backwards whose motion is a stream.
        NoFaceError: a gap under `fail`.
    """
    if not layers:
        raise ConfigError("A stack of motion has no layer.")
    for layer in layers[1:]:
        _check_head(layer, layers[0])
    above = [_Layer(layer, rate, gaps) for layer in layers[1:]]
    return _mixed(_grounded(layers[0], rate, count, gaps, log), above)


def _check_head(layer: LayerInput, base: LayerInput) -> None:
    """Refuse heads that are measured from elsewhere; what is added has to be relative."""
    wanted = "relative" if layer.blend.mode == "add" else base.info.head
    if layer.blend.shares().get("head", 0.0) > 0 and layer.info.head != wanted:
        beneath = f"replaces the {base.info.head} one of"
        raise CapabilityError(
            f"The head motion of layer {layer.name!r} is {layer.info.head}, and it"
            f" {'is added to that of' if layer.blend.mode == 'add' else beneath} {base.name!r}.",
            hint=f'take {wanted} head motion, or leave the head out: "regions": {{"face": 1}}',
        )


def _mixed(ground: Iterator[MotionFrame], above: Sequence[_Layer]) -> Iterator[MotionFrame]:
    for frame in ground:
        face = frame.face
        assert face is not None  # gaps are filled
        for layer in above:
            face = layer.over(face, frame.pts)
        yield frame if face is frame.face else MotionFrame(frame.pts, face)


def _grounded(
    base: LayerInput, rate: Fraction, count: int | None, gaps: GapPolicy, log: GapLog | None
) -> Iterator[MotionFrame]:
    """The base from frame 0 to the last, laid on the resting face of its subject."""
    frames = resample(base.frames, base.info.rate, rate, base.duration, base.blend.time)
    mixer, span = _Mixer(base.blend), base.span
    for frame in fill_gaps(padded(frames, count), gaps, rate, log):
        face = frame.face
        assert face is not None  # gaps are filled
        weight = base.blend.weight_at(frame.pts / rate, span)
        mixed = mixer(at_rest(face), face, weight)
        yield frame if mixed is face else MotionFrame(frame.pts, mixed)


def padded(frames: Iterable[MotionFrame], count: int | None) -> Iterator[MotionFrame]:
    """Yield frames 0 to `count`, excluded, as gaps where there are none; all if that is None."""
    number = 0
    for frame in frames:
        while number < frame.pts and number != count:
            yield MotionFrame(number, None)
            number += 1
        if number == count:
            return
        yield frame
        number += 1
    for missing in range(number, count or 0):
        yield MotionFrame(missing, None)


class _Layer:
    """A layer above the base, pulled along with the film."""

    def __init__(self, layer: LayerInput, rate: Fraction, gaps: GapPolicy) -> None:
        self._blend, self._rate, self._span = layer.blend, rate, layer.span
        self._first, self._stop = frames_of(layer.span, rate)
        timed = resample(layer.frames, layer.info.rate, rate, layer.duration, layer.blend.time)
        self._frames = fill_gaps(timed, gaps, rate)
        self._frame: MotionFrame | None = None
        self._carry, self._mixer = Carry(), _Mixer(layer.blend)

    def over(self, beneath: FaceMotion, pts: int) -> FaceMotion:
        """Return the face of frame `pts` with this layer on it."""
        face = self._face(pts)
        if face is None:
            return beneath
        weight = self._blend.weight_at(pts / self._rate, self._span)
        return self._mixer(beneath, self._carry(face, beneath.neutral), weight)

    def _face(self, pts: int) -> FaceMotion | None:
        """The layer's face in frame `pts`, or None where the layer is not there."""
        if pts < self._first or (self._stop is not None and pts >= self._stop):
            return None
        while self._frame is None or self._frame.pts < pts:
            self._frame = next(self._frames, None)
            if self._frame is None:
                self._stop = pts
                return None
        if pts + 1 == self._stop and self._blend.time.points is None:
            next(self._frames, None)  # let the stream end, as streams that are used up do
        return self._frame.face if self._frame.pts == pts else None


class _Mixer:
    """Lays one face on another, both displacements of the same neutral face."""

    def __init__(self, blend: Blend) -> None:
        shares = blend.shares()
        self._added = blend.mode == "add"
        self._points, self._shapes = point_shares(shares), shape_shares(shares)
        self._head = shares.get("head", 0.0)
        self._mean = sum(shares.values()) / len(REGIONS)

    def __call__(self, beneath: FaceMotion, face: FaceMotion, weight: float) -> FaceMotion:
        if weight == 0.0:
            return beneath
        alike = (face.blendshapes is None) == (beneath.blendshapes is None)
        if weight * self._mean == 1.0 and alike and not self._added:
            return face
        rotation, translation = self._mix_head(beneath, face, weight * self._head)
        points = np.float32(weight) * self._points
        return replace(
            beneath,
            expression=self._mix(beneath.expression, face.expression, points),
            rotation=rotation,
            translation=translation,
            blendshapes=self._mix_blendshapes(beneath, face, np.float32(weight) * self._shapes),
            confidence=self._mix_confidence(beneath, face, weight),
        )

    def _mix(self, beneath: Floats, face: Floats, weight: Floats | np.float32) -> Floats:
        kept = beneath if self._added else (1 - weight) * beneath
        return np.asarray(kept + weight * face, np.float32)

    def _mix_head(
        self, beneath: FaceMotion, face: FaceMotion, weight: float
    ) -> tuple[Floats, Floats]:
        if weight == 0.0:
            return beneath.rotation, beneath.translation
        if self._added:
            turn = rotation_exp(weight * rotation_log(face.rotation))
            rotation = beneath.rotation.astype(np.float64) @ turn
        else:
            rotation = slerp(beneath.rotation, face.rotation, weight)
        moved = self._mix(beneath.translation, face.translation, np.float32(weight))
        return rotation.astype(np.float32), moved

    def _mix_blendshapes(
        self, beneath: FaceMotion, face: FaceMotion, weight: Floats
    ) -> Floats | None:
        if beneath.blendshapes is None or not weight.any():
            return beneath.blendshapes
        scores = face.blendshapes
        if scores is None:
            scores = coefficients(face.expression, face.neutral)
        mixed = self._mix(beneath.blendshapes, scores, weight)
        return np.clip(mixed, 0.0, 1.0) if self._added else mixed

    def _mix_confidence(self, beneath: FaceMotion, face: FaceMotion, weight: float) -> float:
        if self._added:
            return beneath.confidence
        return beneath.confidence + weight * self._mean * (face.confidence - beneath.confidence)
