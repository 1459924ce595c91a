"""`a1 assets` on snapshots of a made-up hub."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from a1sdk.assets.hub import HubFile, Listing
from a1sdk.cli import run

COMMIT = "c" * 40
FILES = {
    "LICENSE": b"Be kind.\x1b[2J\n",
    "net/config.json": b"{}\n",
    "net/weights.safetensors": bytes(5000),
}
PLUGIN = f"""
    from a1sdk.plugin import Asset, AssetGroup, FaceTrackerSpec, RendererSpec, Snapshot, hookimpl

    SNAPSHOT = Snapshot(
        name="weights", repo="Owner/Weights", include=("net/*.json", "net/*.safetensors"),
        license_files=("LICENSE",), approximate_size=5_000, license="LicenseRef-Kind",
        license_url="https://hub.test/terms", license_notes="Others say otherwise.",
        commercial=False,
    )
    GROUP = AssetGroup(alternatives=((SNAPSHOT,),))
    NET = Asset(name="net", urls=("https://x.test/net",), license="MIT", size=2,
                sha256="{hashlib.sha256(b"ab").hexdigest()}")

    @hookimpl
    def a1_register_face_trackers():
        group = AssetGroup(alternatives=((NET,),))
        return [FaceTrackerSpec(name="zoom", summary="Sees.", factory="x:Y", assets=group)]

    @hookimpl
    def a1_register_renderers():
        return [RendererSpec(name=name, summary="Draws.", factory="x:Y", assets=GROUP)
                for name in ("ink", "pen")]
"""


class MemoryHub:
    """Serves one repository, the same files at each commit."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.breaks: BaseException | None = None

    def __call__(self) -> MemoryHub:
        return self

    def listing(self, repo: str, revision: str | None) -> Listing:
        files = []
        for path, content in FILES.items():
            blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            files.append(HubFile(path, len(content), blob, None))
        return Listing("d" * 40 if revision == "next" else COMMIT, tuple(files))

    def fetch(self, repo: str, commit: str, file: HubFile, into: BinaryIO) -> None:
        self.asked.append(file.path)
        into.write(FILES[file.path][into.tell() :])
        if self.breaks is not None and file.path.startswith("net/w"):
            raise self.breaks


