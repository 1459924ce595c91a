import io
import os
import zipfile
from collections.abc import Callable

import pytest
from a1sdk_facemesh.assets import ASSETS, BUNDLE, FALLBACK
from a1sdk_facemesh.models import load_models
from a1sdk_facemesh.options import Options
from pydantic import ValidationError

from a1sdk.plugin import AssetMissingError, ResourceError, RunContext

Files = Callable[..., RunContext]
MEMBERS = ("face_detector.tflite", "face_landmarks_detector.tflite", "face_blendshapes.tflite")


def archive(*members: str) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as written:
        for member in members:
            written.writestr(member, b"no network at all")
    return memory.getvalue()


def test_the_bundle_comes_first() -> None:
    assert ASSETS.alternatives == ((BUNDLE,), FALLBACK)


@pytest.mark.parametrize("choice", ["auto", "bundle", "fallback"])
def test_missing_models_say_how_to_get_them(files: Files, choice: str) -> None:
    with pytest.raises(AssetMissingError, match="not on this machine") as caught:
        load_models(files(), choice, blendshapes=True)  # type: ignore[arg-type]
    assert "a1 assets pull facemesh" in str(caught.value.hint)


def test_a_fallback_in_part_is_missing(files: Files) -> None:
    ctx = files(face_landmark_with_attention=b"")
    with pytest.raises(AssetMissingError):
        load_models(ctx, "auto", blendshapes=True)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a zip",
        archive(),
        archive(*MEMBERS),
    ],
    ids=["empty", "no archive", "members missing", "members damaged"],
)
def test_a_damaged_bundle_is_one_clear_error(files: Files, content: bytes) -> None:
    with pytest.raises(ResourceError, match=r"Model file '.*' cannot be used: .*\.") as caught:
        load_models(files(face_landmarker=content), "auto", blendshapes=True)
    assert "a1 assets pull facemesh" in str(caught.value.hint)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"garbage" * 99, bytes(4096)])
def test_damaged_fallback_models_are_one_clear_error(files: Files, content: bytes) -> None:
    ctx = files(face_detection_short_range=content, face_landmark_with_attention=content)
    with pytest.raises(ResourceError, match="cannot be used"):
        load_models(ctx, "fallback", blendshapes=True)


def test_standard_error_works_again_after_a_failure(
    files: Files, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ResourceError):
        load_models(files(face_landmarker=archive(*MEMBERS)), "auto", blendshapes=True)
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


def test_the_bundle_asked_for_is_not_replaced_by_the_fallback(files: Files) -> None:
    ctx = files(face_detection_short_range=b"x", face_landmark_with_attention=b"x")
    with pytest.raises(AssetMissingError, match="bundle"):
        load_models(ctx, "bundle", blendshapes=True)


def test_options_refuse_what_they_do_not_know() -> None:
    with pytest.raises(ValidationError):
        Options.model_validate({"models": "newest"})
    with pytest.raises(ValidationError):
        Options.model_validate({"model": "bundle"})
