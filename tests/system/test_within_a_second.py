"""What is done at one process acts at the other within a second, on PostgreSQL and Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from midstream.rule import Event
from tests.support.cast import Cast
from tests.support.client import Client
from tests.support.database import Database
from tests.support.http_session import BrowserSession
from tests.support.list_follower import ListFollower
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [
    pytest.mark.system,
    pytest.mark.postgres,
    pytest.mark.redis,
    pytest.mark.alone,
]
Pair = tuple[Server, Server]
Read = Callable[..., Reader]

SECOND = 1.0
TIMES = 5  # of each: what is looked at in turns is early one time, and late the other
ENDLESS = "/tokens 100000 /rate 40"
SHORT = "/think 0 /tokens 3 /rate 0"


@pytest.fixture(scope="module")
def database_url(migrated_postgres: str) -> str:
    return migrated_postgres


@pytest.fixture(scope="module")
def pair(database_url: str, redis_url: str, folder: Path) -> Iterator[Pair]:
    settings = {"REDIS_URL": redis_url, "LIMIT_EVENTS": "off", "LIMIT_TYPING": "off"}
    with (
        Server(database_url, folder / "one.log", **settings) as one,
        Server(database_url, folder / "two.log", **settings) as two,
    ):
        yield one, two


@pytest.fixture
def where(database: Database, cast: Cast) -> str:
    return database.conversation(cast.olive, cast.max)


@pytest.fixture
def olive(pair: Pair, cast: Cast, where: str, read: Read) -> Reader:
    """A reader at the one process."""
    return read(cast.olive, where, pair[0].url)


@pytest.fixture
def max_(pair: Pair, cast: Cast, where: str, read: Read) -> Reader:
    """A reader at the other."""
    return read(cast.max, where, pair[1].url)


def soon(shown: Callable[[], object], what: str) -> None:
    """Assert that something is so within a second."""
    eventually(shown, SECOND, f"{what}: not within a second")


def test_a_stop_a_retry_and_an_edit(olive: Reader, max_: Reader) -> None:
    for number in range(TIMES):
        asked = olive.send(ENDLESS)
        reply = asked["reply"]
        eventually(lambda reply=reply: max_.has_text(reply))
        assert max_.ask("stop", {"id": reply})["ok"]
        soon(lambda reply=reply: olive.shows(reply, "stopped"), "a stop")
        again = max_.ask("retry", {"id": reply})["reply"]
        soon(lambda again=again: olive.shows(again), "a retry")
        edit = {"id": asked["id"], "content": f"{number} is better. {SHORT}"}
        reply = olive.ask("edit", edit)["reply"]
        soon(lambda reply=reply: max_.shows(reply), "an edit")
        soon(lambda again=again: not max_.shows(again), "what an edit replaces")
        eventually(lambda reply=reply: max_.shows(reply, "complete"))


def test_unread_marks(pair: Pair, olive: Reader, where: str, cast: Cast) -> None:
    with (
        ListFollower().follow(pair[1].url, cast.max.token) as list_,
        Client().open(pair[0].url, cast.max.token) as elsewhere,
    ):
        for number in range(1, TIMES + 1):
            reply = olive.send(SHORT)["reply"]
            eventually(lambda reply=reply: olive.shows(reply, "complete"))
            soon(list_.shows(where, unread=2), "an unread mark")
            position = 2 * number
            assert elsewhere.ask("read", {"conversation": where, "position": position})["ok"]
            soon(list_.shows(where, read=position, unread=None), "a read mark")


def test_who_is_here_who_types_and_how_far_they_have_read(
    olive: Reader, max_: Reader, where: str
) -> None:
    def present() -> list[Event]:
        told = max_.events("present")
        return told[-1]["people"] if told else []

    reply = olive.send(SHORT)["reply"]
    eventually(lambda: olive.shows(reply, "complete"))
    assert olive.ask("read", {"conversation": where, "position": 2})["ok"]
    soon(lambda: max_.events("seen"), "how far somebody has read")
    for _ in range(TIMES):
        assert olive.ask("presence", {"conversation": where, "here": True})["ok"]
        soon(lambda: len(present()) == 1, "somebody who comes")
        assert olive.ask("typing", {"conversation": where})["ok"]
        soon(lambda: present()[0].get("typing"), "somebody who types")
        assert olive.ask("presence", {"conversation": where, "here": False})["ok"]
        soon(lambda: not present(), "somebody who goes")


def test_signing_out_and_removing_a_member(
    pair: Pair, database: Database, cast: Cast, read: Read
) -> None:
    for _ in range(TIMES):
        where = database.conversation(cast.olive, cast.rex)
        rex = read(cast.rex, where, pair[1].url)
        browser = BrowserSession(pair[0].url).sign_in(cast.max)
        with Client().open(pair[1].url, Cookie=browser.cookie) as page:
            browser.sign_out()
            soon(lambda page=page: not page.connected, "a sign-out")
        browser.close()
        database.remove_member(where, cast.rex)
        soon(lambda rex=rex: rex.refused == "not_found", "the removal of a member")
