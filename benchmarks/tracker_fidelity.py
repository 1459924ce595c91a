"""Compare the tracker `facemesh/landmarks` with MediaPipe's own Face Landmarker on films.

Development only: the reference needs the `mediapipe` package, which brings another OpenCV, so it
lives in an environment of its own (see `_HOW_TO_GET_IT`):

    python benchmarks/tracker_fidelity.py --mediapipe-python .mediapipe/bin/python \
        --bundle face_landmarker.task CLIP...

MediaPipe smooths the landmarks of a film over time when it follows one face (a One Euro filter);
the tracker does not smooth, because the host does. Each clip is therefore compared three times:
as both are; after the same filter, which is the fair comparison and has to keep the limits; and
with MediaPipe set to two faces, where it does not smooth but starts from its detector every time.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

_HOW_TO_GET_IT = (
    "python3 -m venv .mediapipe && .mediapipe/bin/pip install mediapipe av numpy "
    "(on Debian also: apt-get install libegl1 libgles2)"
)
_LIMITS = {"bundle": (1.5, 0.99), "fallback": (3.0, 0.95)}  # % of the eye distance, correlation
_EYES = (33, 263)
_MOUTH = (13, 14)
_LIDS = (159, 145)
_VARIES = 0.02  # standard deviation above which a blendshape's correlation means something


def frames(path: Path) -> Iterator[tuple[int, np.ndarray]]:
    """Yield each frame of a film, upright, with its time in milliseconds."""
    import av

    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            turns = round(frame.rotation / 90)
            pixels = np.rot90(frame.to_ndarray(format="rgb24"), turns)
            yield round(1000 * frame.time), np.ascontiguousarray(pixels)


def write_reference(bundle: Path, clip: Path, target: Path) -> None:
    """Track a film with MediaPipe, in VIDEO mode, smoothed and not, and save what it yields."""
    smooth, raw = (_reference(bundle, clip, faces) for faces in (1, 2))
    np.savez(target, **smooth, raw=raw["landmarks"], raw_seen=raw["seen"])


def _reference(bundle: Path, clip: Path, max_faces: int) -> dict[str, list]:
    import mediapipe as mp
    from mediapipe.tasks.python import BaseOptions, vision

    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(bundle)),
        running_mode=vision.RunningMode.VIDEO,
        num_faces=max_faces,
        output_face_blendshapes=True,
    )
    found: dict[str, list] = {"seen": [], "times": [], "landmarks": [], "blendshapes": []}
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        for number, (milliseconds, pixels) in enumerate(frames(clip)):
            image = mp.Image(image_format=mp.ImageFormat.SRGB, data=pixels)
            result = landmarker.detect_for_video(image, milliseconds)
            found["times"].append(milliseconds / 1000)
            if result.face_landmarks:
                height, width = pixels.shape[:2]
                face = [(p.x * width, p.y * height, p.z * width) for p in result.face_landmarks[0]]
                shapes = [shape.score for shape in result.face_blendshapes[0]][1:]
                found["seen"].append(number)
                found["landmarks"].append(face)
                found["blendshapes"].append(shapes)
    return found


def track(models: str, clip: Path) -> list:
    """Return the largest face of each frame, or None."""
    from a1sdk.components.registry import Registry
    from a1sdk.plugin import VideoFrame
    from a1sdk.render.context import HostContext

    chosen = Registry().choose("face_tracker", "facemesh/landmarks", {"models": models})
    with HostContext() as host:
        ctx = host.lend(chosen.spec)
        tracker = chosen.build()
        tracker.setup(ctx)
        pictures = (VideoFrame(n, pixels) for n, (_, pixels) in enumerate(frames(clip)))
        faces = [next(iter(frame.faces), None) for frame in tracker.track(pictures, ctx)]
        tracker.close()
    return faces


def smoothed(landmarks: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Filter landmarks [n, 478, 3] as MediaPipe does: One Euro (Casiez et al. 2012).

    Speeds are measured in sizes of the face per second; the constants are MediaPipe's.
    """
    slowest, per_speed, of_speed = 0.05, 80.0, 1.0  # cutoffs: least, growth, of the speed itself
    result = landmarks.copy()
    speed = np.zeros_like(landmarks[0])
    for n in range(1, len(landmarks)):
        rate = 1 / (times[n] - times[n - 1])
        size = np.ptp(landmarks[n][:, :2], axis=0).mean()
        share = _share(of_speed, rate)
        speed += share * ((landmarks[n] - landmarks[n - 1]) / size * rate - speed)
        shares = _share(slowest + per_speed * np.abs(speed), rate)
        result[n] = result[n - 1] + shares * (landmarks[n] - result[n - 1])
    return result


def _share(cutoff: np.ndarray | float, rate: float) -> np.ndarray | float:
    return 1 / (1 + rate / (2 * math.pi * cutoff))


