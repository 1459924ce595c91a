"""What goes into MediaPipe's blendshape network: a fact of it, published in its graph."""

from __future__ import annotations

import numpy as np

SUBSET = np.array(
    [
        *(0, 1, *range(4, 9), 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, *range(52, 56), 58, 61),
        *(63, 65, 66, 67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127),
        *(132, 133, 136, *range(144, 147), *range(148, 151), *range(152, 156), *range(157, 164)),
        *(168, 172, 173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269),
        *(270, 276, *range(282, 286), 288, 291, 293, *range(295, 298), 300, 308, *range(310, 313)),
        *(314, 317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, *range(373, 376)),
        *(*range(377, 383), *range(384, 391), 397, 398, 400, 402, 405, 409, 415, 454, 466),
        *range(468, 478),
    ]
)
"""The 146 landmarks that the network reads."""
