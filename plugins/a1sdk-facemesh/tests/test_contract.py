from a1sdk.testing import FaceTrackerContract


class TestBestModels(FaceTrackerContract):
    ref = "facemesh/landmarks"


class TestFallback(FaceTrackerContract):
    ref = "facemesh/landmarks"
    options = {"models": "fallback"}  # noqa: RUF012 - a ClassVar of the base
