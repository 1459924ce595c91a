"""The library insightface: imported late, in a version that is known, without its downloads.

Of the library only what runs a network from a file that is here is used. What takes the *name* of
a pack fetches it where it is missing, so no name is ever handed over.
"""

from __future__ import annotations

from importlib import import_module, metadata
from typing import Any

from a1sdk.plugin import CapabilityError

INSTALL = "pip install --no-deps 'insightface>=2.1,<3'"
"""How the library is installed without a second OpenCV in the place of the first."""

_ONE_OPENCV = (
    "pip uninstall -y opencv-python opencv-contrib-python opencv-python-headless"
    " && pip install opencv-python-headless"
)
"""How there is one OpenCV again, and one that needs no windows."""


def model_zoo() -> Any:
    """Return the module `insightface.model_zoo`.

    Raises:
        CapabilityError: insightface 2 is not installed, or what it needs is not.
    """
    try:
        version = metadata.version("insightface")
    except metadata.PackageNotFoundError:
        raise CapabilityError(
            "The components of a1sdk-insightface need insightface, which is not installed.",
            hint=INSTALL,
        ) from None
    if version.partition(".")[0] != "2":
        raise CapabilityError(
            f"a1sdk-insightface works with insightface 2, and {version} is installed.", hint=INSTALL
        )
    try:
        return import_module("insightface.model_zoo")
    except ImportError as error:
        raise CapabilityError(
            f"insightface cannot be imported: {' '.join(str(error).split())}", hint=_mended()
        ) from error


def versions() -> dict[str, str]:
    """Return the versions of the libraries that networks run on, by name."""
    import onnxruntime

    return {"insightface": metadata.version("insightface"), "onnxruntime": onnxruntime.__version__}


def _mended() -> str:
    """Return what mends an insightface whose import fails: one OpenCV, or what else it needs."""
    try:
        import_module("cv2")
    except ImportError:
        return _ONE_OPENCV
    return "pip install --upgrade a1sdk-insightface"
