from __future__ import annotations

import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.config import Config
from app.providers import Models, Stream, Turn, http_request
from app.providers.call import TimeLimits
from tests.support.fake_model import FakeModel

KEY = "sk-secret-key-of-ours"
LIMITS = TimeLimits(connect=10, read=20, total=40)
Ask = Callable[..., Stream]


@pytest.fixture
def fake() -> Iterator[FakeModel]:
    with FakeModel() as server:
        yield server


@pytest.fixture
def environment(fake: FakeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point both APIs to the fake model."""
    monkeypatch.setenv("OPENAI_BASE_URL", f"{fake.url}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("ANTHROPIC_BASE_URL", fake.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the delays between attempts very short."""
    monkeypatch.setattr("app.providers.retrying.DELAYS_SECONDS", (0.01, 0.01))


@pytest.fixture
def ask(environment: None) -> Ask:
    """Return a function that asks a model, `openai:…` or `anthropic:…`, one question."""

    def stream(name: str, question: str = "Why?", limits: TimeLimits | None = None) -> Stream:
        limits = limits or LIMITS
        config = Config(
            secret_key="x",
            models=(name,),
            provider_connect_seconds=limits.connect,
            provider_read_seconds=limits.read,
            provider_total_seconds=limits.total,
        )
        return Models.from_config(config).stream(name, [Turn("user", question)])

    return stream


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for `localhost`, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*new, *subject, *files], check=True, capture_output=True)
    return certificate, key


@pytest.fixture
def server_side(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[ssl.SSLContext]:
    """The TLS context of a trusted server."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    http_request._tls.cache_clear()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    yield context
    http_request._tls.cache_clear()


@pytest.fixture
def tls(server_side: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeModel]:
    """A fake model behind TLS, which replaces `fake` for the OpenAI API."""
    with FakeModel() as server:
        server.socket = server_side.wrap_socket(server.socket, server_side=True)
        monkeypatch.setenv("OPENAI_BASE_URL", f"https://localhost:{server.server_port}/v1")
        yield server
