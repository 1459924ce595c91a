"""Files of wheels, with the real pip against a folder of wheels instead of an index."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from a1sdk.assets import AssetStore, wheels
from a1sdk.assets.wheels import parse_wheel_url
from a1sdk.errors import AssetMissingError, ContractError
from a1sdk.plugin import AssetGroup

from .conftest import fetch, make_asset

NET, OTHER = b"weights of a network" * 1000, b"weights of another" * 1000
INSIDE = "wheel:tinynet==1.2!tinynet/modules/"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Put a wheel with the given tags into what pip takes for the only index."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))

    def put(tags: str) -> Path:
        wheel = folder / f"tinynet-1.2-{tags}.whl"
        about = "Metadata-Version: 2.1\nName: tinynet\nVersion: 1.2\nRequires-Dist: not-there\n"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("tinynet/modules/net.tflite", NET)
            archive.writestr("tinynet/modules/other.tflite", OTHER)
            archive.writestr("tinynet-1.2.dist-info/METADATA", about)
            archive.writestr("tinynet-1.2.dist-info/WHEEL", f"Wheel-Version: 1.0\nTag: {tags}\n")
        return wheel

    return put


@pytest.mark.parametrize(
    "tags",
    [
        "py3-none-any",
        "cp312-cp312-manylinux_2_28_x86_64",
        "cp312-cp312-win_amd64",
        "cp312-cp312-macosx_11_0_universal2",
    ],
)
def test_wheel_for_any_machine_will_do(
    store: AssetStore, index: Callable[[str], Path], tags: str
) -> None:
    index(tags)
    path = fetch(store, make_asset("net.tflite", NET, INSIDE + "net.tflite"))
    assert path.read_bytes() == NET


def test_files_of_one_wheel_share_its_download(
    store: AssetStore, index: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    index("py3-none-any")
    downloads: list[str] = []
    real = wheels._download

    def counting(requirement: str, folder: Path) -> Path:
        downloads.append(requirement)
        return real(requirement, folder)

    monkeypatch.setattr(wheels, "_download", counting)
    both = (
        make_asset("net.tflite", NET, INSIDE + "net.tflite"),
        make_asset("other.tflite", OTHER, INSIDE + "other.tflite"),
    )
    paths = store.pull(AssetGroup(alternatives=(both,)))
    assert [path.read_bytes() for path in paths] == [NET, OTHER]
    assert downloads == ["tinynet==1.2"]
    assert sorted(path.name for path in (store.home / "assets").iterdir()) == sorted(
        asset.sha256 for asset in both
    )


def test_file_that_is_not_in_the_wheel_is_named(
    store: AssetStore, index: Callable[[str], Path]
) -> None:
    index("py3-none-any")
    asset = make_asset("net.tflite", NET, INSIDE + "../modules/net.tflite")
    with pytest.raises(AssetMissingError, match=r"holds no file 'tinynet/modules/\.\./modules"):
        fetch(store, asset)


def test_wheel_that_does_not_exist_is_named(
    store: AssetStore, index: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels, "_PYTHONS", ())
    with pytest.raises(AssetMissingError, match=r"no wheel of tinynet==1\.2 \(No matching"):
        fetch(store, make_asset("net.tflite", NET, INSIDE + "net.tflite"))


def test_unreachable_index_is_asked_once(
    store: AssetStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def unreachable(requirement: str, target: Path, minor: int) -> str:
        asked.append(minor)
        return "WARNING: Retrying after connection broken by NewConnectionError\nERROR: None."

    monkeypatch.setattr(wheels, "_pip_download", unreachable)
    with pytest.raises(AssetMissingError, match=r"no wheel of tinynet==1\.2 \(None\)"):
        fetch(store, make_asset("net.tflite", NET, INSIDE + "net.tflite"))
    assert len(asked) == 1


def test_damaged_wheel_is_refused(store: AssetStore, index: Callable[[str], Path]) -> None:
    wheel = index("py3-none-any")
    content = bytearray(wheel.read_bytes())
    content[200:300] = bytes(100)  # inside the first file
    wheel.write_bytes(content)
    with pytest.raises(AssetMissingError, match="is damaged"):
        fetch(store, make_asset("net.tflite", NET, INSIDE + "net.tflite"))


def test_encrypted_wheel_is_refused(store: AssetStore, index: Callable[[str], Path]) -> None:
    wheel = index("py3-none-any")
    content = wheel.read_bytes()
    place = content.index(b"PK\x01\x02")  # the first file's entry in the directory
    flags = bytes([content[place + 8] | 1])
    wheel.write_bytes(content[: place + 8] + flags + content[place + 9 :])
    with pytest.raises(AssetMissingError, match="is damaged"):
        fetch(store, make_asset("net.tflite", NET, INSIDE + "net.tflite"))


@pytest.mark.parametrize(
    "url",
    [
        "wheel:tinynet!net",
        "wheel:tinynet>=1.2!net",
        "wheel:tinynet==1.2",
        "wheel:tinynet==1.2!",
        "wheel:--index-url==1.2!net",
        "wheel:tiny net==1.2!net",
        "wheel:git+https://x.test/y==1.2!net",
    ],
)
def test_malformed_addresses_are_refused(url: str) -> None:
    with pytest.raises(ContractError, match="is not like 'wheel:"):
        parse_wheel_url(url)


def test_address_is_parsed() -> None:
    parsed = parse_wheel_url("wheel:mediapipe==0.10.21!mediapipe/modules/x y.tflite")
    assert parsed == ("mediapipe==0.10.21", "mediapipe/modules/x y.tflite")
