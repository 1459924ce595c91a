"""Profiles: the limits that a film is held to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from a1sdk.components.options import config_error, did_you_mean
from a1sdk.errors import ConfigError
from a1sdk.qc.model import Limit, QcProfile

if TYPE_CHECKING:
    from a1sdk.components.specs import Comparison

DEFAULT_LIMITS: Mapping[str, Limit] = {
    "expression": Limit(warn=0.06, fail=0.1, frames=4),
    "head": Limit(warn=10.0, fail=16.0, frames=4),
    "gaze": Limit(warn=15.0, fail=22.0, frames=6),
    "eyes_off": Limit(warn=0.55, fail=0.7, frames=2),
    "eyes_follow": Limit(warn=0.7, fail=0.4, frames=8, release=0.9),
    "mouth_off": Limit(warn=0.13, fail=0.2, frames=4),
    "mouth_follow": Limit(warn=0.45, fail=0.2, frames=8, release=0.9),
    "face_shape": Limit(warn=0.05, fail=0.08, frames=4),
    "face_looks": Limit(warn=0.85, fail=0.75, frames=3, release=0.95),
    "jitter": Limit(warn=0.4, fail=0.6, frames=8),
    "wobble": Limit(warn=1.0, fail=1.5, frames=8),
    "color_face": Limit(warn=2.0, fail=3.5, frames=3),
    "color_outside": Limit(warn=1.5, fail=3.0, frames=3),
    "flicker_face": Limit(warn=1.0, fail=2.0, frames=1),
    "flicker_outside": Limit(warn=1.0, fail=2.0, frames=1),
    "sharpness": Limit(warn=0.35, fail=0.25, frames=4, release=0.9),
    "repeated": Limit(warn=1.0, fail=4.0, frames=1),
    "face_repeated": Limit(warn=1.0, fail=4.0, frames=1),
    "others_move": Limit(warn=4.0, fail=8.0, frames=2),
    "brightness": Limit(warn=0.35, fail=0.15, frames=1, release=0.9),
    "face_lost": Limit(warn=0.5, fail=0.5, frames=2),
    "not_numbers": Limit(fail=1e-9),
    "resized": Limit(warn=1.0),
    "faces": Limit(warn=0.0),
    "eyes_lag": Limit(warn=1.0, fail=2.0),
    "mouth_lag": Limit(warn=1.0, fail=2.0),
    "sound_slip": Limit(warn=20.0, fail=45.0),
    "lip_sync": Limit(warn=200.0),
}
"""The limits of the profile `default`, by measure; see docs/quality-control.md for their origin.

Those of `identity` are the encoder's own, see `judged_by`.
"""

_IDENTITY = "identity"
_FRAMES, _RELEASE = 4, 0.9  # of the limit of identity, as for other measures of a face

_OF_MOTION = ("jitter", "wobble")
"""Measures of what moves less what was to move: of a person who does as they like they say nothing.

Others that compare with the motion have no values without it.
"""

_OF_OURS = (
    *("expression", "head", "gaze", "eyes_off", "mouth_off"),
    *("color_face", "color_outside", "sharpness", "others_move"),
)
"""Measures that say something of what `a1` made: others carry motion over otherwise, and light."""

_OF_ITSELF = {
    "face_shape": Limit(),
    "flicker_face": Limit(warn=2.0, fail=4.0),
    "flicker_outside": Limit(warn=2.0, fail=4.0),
    "face_lost": Limit(warn=0.5, frames=4),
}
"""Limits of films that others made, of which it is not known what is to happen in them.

A hand passes before the face, somebody turns away or leaves, and none of it is a defect.
"""

_SOMEBODY_ELSE = Limit(warn=0.55, fail=0.45, frames=3, release=0.95)
"""Of `face_looks`, where the person is known and what they do is not.

In eleven films of people who move freely, each held to its own first face, it fell to 0.57 behind a
hand and in the turn of a head. Of other people three quarters came to less than 0.49.
"""


@dataclass(frozen=True)
class Grounds:
    """What is known of a shot, and so by what it can be judged.

    Attributes:
        made: whether it was made here, by a job that is known or by one that is lost.
        motion: whether it is known what every face was asked to do.
        portrait: whether it is known whose face it has to show.
    """

    made: bool = True
    motion: bool = True
    portrait: bool = True

    def limits(self, profile: QcProfile) -> Mapping[str, Limit]:
        """Return the limits by which a shot is judged.

        Those that a profile names hold whatever is known.
        """
        limits = dict(DEFAULT_LIMITS)
        if not self.motion:
            limits |= dict.fromkeys(_OF_MOTION, Limit())
        if not self.made:
            limits |= dict.fromkeys(_OF_OURS, Limit())
        if not (self.made or self.motion):
            limits |= _OF_ITSELF
            limits["face_looks"] = _SOMEBODY_ELSE if self.portrait else Limit()
        return {**limits, **profile.limits}


def default_profile() -> QcProfile:
    """Return the profile `default`."""
    return QcProfile(limits=dict(DEFAULT_LIMITS))


def read_profile(path: Path) -> QcProfile:
    """Return the profile in a file; it has the limits that the file names.

    Raises:
        ConfigError: the file is missing or no profile, or names a measure that there is not.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        given = QcProfile.model_validate(data)
    except OSError as error:
        raise ConfigError(f"The profile {str(path)!r} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise config_error(error) from None
    except ValueError as error:
        raise ConfigError(f"The profile {str(path)!r} is no JSON: {error}.") from error
    for name in given.limits:
        if name not in (*DEFAULT_LIMITS, _IDENTITY):
            raise ConfigError(
                f"The profile {str(path)!r} has a limit for {name!r}, which is no measure.",
                hint=did_you_mean(name, DEFAULT_LIMITS)
                or f"measures with limits: {', '.join(DEFAULT_LIMITS)}",
            )
    return given


def judged_by(profile: QcProfile, comparison: Comparison) -> QcProfile:
    """Return the profile with an identity encoder's own limits, unless it has some for `identity`.

    A cosine says who it is by the encoder that it is of: a face fails where that takes it for
    another person's, and warns where it is in doubt.
    """
    if _IDENTITY in profile.limits:
        return profile
    limit = Limit(
        warn=comparison.same_from,
        fail=comparison.same_from if comparison.other_below is None else comparison.other_below,
        frames=_FRAMES,
        release=_RELEASE,
    )
    return profile.model_copy(update={"limits": {**profile.limits, _IDENTITY: limit}})
