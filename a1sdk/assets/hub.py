"""Hugging Face: what a repository holds at a commit, and the bytes of its files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

import a1sdk
from a1sdk.errors import A1Error, ResourceError

_ANSWER_WITHIN = 20  # seconds; the library would wait for ever
_BAR = "huggingface_hub.http_get"  # the group of progress bars that its downloads show


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository, as the hub states it.

    Attributes:
        path: path within the repository.
        size: bytes.
        git_sha1: digest as a git blob; of large files, that of the pointer that stands for them.
        sha256: digest of the content of a large file, one kept outside git; None for others.
    """

    path: str
    size: int
    git_sha1: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """All files of a repository at one commit, which is its full hash."""

    commit: str
    files: tuple[HubFile, ...]


class Hub(Protocol):
    """What snapshots are fetched from."""

    def listing(self, repo: str, revision: str | None) -> Listing:
        """Return what `repo` holds at a branch, tag or commit; at its main branch for None.

        Raises:
            ResourceError: the hub cannot be reached, or knows no such repository or revision.
        """

    def fetch(self, repo: str, commit: str, file: HubFile, into: BinaryIO) -> None:
        """Append to `into`, which holds the file's first bytes or none, those that it lacks.

        Raises:
            ResourceError: they did not come, or not all.
        """


class HuggingFace:
    """The hub itself, through its library, which the extra `a1sdk[hub]` installs.

    A token goes along only where the user has logged in with the hub's own tools. Nothing else
    is told to it than the names and versions of this SDK and of the library.
    """

    def __init__(self, endpoint: str | None = None) -> None:
        """Talk to `endpoint`; None for the library's own, which `HF_ENDPOINT` can change."""
        self._endpoint = endpoint

    def listing(self, repo: str, revision: str | None) -> Listing:
        """Return what `repo` holds, see `Hub.listing`."""
        with _library(repo):
            from huggingface_hub import HfApi

            api = HfApi(self._endpoint, library_name="a1sdk", library_version=a1sdk.__version__)
            info = api.model_info(
                repo, revision=revision, files_metadata=True, timeout=_ANSWER_WITHIN
            )
        files = tuple(
            HubFile(
                path=found.rfilename,
                size=found.size or 0,
                git_sha1=found.blob_id or "",
                sha256=None if found.lfs is None else found.lfs.sha256,
            )
            for found in info.siblings or ()
        )
        return Listing(info.sha or "", files)

    def fetch(self, repo: str, commit: str, file: HubFile, into: BinaryIO) -> None:
        """Append what is lacking of `file`, see `Hub.fetch`."""
        with _library(f"{repo}/{file.path}"):
            from huggingface_hub import hf_hub_url
            from huggingface_hub.file_download import http_get
            from huggingface_hub.utils import build_hf_headers

            http_get(
                hf_hub_url(repo, file.path, revision=commit, endpoint=self._endpoint),
                into,
                resume_size=into.tell(),
                expected_size=file.size,
                headers=build_hf_headers(library_name="a1sdk", library_version=a1sdk.__version__),
            )


@contextmanager
def _library(what: str) -> Iterator[None]:
    """Use the hub's library in here: without telemetry and bars, its errors made ours.

    Its errors have no base of their own: some are of the library below, whose name has changed
    between versions. An OSError with a number is the disk's and passes.
    """
    try:
        with _silenced():
            yield
    except A1Error:
        raise
    except ImportError as error:
        raise ResourceError(
            f"{what!r} is on Hugging Face, and the library huggingface_hub is not installed.",
            hint="pip install 'a1sdk[hub]'",
        ) from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise ResourceError(f"{what!r} cannot be had from Hugging Face ({reason})") from error


@contextmanager
def _silenced() -> Iterator[None]:
    """Switch telemetry and progress bars of the hub's library off for a while."""
    with _environment("HF_HUB_DISABLE_TELEMETRY", "1"):  # read when it is first imported
        from huggingface_hub import constants, utils
    told, constants.HF_HUB_DISABLE_TELEMETRY = constants.HF_HUB_DISABLE_TELEMETRY, True
    shown = not utils.are_progress_bars_disabled(_BAR)
    if shown:
        utils.disable_progress_bars(_BAR)
    try:
        yield
    finally:
        constants.HF_HUB_DISABLE_TELEMETRY = told
        if shown:
            utils.enable_progress_bars(_BAR)


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    """Set a variable of the environment for a while."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
