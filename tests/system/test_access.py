"""Which credentials open a connection, and how soon a removed member stops receiving."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from socketio.exceptions import ConnectionError as Refused

from app.extensions import db
from app.models import ControlEvent
from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.database import Database
from tests.support.http_session import BrowserSession
from tests.support.reader import Reader
from tests.support.server import Server, command
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode]
Read = Callable[..., Reader]

SOON_SECONDS = 1.0


@pytest.fixture
def browser(server_url: str) -> Iterator[BrowserSession]:
    session = BrowserSession(server_url)
    yield session
    session.close()


def test_an_invalid_token_is_refused_even_with_a_valid_cookie(
    server_url: str, cast: Cast, browser: BrowserSession
) -> None:
    cookie = browser.sign_in(cast.olive).cookie

    with pytest.raises(Refused), Client() as client:
        client.open(server_url, token="midstream_guess", Cookie=cookie)


def test_a_cookie_opens_a_connection_only_from_the_apps_own_origin(
    server_url: str, database: Database, cast: Cast, browser: BrowserSession
) -> None:
    where = database.conversation(cast.olive)
    cookie = browser.sign_in(cast.olive).cookie

    with Client().open(server_url, Cookie=cookie) as client:
        assert client.ask("join", {"conversation": where})["ok"]
    with pytest.raises(Refused), Client(origin="https://evil.example") as client:
        client.open(server_url, Cookie=cookie)


def test_a_removed_member_receives_no_more_chunks_and_the_others_do(
    server: Server, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max, cast.rex)
    olive, max, rex = (read(person, where) for person in (cast.olive, cast.max, cast.rex))
    reply = olive.send("/tokens 100000 /rate 60")["reply"]
    eventually(lambda: rex.has_text(reply))

    command(server.database_url, "members", "remove", where, cast.rex.email)
    removed = time.monotonic()

    eventually(lambda: rex.refused == "not_found", SOON_SECONDS)
    later = max.message(reply).seq + 60
    eventually(lambda: max.message(reply).seq > later, what="Max must receive more chunks")
    assert olive.ask("stop", {"id": reply})["ok"]
    agreed([olive, max], reply, database)
    chunks = [each.at for each in rex.received if each.event in ("chunk", "streaming_end")]
    assert chunks and chunks[-1] - removed < SOON_SECONDS
    assert len(rex.message(reply).content) < len(database.message(reply).content)
    assert rex.ask("join", {"conversation": where, "after": 0})["error"] == "not_found"
    assert max.acks[-1]["members"] == ["Olive", "Max"]


def test_a_control_event_of_a_later_version_delays_no_revocation(
    server: Server, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.rex)
    rex = read(cast.rex, where)
    database.write(lambda: db.session.add(ControlEvent(kind="of a later version", room="none")))

    command(server.database_url, "members", "remove", where, cast.rex.email)

    eventually(lambda: rex.refused == "not_found")
    assert server.output.count("'of a later version'") == 1
