from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from a1sdk.errors import ConfigError
from a1sdk.timeline.shots import sidecar
from a1sdk.timeline.shots.sidecar import Sidecar, load_sidecar, read_sidecar, sidecar_path

AT = {"at": "01:00:00:00"}


def write(folder: Path, text: str | bytes) -> Path:
    cut = folder / "cut.v2.otio"
    sidecar_path(cut).write_bytes(text.encode() if isinstance(text, str) else text)
    return cut


def test_a_sidecar_lies_beside_its_cut(tmp_path: Path) -> None:
    assert sidecar_path(Path("/x/cut.v2.otio")) == Path("/x/cut.v2.a1.json")
    assert load_sidecar(tmp_path / "cut.otio") == Sidecar()


def test_everything_in_it_is_read(tmp_path: Path) -> None:
    data = {
        "schema_version": "a1.sidecar/1",
        "tracks": {"V2": "PORTRAIT BOB"},
        "defaults": {"handles": 4},
        "presets": {"soft": {"expr": 0.5, "from": "lips=voice"}},
        "shots": [
            {"track": "V2", **AT, "clip": "anna", "note": {"shot": "sh010", "drive": "perf"}},
            {"clip": "bob", "curves": {"space": "media", "keys": {"channels": {}}}},
        ],
    }
    found = load_sidecar(write(tmp_path, "\ufeff" + json.dumps(data)))
    assert found.tracks == {"V2": "PORTRAIT BOB"}
    assert found.defaults.handles == 4
    assert found.presets["soft"].take == ("lips=voice",)
    assert found.shots[0].note.drive == "perf"
    assert str(found.shots[0]) == "track 'V2', at '01:00:00:00', clip 'anna'"
    assert found.shots[1].curves is not None
    assert found.shots[1].curves.space == "media"


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        ({"shotz": []}, "there is no key 'shotz'", "did you mean 'shots'?"),
        ({"qq": 1}, "there is no key 'qq'", "keys: schema_version, tracks, defaults"),
        ({"shots": [{**AT, "nte": {}}]}, "there is no key 'shots.0.nte'", "did you mean 'note'?"),
        (
            {"shots": [AT, {**AT, "note": {"drvie": "x"}}]},
            "there is no key 'shots.1.note.drvie'",
            "did you mean 'drive'?",
        ),
        ({"defaults": {"exprr": 1}}, "there is no key 'defaults.exprr'", "did you mean 'expr'?"),
        ({"presets": {"a": {"gapp": 1}}}, "there is no key 'presets.a.gapp'", "'gap'"),
        (
            {"shots": [{**AT, "curves": {"kyes": {}}}]},
            "there is no key 'shots.0.curves.kyes'",
            "did you mean 'keys'?",
        ),
        ({"shots": [{}]}, "'sidecar.shots.0' is wrong: say which shot is meant", ""),
        ({"shots": [{"at": "1h"}]}, "key 'shots.0.at' cannot be '1h'", ""),
        ({"shots": [{**AT, "note": {"expr": 4}}]}, "key 'shots.0.note.expr' cannot be 4", ""),
        ({"shots": [{**AT, "note": {"shot": "CON"}}]}, "key 'shots.0.note.shot' cannot", ""),
        ({"presets": {"a": {"shot": "x"}}}, "settings for several shots have no shot", ""),
        ({"defaults": {"preset": "x"}}, "'sidecar.defaults' is wrong: settings for several", ""),
        ({"schema_version": "a1.sidecar/2"}, "key 'schema_version' cannot be 'a1.sidecar/2'", ""),
        ({"shots": [AT] * 10_001}, "it takes at most 10000, and has 10001", ""),
        ([], "is no JSON object", ""),
    ],
)
def test_what_is_wrong_is_said_by_file_and_key(data: Any, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_sidecar(json.dumps(data).encode(), "dir/cut.a1.json")
    assert str(caught.value).startswith("Sidecar 'dir/cut.a1.json'")
    assert message in str(caught.value)
    assert hint in (caught.value.hint or "")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "is no JSON: "),
        (b"\xff\xfe", "is no JSON: "),
        (b'{"shots": [', "is no JSON: "),
        (b'{"tracks": {"V1": "DRIVE", "V1": "VOICE"}}', "key 'V1' is there twice"),
        (b'{"shots": ' + b"[" * 100_000, "is nested too deeply"),
        (b'{"tracks": ' + b"[" * 900 + b"]" * 900 + b"}", "Sidecar"),
    ],
)
def test_damaged_files_are_one_error(tmp_path: Path, text: bytes, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_sidecar(write(tmp_path, text))


def test_large_files_pipes_and_folders_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sidecar, "MOST_BYTES", 1 << 20)
    cut = write(tmp_path, b" " * ((1 << 20) + 1))
    with pytest.raises(ConfigError, match=r"is larger than 1 MiB\."):
        load_sidecar(cut)
    sidecar_path(cut).unlink()
    os.mkfifo(sidecar_path(cut))
    with pytest.raises(ConfigError, match=r"is no plain file\."):
        load_sidecar(cut)
    sidecar_path(cut).unlink()
    sidecar_path(cut).mkdir()
    with pytest.raises(ConfigError, match=r"is no plain file\."):
        load_sidecar(cut)
