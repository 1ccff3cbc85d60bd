"""Which credentials open a connection, and how soon a removed member stops receiving."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from socketio.exceptions import ConnectionError as Refused

from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.database import Database
from tests.support.http_session import BrowserSession

pytestmark = [pytest.mark.system, pytest.mark.async_mode]


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
