"""The model files: MediaPipe's bundle, or else the older models inside its last big wheel."""

from __future__ import annotations

from a1sdk.plugin import Asset, AssetGroup

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
    name="face_landmark.tflite",
    urls=(_WHEEL + "face_landmark/face_landmark.tflite",),
    sha256="1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    size=1_242_398,
    license="Apache-2.0",
    license_url=_LICENSE_URL,
)
"""The first version of the network: 468 points, no irises."""

IRIS = Asset(
    name="iris_landmark.tflite",
    urls=(_WHEEL + "iris_landmark/iris_landmark.tflite",),
    sha256="d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
    size=2_640_568,
    license="Apache-2.0",
    license_url=_LICENSE_URL,
)
"""One eye in, its contours and its iris out."""

FALLBACK = (DETECTOR, MESH, IRIS)

ASSETS = AssetGroup(alternatives=((BUNDLE,), FALLBACK))
