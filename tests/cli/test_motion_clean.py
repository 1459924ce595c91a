from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from a1sdk.cli.motion import motion
from a1sdk.components.data import Label, StreamInfo
from a1sdk.errors import ConfigError
from a1sdk.motion.clip import MotionClip, save_clip
from a1sdk.motion.frame import MotionFrame
from a1sdk.motion.mix import resting


@pytest.fixture
def take(tmp_path: Path) -> Path:
    """A face that does nothing but jitter, seen but for one frame."""
    random = np.random.default_rng(0)
    frames = [
        MotionFrame(
            number,
            replace(
                resting(),
                expression=(0.001 * random.standard_normal((478, 3))).astype(np.float32),
            )
            if number != 20
            else None,
        )
        for number in range(40)
    ]
    path = tmp_path / "take.a1motion"
    word = Label("words", Fraction(0), Fraction(1, 2), "ba")
    save_clip(path, frames, StreamInfo(Fraction(25)), {"driver": "me.mp4"}, lambda: [word])
    return path


def test_cleans_and_says_what_it_did(take: Path) -> None:
    output = take.with_name("clean.a1motion")
    result = CliRunner().invoke(motion, ["clean", str(take), "-o", str(output)])
    assert result.exit_code == 0, result.output
    assert "lips" in result.output
    assert "face units" in result.output
    before, after = MotionClip.load(take), MotionClip.load(output)
    assert len(after) == 40
    assert after.gaps() == before.gaps()
    assert after.labels == before.labels
    assert after.header.source["driver"] == "me.mp4"
    assert json.loads(after.header.source["cleaning"])["method"] == "savitzky-golay"


def test_strengths_by_region_as_json(take: Path) -> None:
    output = take.with_name("clean.a1motion")
    arguments = ["--method", "one-euro", "--strength", "2", "--strength", "lips=0", "--json"]
    result = CliRunner().invoke(motion, ["clean", str(take), "-o", str(output), *arguments])
    assert result.exit_code == 0, result.output
    facts = json.loads(result.output)
    assert facts["rate"] == "25"
    regions = facts["regions"]
    assert regions["lips"]["jitter_after"] == pytest.approx(regions["lips"]["jitter_before"],
                                                            rel=0.1)  # fmt: skip
    assert regions["brows"]["jitter_after"] < 0.5 * regions["brows"]["jitter_before"]
    assert facts["blinks"]["count"] == 0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--strength", "lip=1"], "did you mean 'lips'"),
        (["--strength", "9"], "between 0 and 4"),
    ],
)
def test_impossible_strengths_are_refused(take: Path, arguments: list[str], reason: str) -> None:
    output = take.with_name("clean.a1motion")
    result = CliRunner().invoke(motion, ["clean", str(take), "-o", str(output), *arguments])
    assert isinstance(result.exception, ConfigError)
    assert reason in str(result.exception)
    assert not output.exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--strength", "much"], "'much' is no strength"),
        (["--method", "kalman"], "one-euro"),
    ],
)
def test_unreadable_options_are_refused(take: Path, arguments: list[str], reason: str) -> None:
    output = take.with_name("clean.a1motion")
    result = CliRunner().invoke(motion, ["clean", str(take), "-o", str(output), *arguments])
    assert result.exit_code == 2
    assert reason in result.output


def test_a_take_is_not_written_over(take: Path) -> None:
    result = CliRunner().invoke(motion, ["clean", str(take), "-o", str(take)])
    assert isinstance(result.exception, ConfigError)
    assert "is the input" in str(result.exception)
