"""The guide to the GPU renderer is true: its options, commands, profiles and plan."""

from __future__ import annotations

import ast
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click
import pytest

import a1sdk
from a1sdk.assets import AssetStore
from a1sdk.cli import cli, run
from a1sdk.components.registry import Registry

options = pytest.importorskip("a1sdk_dit.options", reason="the GPU renderer is not installed")
profiles = pytest.importorskip("a1sdk_dit.profiles", reason="the GPU renderer is not installed")

ROOT = Path(__file__).parents[1]
PLUGIN = ROOT / "plugins" / "a1sdk-dit"
GUIDE = (ROOT / "docs" / "dit.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
LINES = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
COMMANDS = [line for line in LINES if line.startswith("a1 ")]


def rows(heading: str) -> list[list[str]]:
    """Cells of the first table under a heading, without its two first lines."""
    section = GUIDE.partition(f"\n{heading}\n")[2].partition("\n## ")[0]
    table = re.search(r"^\|.*?(?=\n\n)", section, re.MULTILINE | re.DOTALL)
    assert table is not None
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table[0].splitlines()[2:]
    ]


def choices(annotation: Any) -> tuple[str, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def settings(line: str) -> dict[str, str]:
    """What a command sets of the renderer."""
    words = shlex.split(line)
    pairs = [words[at + 1] for at, word in enumerate(words) if word == "--set"]
    given = dict(pair.split("=", 1) for pair in pairs)
    assert all(name.startswith("renderer.") for name in given)
    return {name.removeprefix("renderer."): value for name, value in given.items()}


def test_every_option_is_listed_with_its_default_and_choices() -> None:
    fields = options.RendererOptions.model_fields
    listed = {
        name.strip("`"): (default.strip("`"), text) for name, default, text in rows("## Options")
    }
    assert set(listed) == set(fields)
    for name, field in fields.items():
        default, text = listed[name]
        said = str(field.default).lower() if field.default is not None else ""
        assert default == said, name
        kept = f"`{field.default}`: {text}"
        assert [one for one in choices(field.annotation) if f"`{one}`" not in kept] == [], name
        limits = {type(one).__name__: one for one in field.metadata}
        for bound, attribute in (("Ge", "ge"), ("Le", "le")):
            if bound in limits and field.annotation is not bool:
                assert re.search(rf"(?<![\d.]){getattr(limits[bound], attribute)}\b", text), name


def test_profiles_do_what_is_listed() -> None:
    listed = {name.strip("`"): [int(cell) for cell in rest] for name, *rest in rows("## Profiles")}
    assert set(listed) == set(profiles.PROFILES)
    for name, cells in listed.items():
        chosen = options.RendererOptions(profile=name)
        one = profiles.sampling(chosen, name, windows_at_once=1, tiled=False)
        computed = len(profiles.computed_steps(one))
        assert cells == [one.steps, computed, one.guided_steps, profiles.forwards(one)]


def test_probes_pay_from_as_many_windows_as_is_said() -> None:
    gate = pytest.importorskip("a1sdk_dit.gate")
    said = re.search(r"`fast` pays from (\d) windows on,\s+`draft` from (\d)", GUIDE)
    assert said is not None
    for profile, least in zip(("fast", "draft"), map(int, said.groups()), strict=True):
        chosen = options.RendererOptions(profile=profile)
        ladder = profiles.alternatives(chosen, windows_at_once=1, tiled=False)
        assert gate.pays(ladder, least) and not gate.pays(ladder, least - 1)


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_are_understood(line: str) -> None:
    words = shlex.split(line)[1:]
    command: click.Command = cli
    context = click.Context(cli, info_name="a1")
    while isinstance(command, click.Group):
        name, found, words = command.resolve_command(context, words)
        assert found is not None
        command, context = found, click.Context(found, context, name)
    parsed = command.make_context(name, words, parent=context)
    for ref in (parsed.params.get("renderer"), *parsed.params.get("refs", ())):
        assert ref in {None, "dit/skyreels-a1"}
    options.RendererOptions.model_validate(settings(line))


def test_what_is_to_be_installed_is_there() -> None:
    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text("utf-8"))["project"]
    asked = re.findall(r"pip install '?(a1sdk-dit)(?:\[(\w+)\])?", GUIDE)
    assert {name for name, _ in asked} == {project["name"]}
    assert {extra for _, extra in asked} - {""} <= set(project["optional-dependencies"])


def test_the_script_calls_what_is_there() -> None:
    (code,) = (text for kind, text in BLOCKS if kind == "python")
    guarded = ast.parse(code).body[-1]
    assert isinstance(guarded, ast.If) and ast.unparse(guarded.test) == "__name__ == '__main__'"
    call = next(
        node
        for node in ast.walk(guarded)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "a1sdk.animate"
    )
    given = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    options.RendererOptions.model_validate(given.pop("renderer_options"))
    assert given == {"renderer": "dit/skyreels-a1"} and len(call.args) == 3
    assert callable(a1sdk.animate)


def test_the_plan_is_what_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    group = Registry().spec("face_tracker", "facemesh/landmarks").assets
    if group is None or AssetStore().resolve(group) is None:
        pytest.skip("the face models are not here: a1 assets pull facemesh")
    monkeypatch.setattr("a1sdk_dit.planning.device.free_host_memory", lambda: None)
    monkeypatch.chdir(ROOT)
    ((prompt, *printed),) = (text.splitlines() for kind, text in BLOCKS if kind == "console")
    assert run(shlex.split(prompt.removeprefix("$ a1 "))) == 0
    assert capsys.readouterr().out.splitlines() == printed


def test_links_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", GUIDE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}
    for target in re.findall(r"\]\(([^)]+)\)", GUIDE):
        if target.startswith("#"):
            assert target[1:] in anchors, target
        elif "://" not in target:
            assert (ROOT / "docs" / target).is_file(), target
