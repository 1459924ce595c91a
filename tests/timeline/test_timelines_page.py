"""What `docs/timelines.md` says is what the code does."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest

from a1sdk.timeline.problems import PROBLEMS
from a1sdk.timeline.shots import HANDLES
from a1sdk.timeline.shots.binding import Layer, Role, role_of
from a1sdk.timeline.shots.grammar import KEYS, LONGEST_NAME, read_note
from a1sdk.timeline.shots.locate import MOST_FILES
from a1sdk.timeline.shots.sidecar import MOST_BYTES, Curves, Sidecar, read_sidecar

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/timelines.md").read_text("utf-8")


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def blocks(title: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", section(title), re.DOTALL)


def first_cells(text: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    path = ROOT / "tools/document_timelines.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_its_tables_are_as_the_code_is(tool: ModuleType) -> None:
    assert tool.renewed(PAGE) == PAGE, "run `python tools/document_timelines.py`"
    assert first_cells(section("Notes")) == list(KEYS)
    assert first_cells(section("Problems")) == list(PROBLEMS)


def test_a_page_without_the_lines_around_a_table_is_an_error(tool: ModuleType) -> None:
    with pytest.raises(ValueError, match="has no lines <!-- problems -->"):
        tool.renewed(PAGE.replace("<!-- /problems -->", ""))


def test_its_tracks_have_the_roles_it_says() -> None:
    (layout,) = blocks("Tracks", "text")
    roles = [role_of(line[5:25]) for line in layout.splitlines()]
    assert [(one.role, one.group) for one in roles if one] == [
        ("PORTRAIT", "bob"),
        ("PORTRAIT", ""),
        ("DRIVE", ""),
        ("VOICE", ""),
    ]
    assert first_cells(section("Tracks")) == list(get_args(Role))
    for row in re.findall(r"^\| `.*$", section("Tracks"), re.MULTILINE):
        role, *others = re.findall(r"`([A-Z]+)`", row.rpartition("|")[0].rpartition("|")[0])
        assert {role_of(f"A1 {name}").role for name in others} <= {role}  # type: ignore[union-attr]


def test_its_notes_are_understood() -> None:
    (notes,) = blocks("Notes", "text")
    read = [read_note(line) for line in notes.splitlines()]
    assert None not in read
    assert len(read) == 5
    quoted = re.findall(r"`(drive=\"[^`]+|\{\"drive[^`]+)`", section("Notes"))
    assert len(quoted) == 2
    assert all(read_note("A1", text) for text in quoted)


def test_its_sidecar_is_understood() -> None:
    (example,) = blocks("Sidecar", "json")
    found = read_sidecar(example.encode(), "cut.a1.json")
    assert found.model_fields_set == set(Sidecar.model_fields)


def test_its_keyframes_are_understood() -> None:
    (example,) = blocks("Keyframes in the timeline", "json")
    curves = Curves.model_validate(json.loads(example)["metadata"]["a1sdk"])
    assert curves.keys["channels"]["smile"] == [["0s", 0], ["0.6s", 0.8]]


def test_its_layers_and_limits_are_the_codes() -> None:
    assert [*first_cells(section("Layers")), "default"] == list(get_args(Layer))
    assert f"at most {MOST_BYTES >> 20} MiB and 10,000 shots" in section("Sidecar")
    assert f"up to {LONGEST_NAME} letters" in section("Notes")
    assert f"Handles are {HANDLES} frames" in section("Time")
    assert f"At most {MOST_FILES:,} files" in section("Media roots")
