"""The client against a real server on this machine; only the address is plain http here."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib import request

import pytest

from a1sdk.assets import https
from a1sdk.assets.https import HttpsRedirects, Response, https_chunks
from a1sdk.errors import ResourceError

CONTENT = bytes(range(256)) * 4096  # more than one chunk


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/whole":
            self._answer(200, CONTENT)
        elif self.path == "/torn":
            self._answer(200, CONTENT, sent=len(CONTENT) // 2)
        elif self.path == "/off-https":
            self.send_response(302)
            self.send_header("Location", "http://elsewhere.test/net")
            self.end_headers()
        elif self.path == "/stalled":
            self._answer(200, CONTENT, sent=1000)
            self.rfile.read(1)  # until the client goes away
        else:
            self._answer(404, b"")

    def _answer(self, code: int, content: bytes, *, sent: int | None = None) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[:sent])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def open_plain(url: str) -> Response:
    opener = request.build_opener(request.ProxyHandler({}), HttpsRedirects())
    response: Response = opener.open(url, timeout=0.3)
    return response


def read(url: str) -> bytes:
    return b"".join(https_chunks(url, open_plain))


def test_content_arrives_whole_and_in_pieces(address: str) -> None:
    chunks = list(https_chunks(f"{address}/whole", open_plain))
    assert b"".join(chunks) == CONTENT
    assert len(chunks) > 1


def test_status_of_a_refusal_is_told(address: str) -> None:
    with pytest.raises(ResourceError, match=r"cannot be reached \(HTTP 404 Not Found\)"):
        read(f"{address}/nothing")


def test_redirect_off_https_is_not_followed(address: str) -> None:
    with pytest.raises(ResourceError, match=r"redirects to 'http://elsewhere\.test/net'"):
        read(f"{address}/off-https")


def test_redirect_on_https_is_followed() -> None:
    asked = request.Request("https://assets.test/net")
    with socket.socket() as unused:
        following = HttpsRedirects().redirect_request(
            asked, unused.makefile("rb"), 302, "Found", {}, "https://mirror.test/net"
        )
    assert following is not None
    assert following.full_url == "https://mirror.test/net"


def test_connection_that_stalls_is_given_up(address: str) -> None:
    with pytest.raises(ResourceError, match="connection broke"):
        read(f"{address}/stalled")


def test_silent_host_is_given_up_in_time_and_closed_when_it_answers_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(https, "ANSWER_WITHIN", 0.05)
    answering, closed = threading.Event(), threading.Event()

    class Late:
        def read(self, size: int, /) -> bytes:
            raise AssertionError("nobody may read this")

        def close(self) -> None:
            closed.set()

    def silent(_: str) -> Response:
        answering.wait(5)
        return Late()

    with pytest.raises(ResourceError, match="no answer within"):
        next(https_chunks("https://silent.test/net", silent))
    answering.set()
    assert closed.wait(5)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/net", "file:///etc/hostname", "ftp://127.0.0.1/x", "data:,x"]
)
def test_real_client_speaks_https_only(url: str) -> None:
    with pytest.raises(ResourceError, match="unknown url type"):
        next(https_chunks(url))


def test_real_client_checks_certificates(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(ResourceError, match=r"cannot be reached \(.*SSL"):
        next(https_chunks(address.replace("http:", "https:") + "/whole"))


def test_unknown_host_is_given_up_at_once() -> None:
    def no_such_host(_: str) -> Response:
        raise request.URLError(socket.gaierror(-2, "Name or service not known"))

    with pytest.raises(ResourceError, match=r"cannot be reached \(Name or service not known\)"):
        next(https_chunks("https://nowhere.invalid/net", no_such_host))
