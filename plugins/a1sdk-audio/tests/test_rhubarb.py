from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from a1sdk_audio.rhubarb import RhubarbOptions, RhubarbWriter

from a1sdk.plugin import (
    BLENDSHAPES,
    CapabilityError,
    Label,
    MotionClip,
    StreamInfo,
    from_coefficients,
)
from a1sdk.plugin import MotionFrame as Frame
from a1sdk.render.context import HostContext

VISEMES = (
    ("PP", "0.1", "0.2"),
    ("aa", "0.2", "0.455"),
    ("E", "0.6", "0.7"),
    ("E", "0.7", "0.9"),
)
SHAPES = [
    (0.0, 0.1, "X"),
    (0.1, 0.2, "A"),
    (0.2, 0.46, "D"),
    (0.46, 0.6, "X"),
    (0.6, 0.9, "C"),
    (0.9, 1.2, "X"),
]


def clip(visemes: tuple[tuple[str, str, str], ...] = VISEMES) -> MotionClip:
    face = from_coefficients(np.zeros(BLENDSHAPES, np.float32))
    labels = tuple(Label("visemes", Fraction(a), Fraction(b), name) for name, a, b in visemes)
    frames = [Frame(number, face) for number in range(30)]
    source = {"driver": "/films/A & B/voice <1>.wav"}
    return MotionClip.from_frames(frames, StreamInfo(Fraction(25)), source, lambda: labels)


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(suffix: str, **options: Any) -> str:
        path = tmp_path / f"cues{suffix}"
        RhubarbWriter(RhubarbOptions(**options)).write(clip(), path, HostContext())
        return path.read_text("utf-8")

    return write


def test_tsv(written: Any) -> None:
    lines = [line.split("\t") for line in written(".tsv").splitlines()]
    assert [(float(start), letter) for start, letter in lines] == [
        *((start, letter) for start, _, letter in SHAPES),
        (1.2, "X"),
    ]
    assert written(".tsv").startswith("0.00\tX\n0.10\tA\n")


def test_xml(written: Any) -> None:
    root = ElementTree.fromstring(written(".xml"))
    assert root.tag == "rhubarbResult"
    assert root.findtext("metadata/soundFile") == "voice <1>.wav"
    assert root.findtext("metadata/duration") == "1.20"
    found = root.findall("mouthCues/mouthCue")
    assert [(float(c.attrib["start"]), float(c.attrib["end"]), c.text) for c in found] == SHAPES


def test_json(written: Any) -> None:
    data = json.loads(written(".json"))
    assert data["metadata"] == {"soundFile": "voice <1>.wav", "duration": 1.2}
    assert [(cue["start"], cue["end"], cue["value"]) for cue in data["mouthCues"]] == SHAPES


def test_dat_counts_frames_from_1(written: Any) -> None:
    assert written(".dat").splitlines() == [
        "MohoSwitch1", "1 X", "3 A", "6 D", "12 X", "15 C", "23 X", "30 X",
    ]  # fmt: skip
    assert "29 X" not in written(".dat", rate="25").splitlines()
    assert written(".dat", rate="25").splitlines()[-1] == "31 X"


def test_motion_without_visemes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CapabilityError, match="no visemes"):
        RhubarbWriter(RhubarbOptions()).write(clip(()), tmp_path / "cues.tsv", HostContext())
    assert not (tmp_path / "cues.tsv").exists()


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CapabilityError, match="no format"):
        RhubarbWriter(RhubarbOptions()).write(clip(), tmp_path / "cues.srt", HostContext())


@pytest.mark.shared
@pytest.mark.parametrize("suffix", [".tsv", ".xml", ".dat"])
def test_layout_is_rhubarbs_own(shared: Path, written: Any, suffix: str) -> None:
    """Line by line, numbers and letters aside, but for the repeated lines of the cues."""
    import re

    def layout(text: str) -> list[str]:
        lines = [
            re.sub(r"\d+", "0", re.sub(r"\b[A-HX]\b", "A", line)) for line in text.splitlines()
        ]
        lines = [re.sub(r"<soundFile>.*<", "<soundFile><", line) for line in lines]
        return [line for at, line in enumerate(lines) if at == 0 or lines[at - 1] != line]

    theirs = (shared / "data" / "mocap" / f"m03_rhubarb_pizzas{suffix}").read_text("utf-8")
    assert layout(written(suffix)) == layout(theirs)
