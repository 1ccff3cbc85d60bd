"""The main flow on PostgreSQL."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.http_session import BrowserSession
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.postgres]
Read = Callable[..., Reader]

QUESTION = "/think 20 /tokens 120 /rate 60"
MANY = 12  # more than there are database connections from the start


@pytest.fixture(scope="module")
def database_url(migrated_postgres: str) -> str:
    return migrated_postgres


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    return {"LEASE_SECONDS": "1"}


def test_on_postgresql_readers_that_join_late_or_reconnect_show_the_whole_answer(
    server: Server, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive = read(cast.olive, where)
    replies = [olive.send(QUESTION, key="first")["reply"]]
    assert olive.send(QUESTION, key="first")["reply"] == replies[0]
    readers = []
    for _ in range(8):
        readers.append(read(cast.max, where))
        unlucky = random.choice(readers)
        unlucky.cut()
        unlucky.connect(server.url)

    assert agreed([olive, *readers], replies[0], database).status == "complete"
    retried = olive.ask("retry", {"id": replies[0]})["reply"]
    eventually(lambda: olive.has_text(retried))
    assert olive.ask("stop", {"id": retried})["ok"]
    assert agreed([olive, *readers], retried, database).status == "stopped"


def test_on_postgresql_pages_show_what_was_answered(
    server: Server, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    agreed([olive], olive.send("Is it blue? /tokens 5 /rate 0")["reply"], database)
    browser = BrowserSession(server.url).sign_in(cast.olive)
    for path in (f"/conversations/{where}", "/conversations", "/conversations?q=blue"):
        page = browser.http.get(server.url + path, timeout=20)
        assert page.status_code == 200, page.text
    page = browser.http.get(f"{server.url}/conversations/{where}", timeout=20)
    assert "Is it blue?" in page.text
    browser.close()


def test_on_postgresql_a_killed_process_leaves_an_interrupted_answer(
    server: Server, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    reply = olive.send("/tokens 100000 /rate 60")["reply"]
    eventually(lambda: olive.has_text(reply))

    server.kill()
    olive.cut()
    server.start()
    olive.connect(server.url)

    assert agreed([olive], reply, database).status == "interrupted"


def test_on_postgresql_a_shutdown_ends_all_answers_and_logs_no_traceback(
    server: Server, database: Database, cast: Cast, read: Read
) -> None:
    readers = [read(cast.olive, database.conversation(cast.olive)) for _ in range(MANY)]
    replies = [reader.send("/tokens 100000 /rate 60")["reply"] for reader in readers]
    for reader, reply in zip(readers, replies, strict=True):
        eventually(lambda reader=reader, reply=reply: reader.has_text(reply))

    assert server.stop() == 0
    assert "Traceback" not in server.output
    for reader, reply in zip(readers, replies, strict=True):
        assert agreed([reader], reply, database).status == "interrupted"
    server.start()


def test_on_postgresql_a_removed_member_is_refused_within_a_second(
    server: Server, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.rex)
    rex = read(cast.rex, where)

    database.remove_member(where, cast.rex)

    eventually(lambda: rex.refused == "not_found", 1.0)


def test_on_postgresql_the_largest_numbers_are_accepted(
    server: Server, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive)
    olive = read(cast.olive, where)
    largest = 2**53 - 1
    page_token = f"2026-01-01T00:00:00+00:00~{largest}"
    assert olive.ask("history", {"conversation": where, "before": largest})["ok"]
    assert olive.ask("join", {"conversation": where, "after": largest})["ok"]
    assert olive.ask("conversations", {"before": page_token})["ok"]


def test_on_postgresql_a_page_shows_what_a_search_finds(
    server: Server, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive)
    sent = read(cast.olive, where).send("Über Ärger, with /tokens 1")
    browser = BrowserSession(server.url).sign_in(cast.olive)

    page = browser.http.get(f"{server.url}/conversations?q=ärger", timeout=20).text

    assert f'href="/conversations/{where}#{sent["id"]}"' in page
    assert "<mark>Ärger</mark>" in page