@pytest.fixture(autouse=True)
def hub(site: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MemoryHub:
    site.add("tiny", PLUGIN)
    monkeypatch.setenv("A1_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("A1_ASSET_PATH", str(tmp_path / "models"))
    monkeypatch.delenv("A1_OFFLINE", raising=False)
    (tmp_path / "models").mkdir()
    (tmp_path / "models/net").write_bytes(b"ab")
    made = MemoryHub()
    monkeypatch.setattr("a1sdk.assets.pulling.HuggingFace", made)
    return made


def typing(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Let there be a terminal on which these lines are typed."""
    left = list(answers)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: left.pop(0))


def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["assets", "list", "--json", "tiny/pen"]) == 0
    ((asset,),) = json.loads(capsys.readouterr().out)["components"][0]["alternatives"]
    assert isinstance(asset, dict)
    return asset


def test_without_a_terminal_one_is_told_how_to_accept(
    capsys: pytest.CaptureFixture[str], hub: MemoryHub, tmp_path: Path
) -> None:
    assert run(["assets", "pull"]) == 2
    out, err = capsys.readouterr()
    assert f"'weights' is Owner/Weights at {COMMIT}, 5.0 kB.\n" in err
    assert "Licence: LicenseRef-Kind https://hub.test/terms\n" in err
    assert "It does not allow commercial use. Others say otherwise.\n" in err
    assert "Be kind.[2J\n" in err  # what would clear the screen does not
    assert "\x1b" not in err
    assert err.endswith("hint: read it above, then add --accept-license\n")
    assert "tiny/zoom: its files are here" in out  # what others need is looked after
    assert set(hub.asked) == {"LICENSE"}
    assert not (tmp_path / "home").joinpath("snapshots").exists()


def test_declining_fetches_nothing_and_is_asked_once_a_run(
    capsys: pytest.CaptureFixture[str], hub: MemoryHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    typing(monkeypatch, "n")
    assert run(["assets", "pull", "tiny"]) == 2
    err = capsys.readouterr().err
    assert err.count("is not accepted, so nothing was fetched") == 1
    assert set(hub.asked) == {"LICENSE"}
    assert listed(capsys)["accepted"] is None


def test_accepting_fetches_for_all_who_need_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    typing(monkeypatch, "y")
    assert run(["assets", "pull", "tiny"]) == 0
    fetched = capsys.readouterr()
    asset = listed(capsys)
    told = fetched.out.splitlines()
    assert (
        "tiny/ink: fetched weights  5.0 kB in 3 files  LicenseRef-Kind, not for commercial use,"
        f" accepted {asset['accepted']}  Owner/Weights@{COMMIT}"
    ) in told
    assert "tiny/pen: its files are here" in told
    folder = tmp_path / "home/snapshots/Owner" / f"Weights@{COMMIT}"
    assert (asset["state"], asset["path"]) == ("cached", str(folder))
    assert (asset["repo"], asset["commit"]) == ("Owner/Weights", COMMIT)
    assert [file["path"] for file in asset["files"]] == list(FILES)
    assert asset["files"][0]["sha256"] == hashlib.sha256(FILES["LICENSE"]).hexdigest()


def test_option_accepts_and_the_next_pull_need_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["assets", "pull", "tiny/pen", "--accept-license"]) == 0
    assert run(["assets", "pull", "tiny/pen", "--revision", "next"]) == 0
    assert listed(capsys)["commit"] == "d" * 40


def test_revision_needs_one_repository(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["assets", "pull", "tiny/zoom", "--revision", "next"]) == 2
    assert "--revision needs to know of which repository" in capsys.readouterr().err


def test_ctrl_c_keeps_what_has_come(
    capsys: pytest.CaptureFixture[str], hub: MemoryHub, tmp_path: Path
) -> None:
    hub.breaks = KeyboardInterrupt()
    assert run(["assets", "pull", "tiny/pen", "--accept-license"]) == 130
    left = {path.name for path in (tmp_path / "home/snapshots").rglob("*") if path.is_file()}
    kept = {"LICENSE", "config.json", "weights.safetensors.part"}
    assert left - {".Weights.lock"} == kept | {"Weights.pin"}
    assert listed(capsys)["state"] == "missing"


def test_list_shows_the_terms_before_anything_is_fetched(
    capsys: pytest.CaptureFixture[str], hub: MemoryHub
) -> None:
    assert run(["assets", "list", "tiny/pen"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "tiny/pen",
        "  missing  weights  about 5.0 kB  LicenseRef-Kind, not for commercial use,"
        " not accepted yet  Owner/Weights",
    ]
    assert hub.asked == []


def test_verify_reads_every_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["assets", "pull", "tiny/pen", "--accept-license"]) == 0
    assert run(["assets", "verify", "tiny/pen"]) == 0
    (path,) = (tmp_path / "home").rglob("weights.safetensors")
    path.write_bytes(bytes(4999) + b"x")
    capsys.readouterr()
    assert run(["assets", "verify", "tiny/pen"]) == 4
    out, err = capsys.readouterr()
    assert "  damaged  weights" in out
    assert "hint: run `a1 assets pull tiny/pen`" in err


def test_doctor_knows_snapshots(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 4
    assert "files of tiny/pen are missing" in capsys.readouterr().out
    assert run(["assets", "pull", "tiny", "--accept-license"]) == 0
    run(["doctor"])
    out = capsys.readouterr().out
    assert "tiny/pen: weights (cached)" in out


def test_offline_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, hub: MemoryHub
) -> None:
    monkeypatch.setenv("A1_OFFLINE", "1")
    assert run(["assets", "pull", "tiny/pen", "--accept-license"]) == 4
    assert "A1_OFFLINE=1 forbids fetching it" in capsys.readouterr().err
    assert hub.asked == []
