"""A forgotten password, with a real mail server, in both ways of serving."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests

from tests.support.cast import Cast
from tests.support.http_session import csrf_token
from tests.support.mail_server import Inbox, mail_server
from tests.support.server import Server, command
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode]

LINK = re.compile(r"https://chat\.example\.org/link#(\S+)")
NEW = "a new one, long enough"


def post(session: requests.Session, url: str, page: str, **fields: str) -> requests.Response:
    """Send the form of a page."""
    token = csrf_token(session.get(f"{url}{page}", timeout=20).text)
    return session.post(f"{url}{page}", data={**fields, "csrf_token": token}, timeout=20)


def test_a_link_comes_by_mail_and_no_log_has_it(
    database_url: str, cast: Cast, tmp_path: Path
) -> None:
    inbox = Inbox()
    with mail_server(inbox) as port:
        settings = {
            "SMTP_URL": f"smtp://127.0.0.1:{port}",
            "MAIL_FROM": "midstream@example.org",
            "PUBLIC_URL": "https://chat.example.org",
        }
        with Server(database_url, tmp_path / "server.log", **settings) as server:
            session = requests.Session()
            post(session, server.url, "/password/forgotten", email=cast.olive.email)
            [message] = eventually(lambda: inbox.messages)
            found = LINK.search(message.get_content())
            assert found
            page = post(session, server.url, "/link", code=found[1])
            assert page.url == f"{server.url}/password/new"
            page = post(session, server.url, "/password/new", new=NEW)
            assert page.url == f"{server.url}/login"
            page = post(session, server.url, "/login", email=cast.olive.email, password=NEW)
            assert page.url == f"{server.url}/conversations"
            session.close()
        log = (tmp_path / "server.log").read_text()
    assert found[1] not in log and cast.olive.email not in log


def test_a_link_is_printed_where_there_is_no_mail(
    database_url: str, cast: Cast, server: Server
) -> None:
    printed = command(database_url, "user", "reset-link", cast.max.email, PORT="5000")
    address, secret = printed.split("#")
    assert address == "http://127.0.0.1:5000/link"
    session = requests.Session()
    page = post(session, server.url, "/link", code=secret)
    assert page.url == f"{server.url}/password/new"
    session.close()
