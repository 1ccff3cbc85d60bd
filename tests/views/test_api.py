"""Programs upload files and read them with an API token, and with nothing else."""

from __future__ import annotations

from contextvars import Context
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.config import files as file_settings
from app.extensions import db
from app.models import ApiToken
from app.models.columns import now
from app.sockets.credentials import credential_uses
from app.views.api import NO_TOKEN
from tests.support.browser import Browser
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.sample_files import picture


@pytest.fixture
def program(app: Flask, cast: Cast) -> Browser:
    """A program of Olive's."""
    return Browser(app).with_token(cast.olive)


def upload(program: Browser, conversation: str, *files: tuple[str, bytes]) -> TestResponse:
    """Upload files in one form."""
    path = f"/api/conversations/{conversation}/files"
    form = {"file": [(BytesIO(data), name) for name, data in files]}
    return Context().run(program.client.post, path, data=form, headers=program.headers)


def test_a_program_uploads_a_file_sends_and_reads_it(
    harness: Harness, cast: Cast, conversation: str, program: Browser
) -> None:
    response = upload(program, conversation, ("a.png", picture()))
    file = response.json
    assert (response.status_code, file["kind"], file["name"]) == (201, "picture", "a.png")
    assert "Set-Cookie" not in response.headers
    socket = harness.reader(cast.olive, conversation)
    ack = socket.ask("send", {"conversation": conversation, "files": [file["id"]]})
    assert ack["ok"], ack
    path = f"/api/conversations/{conversation}/files/{file['id']}"
    read = Browser(harness.app).with_token(cast.max).open(path)
    assert (read.data, read.content_type) == (picture(), "image/png")
    assert read.headers["Content-Security-Policy"].endswith("; sandbox")
    assert harness.database.read(last_used) is None
    credential_uses.store()
    assert harness.database.read(last_used), "and when it was used is stored"


def last_used() -> Any:
    """Return when a token was used last."""
    return db.session.scalar(db.select(db.func.max(ApiToken.last_used_at)))


def test_whoever_has_no_token_is_refused_in_json(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    signed_in = Browser(harness.app).signed_in(cast.olive)
    guess = Browser(harness.app)
    guess.headers = {"Authorization": "Bearer midstream_guess"}
    other = Browser(harness.app)
    other.headers = {"Authorization": "Basic b2xpdmU6eA=="}
    for program in (signed_in, guess, other, Browser(harness.app)):
        response = upload(program, conversation, ("a.txt", b"x"))
        assert (response.status_code, response.json) == (
            401,
            {"error": "unauthorized", "message": NO_TOKEN},
        )
        assert response.headers["WWW-Authenticate"] == "Bearer"
    expired = db.update(ApiToken).values(expires_at=now() - timedelta(days=1))
    harness.database.write(lambda: db.session.execute(expired))
    response = upload(Browser(harness.app).with_token(cast.olive), conversation, ("a", b"x"))
    assert response.status_code == 401


def test_what_is_refused_says_why_in_json(
    harness: Harness,
    cast: Cast,
    conversation: str,
    program: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        file_settings, "MEGABYTE", 10_000
    )  # the client puts larger forms into files
    eve = Browser(harness.app).with_token(cast.eve)
    large = ("big.txt", b"x" * 450_000)
    for response, status, error, message in (
        (upload(program, conversation), 400, "invalid", "Choose a file."),
        (upload(program, conversation, ("x.bin", b"\0")), 400, "invalid", "“x.bin” can't be used"),
        (upload(program, conversation, ("a", b""), ("b", b"x")), 400, "invalid", "Choose a file."),
        (upload(eve, conversation, ("a", b"x")), 404, "not_found", "Conversation not found."),
        (upload(program, "0" * 32, ("a", b"x")), 404, "not_found", "Conversation not found."),
        (upload(program, conversation, large), 413, "too_large", "That is too large."),
        (
            program.open(f"/api/conversations/{conversation}/files/{'0' * 32}"),
            *(404, "not_found", "File not found."),
        ),
    ):
        assert (response.status_code, response.json["error"]) == (status, error)
        assert response.json["message"].startswith(message)
