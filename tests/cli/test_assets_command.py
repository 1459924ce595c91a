from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from a1sdk.cli import run

NET, PART = b"weights of a network" * 1000, b"weights of a part" * 1000

PLUGIN = f"""
    from a1sdk.plugin import Asset, AssetGroup, FaceTrackerSpec, RendererSpec, hookimpl

    def asset(name, url, sha256, size):
        return Asset(name=name, urls=(url,), sha256=sha256, size=size, license="CC-BY-NC-4.0",
                     commercial=False)

    BEST = asset("net.task", "wheel:notthere==1!net.task",
                 "{hashlib.sha256(NET).hexdigest()}", {len(NET)})
    SECOND = asset("part.tflite", "wheel:tinynet==1.2!tinynet/part.tflite",
                   "{hashlib.sha256(PART).hexdigest()}", {len(PART)})

    @hookimpl
    def a1_register_face_trackers():
        group = AssetGroup(alternatives=((BEST,), (SECOND,)))
        return [FaceTrackerSpec(name="eye", summary="Sees.", factory="x:Y", assets=group)]

    @hookimpl
    def a1_register_renderers():
        return [RendererSpec(name="pen", summary="Draws.", factory="x:Y")]
"""


@pytest.fixture(autouse=True)
def _tiny_plugin(site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    site.add("tiny", PLUGIN)
    monkeypatch.setenv("A1_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("A1_ASSET_PATH", str(tmp_path / "models"))
    index = tmp_path / "index"
    index.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    monkeypatch.setattr("a1sdk.assets.wheels._PYTHONS", ())
    with zipfile.ZipFile(index / "tinynet-1.2-py3-none-any.whl", "w") as archive:
        archive.writestr("tinynet/part.tflite", PART)
        about = "Metadata-Version: 2.1\nName: tinynet\nVersion: 1.2\n"
        archive.writestr("tinynet-1.2.dist-info/METADATA", about)
        archive.writestr("tinynet-1.2.dist-info/WHEEL", "Wheel-Version: 1.0\n")


def listed(capsys: pytest.CaptureFixture[str], *refs: str) -> dict[str, str]:
    """Return the state of each asset, by name, as JSON tells it."""
    capsys.readouterr()
    assert run(["assets", "list", "--json", *refs]) == 0
    components = json.loads(capsys.readouterr().out)["components"]
    return {
        asset["name"]: asset["state"]
        for component in components
        for alternative in component["alternatives"]
        for asset in alternative
    }


def test_pull_takes_the_alternative_that_can_be_had(capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(capsys) == {"net.task": "missing", "part.tflite": "missing"}
    assert run(["assets", "pull", "tiny"]) == 0
    told = capsys.readouterr().out
    assert "tiny/eye: fetched part.tflite  17.0 kB  CC-BY-NC-4.0, not for commercial use" in told
    assert listed(capsys, "tiny/eye") == {"net.task": "missing", "part.tflite": "cached"}
    assert run(["assets", "pull"]) == 0
    assert capsys.readouterr().out == "tiny/eye: its files are here\n"


def test_list_shows_where_files_were_found(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "any name").write_bytes(NET)
    assert run(["assets", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "tiny/eye"
    assert lines[1].startswith("  found    net.task  20.0 kB")
    assert lines[1].endswith(str(tmp_path / "models" / "any name"))
    assert lines[2:] == [
        "  or",
        "  missing  part.tflite  17.0 kB  CC-BY-NC-4.0, not for commercial use",
    ]


def test_verify_fails_until_everything_is_there_and_sound(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["assets", "verify"]) == 4
    assert "hint: run `a1 assets pull tiny/eye`" in capsys.readouterr().err
    assert run(["assets", "pull"]) == 0
    assert run(["assets", "verify"]) == 0
    (path,) = (tmp_path / "home" / "assets").iterdir()
    path.write_bytes(PART[::-1])
    capsys.readouterr()
    assert run(["assets", "verify"]) == 4
    assert "  damaged  part.tflite" in capsys.readouterr().out


def test_component_without_assets_needs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["assets", "pull", "tiny/pen"]) == 0
    assert listed(capsys, "tiny/pen") == {}


@pytest.mark.parametrize("ref", ["nobody", "tiny/nothing"])
def test_unknown_reference_is_named(capsys: pytest.CaptureFixture[str], ref: str) -> None:
    assert run(["assets", "pull", ref]) == 3
    assert repr(ref) in capsys.readouterr().err


def test_failed_pull_lists_attempts_and_exits_4(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "index" / "tinynet-1.2-py3-none-any.whl").unlink()
    assert run(["assets", "pull"]) == 4
    told = capsys.readouterr().err
    assert "net.task from wheel:notthere==1!net.task: pip found no wheel" in told
    assert "part.tflite from wheel:tinynet==1.2!tinynet/part.tflite: pip found no wheel" in told


def test_offline_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A1_OFFLINE", "1")
    assert run(["assets", "pull"]) == 4
    assert "A1_OFFLINE=1 forbids fetching it" in capsys.readouterr().err
