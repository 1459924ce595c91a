"""The hub's library, talking to a server on this machine that answers as the hub does."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import a1sdk
from a1sdk.assets.hub import HubFile, HuggingFace
from a1sdk.errors import ResourceError

hub_library = pytest.importorskip("huggingface_hub")

COMMIT, WEIGHTS = "c" * 40, b"numbers of a network" * 100
FILE = HubFile("net/w.safetensors", len(WEIGHTS), "1" * 40, "2" * 64)
LARGE = {"sha256": FILE.sha256, "size": FILE.size, "pointerSize": 130}
SIBLINGS = [
    {"rfilename": "LICENSE", "size": 3, "blobId": "3" * 40},
    {"rfilename": FILE.path, "size": FILE.size, "blobId": FILE.git_sha1, "lfs": LARGE},
]


class Answers(BaseHTTPRequestHandler):
    """Tells of one repository, and sends its file by way of another host, as the hub does."""

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        server.asked.append((self.path, dict(self.headers)))
        if self.path.startswith("/api/models/Owner/Weights"):
            listed = {"id": "Owner/Weights", "sha": COMMIT, "siblings": SIBLINGS}
            self.answer(200, json.dumps(listed).encode(), {"Content-Type": "application/json"})
        elif self.path == f"/Owner/Weights/resolve/{COMMIT}/{FILE.path}":
            elsewhere = f"http://localhost:{server.server_port}/elsewhere"
            self.answer(302, b"", {"Location": elsewhere})
        elif self.path == "/elsewhere":
            start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=")[:-1])
            about = {"Content-Range": f"bytes {start}-{FILE.size - 1}/{FILE.size}"}
            rest = WEIGHTS[start : server.cut]
            self.answer(206 if start else 200, rest, about if start else {})
        else:
            self.answer(404, b"", {"X-Error-Code": "RepoNotFound"})

    def answer(self, code: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    asked: list[tuple[str, dict[str, str]]]
    cut: int | None


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "no token"))
    with Server(("127.0.0.1", 0), Answers) as made:
        made.asked, made.cut = [], None
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        yield made
        hub_library.close_session()
        made.shutdown()
        thread.join()


@pytest.fixture
def hub(server: Server) -> HuggingFace:
    return HuggingFace(f"http://127.0.0.1:{server.server_port}")


def test_listing_has_the_commit_and_the_digests(hub: HuggingFace, server: Server) -> None:
    listing = hub.listing("Owner/Weights", None)
    assert listing.commit == COMMIT
    assert listing.files == (HubFile("LICENSE", 3, "3" * 40, None), FILE)
    hub.listing("Owner/Weights", "v1")
    assert [path.partition("?")[0] for path, _ in server.asked] == [
        "/api/models/Owner/Weights",
        "/api/models/Owner/Weights/revision/v1",
    ]


@pytest.mark.parametrize("start", [0, 700])
def test_only_what_is_lacking_is_fetched(
    hub: HuggingFace, server: Server, tmp_path: Path, start: int, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "w.part"
    path.write_bytes(WEIGHTS[:start])
    with path.open("ab") as into:
        hub.fetch("Owner/Weights", COMMIT, FILE, into)
    assert path.read_bytes() == WEIGHTS
    _, headers = server.asked[-1]
    assert headers.get("Range") == (f"bytes={start}-" if start else None)
    assert capfd.readouterr().err == ""  # none of the library's progress bars


def test_short_content_is_an_error_and_what_came_is_kept(hub: HuggingFace, server: Server) -> None:
    server.cut = 900
    into = io.BytesIO()
    with pytest.raises(ResourceError, match=r"'Owner/Weights/net/w\.safetensors' cannot be had"):
        hub.fetch("Owner/Weights", COMMIT, FILE, into)
    assert into.getvalue() == WEIGHTS[:900]


def test_hub_is_told_nothing_but_versions(
    hub: HuggingFace, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY", False)
    hub.listing("Owner/Weights", None)
    hub.fetch("Owner/Weights", COMMIT, FILE, io.BytesIO())
    for _, headers in server.asked:
        agent = {name.lower(): value for name, value in headers.items()}["user-agent"]
        names = [part.partition("/")[0].strip() for part in agent.split(";")]
        assert names == ["a1sdk", "hf_hub", "python"]
        assert agent.startswith(f"a1sdk/{a1sdk.__version__};")
        assert "authorization" not in {name.lower() for name in headers}
    assert hub_library.constants.HF_HUB_DISABLE_TELEMETRY is False
    assert "HF_HUB_DISABLE_TELEMETRY" not in os.environ


def test_token_of_a_user_who_logged_in_goes_to_the_hub_only(
    hub: HuggingFace, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_mine")
    hub.fetch("Owner/Weights", COMMIT, FILE, io.BytesIO())
    sent = {
        path: {name.lower(): value for name, value in headers.items()}.get("authorization")
        for path, headers in server.asked
    }
    assert sent.pop("/elsewhere") is None
    assert list(sent.values()) == ["Bearer hf_mine"]


def test_unknown_repository_is_said(hub: HuggingFace) -> None:
    with pytest.raises(ResourceError, match=r"'Owner/None' cannot be had .*\(404"):
        hub.listing("Owner/None", None)


def test_disks_errors_are_not_the_hubs(hub: HuggingFace) -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space left") as caught:
        hub.fetch("Owner/Weights", COMMIT, FILE, Full())
    assert caught.value.errno == errno.ENOSPC


def test_hub_that_is_not_there_is_said(server: Server) -> None:
    nowhere = HuggingFace("http://127.0.0.1:1")
    with pytest.raises(ResourceError, match="cannot be had from Hugging Face"):
        nowhere.listing("Owner/Weights", None)


def test_missing_library_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ResourceError, match="huggingface_hub is not installed") as caught:
        HuggingFace().listing("Owner/Weights", None)
    assert caught.value.hint == "pip install 'a1sdk[hub]'"
