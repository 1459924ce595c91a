"""What docs/keyframes.md says is so."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from a1sdk_keyframes.channels import EXPRESSIONS, GAINS, find, names
from a1sdk_keyframes.performance import Performance
from a1sdk_keyframes.presets import AnyPreset
from a1sdk_keyframes.reading import parse_keys, read_keys

from a1sdk.plugin import ConfigError

ROOT = Path(__file__).parents[3]
DOC = (ROOT / "docs" / "keyframes.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", DOC, re.MULTILINE | re.DOTALL)
FILES = [text for language, text in BLOCKS if language == "json"]


@pytest.mark.parametrize("text", FILES)
def test_files_play(text: str) -> None:
    playing = Performance(parse_keys(text, "doc.json"), 0)
    assert playing(2).blendshapes is not None


def test_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = (text for language, text in BLOCKS if language == "python")
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    assert read_keys(tmp_path / "beat.json") == namespace["keys"].model
    assert namespace["keys"].layer("eyes", regions={"eyes": 1, "gaze": 1})["name"] == "eyes"


def test_errors_are_said_so() -> None:
    (said,) = (text for language, text in BLOCKS if language == "")
    for line, broken in zip(
        said.splitlines(),
        (
            '{"channels": {"smiel": 1}}',
            '{"channels": {"smile": [["0.5s", 1.4]]}}',
            '{"channels": {"head.yaw": [["1.5s", 0], ["1s", 0]]}}',
            '{\n "channels": {"smile": [[0, 1] [1, 2]]}}',
        ),
        strict=True,
    ):
        with pytest.raises(ConfigError) as caught:
            parse_keys(broken, "beat.json")
        assert str(caught.value) == line


def test_tables_name_everything() -> None:
    presets = [cls.model_fields["preset"].default for cls in get_args(get_args(AnyPreset)[0])]
    for name in (*EXPRESSIONS, *GAINS, *presets):
        assert f"`{name}`" in DOC
    for name, shapes in EXPRESSIONS.items():
        moved = ", ".join(f"{shape} {share:g}" for shape, share in shapes.items())
        assert f"| `{name}` | {moved} |" in DOC
    for name in re.findall(r"`((?:head|gaze|gain)\.\w+)`", DOC):
        assert find(name).name in names()


def test_the_schema_reads_the_short_forms() -> None:
    from a1sdk_keyframes.model import KeysFile

    schema = json.dumps(KeysFile.model_json_schema())
    for part in ('"from"', '"discriminator"', '"handle_out"', '"prefixItems"'):
        assert part in schema
