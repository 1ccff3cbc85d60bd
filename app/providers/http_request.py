"""One HTTP request, on a connection of its own.

A connection for each answer: a pool's limit can't make one answer wait for another, and cancelling
one can't affect another. Connecting costs one to three round trips per answer; the TLS context,
which costs 50 ms, is shared.
"""

from __future__ import annotations

import base64
import functools
import json
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore2

from app.providers.base import PermanentError
from app.providers.call import Call
from app.providers.connection import Backend

ERROR_BODY_BYTES = 65_536
"""The most that is read of an error: it is a sentence or two."""

BAD_ADDRESS = "The model's address is not valid."
ENCODED = "The model's provider sent something that can't be read."

Headers = Mapping[str, str]


class StatusError(Exception):
    """The server answered with another status than 2xx; `body` is the beginning of its text."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.body = body


@contextmanager
def post(
    base_url: str, path: str, headers: Headers, body: object, call: Call
) -> Iterator[Iterator[bytes]]:
    """Send `body` as JSON to `path` below `base_url`; return the response's body as it arrives.

    Redirects are not followed: they would take the key to another server.

    Raises StatusError, ProviderError, and what FAILURES in errors.py names.
    """
    base = _checked(base_url)
    url = base._replace(path=base.path.rstrip("/") + path).geturl()
    all_headers = {
        "Accept": "text/event-stream, application/json",
        "Accept-Encoding": "identity",
        "Content-Type": "application/json",
        "User-Agent": "Midstream",
        **headers,
        **_basic_authorization(base),
    }
    content = json.dumps(body).encode()
    backend = Backend(call)
    with (
        httpcore2.ConnectionPool(
            ssl_context=_tls(), proxy=_proxy(base), network_backend=backend
        ) as pool,
        pool.stream("POST", url, headers=list(all_headers.items()), content=content) as response,
    ):
        chunks = _chunks(response, call)
        if not 200 <= response.status < 300:
            raise StatusError(response.status, _beginning(chunks))
        if _header(response, b"content-encoding") not in ("", "identity"):
            raise PermanentError(ENCODED)  # unasked; a megabyte of it may become a gigabyte
        yield chunks


@functools.cache
def _tls() -> ssl.SSLContext:
    return httpcore2.default_ssl_context()


def _chunks(response: httpcore2.Response, call: Call) -> Iterator[bytes]:
    """Yield the body. One read may contain thousands of chunks, so others get turns here too."""
    for chunk in response.iter_stream():
        call.yield_to_others()
        call.seconds_left()
        yield chunk


def _beginning(chunks: Iterable[bytes]) -> str:
    beginning = b""
    for chunk in chunks:
        beginning += chunk
        if len(beginning) >= ERROR_BODY_BYTES:
            break
    return beginning[:ERROR_BODY_BYTES].decode(errors="replace")


def _header(response: httpcore2.Response, name: bytes) -> str:
    return next((v.decode("latin-1") for k, v in response.headers if k.lower() == name), "").lower()


def is_address(url: str) -> bool:
    """Return whether a request can be sent to this URL, or by way of it."""
    try:
        parts = urlsplit(url.encode("ascii").decode())
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _checked(url: str) -> SplitResult:
    if not is_address(url):
        raise PermanentError(BAD_ADDRESS)
    return urlsplit(url)


def _basic_authorization(parts: SplitResult) -> dict[str, str]:
    """Return the header for the name and password in an address, if it contains them."""
    if not parts.username and not parts.password:
        return {}
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _proxy(parts: SplitResult) -> httpcore2.Proxy | None:
    """Return the proxy that `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` ask for."""
    proxies = getproxies()
    url = proxies.get(parts.scheme) or proxies.get("all")
    if not url or not parts.hostname or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    proxy = _checked(url if "://" in url else f"http://{url}")
    name, password = unquote(proxy.username or ""), unquote(proxy.password or "")
    return httpcore2.Proxy(proxy.geturl(), auth=(name, password) if name else None)
