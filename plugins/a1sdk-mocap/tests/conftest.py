"""Small takes of every format, made on the spot, and a way to read them."""

from __future__ import annotations

import base64
import gzip
import json
import pickle
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import pairwise
from math import pi, sin
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from a1sdk import HostContext, Registry
from a1sdk.plugin import BLENDSHAPE_NAMES, Label, MotionFrame, StreamInfo

COUNT = 12
TITLES = [name[0].upper() + name[1:] for name in BLENDSHAPE_NAMES]
"""The shapes in an order that is not the app's: columns are read by name."""

ANGLES = ["HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll"]
ANGLES += ["RightEyeYaw", "RightEyePitch", "RightEyeRoll"]


def values_at(number: int) -> dict[str, float]:
    """A face at one moment: the jaw opens and shuts, the left eye blinks."""
    open_ = round(0.3 + 0.3 * sin(2 * pi * number / COUNT), 6)
    return {"jawOpen": open_, "eyeBlinkLeft": round(open_ / 2, 6), "mouthSmileRight": 0.25}


class Made:
    """Writes takes into a folder; each method returns the file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def bytes(self, name: str, content: bytes) -> Path:
        path = self._folder / name
        path.write_bytes(content)
        return path

    def text(self, name: str, content: str) -> Path:
        return self.bytes(name, content.encode())

    def json(self, name: str, document: Any) -> Path:
        return self.text(name, json.dumps(document))

    def livelink(
        self,
        timecodes: Sequence[str] | None = None,
        *,
        head: Sequence[float] = (0.2, 0.1, -0.05),
        gaps: Sequence[int] = (),
        cells: dict[tuple[int, str], str] | None = None,
        title: Callable[[str], str] = str,
        name: str = "take.csv",
    ) -> Path:
        """Live Link Face CSV; `cells` replaces some, by row and title."""
        timecodes = timecodes or [f"10:00:00:{n:02}.250" for n in range(COUNT)]
        names = ["Timecode", "BlendShapeCount", *TITLES, *ANGLES]
        rows = []
        for number, timecode in enumerate(timecodes):
            shapes = values_at(number)
            row = dict.fromkeys(names, "0.0000000000")
            row |= {
                t: f"{shapes.get(n, 0.0):.10f}"
                for n, t in zip(BLENDSHAPE_NAMES, TITLES, strict=True)
            }
            row |= {
                t: f"{angle * (number % COUNT) / COUNT:.10f}"
                for t, angle in zip(ANGLES, head, strict=False)
            }
            row |= {"Timecode": timecode, "BlendShapeCount": "0" if number in gaps else "61"}
            row |= {t: cell for (at, t), cell in (cells or {}).items() if at == number}
            rows.append([row[name] for name in names])
        lines = [",".join(map(title, names)), *map(",".join, rows)]
        return self.text(name, "\n".join(lines) + "\n")

    def arkit(self, *, name: str = "take.json", **extra: Any) -> Path:
        """Coefficients in JSON, every frame with a turn of a degree more in OpenGL-like axes."""
        frames = [
            {
                "t": number / 25,
                "found": number != 5,
                "blendshapes": dict.fromkeys(BLENDSHAPE_NAMES, 0.0) | values_at(number),
                "matrix": self.matrix(number).reshape(-1).tolist(),
            }
            for number in range(COUNT)
        ]
        return self.json(name, {"fps": 25, "frames": frames} | extra)

    @staticmethod
    def matrix(number: int) -> np.ndarray:
        """A head 40 cm before the camera, turned to the picture's right by a degree a frame."""
        angle = np.radians(number)
        matrix = np.eye(4)
        matrix[0, [0, 2]] = np.cos(angle), np.sin(angle)
        matrix[2, [0, 2]] = -np.sin(angle), np.cos(angle)
        matrix[:3, 3] = number / 10, 0, -40
        return matrix

    def openface(self, *, fps: int = 30, faces: Sequence[int] = (0,)) -> Path:
        """OpenFace CSV with spaces in the header; the face is lost in row 4."""
        names = ["frame", "face_id", "timestamp", "confidence", "success"]
        names += [f"gaze_{eye}_{axis}" for eye in (0, 1) for axis in "xyz"]
        names += ["pose_Tx", "pose_Ty", "pose_Tz", "pose_Rx", "pose_Ry", "pose_Rz"]
        names += ["AU26_r", "AU12_r", "AU45_r"]
        lines = [", ".join(names)]
        for number in range(COUNT):
            for face in faces:
                found = 0 if number == 4 else 1
                row = [number + 1, face, round(number / fps, 3), 0.9, found, 0, 0, -1, 0, 0, -1]
                row += [200 * face, 0, 500 + 400 * face, 0.1, 0.01 * number, 0]
                row += [2.5 if face == 0 else 5, number / 4, 0]
                lines.append(", ".join(map(str, row)))
        return self.text("face.csv", "\n".join(lines))

    def liveportrait(self, *, legacy: bool = False) -> Path:
        """A template whose mouth opens, whose head turns, and, if legacy, whose left eye shuts."""
        motion = []
        for number in range(COUNT):
            points = np.zeros((1, 21, 3), np.float32)
            points[0, 19, 1] = 0.1 * number / COUNT
            turn = self.matrix(number)[:3, :3].T.astype(np.float32)[None]
            motion.append({
                "scale": np.full((1, 1), 1.4, np.float32),
                "R_d" if legacy else "R": turn,
                "exp": points,
                "t": np.zeros((1, 3), np.float32),
            })  # fmt: skip
        document: dict[str, Any] = {"n_frames": COUNT, "output_fps": 25, "motion": motion}
        if legacy:
            eyes = [np.array([[0.35, 0.35 - 0.02 * n]], np.float32) for n in range(COUNT)]
            document["c_d_eyes_lst"] = eyes
            document["c_d_lip_lst"] = [np.full((1, 1), 0.05 * n, np.float32) for n in range(COUNT)]
        return self.bytes("take.pkl", pickle.dumps(document, protocol=4))

    def audio2face(self, **changes: Any) -> Path:
        names = ["EyeBlinkLeft", "JawOpen", "MouthSmileRight", "BrowInnerUp", "CheekPuff", "Teeth"]
        rows = [
            [values_at(n)["eyeBlinkLeft"], values_at(n)["jawOpen"], 0.25, 0, 0, 0.5]
            for n in range(COUNT)
        ]
        document = {"exportFps": 30, "numFrames": COUNT, "facsNames": names, "weightMat": rows}
        return self.json("a2f.json", document | changes)

    def usd(self, *, per_second: int = 24, name: str = "take.usda") -> Path:
        """A SkelAnimation of two shapes, in text, with a reference that must not be followed."""
        samples = ", ".join(
            f"{100 + n}: [{values_at(n)['jawOpen']}, {values_at(n)['eyeBlinkLeft']}, 0.5]"
            for n in range(COUNT)
        )
        return self.text(name, (
            f'#usda 1.0\n(\n    timeCodesPerSecond = {per_second}\n)\n'
            'def Xform "Face" (references = @/nowhere/else.usda@)\n{\n'
            '    def SkelAnimation "Anim"\n    {\n'
            '        uniform token[] blendShapes = ["jawOpen", "eyeBlink_L", "tail"]\n'
            f'        float[] blendShapeWeights.timeSamples = {{ {samples} }}\n    }}\n}}\n'
        ))  # fmt: skip

    def maya(self, keys: str = "", *, unit: str = "film") -> Path:
        """Two curves; `keys` replaces those of the jaw."""
        keys = (
            keys or "0 0 flat flat 1 1 0;\n 6 0.8 spline spline 1 1 0;\n 11 0 linear linear 1 1 0;"
        )
        blocks = [
            f"anim blendShape1.{name} {name} blendShape1 0 0 {n};\nanimData {{\n  input time;\n"
            f"  output unitless;\n  weighted 0;\n  keys {{\n {lines}\n  }}\n}}\n"
            for n, (name, lines) in enumerate(
                {
                    "jawOpen": keys,
                    "eyeBlink_L": "0 0.5 step step 1 1 0;\n 4 0 step step 1 1 0;",
                }.items()
            )
        ]
        head = f"animVersion 1.1;\nmayaVersion 2024;\ntimeUnit {unit};\nstartTime 0;\nendTime 11;\n"
        return self.text("take.anim", head + "".join(blocks))

    def flame(self, **arrays: Any) -> Path:
        path = self._folder / "take.npz"
        turned = np.zeros((COUNT, 3), np.float32)
        turned[:, 1] = np.radians(np.arange(COUNT))
        jaw = np.zeros((COUNT, 3), np.float32)
        jaw[:, 0] = np.linspace(0, 0.2, COUNT)
        made = {"expr": np.zeros((COUNT, 50), np.float32), "jaw_pose": jaw, "rotation": turned}
        made["fps"] = np.float32(25)
        np.savez(path, **(made | arrays))
        return path

    def packets(self, *, form: str = "gzip", skip: Sequence[int] = ()) -> Path:
        """Live Link packets: `gzip` as LLV records them, `plain`, or `lines` of base64."""
        data = [self.packet(n) for n in range(COUNT) if n not in skip]
        if form == "lines":
            return self.bytes("take.gesichter", b"\n".join(map(base64.b64encode, data)))
        framed = b"".join(struct.pack(">I", len(item)) + item for item in data)
        content = struct.pack(">BI", 6, len(data)) + framed
        return self.bytes("take.gesichter", gzip.compress(content) if form == "gzip" else content)

    @staticmethod
    def packet(number: int) -> bytes:
        """A packet in Unreal's order: the jaw is value 17, the head's angles are 52 to 54."""
        values = [0.0] * 61
        values[0], values[17] = values_at(number)["eyeBlinkLeft"], values_at(number)["jawOpen"]
        values[24], values[52] = 0.25, 0.01 * number
        texts = b"".join(struct.pack(">i", len(t)) + t for t in (b"DEVICE", b"Subject"))
        time = struct.pack(">ifiiB", 1000 + number, 0.125, 60, 1, 61)
        return b"\x06" + texts + time + struct.pack(">61f", *values)

    def rhubarb(self, form: str) -> Path:
        """The cues X 0-0.2, B 0.2-0.5, A 0.5-0.7, D 0.7-1.5 and X until 2."""
        cues = [(0, "X"), (0.2, "B"), (0.5, "A"), (0.7, "D"), (1.5, "X"), (2, "X")]
        spans = [(a, b, shape) for (a, shape), (b, _) in pairwise(cues)]
        if form == "tsv":
            return self.text("cues.tsv", "".join(f"{t:.2f}\t{shape}\n" for t, shape in cues))
        if form == "dat":
            lines = "".join(f"{round(t * 24) + 1} {shape}\n" for t, shape in cues)
            return self.text("cues.dat", "MohoSwitch1\n" + lines)
        if form == "json":
            listed = [{"start": a, "end": b, "value": shape} for a, b, shape in spans]
            return self.json("cues.json", {"metadata": {"duration": 2}, "mouthCues": listed})
        listed = "".join(f'<mouthCue start="{a}" end="{b}">{s}</mouthCue>' for a, b, s in spans)
        return self.text("cues.xml", (
            '<?xml version="1.0" encoding="utf-8"?>\n<rhubarbResult><metadata><duration>2.00'
            f"</duration></metadata><mouthCues>{listed}</mouthCues></rhubarbResult>"
        ))  # fmt: skip

    def phones(self) -> Path:
        said = [{"b": 0.3, "d": 0.1, "t": "P"}, {"b": 0.4, "d": 0.3, "t": "AA"}]
        words = [{"b": 0, "d": 0.3, "t": "<sil>"}, {"b": 0.3, "d": 0.4, "t": "pa(2)", "w": said}]
        return self.json("phones.json", {"b": 0, "d": 1.0, "p": 1, "t": "pa", "w": words})


