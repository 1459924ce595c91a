"""What the host makes of `a1sdk-insightface`: packs that users bring, and a tracker for casting."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from a1sdk.assets import AssetStore
from a1sdk.cli import run
from a1sdk.components.registry import Registry

MEDIA = Path(__file__).resolve().parents[2] / "examples" / "media"
PACK = ("buffalo_l", "buffalo_m", "buffalo_s", "buffalo_sc", "antelopev2")


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that is searched for packs: empty."""
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("A1_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("A1_ASSET_PATH", str(folder))
    return folder


@pytest.mark.parametrize("command", ["animate", "motion extract"])
def test_a_tracker_without_expression_takes_no_performance(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = [MEDIA / "portrait.png"] if command == "animate" else []
    output = tmp_path / ("film.mp4" if command == "animate" else "take.a1motion")
    arguments = [*command.split(), *inputs, MEDIA / "driver.mp4", "-o", output]
    assert run([*map(str, arguments), "--tracker", "insightface/scrfd"]) == 2
    told = capsys.readouterr().err
    assert "sees no expressions" in told and "facemesh/landmarks" in told
    assert not output.exists()


def test_packs_are_listed_with_their_terms_and_found_by_name(
    models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (models / "deep" / "buffalo_s").mkdir(parents=True)
    (models / "deep" / "buffalo_s" / "det.onnx").write_bytes(b"a network")
    assert run(["assets", "list", "insightface/arcface"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (here,) = (line for line in lines if "found" in line)
    assert "buffalo_s  9 B in 1 files  LicenseRef-InsightFace-noncommercial" in here
    assert "not for commercial use" in here and here.endswith(str(models / "deep" / "buffalo_s"))
    assert sum("missing" in line and "to be brought" in line for line in lines) == len(PACK) - 1
    assert run(["assets", "list", "insightface/arcface", "--json"]) == 0
    (component,) = json.loads(capsys.readouterr().out)["components"]
    assert component["complete"]
    files = {one["name"]: one["files"] for some in component["alternatives"] for one in some}
    assert files.pop("buffalo_s") == [{"path": "det.onnx", "size": 9}]
    assert set(files) == set(PACK) - {"buffalo_s"} and not any(files.values())


def test_packs_are_not_fetched(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["assets", "pull", "insightface/arcface"]) == 4
    told = capsys.readouterr().err
    assert "never fetched" in told and "A1_ASSET_PATH" in told and "https://" in told


def test_a_pull_of_everything_leaves_them_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("A1_PLUGINS", "insightface")
    assert run(["assets", "pull"]) == 0
    assert capsys.readouterr().out == ""


def test_first_party_tracker_stays_the_default() -> None:
    assert Registry().default("face_tracker") == "facemesh/landmarks"


def test_a_store_without_packs_says_so() -> None:
    group = Registry().spec("identity_encoder", "insightface/arcface").assets
    assert group is not None and AssetStore().resolve(group) is None
