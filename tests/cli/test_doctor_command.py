from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from a1sdk.cli import run

COMPLETE = """
    from a1sdk.plugin import FaceTrackerSpec, MotionSourceSpec, RendererSpec, hookimpl

    @hookimpl
    def a1_register_face_trackers():
        return [FaceTrackerSpec(name="eye", summary="Sees.", factory="x:Y")]

    @hookimpl
    def a1_register_motion_sources():
        return [MotionSourceSpec(name="nod", summary="Nods.", factory="x:Y")]

    @hookimpl
    def a1_register_renderers():
        return [RendererSpec(name="pen", summary="Draws.", factory="x:Y", devices=("cuda", "cpu"))]
"""

NEEDY = """
    from a1sdk.plugin import Asset, AssetGroup, RendererSpec, hookimpl

    @hookimpl
    def a1_register_renderers():
        net = Asset(name="net", urls=(), sha256="0" * 64, size=1, license="MIT")
        group = AssetGroup(alternatives=((net,),))
        return [RendererSpec(name="pen", summary="Draws.", factory="x:Y", assets=group)]
"""


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A1_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("A1_ASSET_PATH", raising=False)


def examined(capsys: pytest.CaptureFixture[str], *, code: int) -> list[dict[str, Any]]:
    assert run(["doctor", "--json"]) == code
    report = json.loads(capsys.readouterr().out)
    assert report["healthy"] is (code == 0)
    findings: list[dict[str, Any]] = report["findings"]
    return findings


def problems(findings: list[dict[str, Any]]) -> dict[str, str]:
    return {item["text"]: item["fix"] for item in findings if item["state"] == "problem"}


def test_complete_installation_is_well(site: Any, capsys: pytest.CaptureFixture[str]) -> None:
    site.add("whole", COMPLETE)
    findings = examined(capsys, code=0)
    assert problems(findings) == {}
    texts = {item["topic"]: item["text"] for item in findings}
    assert texts["renderer"] == "whole/pen"
    assert "libx264" in texts["encoders"]
    assert texts["devices"] == "installed components can use cuda besides the cpu"
    assert "cores" in texts["machine"]
    assert run(["doctor"]) == 0
    assert capsys.readouterr().out.endswith("all well\n")


PATIENTS = """
    from a1sdk.plugin import CapabilityError, hookimpl

    @hookimpl
    def a1_doctor():
        {body}
"""


def test_plugins_say_what_keeps_them_from_working(
    site: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    site.add("whole", COMPLETE)
    site.add("fit", PATIENTS.format(body="return []"))
    site.add(
        "ill", PATIENTS.format(body="yield CapabilityError('No ink.', hint='pip install ink')")
    )
    site.add("mad", PATIENTS.format(body="raise RuntimeError('what')"))
    site.add("mute", PATIENTS.format(body="yield 'no ink'"))
    found = problems(examined(capsys, code=4))
    ill, mad, mute = found
    assert ill.startswith("ill (") and ill.endswith("loaded. No ink.")
    assert found[ill] == "pip install ink"
    assert "mad" in mad and "failed in a1_doctor: RuntimeError: what" in mad
    assert "mute" in mute and "failed in a1_doctor: TypeError: 'no ink' is no A1Error" in mute
    advice = "tell the plugin's author: a1_doctor has to yield A1Errors, raise none"
    assert found[mad] == found[mute] == advice


def test_every_problem_has_a_fix(site: Any, capsys: pytest.CaptureFixture[str]) -> None:
    site.add("needy", NEEDY)
    site.add("broken", "raise ImportError('no torch')")
    found = problems(examined(capsys, code=4))
    assert found["files of needy/pen are missing"] == "run `a1 assets pull needy/pen`"
    broken = next(text for text in found if text.startswith("broken"))
    assert "no torch" in broken
    assert "none is installed" in found
    assert all(found.values())
    assert run(["doctor"]) == 4
    assert "         fix: run `a1 assets pull needy/pen`" in capsys.readouterr().out


def test_files_of_a_component_that_others_can_stand_in_for_are_no_problem(
    site: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    site.add("whole", COMPLETE)
    site.add("needy", NEEDY)
    texts = [item["text"] for item in examined(capsys, code=0)]
    assert "needy/pen: its files are not here; to use it, run `a1 assets pull needy/pen`" in texts


SEER = """
    from a1sdk.plugin import AssetGroup, FaceTrackerSpec, Folder, hookimpl

    def _pack(name):
        return Folder(
            name=name, include=("*.onnx",), source="https://example.org/packs", license="MIT"
        )

    @hookimpl
    def a1_register_face_trackers():
        packs = AssetGroup(alternatives=tuple((_pack(name),) for name in ("big", "small")))
        made = {"factory": "x:Y", "assets": packs, "summary": "Sees."}
        return [
            FaceTrackerSpec(name="boxes", expression=False, **made),
            FaceTrackerSpec(name="faces", expression=True, **made),
        ]
"""
BRING = (
    "put a folder 'big' or 'small' with *.onnx into one that A1_ASSET_PATH names; see"
    " https://example.org/packs"
)


def test_folders_that_users_bring_are_not_to_be_pulled(
    site: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    site.add("seer", SEER)
    findings = examined(capsys, code=4)
    assert problems(findings)["files of seer/faces are missing"] == BRING
    texts = [item["text"] for item in findings]
    assert f"seer/boxes: its files are not here; to use it, {BRING}" in texts
    site.add("whole", COMPLETE)
    findings = examined(capsys, code=0)
    assert f"seer/faces: its files are not here; to use it, {BRING}" in [
        item["text"] for item in findings
    ]


@pytest.mark.parametrize("command", [["pull", "seer/faces"], ["verify"]])
def test_pulling_and_verifying_say_what_to_bring(
    site: Any, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    site.add("seer", SEER)
    assert run(["assets", *command]) == 4
    said = capsys.readouterr().err
    assert said.endswith(f"hint: {BRING}\n") and "fetching" not in said


def test_little_space_and_wrong_folders_are_problems(
    site: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    site.add("whole", COMPLETE)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=5_000_000))
    monkeypatch.setenv("A1_ASSET_PATH", str(tmp_path / "nowhere"))
    found = problems(examined(capsys, code=4))
    assert any(text.startswith("5.0 MB free") for text in found)
    wrong = f"A1_ASSET_PATH names {str(tmp_path / 'nowhere')!r}, which is no folder"
    assert found[wrong] == "mend or unset A1_ASSET_PATH"


def test_missing_encoder_is_a_problem(
    site: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.add("whole", COMPLETE)
    monkeypatch.setattr("a1sdk.cli.doctor._NEEDED_ENCODERS", ("libnothing",))
    found = problems(examined(capsys, code=4))
    assert found == {
        "this build of PyAV has no libnothing": (
            "pip install --force-reinstall --only-binary=:all: av"
        )
    }