class Performed:
    """What a source said and yielded."""

    def __init__(self, info: StreamInfo, frames: list[MotionFrame], labels: list[Label]) -> None:
        self.info, self.frames, self.labels = info, frames, labels

    def curve(self, name: str) -> np.ndarray:
        """A coefficient in all frames; not a number in gaps."""
        index = BLENDSHAPE_NAMES.index(name)
        return np.array([
            np.nan if f.face is None or f.face.blendshapes is None else f.face.blendshapes[index]
            for f in self.frames
        ])  # fmt: skip

    @property
    def gaps(self) -> list[int]:
        return [frame.pts for frame in self.frames if frame.face is None]

    def rotation(self, number: int) -> np.ndarray:
        face = self.frames[number].face
        assert face is not None
        return face.rotation


Play = Callable[..., Performed]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


@pytest.fixture
def play() -> Iterator[Play]:
    """Read a file and go through all of its motion."""

    def run(path: Path, ref: str = "mocap/take", **options: Any) -> Performed:
        chosen = Registry().choose("motion_source", ref, {"path": path, **options})
        with HostContext() as context, closing(chosen.build()) as source:
            lent = context.lend(chosen.spec)
            source.setup(lent)
            info = source.probe()
            frames = list(source.stream(lent))
            return Performed(info, frames, list(source.labels()))

    yield run