def difference(ours: np.ndarray, reference: np.ndarray) -> float:
    """Return the mean distance of landmarks in % of the distance of the outer eye corners."""
    eyes = np.linalg.norm(reference[:, _EYES[0], :2] - reference[:, _EYES[1], :2], axis=1)
    apart = np.linalg.norm(ours[..., :2] - reference[..., :2], axis=2)
    return float(100 * (apart / eyes[:, None]).mean())


def agreement(ours: np.ndarray, reference: np.ndarray, pair: tuple[int, int]) -> float:
    """Return the correlation over time of the opening between two landmarks."""

    def opening(landmarks: np.ndarray) -> np.ndarray:
        gap = np.linalg.norm(landmarks[:, pair[0], :2] - landmarks[:, pair[1], :2], axis=1)
        return gap / np.linalg.norm(landmarks[:, _EYES[0]] - landmarks[:, _EYES[1]], axis=1)

    return float(np.corrcoef(opening(ours), opening(reference))[0, 1])


def shape_agreement(ours: np.ndarray, reference: np.ndarray) -> str:
    """Return the median correlation of the blendshapes that vary, and how many they are."""
    varying = [n for n in range(reference.shape[1]) if reference[:, n].std() > _VARIES]
    found = [np.corrcoef(ours[:, n], reference[:, n])[0, 1] for n in varying]
    return f"{np.median(found):.3f} of {len(varying)}"


def compare(models: str, clip: Path, reference: dict[str, np.ndarray]) -> bool:
    """Print a row of the table; return whether it keeps the limits."""
    faces = track(models, clip)
    theirs, ours, when = _paired(faces, reference["seen"], reference["landmarks"])
    alike = smoothed(ours, reference["times"][when])
    raw, ours_raw, _ = _paired(faces, reference["raw_seen"], reference["raw"])
    pairs = ((ours, theirs), (alike, theirs), (ours_raw, raw))
    apart = [difference(*pair) for pair in pairs]
    mouths = [agreement(*pair, _MOUTH) for pair in pairs]
    worst, least = _LIMITS[models]
    kept = max(apart) < worst and mouths[1] > least
    cells = [
        *(models, clip.name.partition("_")[0], f"{len(when)} of {len(reference['seen'])}"),
        *(f"{value:.2f} %" for value in apart),
        *(f"{value:.4f}" for value in mouths),
        *(f"{agreement(*pair, _LIDS):.3f}" for pair in pairs[1:]),
        _shapes(faces, reference),
        "yes" if kept else "NO",
    ]
    print("| " + " | ".join(cells) + " |", flush=True)  # noqa: T201 - a script's result
    return kept


def _paired(
    faces: list, seen: np.ndarray, landmarks: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the reference's landmarks, ours, and the frames' numbers, where both have a face."""
    both = [n for n, frame in enumerate(seen) if faces[frame] is not None]
    ours = np.array([faces[frame].landmarks for frame in seen[both]], np.float64)
    return landmarks[both], ours, seen[both]


def _shapes(faces: list, reference: dict[str, np.ndarray]) -> str:
    shapes = [None if face is None else face.blendshapes for face in faces]
    both = [n for n, frame in enumerate(reference["seen"]) if shapes[frame] is not None]
    if not both:
        return "none"
    ours = np.array([shapes[frame] for frame in reference["seen"][both]])
    return shape_agreement(ours[:, :51], reference["blendshapes"][both])


def references(python: Path, bundle: Path, clips: list[Path]) -> list[dict[str, np.ndarray]]:
    """Run the reference in the other environment, clip by clip."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for number, clip in enumerate(clips):
            target = Path(folder, f"{number}.npz")
            command = [python, __file__, "--bundle", bundle, "--reference", target, clip]
            done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
            if done.returncode:
                sys.exit(done.stderr)
            with np.load(target) as saved:
                found.append({name: saved[name] for name in saved})
    return found


def main() -> int:
    """Read the command line; return 1 where a limit is broken."""
    parser = argparse.ArgumentParser(description="Compare the face tracker with MediaPipe's.")
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--bundle", type=Path, required=True, help="face_landmarker.task")
    parser.add_argument("--models", nargs="+", choices=_LIMITS, default=list(_LIMITS))
    parser.add_argument("--mediapipe-python", type=Path, default=Path(sys.executable))
    parser.add_argument("--reference", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.reference:
        if importlib.util.find_spec("mediapipe") is None:
            sys.exit(f"{sys.executable} has no mediapipe. Make an environment: {_HOW_TO_GET_IT}")
        write_reference(arguments.bundle, arguments.clips[0], arguments.reference)
        return 0
    known = references(arguments.mediapipe_python, arguments.bundle, arguments.clips)
    print(  # noqa: T201
        "| models | clip | frames | landmarks | alike | unsmoothed | mouth r | alike "
        "| unsmoothed | lids r, alike | unsmoothed | blendshapes r | kept |\n" + "|---" * 13 + "|"
    )
    rows = [
        compare(models, clip, reference)
        for models in arguments.models
        for clip, reference in zip(arguments.clips, known, strict=True)
    ]
    return 0 if all(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
