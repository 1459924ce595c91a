"""What one may do with our own plugins and all that they can load; reports say the same."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from packaging.licenses import canonicalize_license_expression

from a1sdk.assets import AssetStore
from a1sdk.cli import run
from a1sdk.components.registry import Registry
from a1sdk.render.animate import animate
from a1sdk.render.licensing import Part, UsedLicenses, installed_parts
from a1sdk.render.plan import report_path
from a1sdk.render.report import RenderReport

OURS = ("audio", "dit", "facemesh", "insightface", "keyframes", "mocap", "video", "warp")
ASSETS = ("file", "snapshot", "folder")

LIMITED = {
    "skyreels-a1": ("LicenseRef-Skywork-Community", "terms"),
    "antelopev2": ("LicenseRef-InsightFace-noncommercial", "no"),
    "buffalo_l": ("LicenseRef-InsightFace-noncommercial", "no"),
    "buffalo_m": ("LicenseRef-InsightFace-noncommercial", "no"),
    "buffalo_s": ("LicenseRef-InsightFace-noncommercial", "no"),
    "buffalo_sc": ("LicenseRef-InsightFace-noncommercial", "no"),
}
"""All that does not simply allow commercial use. Whoever adds to it has read the terms."""


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    """The core, our plugins, their components, and every file that any of these could load."""
    found = installed_parts(Registry(), AssetStore(offline=True))
    names = {"a1sdk", *(f"a1sdk-{plugin}" for plugin in OURS)}
    refs = {one.name for one in found if one.role == "component" and one.package in names}
    return [one for one in found if one.name in names | refs or one.of in refs]


def test_the_walk_meets_every_plugin_and_kind_of_part(parts: list[Part]) -> None:
    assert {one.name for one in parts if one.role == "package"} >= {f"a1sdk-{p}" for p in OURS}
    assert {one.name.partition("/")[0] for one in parts if one.role == "component"} == set(OURS)
    assert {one.role for one in parts} == {"package", "component", *ASSETS}


def test_everything_names_a_licence_that_is_known_or_can_be_read(parts: list[Part]) -> None:
    for one in parts:
        assert canonicalize_license_expression(one.license) == one.license, one
        if one.role in ASSETS or "LicenseRef-" in one.license:
            assert one.license_url.startswith("https://"), one


def test_what_limits_commercial_use_is_known_and_says_so(parts: list[Part]) -> None:
    limited = {one.name: (one.license, one.commercial) for one in parts if one.commercial != "yes"}
    assert limited == LIMITED
    assert all(one.license_notes for one in parts if one.name in LIMITED)


def terms(parts: tuple[Part, ...] | list[Part]) -> set[tuple[str, ...]]:
    """What a licence list says, without where files are, and which version of them."""
    return {
        (one.role, one.name, one.of, one.license, one.license_url, one.commercial) for one in parts
    }


@pytest.mark.shared
@pytest.mark.slow
def test_a_casts_licences_are_those_that_its_report_records(
    shared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("insightface")
    pack = shared / "models" / "insightface_root" / "models" / "a1_test"
    if not pack.is_dir():
        pytest.skip(f"no test pack in {pack}")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "buffalo_sc").symlink_to(pack)
    folders = [os.environ.get("A1_ASSET_PATH"), shared / "models", tmp_path / "models"]
    monkeypatch.setenv("A1_ASSET_PATH", os.pathsep.join(str(one) for one in folders if one))
    portraits = shared / "data" / "portraits"
    people = [
        {"name": "left", "pictures": [str(portraits / "p02_obama_a.jpg")]},
        {"name": "right", "pictures": [str(portraits / "p04_biden_tall_small_face.jpg")]},
    ]
    keys = Path(__file__).parents[2] / "examples" / "keys" / "beat.json"
    film = tmp_path / "film.mp4"
    report = animate(
        portraits / "p05_two_people.jpg",
        keys,
        film,
        duration="1/5",
        cast={"people": people},
        licensed=["buffalo_sc"],
        commercial=True,
    )
    assert report.commercial == "terms"
    job = tmp_path / "job.json"
    job.write_text(report.job.model_dump_json())

    def shown(*arguments: object) -> UsedLicenses:
        capsys.readouterr()
        assert run(["licences", *map(str, arguments), "--json"]) == 0
        return UsedLicenses.model_validate_json(capsys.readouterr().out)

    planned, recorded = shown(job, "--licensed", "buffalo_sc"), shown(report_path(film))
    assert terms(planned.parts) == terms(recorded.parts) == terms(report.licenses)
    assert planned.commercial == recorded.commercial == "terms"
    (folder,) = (one for one in recorded.parts if one.role == "folder")
    assert (folder.name, folder.commercial, folder.licensed) == ("buffalo_sc", "no", True)
    written = RenderReport.model_validate(json.loads(report_path(film).read_text()))
    (encoder,) = (one for one in written.components if one.ref == "insightface/arcface")
    assert set(encoder.assets) >= {"buffalo_sc/rec_mobilefacenet_128d.onnx"}
