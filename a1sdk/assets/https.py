"""Bytes from https addresses: certificates checked, never off https, quick to give up."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from typing import IO, Any, Protocol
from urllib import error, request

from a1sdk.errors import ResourceError

ANSWER_WITHIN = 8
"""Seconds for name look-up, connection, handshake and redirects together."""

STALL_AFTER = 20
"""Seconds without a byte after which a download counts as broken."""

_CHUNK = 1 << 18


class Response(Protocol):
    """The part of an HTTP response that is used here."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end."""

    def close(self) -> None:
        """Close the connection."""


Opener = Callable[[str], Response]


def https_chunks(url: str, opener: Opener | None = None) -> Generator[bytes, None, None]:
    """Yield the content at `url` in chunks.

    Args:
        url: an https address.
        opener: what connects; None for the real one.

    Raises:
        ResourceError: the address cannot be reached or read.
    """
    response = _open_in_time(url, opener or open_https)
    try:
        while chunk := response.read(_CHUNK):
            yield chunk
    except (OSError, http.client.HTTPException) as broken:
        raise ResourceError(f"The connection broke ({_reason(broken)}).") from broken
    finally:
        response.close()


def open_https(url: str) -> Response:
    """Open `url` with the system's certificates and the environment's proxies.

    Raises:
        ResourceError: it redirects to something that is not https.
        OSError: it cannot be reached.
    """
    opener = request.OpenerDirector()  # not build_opener: that one also speaks http, ftp and file
    for handler in (
        request.ProxyHandler(),
        request.HTTPSHandler(),
        HttpsRedirects(),
        request.HTTPDefaultErrorHandler(),
        request.HTTPErrorProcessor(),
        request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    asked = request.Request(url, headers={"User-Agent": "a1sdk", "Accept-Encoding": "identity"})
    response: Response = opener.open(asked, timeout=STALL_AFTER)
    return response


class HttpsRedirects(request.HTTPRedirectHandler):
    """Follows redirects for as long as they stay on https."""

    def redirect_request(
        self, req: request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> request.Request | None:
        """Return the request to make next."""
        if not newurl.lower().startswith("https://"):
            fp.close()
            raise ResourceError(f"It redirects to {newurl!r}, which is not https.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _open_in_time(url: str, opener: Opener) -> Response:
    """Open `url` in a thread of its own.

    A socket's timeout covers neither the look-up of a name nor the sum over all addresses of a
    host, which takes minutes where a firewall drops everything.
    """
    answer: Future[Response] = Future()

    def ask() -> None:
        try:
            answer.set_result(opener(url))
        except Exception as failure:  # handed to whoever waits
            answer.set_exception(failure)

    threading.Thread(target=ask, daemon=True).start()
    try:
        return answer.result(timeout=ANSWER_WITHIN)
    except TimeoutError:
        answer.add_done_callback(_close_unwanted)
        raise ResourceError(f"There was no answer within {ANSWER_WITHIN} seconds.") from None
    except (OSError, http.client.HTTPException) as failure:
        raise ResourceError(f"It cannot be reached ({_reason(failure)}).") from failure


def _close_unwanted(answer: Future[Response]) -> None:
    if answer.exception() is None:
        answer.result().close()


def _reason(failure: Exception) -> str:
    if isinstance(failure, error.HTTPError):
        failure.close()
        return f"HTTP {failure.code} {failure.reason}"
    if isinstance(failure, error.URLError) and isinstance(failure.reason, OSError):
        failure = failure.reason
    text = failure.strerror if isinstance(failure, OSError) and failure.strerror else str(failure)
    return text or type(failure).__name__
