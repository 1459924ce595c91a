from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from a1sdk_keyframes import Keys
from a1sdk_keyframes.model import KeysFile
from a1sdk_keyframes.reading import parse_keys, read_keys
from a1sdk_keyframes.text import keys_text

from a1sdk import Registry
from a1sdk.plugin import ConfigError, StorageError

EXAMPLES = sorted((Path(__file__).parents[3] / "examples" / "keys").glob("*.json"))


def beat() -> Keys:
    return (
        Keys(rate="24000/1001", duration="5s")
        .at(0, smile=0, head_yaw=0)
        .at("12f", "linear", smile=0.8, head_yaw=5)
        .hold("1s")
        .at("1/3", gain_lips=0.5)
        .key("jawOpen", "2s", 0.1, interpolation="bezier", handle_out=("0.5s", 0.2))
        .key("jawOpen", "3s", 0.4, handle_in=("1/7", 0))
        .preset("blink", "0.9s")
        .preset("look", "2s", yaw=20, duration="1.5s", count=2)
        .loop("0s", "2s", 2)
        .loop(0, "12f", channel="head_yaw")
        .idle(head={"amount": 0.5})
    )


def test_steps_make_a_file() -> None:
    file = beat().model
    smile = [(key.at, key.value, key.interpolation) for key in file.channels["smile"].keys]
    frame = Fraction(1001, 24000)
    assert smile == [
        (0, 0, "smooth"), (12 * frame, 0.8, "linear"), (12 * frame + 1, 0.8, "smooth"),
    ]  # fmt: skip
    assert list(file.channels) == ["smile", "head.yaw", "gain.lips", "jawOpen"]
    assert file.loop is not None and (file.loop.stop, file.loop.count) == (2, 2)
    assert file.channels["head.yaw"].loop is not None
    assert [preset.preset for preset in file.presets] == ["blink", "look"]
    assert file.idle is not None and file.idle.head.amount == 0.5


def test_keys_need_not_come_in_order() -> None:
    file = Keys().at("2s", smile=1).at("1s", smile=0).model
    assert [key.at for key in file.channels["smile"].keys] == [1, 2]


def test_saved_files_read_back_the_same(tmp_path: Path) -> None:
    beat().save(tmp_path / "beat.json")
    assert [path.name for path in tmp_path.iterdir()] == ["beat.json"]
    assert read_keys(tmp_path / "beat.json") == beat().model
    text = (tmp_path / "beat.json").read_text("utf-8")
    assert '["0s", 0.0], ["12f", 0.8, "linear"]' in text
    with pytest.raises(StorageError, match="none"):
        beat().save(tmp_path / "none" / "beat.json")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_read_back_the_same(path: Path) -> None:
    file = read_keys(path)
    assert parse_keys(keys_text(file), path.name) == file


def test_layers_are_what_a_job_takes() -> None:
    layer = beat().layer("eyes", regions={"eyes": 1.0}, fade_in="0.5s")
    assert (layer["use"], layer["name"], layer["fade_in"]) == ("keyframes/keys", "eyes", "0.5s")
    options = Registry().choose("motion_source", layer["use"], layer["options"]).options
    assert options.keys == beat().model


def test_what_is_wrong_is_said() -> None:
    for make, reason in (
        (lambda: Keys().at(0, smiel=1), "no channel 'smiel'.*'smile'"),
        (lambda: Keys().at("12f", smile=1), "no rate"),
        (lambda: Keys().at(0, smile=1.5).model, r"'smile' at 0s: 1\.5 is not in 0 to 1"),
        (lambda: Keys().at(0, smile=1).at(0, smile=0).model, "'smile'.*does not come after"),
        (lambda: Keys().preset("blnik", 0).model, "no preset 'blnik'"),
        (lambda: Keys().loop(0, 1, channel="smile").model, "a loop and no keys"),
        (lambda: Keys().idle(blink={}).model, "idle.blink"),
    ):
        with pytest.raises(ConfigError, match=reason):
            make()


def test_importing_the_package_stays_light() -> None:
    code = "import a1sdk_keyframes, sys; print({'numpy', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "set()\n", done.stderr


def test_the_empty_builder_is_a_face_at_rest() -> None:
    assert Keys().model == KeysFile()
