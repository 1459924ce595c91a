"""The pieces under `animate`: motion as data, changed, and retargeted onto a portrait's face.

python examples/motion_pieces.py TAKE.a1motion PORTRAIT
"""

import sys
from pathlib import Path

from a1sdk import HostContext, MotionClip, Registry
from a1sdk.media import read_still
from a1sdk.motion.retarget import Retarget
from a1sdk.motion.rotation import euler

clip = MotionClip.load(Path(sys.argv[1]))
registry = Registry()
chosen = registry.choose("face_tracker", "facemesh")
with HostContext() as context:
    tracker, lent = chosen.build(), context.lend(chosen.spec)
    tracker.setup(lent)
    face = tracker.detect(read_still(sys.argv[2]).pixels, lent)[0]
    tracker.close()

retarget = Retarget(face, head_gain=0.5)
for frame in clip.frames():
    if frame.face is not None:
        chin = retarget(frame).landmarks[152]
        yaw, pitch, roll = euler(frame.face.rotation)
        print(f"{frame.pts:4}  yaw {yaw:6.1f}  chin at {chin[0]:6.1f}, {chin[1]:6.1f}")
