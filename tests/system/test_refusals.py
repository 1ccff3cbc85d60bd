"""Refusals have a code and a sentence, and disclose nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from socketio.exceptions import SocketIOError

from app.extensions import db
from app.models import ApiToken
from app.models.columns import now
from app.models.credential import digest
from tests.support.cast import Cast, Person
from tests.support.client import Client, ConnectionLost
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode]
Read = Callable[..., Reader]

SOON_SECONDS = 5.0  # to connect, on a busy machine
CLOSED = "the connection is closed"
UNKNOWN = "0123456789abcdef0123456789abcdef"


def test_a_rate_limited_request_succeeds_after_retry_after_seconds(eve: Client) -> None:
    acks = (eve.ask("conversations") for _ in range(1000))

    refused = next(ack for ack in acks if not ack["ok"])

    assert refused["error"] == "rate_limited"
    assert 1 <= refused["retry_after"] <= 10
    time.sleep(refused["retry_after"])
    assert eve.ask("conversations")["ok"]


def test_the_refusal_of_a_foreign_id_equals_that_of_a_missing_one_byte_for_byte(
    database: Database, cast: Cast, read: Read, eve: Client
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    streaming = olive.send("/tokens 5 /rate 0 /hang after 5")["reply"]
    eventually(lambda: olive.has_text(streaming))
    olive.close()

    for event, payload in _requests(where, streaming):
        missing = {**payload, "conversation": UNKNOWN} if "conversation" in payload else None
        foreign_answer = eve.ask(event, payload)
        missing_answer = eve.ask(event, missing or {"id": UNKNOWN})
        assert foreign_answer["error"] == "not_found", event
        assert json.dumps(foreign_answer) == json.dumps(missing_answer)
    assert database.message(streaming).status == "streaming", "Eve must not have stopped it"
    assert len(database.messages(where)) == 2, "Eve must not have asked anything"


def test_an_expired_token_is_refused_by_every_event(
    database: Database, cast: Cast, server_url: str
) -> None:
    where = database.conversation(cast.rex)
    expires_at = now() + timedelta(seconds=SOON_SECONDS)
    database.write(lambda: _expire(cast.rex, expires_at))
    with Client().open(server_url, cast.rex.token) as client:
        assert client.ask("join", {"conversation": where})["ok"]
        eventually(lambda: now() > expires_at)

        for event, payload in [*_requests(where, UNKNOWN), ("create", {}), ("conversations", {})]:
            assert _refusal(client, event, payload) in ("unauthorized", CLOSED), event
    assert database.messages(where) == []


def _refusal(client: Client, event: str, payload: dict[str, Any]) -> str | None:
    """Return the error code; CLOSED if the server has closed the connection."""
    try:
        return client.ask(event, payload).get("error")
    except (ConnectionLost, SocketIOError):
        return CLOSED


def _requests(conversation: str, message: str) -> list[tuple[str, dict[str, Any]]]:
    """Return a request for every event that names a conversation or a message."""
    here = {"conversation": conversation}
    return [
        ("join", here),
        ("join", {**here, "after": 0, "have": {message: 1}}),
        ("send", {**here, "content": "Let me in"}),
        ("history", {**here, "before": 10}),
        ("stop", {"id": message}),
        ("retry", {"id": message}),
    ]


def _expire(person: Person, at: datetime) -> None:
    token = db.session.scalars(db.select(ApiToken).filter_by(token_hash=digest(person.token))).one()
    token.expires_at = at
