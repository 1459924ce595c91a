"""What the released scripts do around the model, for comparison with them.

The renderer does none of this: it takes landmarks at exact instants, frames the face in a window,
and leaves no frame out. See `a1sdk_dit.timing` and `a1sdk_dit.framing`.
"""

from a1sdk_dit.reference.frames import (
    Insertion,
    control_list,
    frame_table,
    interpolation_order,
    retimed,
)
from a1sdk_dit.reference.pictures import (
    carried_pupils,
    face_crop,
    fit_picture,
    from_camera,
    pupil_places,
    tracking_crop,
)
from a1sdk_dit.reference.pose import smooth_pose, transfer_pose
from a1sdk_dit.reference.script import AUDIO_FRAME, control_pictures

__all__ = [
    "AUDIO_FRAME",
    "Insertion",
    "carried_pupils",
    "control_list",
    "control_pictures",
    "face_crop",
    "fit_picture",
    "frame_table",
    "from_camera",
    "interpolation_order",
    "pupil_places",
    "retimed",
    "smooth_pose",
    "tracking_crop",
    "transfer_pose",
]
