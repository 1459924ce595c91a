"""Make `examples/media/`: the portrait from NASA's photograph, and a driver that performs.

    python tools/make_example_media.py ASTRONAUT.png

ASTRONAUT.png is `skimage/data/astronaut.png` of the scikit-image distribution, a NASA photograph
in the public domain. The driver is that portrait itself, animated by the keys below through the
blendshape basis and rendered by `warp/mesh`, with a hum that swells as the mouth opens.
"""

from __future__ import annotations

import argparse
import tempfile
import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from a1sdk.components.data import Portrait, StreamInfo
from a1sdk.components.registry import Registry
from a1sdk.media import AudioSource, open_writer, read_still, write_still
from a1sdk.motion.blendshapes import BLENDSHAPE_NAMES, displacement
from a1sdk.motion.frame import FaceMotion, MotionFrame
from a1sdk.motion.retarget import Retarget
from a1sdk.motion.rotation import from_euler
from a1sdk.render.context import HostContext

MEDIA = Path(__file__).parents[1] / "examples" / "media"
CROP, SIDE = (82, 8, 370, 296), 576
RATE, FRAMES = Fraction(25), 160
SAMPLE_RATE = 48000

# value at second, between keys eased; names of blendshapes, or yaw, pitch, roll in degrees
KEYS: dict[str, list[tuple[float, float]]] = {
    "jawOpen": [
        (0.0, 0.0), (0.9, 0.0), (1.05, 0.4), (1.2, 0.1), (1.4, 0.65), (1.55, 0.15), (1.75, 0.4),
        (1.9, 0.0), (2.3, 0.0), (2.45, 0.75), (2.65, 0.15), (2.8, 0.5), (3.0, 0.0), (4.9, 0.0),
        (5.1, 0.35), (5.3, 0.0),
    ],
    "mouthPucker": [(1.5, 0.0), (1.7, 0.8), (1.9, 0.0), (2.7, 0.0), (2.85, 0.7), (3.05, 0.0)],
    "mouthSmileLeft": [(3.0, 0.0), (3.4, 0.3), (4.6, 0.3), (5.0, 0.0), (5.6, 0.4), (6.4, 0.4)],
    "mouthSmileRight": [(3.0, 0.0), (3.4, 0.3), (4.6, 0.3), (5.0, 0.0), (5.6, 0.4), (6.4, 0.4)],
    "eyeBlinkLeft": [
        (0.5, 0.0), (0.6, 1.0), (0.76, 0.0), (2.0, 0.0), (2.1, 1.0), (2.26, 0.0),
        (4.3, 0.0), (4.4, 1.0), (4.56, 0.0), (5.7, 0.0), (5.8, 1.0), (5.96, 0.0),
    ],
    "browInnerUp": [(1.0, 0.0), (1.4, 0.7), (1.9, 0.0), (4.8, 0.0), (5.1, 0.8), (5.5, 0.0)],
    "eyeLookOutLeft": [(3.1, 0.0), (3.25, 0.6), (3.7, 0.6), (3.8, 0.0)],
    "eyeLookInLeft": [(3.8, 0.0), (3.9, 0.6), (4.2, 0.6), (4.3, 0.0)],
    "yaw": [(0.0, 0.0), (1.2, 12.0), (2.4, -9.0), (3.3, -15.0), (4.1, 14.0), (5.2, 0.0)],
    "pitch": [(0.0, 0.0), (1.6, -6.0), (2.5, 7.0), (3.4, 0.0), (4.9, -8.0), (5.4, 7.0), (6.3, 0.0)],
    "roll": [(0.0, 0.0), (1.4, 5.0), (2.8, -6.0), (4.4, 9.0), (5.6, 0.0), (6.4, 0.0)],
}  # fmt: skip
MIRRORED = {
    "eyeBlinkRight": "eyeBlinkLeft",
    "browOuterUpLeft": "browInnerUp",
    "browOuterUpRight": "browInnerUp",
    "eyeLookInRight": "eyeLookOutLeft",
    "eyeLookOutRight": "eyeLookInLeft",
}


def value(name: str, second: float) -> float:
    """Return a channel's value: eased between its keys, constant outside them."""
    keys = KEYS[MIRRORED.get(name, name)]
    times, values = zip(*keys, strict=True)
    place = int(np.searchsorted(times, second, side="right")) - 1
    if place < 0 or place == len(keys) - 1:
        return values[max(0, place)]
    share = (second - times[place]) / (times[place + 1] - times[place])
    eased = share * share * (3 - 2 * share)
    return values[place] + eased * (values[place + 1] - values[place])


def performance() -> Iterator[MotionFrame]:
    """Yield the keyed motion."""
    for number in range(FRAMES):
        second = float(number / RATE)
        scores = np.zeros(len(BLENDSHAPE_NAMES), np.float32)
        for name in [*KEYS, *MIRRORED]:
            if name in BLENDSHAPE_NAMES:
                scores[BLENDSHAPE_NAMES.index(name)] = value(name, second)
        turn = from_euler(*(value(axis, second) for axis in ("yaw", "pitch", "roll")))
        shift = np.array([value("yaw", second) * 0.006, value("pitch", second) * 0.004, 0])
        face = FaceMotion(displacement(scores), turn.astype(np.float32), shift.astype(np.float32))
        yield MotionFrame(number, face)


def write_hum(path: Path) -> None:
    """Write a voice-like hum, as loud as the mouth is open."""
    seconds = np.arange(int(FRAMES / RATE * SAMPLE_RATE)) / SAMPLE_RATE
    grid = np.arange(0, float(FRAMES / RATE) + 0.01, 0.01)
    loud = np.interp(seconds, grid, [value("jawOpen", t) for t in grid])
    pitch = 2 * np.pi * np.cumsum(205 + 25 * loud) / SAMPLE_RATE
    tone = sum(np.sin(k * pitch) / k**1.5 for k in range(1, 9))
    samples = (0.25 * 32767 * loud * tone).clip(-32767, 32767).astype("<i2")
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(SAMPLE_RATE)
        sound.writeframes(samples.tobytes())


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photograph", type=Path)
    photograph = Image.open(parser.parse_args().photograph).convert("RGB")
    portrait = photograph.crop(CROP).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    write_still(MEDIA / "portrait.png", np.asarray(portrait))
    with tempfile.TemporaryDirectory() as folder, HostContext() as context:
        write_hum(Path(folder) / "hum.wav")
        write_driver(Path(folder) / "hum.wav", context)


def write_driver(sound: Path, context: HostContext) -> None:
    """Render the keyed motion on the portrait."""
    registry = Registry()
    finder = registry.choose("face_tracker", "facemesh")
    tracker, lent = finder.build(), context.lend(finder.spec)
    tracker.setup(lent)
    pixels = read_still(MEDIA / "portrait.png").pixels
    face = tracker.detect(pixels, lent)[0]
    drawer = registry.choose("renderer", "warp")
    renderer, view = drawer.build(), context.lend(drawer.spec)
    renderer.setup(view)
    targets = map(Retarget(face), performance())
    info = StreamInfo(RATE, FRAMES)
    hum = AudioSource(sound, Fraction(0), FRAMES / RATE)
    writer = open_writer(MEDIA / "driver.mp4", rate=RATE, width=SIDE, height=SIDE, audio=hum)
    with writer:
        for picture in renderer.render(Portrait(pixels, face), {}, targets, info, view):
            writer.write(picture.pixels)
    renderer.close()
    tracker.close()


if __name__ == "__main__":
    main()
