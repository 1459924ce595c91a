from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from a1sdk import cli
from a1sdk.cli.schema import FILES, all_schemas, file_schema
from a1sdk.components.registry import Registry
from a1sdk.render.job import RenderJob

if TYPE_CHECKING:
    from conftest import Site

FOLDER = Path(__file__).parents[2] / "schemas"
PLUGINS = sorted(path.name for path in (FOLDER.parent / "plugins").glob("a1sdk-*"))


@pytest.mark.parametrize("name", FILES)
def test_schemas_of_files_are_as_kept(name: str) -> None:
    kept = (FOLDER / f"{name}.schema.json").read_text("utf-8")
    assert kept == file_schema(name), "run `a1 schema --write schemas`"


@pytest.mark.parametrize("package", PLUGINS)
def test_schemas_of_plugins_are_as_kept(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        metadata.distribution(package)
    except metadata.PackageNotFoundError:
        pytest.skip(f"{package} is not installed")
    plugin = package.removeprefix("a1sdk-")
    monkeypatch.setenv("A1_PLUGINS", plugin)
    core = {f"{name}.schema.json" for name in FILES}
    made = {path: text for path, text in all_schemas(Registry()).items() if path not in core}
    kept = {
        f"options/{path.name}": path.read_text("utf-8")
        for path in (FOLDER / "options").glob(f"*.{plugin}.*.json")
    }
    formats = (FOLDER / path for path in made if "/" not in path)
    kept |= {path.name: path.read_text("utf-8") for path in formats if path.exists()}
    assert kept == made, "run `a1 schema --write schemas`"


def test_no_schema_is_left_over(monkeypatch: pytest.MonkeyPatch) -> None:
    installed = {point.name for point in metadata.entry_points(group="a1sdk.plugins.v1")}
    ours = {package.removeprefix("a1sdk-") for package in PLUGINS}
    if ours <= installed:
        monkeypatch.setenv("A1_PLUGINS", ",".join(ours))
        made = {path for path in all_schemas(Registry()) if "/" not in path}
        assert {path.name for path in FOLDER.glob("*.json")} == made
    owners = {path.name.split(".")[1] for path in (FOLDER / "options").iterdir()}
    assert owners <= {package.removeprefix("a1sdk-") for package in PLUGINS}


def test_schemas_name_what_the_file_says_it_is() -> None:
    for name in FILES:
        schema = json.loads(file_schema(name))
        version = schema["properties"]["schema_version"]["const"]
        assert name == version.replace("/", "-")


def test_the_job_schema_has_every_field_described() -> None:
    properties = json.loads(file_schema("a1.job-1"))["properties"]
    assert set(properties) == set(RenderJob.model_fields)
    silent = {
        name for name, about in properties.items() if not {"description", "$ref"} & set(about)
    }
    assert silent == {"schema_version"}


def test_schema_prints_one_and_names_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["schema"]) == 0
    assert set(FILES) <= set(capsys.readouterr().out.split())
    assert cli.run(["schema", "a1.job-1"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Render job"
    assert cli.run(["schema", "a1.jbo-1"]) == 2
    assert "hint: did you mean 'a1.job-1'?" in capsys.readouterr().err


FORMAT = """
    from typing import Literal

    from pydantic import BaseModel

    from a1sdk import plugin as a1

    class Moves(BaseModel):
        schema_version: Literal["kit.moves/1"]

    @a1.hookimpl
    def a1_register_motion_sources():
        moves = a1.FileFormat(name="kit.moves-1", model="a1_kit:Moves", title="Moves by hand")
        return [a1.MotionSourceSpec(name="moves", summary="Moves.", factory="x:Y",
                                    inputs=("kit.moves/1",), formats=(moves,))]
"""


def test_formats_of_plugins_have_schemas(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site.add("kit", FORMAT)
    assert cli.run(["schema"]) == 0
    assert "kit.moves-1" in capsys.readouterr().out.split()
    assert cli.run(["schema", "kit.moves-1"]) == 0
    shown = capsys.readouterr().out
    assert json.loads(shown)["title"] == "Moves by hand"
    assert cli.run(["schema", "--write", str(tmp_path / "new")]) == 0
    assert (tmp_path / "new" / "kit.moves-1.schema.json").read_text() == shown
    capsys.readouterr()
    assert cli.run(["schema", "kit.mvoes-1"]) == 2
    assert "did you mean 'kit.moves-1'?" in capsys.readouterr().err


def test_schema_writes_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A1_PLUGINS", "none-such")
    assert cli.run(["schema", "--write", str(tmp_path / "new")]) == 0
    assert {path.name for path in (tmp_path / "new").iterdir()} == {
        f"{name}.schema.json" for name in FILES
    }
    (tmp_path / "file").write_text("")
    assert cli.run(["schema", "--write", str(tmp_path / "file" / "x")]) == 4
