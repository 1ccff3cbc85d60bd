"""A small real push service: it checks signatures, and decrypts what it gets as the browsers do
whose subscriptions it has given."""

from __future__ import annotations

import base64
import json
import secrets
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

Answer = tuple[int, dict[str, str]]


class Browser(NamedTuple):
    """A subscription, as a browser gives it to a page, and the browser's own secrets."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey
    secret: bytes

    @property
    def form(self) -> dict[str, str]:
        """Return the fields of the form that subscribes."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": self.endpoint, "p256dh": _text(point), "auth": _text(self.secret)}


class Pushed(NamedTuple):
    """What was sent to a browser."""

    browser: Browser
    headers: dict[str, str]
    told: dict[str, Any]


class PushService:
    """Keeps what it gets; `answers` are its next ones, and `received` counts all requests."""

    def __init__(self, port: int, host: str = "localhost") -> None:
        self.host, self.port = host, port
        self.browsers: dict[str, Browser] = {}  # by their paths
        self.pushed: list[Pushed] = []
        self.answers: list[Answer] = []
        self.received = 0

    def subscribe(self) -> Browser:
        """Return the subscription of a new browser."""
        path = f"/push/{secrets.token_urlsafe(16)}"
        endpoint = f"https://{self.host}:{self.port}{path}"
        key = ec.generate_private_key(ec.SECP256R1())
        self.browsers[path] = Browser(endpoint, key, secrets.token_bytes(16))
        return self.browsers[path]

    def take(self, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Answer a request; keep what was pushed where all is well."""
        self.received += 1
        if self.answers:
            return self.answers.pop(0)
        if path not in self.browsers:
            return 404, {}
        browser = self.browsers[path]
        self._check(headers)
        text = http_ece.decrypt(body, private_key=browser.key, auth_secret=browser.secret)
        self.pushed.append(Pushed(browser, headers, json.loads(text)))
        return 201, {}

    def _check(self, headers: dict[str, str]) -> None:
        assert headers["Content-Encoding"] == "aes128gcm" and int(headers["TTL"]) > 0
        assert Vapid02.verify(headers["Authorization"]), "the signature is not right"
        claims = headers["Authorization"].partition("t=")[2].split(".")[1]
        said = json.loads(base64.urlsafe_b64decode(claims + "=="))
        assert said["aud"] == f"https://{self.host}:{self.port}"
        assert said["sub"] == "mailto:admin@example.org"


@contextmanager
def push_service(folder: Path) -> Iterator[PushService]:
    """Run a push service at `localhost`, whose certificate is `folder`/certificate.pem."""
    make_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    service = PushService(0)
    server = _Server(("127.0.0.1", 0), _handler_of(service))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join(20)


def make_certificate(folder: Path) -> None:
    """Make a certificate for `localhost`, and its key."""
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    about = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    subprocess.run(
        ["openssl", "req", "-x509", *curve, *files, *about], check=True, capture_output=True
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a test may have cut the connection."""


def _handler_of(service: PushService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers = service.take(self.path, dict(self.headers), body)
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
