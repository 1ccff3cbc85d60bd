"""Two processes on one database: it makes no difference to which of them a reader is connected."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.agreement import agreed
from tests.support.cast import Cast
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.async_mode, pytest.mark.redis]
Read = Callable[..., Reader]
Pair = tuple[Server, Server]

QUESTION = "/think 20 /tokens 60 /rate 80"
ENDLESS = "/tokens 100000 /rate 80"
SOON_SECONDS = 1.0


@pytest.fixture(scope="module")
def pair(database_url: str, redis_url: str, folder: Path) -> Iterator[Pair]:
    with (
        Server(database_url, folder / "one.log", REDIS_URL=redis_url) as one,
        Server(database_url, folder / "two.log", REDIS_URL=redis_url) as two,
    ):
        yield one, two


def test_readers_of_both_processes_receive_an_answer_of_either(
    pair: Pair, database: Database, cast: Cast, read: Read
) -> None:
    for here, there in (pair, pair[::-1]):
        where = database.conversation(cast.olive, cast.max)
        olive = read(cast.olive, where, here.url)
        others = [read(cast.max, where, server.url) for server in (here, there, there)]

        reply = olive.send(QUESTION)["reply"]
        eventually(lambda others=others, reply=reply: others[1].has_text(reply))
        late = read(cast.max, where, there.url)

        assert agreed([olive, *others, late], reply, database).status == "complete"


def test_what_is_pressed_in_both_at_one_moment_happens_once(
    pair: Pair, database: Database, cast: Cast, read: Read
) -> None:
    """A cut answer goes on once, and one person's branch is one."""
    where = database.conversation(cast.olive, cast.max)
    tabs = [read(cast.max, where, server.url) for server in pair]
    for _ in range(3):
        reply = tabs[0].send(ENDLESS)["reply"]
        for tab in tabs:
            eventually(lambda tab=tab, reply=reply: tab.has_text(reply))
        assert tabs[0].ask("stop", {"id": reply})["ok"]
        agreed(tabs, reply, database)
        branches = at_once(tabs, "branch", reply)
        assert branches[0]["ok"] and branches[0] == branches[1]
        goes_on = at_once(tabs, "continue", reply)
        assert sorted(ack["ok"] for ack in goes_on) == [False, True]
        [begun] = [ack["reply"] for ack in goes_on if ack["ok"]]
        assert tabs[0].ask("stop", {"id": begun})["ok"]
        assert agreed(tabs, begun, database).status == "stopped"
    listed = tabs[0].ask("conversations", {})["conversations"]
    assert sum(each["title"] == "Branch of Tests" for each in listed) == 3


def at_once(tabs: list[Reader], event: str, message: str) -> list[dict[str, Any]]:
    """Send an event about a message on several connections at one moment; return the replies."""
    ready = threading.Barrier(len(tabs))

    def ask(tab: Reader) -> dict[str, Any]:
        ready.wait()
        return tab.ask(event, {"id": message})

    with ThreadPoolExecutor(len(tabs)) as pool:
        return list(pool.map(ask, tabs))


def test_stop_retry_and_waiting_questions_work_through_the_other_process(
    pair: Pair, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where, pair[0].url), read(cast.max, where, pair[1].url)
    endless = olive.send(ENDLESS)["reply"]
    waiting = max.send(QUESTION)
    eventually(lambda: max.has_text(endless))

    assert max.ask("stop", {"id": endless})["ok"]

    stopped = agreed([olive, max], endless, database)
    assert stopped.status == "stopped"
    eventually(lambda: len(database.messages(where)) == 4)
    answer = database.messages(where)[-1].id
    agreed([olive, max], answer, database)
    assert "reply" not in waiting
    new = olive.ask("retry", {"id": answer})["reply"]
    agreed([olive, max], new, database)
    eventually(lambda: not max.shows(answer))
    assert database.message(endless) == stopped


def test_a_send_repeated_through_both_processes_makes_one_question(
    pair: Pair, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive)
    tabs = [read(cast.olive, where, server.url) for server in pair]

    acks = [tab.send(QUESTION, key="once") for tab in tabs]

    assert acks[0] == acks[1]
    agreed(tabs, acks[0]["reply"], database)
    assert len(database.messages(where)) == 2


def test_a_removed_member_is_refused_by_both_processes_within_a_second(
    pair: Pair, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.rex)
    olive = read(cast.olive, where, pair[0].url)
    rexes = [read(cast.rex, where, server.url) for server in pair]
    reply = olive.send(ENDLESS)["reply"]
    eventually(lambda: all(rex.has_text(reply) for rex in rexes))

    database.remove_member(where, cast.rex)
    removed = time.monotonic()

    eventually(lambda: all(rex.refused == "not_found" for rex in rexes), SOON_SECONDS)
    held = olive.message(reply).seq
    eventually(lambda: olive.message(reply).seq > held + 20)
    assert olive.ask("stop", {"id": reply})["ok"]
    agreed([olive], reply, database)
    for rex in rexes:
        assert (
            max(each.at for each in rex.received if each.event == "chunk") - removed < SOON_SECONDS
        )
