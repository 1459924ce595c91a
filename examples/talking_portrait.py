"""Make a portrait say a sentence: python examples/talking_portrait.py PORTRAIT VOICE OUTPUT.

The voice moves mouth, brows and head and blinks; keys made here add a smile and a glance.
"""

import sys

from a1sdk_keyframes import Keys

import a1sdk

portrait, voice, output = sys.argv[1:]
keys = (
    Keys()
    .at("0s", smile=0.1, gaze_yaw=0)
    .at("0.5s", smile=0.35)
    .at("4.5s", smile=0.1, gaze_yaw=0)
    .at("4.65s", gaze_yaw=16)
    .at("5.2s", gaze_yaw=16)
    .at("5.35s", smile=0.3, gaze_yaw=0)
    .preset("nod", at="0.3s", amount=0.5)
)
report = a1sdk.animate(portrait, None, output, voice=voice, keys=keys.layer())
print(f"{report.frames} frames at {report.rate} fps")
