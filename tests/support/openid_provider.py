"""A provider of OpenID Connect, as a process of its own: it signs in whoever it was told to.

`python -m tests.support.openid_provider PORT` serves it. Its keys and tokens are joserfc's; it
checks the client's secret, PKCE, the redirect address, and that a code is used once, as providers
do. What it lies about, a test sets by `POST /test`: other claims, an algorithm, a delay.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from subprocess import Popen
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from tests.support.waiting import eventually

CLIENT_ID, CLIENT_SECRET = "midstream", "a secret of the client"
PERSON = {"sub": "person-1", "email": "nora@example.org", "email_verified": True, "name": "Nora"}


class State:
    """What the provider knows: its key, the codes that it gave, and what a test wants of it."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = RSAKey.generate_key(
            2048, parameters={"use": "sig", "alg": "RS256"}, auto_kid=True
        )
        self.codes: dict[str, dict[str, str]] = {}
        self.wanted: dict[str, Any] = {}

    def metadata(self) -> dict[str, Any]:
        names = ("authorization", "token", "userinfo")
        values = {f"{name}_endpoint": f"{self.issuer}/{name}" for name in names}
        values |= {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"}
        return values | self.wanted.get("metadata", {})

    def authorize(self, query: dict[str, str]) -> str:
        """Return where the browser goes back to."""
        if error := self.wanted.get("error"):
            answer = {"error": error}
        else:
            answer = {"code": secrets.token_urlsafe(16)}
            self.codes[answer["code"]] = query
        answer |= {"state": query["state"], "iss": self.issuer, **self.wanted.get("answer", {})}
        return f"{query['redirect_uri']}?{urlencode(answer)}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(form["code"], None)
        pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        by_post = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        is_right = (
            asked is not None
            and (by_post or authorization == f"Basic {pair}")
            and asked["code_challenge"] == challenge
            and asked["code_challenge_method"] == "S256"
            and asked["redirect_uri"] == form["redirect_uri"]
        )
        if not is_right or asked is None:
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": "access",
            "token_type": "Bearer",
            "id_token": self.signed(asked),
        }

    def signed(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300}
        claims |= {"nonce": asked["nonce"], **self.person()} | self.wanted.get("claims", {})
        if self.wanted.get("elsewhere"):  # what is not in the token, but at the userinfo endpoint
            claims = {name: each for name, each in claims.items() if not name.startswith("email")}
        algorithm = self.wanted.get("alg", "RS256")
        if algorithm == "none":
            return jwt.encode({"alg": "none"}, claims, self.key, algorithms=["none"])
        if algorithm == "HS256":  # with the secret that both know
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(CLIENT_SECRET * 2))
        key = RSAKey.generate_key(2048, auto_kid=True) if algorithm == "other key" else self.key
        kid = self.key.kid if self.wanted.get("kid") == "known" else key.kid
        return jwt.encode({"alg": "RS256", "kid": kid}, claims, key)

    def person(self) -> dict[str, Any]:
        return PERSON | self.wanted.get("person", {})


class Handler(BaseHTTPRequestHandler):
    """Answers requests; the server has the state."""

    state: State

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        time.sleep(self.state.wanted.get("delay", {}).get(url.path, 0))
        if url.path == "/authorization":
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            self.send_response(302)
            self.send_header("Location", self.state.authorize(query))
            self.end_headers()
            return
        pages = {
            "/.well-known/openid-configuration": self.state.metadata,
            "/keys": lambda: KeySet([self.state.key]).as_dict(),
            "/userinfo": lambda: self.state.person() | self.state.wanted.get("userinfo", {}),
            "/huge": lambda: {"x": "x" * 2_000_000},
            "/list": lambda: [],
        }
        self._send(200, pages[url.path]())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/test":
            self.state.wanted = json.loads(body)
            if self.state.wanted.get("new key"):
                self.state.key = RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True)
            return self._send(200, {})
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self._send(*self.state.token(form, self.headers.get("Authorization", "")))

    def _send(self, status: int, answer: object) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class RunningProvider:
    """A provider that runs, as a test tells it what to say."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def say(self, **wanted: Any) -> None:
        """Have it say this from now on; without anything, the truth."""
        requests.post(f"{self.issuer}/test", json=wanted, timeout=20).raise_for_status()

    def sign_in(self, address: str) -> str:
        """Follow a browser's redirect to it, as if the person was signed in there; return where the
        browser goes back to."""
        answer = requests.get(address, allow_redirects=False, timeout=20)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@contextmanager
def openid_provider(port: int) -> Iterator[RunningProvider]:
    """Run a provider on this port."""
    process = Popen([sys.executable, "-m", "tests.support.openid_provider", str(port)])
    provider = RunningProvider(f"http://127.0.0.1:{port}")
    try:
        eventually(lambda: answers(provider), 60)
        yield provider
    finally:
        process.terminate()
        process.wait(20)


def answers(provider: RunningProvider) -> bool:
    try:
        provider.say()
    except requests.ConnectionError:
        return False
    return True


def main(port: int) -> None:
    """Serve until the process is ended."""
    Handler.state = State(f"http://127.0.0.1:{port}")
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
