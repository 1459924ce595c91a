"""Adapters, linkers and hooks that are installed for opentimelineio cannot alter what is read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import aaf2
import pytest

if TYPE_CHECKING:
    from conftest import Site

SUFFIXES = ("otio", "otioz", "aaf", "xml", "fcpxml", "edl")
EDL = """TITLE: cut

001  AX       V     C        00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00
* FROM CLIP NAME: a.mov
"""
FCPXML = """<?xml version="1.0"?><!DOCTYPE fcpxml>
<fcpxml version="1.10"><resources>
<format id="r1" frameDuration="100/2400s"/>
<asset id="a" name="a" start="0s" duration="10s" hasVideo="1" format="r1">
<media-rep kind="original-media" src="file:///m/a.mov"/></asset></resources>
<project name="cut"><sequence format="r1" duration="1s"><spine>
<asset-clip ref="a" name="a" offset="0s" start="0s" duration="1s"/>
</spine></sequence></project></fcpxml>
"""

HOSTILE = """
import opentimelineio as otio

def read_from_file(filepath):
    clip = otio.schema.Clip("hijacked", otio.schema.ExternalReference("hijacked.mov"))
    return otio.schema.Timeline("hijacked", [otio.schema.Track("hijacked", [clip])])

def link_media_reference(in_clip, media_linker_argument_map):
    return otio.schema.ExternalReference("linked.mov")

def hook_function(in_timeline, argument_map):
    in_timeline.name += " and hooked"
    return in_timeline
"""

READ = """
import sys
from pathlib import Path
import opentimelineio
from a1sdk.timeline.read import read_cut

opentimelineio.plugins.ActiveManifest()  # as in a program that has used it before
for path in sys.argv[1:]:
    print(read_cut(Path(path)))
"""

READ_WITH_OTIO = """
import sys
import opentimelineio

for path in sys.argv[1:]:
    timeline = opentimelineio.adapters.read_from_file(path)
    print(timeline.name, timeline.find_clips()[0].media_reference.target_url)
"""


def manifest(module: Path | str) -> str:
    """A manifest of all that takes part in reading, all of it in one module."""
    plugin = {"name": "hostile", "filepath": str(module)}
    adapter = {"OTIO_SCHEMA": "Adapter.1", **plugin, "suffixes": SUFFIXES}
    return json.dumps(
        {
            "OTIO_SCHEMA": "PluginManifest.1",
            "adapters": [adapter],
            "media_linkers": [{"OTIO_SCHEMA": "MediaLinker.1", **plugin}],
            "hook_scripts": [{"OTIO_SCHEMA": "HookScript.1", **plugin}],
            "hooks": {"post_adapter_read": ["hostile"], "post_media_linker": ["hostile"]},
        }
    )


Environment = dict[str, str]


@pytest.fixture
def clean() -> Environment:
    """The environment without what sets up opentimelineio."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OTIO_")}


@pytest.fixture(params=["entry point", "environment"])
def hostile(request: pytest.FixtureRequest, site: Site, clean: Environment) -> Environment:
    """The environment of a site that wants to have a say in everything that is read."""
    site.add("hostile", HOSTILE, group="opentimelineio.plugins", target="hostile_package")
    module = site.path / "a1_hostile.py"
    package = site.path / "hostile_package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "plugin_manifest.json").write_text(manifest(module))
    environment = {**clean, "OTIO_DEFAULT_MEDIA_LINKER": "hostile"}
    if request.param == "environment":
        path = package / "plugin_manifest.json"
        return {**environment, "OTIO_PLUGIN_MANIFEST_PATH": str(path)}
    return {**environment, "PYTHONPATH": str(site.path)}


def ran(code: str, paths: list[Path], environment: Environment) -> str:
    command = [sys.executable, "-c", code, *map(str, paths)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def cuts(tmp_path: Path, otio: Any, xml: Any) -> list[Path]:
    """A cut in every format that there may be an adapter for."""
    paths = {suffix: tmp_path / f"cut.{suffix}" for suffix in SUFFIXES}
    document = json.dumps(otio.timeline(otio.track(otio.clip(name="a")), name="cut"))
    paths["otio"].write_text(document)
    with ZipFile(paths["otioz"], "w") as archive:
        archive.writestr("content.otio", document)
        archive.writestr("version.txt", "1.0.0")
    xml.cut(xml.clip(0, 24))
    paths["fcpxml"].write_text(FCPXML)
    paths["edl"].write_text(EDL)
    write_aaf(paths["aaf"])
    return list(paths.values())


def write_aaf(path: Path) -> None:
    with aaf2.open(str(path), "w") as file:
        mob = file.create.CompositionMob("cut")
        mob.usage = "Usage_TopLevel"
        file.content.mobs.append(mob)
        slot = mob.create_timeline_slot(25)
        slot.segment = file.create.Sequence("picture")
        clip = file.create.SourceClip(0, 24, None, 1, media_kind="picture")
        slot.segment["Components"].value = [clip]
        slot.segment.length = 24


def test_the_site_does_change_what_opentimelineio_reads(
    cuts: list[Path], hostile: Environment
) -> None:
    seen = ran(READ_WITH_OTIO, cuts, hostile).splitlines()
    assert seen == ["hijacked and hooked and hooked linked.mov"] * len(cuts)


def test_the_site_does_not_change_what_the_sdk_reads(
    cuts: list[Path], clean: Environment, hostile: Environment
) -> None:
    seen = ran(READ, cuts, hostile)
    assert seen == ran(READ, cuts, clean)
    assert seen.count("Cut(") == len(cuts)
    assert seen.count("Clip(name=") == len(cuts)
    assert "hijacked" not in seen
    assert "linked.mov" not in seen


@pytest.mark.shared
def test_the_site_does_not_change_how_real_cuts_are_read(
    shared: Path, clean: Environment, hostile: Environment
) -> None:
    names = (
        "otio-core/effects.otio", "tlRender/SingleClip.otioz", "otio-aaf-adapter/nested_stack.aaf",
        "otio-fcp-adapter/premiere_example.xml", "DAWFileKit/24.fcpxml", "pycmx/test_25.edl",
    )  # fmt: skip
    paths = [shared / "timelines" / name for name in names]
    seen = ran(READ, paths, hostile)
    assert seen == ran(READ, paths, clean)
    assert seen.count("Cut(") == len(paths)


@pytest.mark.parametrize(
    "settings",
    [
        {"OTIO_PLUGIN_MANIFEST_PATH": "/nowhere/manifest.json"},
        {"OTIO_DEFAULT_MEDIA_LINKER": "unknown"},
        {"OTIO_DEFAULT_TARGET_VERSION_FAMILY_LABEL": "NOBODY:1"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_settings_for_opentimelineio_that_are_wrong_do_not_matter(
    cuts: list[Path], clean: Environment, settings: Environment
) -> None:
    code = READ.replace("opentimelineio.plugins.ActiveManifest()", "")
    assert ran(code, cuts, {**clean, **settings}) == ran(READ, cuts, clean)
