"""The model files: MediaPipe's bundle, or else the older models inside its last big wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from a1sdk.plugin import Asset, AssetGroup, Materials

if TYPE_CHECKING:
    from a1sdk_facemesh.options import Options

_LICENSE_URL = "https://github.com/google-ai-edge/mediapipe/blob/master/LICENSE"
_WHEEL = "wheel:mediapipe==0.10.21!mediapipe/modules/"

BUNDLE = Asset(
    name="face_landmarker.task",
    urls=(
        "https://storage.googleapis.com/mediapipe-models/face_landmarker/face_landmarker/"
        "float16/1/face_landmarker.task",
    ),
    sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
    size=3_758_596,
    license="Apache-2.0",
    license_url=_LICENSE_URL,
)
"""Zip of the short-range detector, the 478-point network and the blendshape network."""

DETECTOR = Asset(
    name="face_detection_short_range.tflite",
    urls=(_WHEEL + "face_detection/face_detection_short_range.tflite",),
    sha256="bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    size=229_714,
    license="Apache-2.0",
    license_url=_LICENSE_URL,
)

MESH = Asset(
    name="face_landmark_with_attention.tflite",
    urls=(_WHEEL + "face_landmark/face_landmark_with_attention.tflite",),
    sha256="e06a804e0144f9929eda782122916b35d60c697c3c9344013ca2bbe76a6ce2b4",
    size=2_495_106,
    license="Apache-2.0",
    license_url=_LICENSE_URL,
)
"""The network's first version, with refined lips, eyes and irises: 478 points."""

FALLBACK = (DETECTOR, MESH)

ASSETS = AssetGroup(alternatives=((BUNDLE,), FALLBACK))


def materials(options: Options) -> Materials:
    """Return which of the files are loaded with these options."""
    chosen = {"bundle": ((BUNDLE,),), "fallback": (FALLBACK,)}.get(options.models)
    return Materials(assets=ASSETS if chosen is None else AssetGroup(alternatives=chosen))
