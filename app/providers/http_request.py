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
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

from app.providers.base import PermanentError
from app.providers.call import Call
from app.providers.connection import Connection, TlsConnection, connect
from app.providers.http_response import ProtocolError, Response
from app.providers.retry_after import seconds_to_wait

ERROR_BODY_BYTES = 65_536
"""The most that is read of an error: it is a sentence or two."""

BAD_ADDRESS = "The model's address is not valid."
ENCODED = "The model's provider sent something that can't be read."
PORTS = {"http": 80, "https": 443}

Headers = Mapping[str, str]


class StatusError(Exception):
    """The server answered with another status than 2xx; `body` is the beginning of its text, and
    for `retry_after` seconds it is not to be asked again."""

    def __init__(self, status: int, body: str, retry_after: float) -> None:
        super().__init__(f"status {status}")
        self.status = status
        self.body = body
        self.retry_after = retry_after


class Body:
    """The body of a response, as it arrives."""

    def __init__(self, connection: Connection, response: Response, beginning: bytes) -> None:
        self._connection = connection
        self._response = response
        self._beginning = beginning

    def read(self) -> bytes:
        """Return what has arrived of it together; nothing at its end. Raises ProtocolError where
        it has no end."""
        body, self._beginning = self._beginning, b""
        while not body and not self._response.is_complete:
            self._response.check()
            data = self._connection.read()
            if not data:
                self._response.end()
                break
            body = self._response.feed(data)
        return body


@contextmanager
def post(base_url: str, path: str, headers: Headers, body: object, call: Call) -> Iterator[Body]:
    """Send `body` as JSON to `path` below `base_url`; return the response's body.

    Redirects are not followed: they would take the key to another server.

    Raises StatusError, ProviderError, and what FAILURES in errors.py names.
    """
    content = json.dumps(body).encode()
    more = {
        "Accept": "text/event-stream, application/json",
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
    }
    with _request("POST", base_url, path, {**more, **headers}, call, content) as answer:
        yield answer


def post_bytes(
    url: str, headers: Headers, content: bytes, call: Call
) -> AbstractContextManager[Body]:
    """Send `content`, of the type that the headers say, to an address; otherwise as `post`."""
    more = {"Accept": "application/json", "Content-Length": str(len(content))}
    return _request("POST", url, "", {**more, **headers}, call, content)


def get(base_url: str, path: str, headers: Headers, call: Call) -> AbstractContextManager[Body]:
    """Ask for `path` below `base_url`; otherwise as `post`."""
    return _request("GET", base_url, path, {"Accept": "application/json", **headers}, call)


@contextmanager
def _request(
    method: str, base_url: str, path: str, headers: Headers, call: Call, content: bytes = b""
) -> Iterator[Body]:
    url = _checked(base_url)
    below = url.path.rstrip("/") + path if path else url.path or "/"
    url = url._replace(path=below, fragment="")
    all_headers = {
        "Host": _place(url),
        "Accept-Encoding": "identity",
        "User-Agent": "Midstream",
        **headers,
        **_basic_authorization("Authorization", url),
    }
    proxy = _proxy(url)
    with closing(_connected(url, proxy, call)) as connection:
        target = urlunsplit(("", "", url.path, url.query, ""))
        if proxy and url.scheme == "http":
            target = f"http://{_place(url)}{target}"
            all_headers |= _basic_authorization("Proxy-Authorization", proxy)
        _send(connection, f"{method} {target}", all_headers, content)
        response, beginning = _head(connection)
        answer = Body(connection, response, beginning)
        if not 200 <= response.status < 300:
            retry_after = seconds_to_wait(response.headers)
            raise StatusError(response.status, _beginning(answer), retry_after)
        if response.headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise PermanentError(ENCODED)  # unasked; a megabyte of it may become a gigabyte
        yield answer


def _connected(url: SplitResult, proxy: SplitResult | None, call: Call) -> Connection:
    """Connect to a server, or to its proxy where that forwards the request."""
    if proxy is None:
        return _to(url, call)
    connection = _to(proxy, call)
    return _through(connection, url, proxy) if url.scheme == "https" else connection


def _to(url: SplitResult, call: Call) -> Connection:
    connection = connect(url.hostname or "", url.port or PORTS[url.scheme], call)
    return _encrypted(connection, url) if url.scheme == "https" else connection


def _through(connection: Connection, url: SplitResult, proxy: SplitResult) -> Connection:
    """Let a proxy connect to a server, and encrypt what it relays."""
    try:
        place = f"{_host(url)}:{url.port or PORTS[url.scheme]}"
        headers = {"Host": place, **_basic_authorization("Proxy-Authorization", proxy)}
        _send(connection, f"CONNECT {place}", headers)
        response, _ = _head(connection)
        if not 200 <= response.status < 300:
            raise ProtocolError
    except BaseException:
        connection.close()
        raise
    return _encrypted(connection, url)


def _encrypted(connection: Connection, url: SplitResult) -> Connection:
    return TlsConnection(connection, _tls(), url.hostname or "")


@functools.cache
def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _send(connection: Connection, request: str, headers: Headers, content: bytes = b"") -> None:
    lines = [f"{request} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    with suppress(OSError):  # the server may have answered before it had read everything
        connection.write("\r\n".join([*lines, "\r\n"]).encode("ascii") + content)


def _head(connection: Connection) -> tuple[Response, bytes]:
    """Return a response whose headers are there, and what has come of its body."""
    response, beginning = Response(), b""
    while not response.status:
        response.check()
        data = connection.read()
        if not data:
            raise ProtocolError
        beginning = response.feed(data)
    return response, beginning


def _beginning(body: Body) -> str:
    beginning = b""
    while len(beginning) < ERROR_BODY_BYTES and (data := body.read()):
        beginning += data
    return beginning[:ERROR_BODY_BYTES].decode(errors="replace")


def is_address(url: str) -> bool:
    """Return whether a request can be sent to this URL, or by way of it."""
    try:
        parts = urlsplit(url.encode("ascii").decode())
        return parts.scheme in PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _checked(url: str) -> SplitResult:
    if not is_address(url):
        raise PermanentError(BAD_ADDRESS)
    return urlsplit(url)


def _place(url: SplitResult) -> str:
    """Return host and port as the URL has them."""
    return url.netloc.rpartition("@")[2]


def _host(url: SplitResult) -> str:
    host = url.hostname or ""
    return f"[{host}]" if ":" in host else host


def _basic_authorization(header: str, url: SplitResult) -> dict[str, str]:
    """Return the header for the name and password in a URL, if it contains them."""
    if not url.username and not url.password:
        return {}
    pair = f"{unquote(url.username or '')}:{unquote(url.password or '')}"
    return {header: "Basic " + base64.b64encode(pair.encode()).decode()}


def _proxy(url: SplitResult) -> SplitResult | None:
    """Return the proxy that `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` ask for."""
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or not url.hostname or proxy_bypass(_place(url)):
        return None
    return _checked(proxy if "://" in proxy else f"http://{proxy}")
