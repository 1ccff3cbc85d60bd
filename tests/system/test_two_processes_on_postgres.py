"""Two processes on PostgreSQL and Redis: what is done at one of them acts at the other at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.database import Database
from tests.support.http_session import BrowserSession
from tests.support.list_follower import ListFollower
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow]
Read = Callable[..., Reader]
Pair = tuple[Server, Server]

ENDLESS = "/tokens 100000 /rate 40"
LIMIT = 5


@pytest.fixture(scope="module")
def database_url(migrated_postgres: str) -> str:
    return migrated_postgres


@pytest.fixture(scope="module")
def pair(database_url: str, redis_url: str, folder: Path) -> Iterator[Pair]:
    settings = {"REDIS_URL": redis_url, "LEASE_SECONDS": "1", "LIMIT_TOKEN": f"{LIMIT} per hour"}
    with (
        Server(database_url, folder / "one.log", **settings) as one,
        Server(database_url, folder / "two.log", **settings) as two,
    ):
        yield one, two


def test_stop_retry_and_edit_act_at_the_other_process(
    pair: Pair, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max_ = read(cast.olive, where, pair[0].url), read(cast.max, where, pair[1].url)
    asked = olive.send(ENDLESS)
    eventually(lambda: max_.has_text(asked["reply"]))
    assert max_.ask("stop", {"id": asked["reply"]})["ok"]
    assert agreed([olive, max_], asked["reply"], database).status == "stopped"
    retried = max_.ask("retry", {"id": asked["reply"]})["reply"]
    eventually(lambda: olive.has_text(retried))
    edited = olive.ask("edit", {"id": asked["id"], "content": "Better. /tokens 9 /rate 0"})["reply"]
    assert agreed([olive, max_], edited, database).status == "complete"
    eventually(lambda: not max_.shows(retried) and not max_.shows(asked["id"]))


def test_unread_marks_and_presence_act_at_the_other_process(
    pair: Pair, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max_ = read(cast.olive, where, pair[0].url), read(cast.max, where, pair[1].url)
    with ListFollower().follow(pair[1].url, cast.max.token) as list_:
        reply = olive.send("Well? /tokens 5 /rate 0")["reply"]
        agreed([olive, max_], reply, database)
        eventually(list_.shows(where, unread=2))
        with Client().open(pair[0].url, cast.max.token) as elsewhere:
            elsewhere.ask("read", {"conversation": where, "position": 2})
            eventually(list_.shows(where, read=2, unread=None))
    before = len(max_.received)
    assert olive.ask("presence", {"conversation": where, "here": True})["ok"]
    present = {"conversation": where, "here": False}
    eventually(lambda: len(max_.ask("presence", present)["people"]) == 1)
    assert len(max_.received) >= before
    olive.cut()
    eventually(lambda: not max_.ask("presence", present)["people"])


def test_signing_out_and_revoking_close_the_sockets_of_the_other_process(
    pair: Pair, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.rex)
    rexes = [read(cast.rex, where, server.url) for server in pair]
    browser = BrowserSession(pair[0].url).sign_in(cast.max)
    with Client().open(pair[1].url, Cookie=browser.cookie) as page:
        browser.sign_out()
        database.remove_member(where, cast.rex)
        eventually(lambda: not page.connected)
        eventually(lambda: all(each.refused == "not_found" for each in rexes))
    browser.close()


def test_limits_are_shared(pair: Pair, cast: Cast) -> None:
    browsers = [BrowserSession(server.url).sign_in(cast.olive) for server in pair]
    codes = [
        browsers[number % 2].post("/account/tokens", name=f"token {number}").status_code
        for number in range(LIMIT + 2)
    ]
    assert 429 not in codes[:LIMIT] and codes[LIMIT:] == [429, 429]
    for browser in browsers:
        browser.close()


def test_answers_of_a_killed_process_end_once(
    pair: Pair, database: Database, cast: Cast, read: Read
) -> None:
    where = [database.conversation(cast.olive, cast.max) for _ in range(3)]
    asking = [read(cast.olive, each, pair[0].url) for each in where]
    others = [read(cast.max, each, pair[1].url) for each in where]
    replies = [reader.send(ENDLESS)["reply"] for reader in asking]
    for other, reply in zip(others, replies, strict=True):
        eventually(lambda other=other, reply=reply: other.has_text(reply))
    pair[0].kill()
    for other, reply in zip(others, replies, strict=True):
        assert agreed([other], reply, database).status == "interrupted"
        assert len(other.events("streaming_end", reply)) == 1
    for reader in asking:
        reader.cut()
    pair[0].start()
