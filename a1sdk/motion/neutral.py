"""A subject's neutral face, found in observations, and motion measured against it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from a1sdk.components.data import FaceObservation, HeadReference
from a1sdk.errors import NoFaceError
from a1sdk.motion.frame import FaceMotion
from a1sdk.motion.landmarks import LOWER_LIDS, LOWER_LIP, STABLE, UPPER_LIDS, UPPER_LIP
from a1sdk.motion.pose import CAMERA_DISTANCE, NEAREST, Pose, fit_pose, own_pose
from a1sdk.motion.rotation import mean_rotation, nearest_rotation, rotation_log

if TYPE_CHECKING:
    import numpy.typing as npt

    from a1sdk.components.data import Floats
    from a1sdk.motion.pose import Doubles, Points

_KEEP = 0.15  # share of the observations that the neutral face is the median of
_KEEP_AT_LEAST = 5
_MOST_STRAIN = 0.12  # face units; a turned, occluded face reaches 0.07, none at all 0.15 and more
_TOP, _BOTTOM = np.array(UPPER_LIDS), np.array(LOWER_LIDS)
_LIP_TOP, _LIP_BOTTOM = np.array(UPPER_LIP[0]), np.array(LOWER_LIP[0])
_SCALES = {"mouth": 0.01, "eyes": 0.015, "pose": 0.05, "energy": 0.5, "score": 0.1}


def eye_apertures(shape: Points) -> Doubles:
    """Return how far the eyes of face-space shapes [..., 478, 3] are open: [..., 2], face units.

    Mean height of the five middle lid pairs, the subject's right eye first.
    """
    gap = shape[..., _BOTTOM, 1] - shape[..., _TOP, 1]
    return np.asarray(gap[..., 1:6].mean(-1), np.float64)


def mouth_opening(shape: Points) -> Doubles:
    """Return the mean height between the inner lips of shapes [..., 478, 3], in face units."""
    gap = shape[..., _LIP_BOTTOM, 1] - shape[..., _LIP_TOP, 1]
    return np.asarray(gap[..., 2:7].mean(-1), np.float64)


@dataclass(frozen=True, eq=False)
class Neutral:
    """A subject's neutral face and the pose that goes with it.

    Attributes:
        shape: float64 [478, 3], in face space.
        pose: the neutral pose, in the picture the observations come from.
    """

    shape: Doubles
    pose: Pose

    @classmethod
    def of(cls, observation: FaceObservation) -> Neutral:
        """Take one observation as the neutral face."""
        pose = own_pose(observation.landmarks)
        return cls(pose.unproject(observation.landmarks), pose)

    @cached_property
    def array(self) -> Floats:
        """The shape as `FaceMotion.neutral` carries it: float32, one array for the stream."""
        return self.shape.astype(np.float32)

    def motion(self, observation: FaceObservation, head: HeadReference = "relative") -> FaceMotion:
        """Return what an observation shows, relative to this neutral face.

        With `head="absolute"` the rotation is measured from facing the camera; the translation is
        measured from the neutral position in both cases.
        """
        pose = fit_pose(observation.landmarks, self.shape)
        shape = pose.unproject(observation.landmarks)
        rotation = pose.rotation if head == "absolute" else self.pose.rotation.T @ pose.rotation
        return FaceMotion(
            expression=(shape - self.shape).astype(np.float32),
            rotation=rotation.astype(np.float32),
            translation=self._translation(pose).astype(np.float32),
            blendshapes=observation.blendshapes,
            confidence=observation.score,
            neutral=self.array,
        )

    def moved_to(self, observations: Sequence[FaceObservation]) -> Neutral:
        """Return the same face in the mean pose of some observations."""
        seen = [observation.landmarks for observation in observations]
        return Neutral(self.shape, _mean_pose(seen, self.shape))

    def _translation(self, pose: Pose) -> Doubles:
        moved = (pose.translation - self.pose.translation) / self.pose.scale
        moved[2] = max(NEAREST, CAMERA_DISTANCE * (self.pose.scale / pose.scale - 1.0))
        return np.asarray(moved)


def plausible(motion: FaceMotion) -> bool:
    """Return whether a tracker's motion can be a face: the head's stable points stayed in shape.

    Trackers now and then report a face where there is none; its motion makes a portrait explode.
    """
    strain = np.linalg.norm(motion.expression[list(STABLE)], axis=1)
    return bool(np.median(strain) < _MOST_STRAIN)


def estimate_neutral(observations: Sequence[FaceObservation]) -> Neutral:
    """Return the neutral face of the subject seen in `observations`, robustly.

    The neutral shape is the median of the pose-normalised shapes of the frames that look most
    neutral: mouth nearest to closed, eyes open as they usually are when not shut, head near its
    median pose, little blendshape activity (where the tracker measures it), good score. The
    neutral pose is the mean pose of those frames. A subject who never closes the mouth or never
    stops smiling cannot be seen through; name a better frame by hand then.

    Raises:
        NoFaceError: there is no observation.
    """
    if not observations:
        raise NoFaceError("There is no face to estimate a neutral expression from.")
    if len(observations) == 1:
        return Neutral.of(observations[0])
    landmarks = np.stack([observation.landmarks for observation in observations]).astype(float)
    start = own_pose(landmarks[len(landmarks) // 2])
    shape = start.unproject(landmarks[len(landmarks) // 2])
    poses = [fit_pose(points, shape) for points in landmarks]
    shapes = np.stack([pose.unproject(p) for pose, p in zip(poses, landmarks, strict=True)])
    chosen = _most_neutral(observations, shapes, poses)
    return _combine(landmarks[chosen], np.median(shapes[chosen], axis=0))


def _combine(landmarks: Doubles, shape: Doubles) -> Neutral:
    """Put the median shape into its own face space, and find the mean pose there."""
    shape = own_pose(shape).unproject(shape)
    return Neutral(shape, _mean_pose(landmarks, shape))


def _mean_pose(landmarks: Iterable[Points], shape: Doubles) -> Pose:
    poses = [fit_pose(points, shape) for points in landmarks]
    return Pose(
        mean_rotation(np.stack([pose.rotation for pose in poses])),
        float(np.median([pose.scale for pose in poses])),
        np.median([pose.translation for pose in poses], axis=0),
    )


def _most_neutral(
    observations: Sequence[FaceObservation], shapes: Doubles, poses: Sequence[Pose]
) -> npt.NDArray[np.intp]:
    """Indices of the frames whose added-up distance from neutral is smallest."""
    mouth = mouth_opening(shapes)
    eyes = eye_apertures(shapes).mean(-1)
    cost = (mouth - np.quantile(mouth, 0.1)).clip(0) / _SCALES["mouth"]
    awake = eyes[eyes > np.quantile(eyes, 0.9) / 2]
    cost += np.abs(eyes - np.median(awake)) / _SCALES["eyes"]
    cost += _turned_away(poses) / _SCALES["pose"]
    cost += _energies(observations) / _SCALES["energy"]
    cost += np.array([1.0 - seen.score for seen in observations]) / _SCALES["score"]
    keep = min(len(cost), max(_KEEP_AT_LEAST, round(_KEEP * len(cost))))
    return np.argsort(cost, kind="stable")[:keep]


def _turned_away(poses: Sequence[Pose]) -> Doubles:
    """Radians between each head rotation and the typical one."""
    rotations = np.stack([pose.rotation for pose in poses])
    middle = nearest_rotation(np.median(rotations, axis=0))
    return np.array([np.linalg.norm(rotation_log(middle.T @ r)) for r in rotations])


def _energies(observations: Sequence[FaceObservation]) -> Doubles:
    """How active the blendshapes are, zero where the tracker has none."""
    known = [seen.blendshapes for seen in observations if seen.blendshapes is not None]
    if len(known) < len(observations):
        return np.zeros(len(observations))
    return np.array([float(np.square(scores).sum()) for scores in known])
