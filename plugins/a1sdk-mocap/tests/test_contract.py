"""The contract kit on every format."""

from __future__ import annotations

from typing import Any

import pytest

from a1sdk.testing import MotionSourceContract, MotionWriterContract


class Formats(MotionSourceContract):
    """The contract with one small file of a format."""

    ref = "mocap/take"
    method = ""
    arguments: dict[str, Any] = {}  # noqa: RUF012

    @pytest.fixture
    def component_options(self, made: Any) -> dict[str, Any]:
        return {"path": getattr(made, self.method)(**self.arguments), **self.options}


class TestLiveLink(Formats):
    method = "livelink"


class TestLiveLinkResampled(Formats):
    method, options = "livelink", {"rate": "24000/1001", "head": "absolute"}


class TestLiveLinkWithHoles(Formats):
    method = "livelink"
    arguments = {"timecodes": ["10:00:00:00.250", "10:00:00:01.250", "10:00:01:03.250"]}  # noqa: RUF012


class TestArkit(Formats):
    method = "arkit"


class TestOpenFace(Formats):
    method = "openface"


class TestLivePortrait(Formats):
    method = "liveportrait"


class TestAudio2Face(Formats):
    method = "audio2face"


class TestUsd(Formats):
    method = "usd"

    @pytest.fixture(autouse=True)
    def _usd(self) -> None:
        pytest.importorskip("pxr", reason="usd-core is not installed")


class TestMaya(Formats):
    method = "maya"


class TestFlame(Formats):
    method = "flame"


class TestPackets(Formats):
    method = "packets"


class TestCuesAsTake(Formats):
    method, arguments = "rhubarb", {"form": "json"}


class TestCues(Formats):
    ref, method, arguments = "mocap/cues", "rhubarb", {"form": "tsv"}
    options = {"rate": "30000/1001"}  # noqa: RUF012


class TestPhones(Formats):
    ref, method = "mocap/cues", "phones"


class TestLiveLinkWriter(MotionWriterContract):
    ref = "mocap/livelink"
