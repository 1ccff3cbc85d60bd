"""Presence over real connections: one process, two with Redis, and one that is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.cast import Cast, Person
from tests.support.database import Database
from tests.support.reader import Reader
from tests.support.server import Server
from tests.support.services import redis_server
from tests.support.waiting import eventually

pytestmark = [pytest.mark.system, pytest.mark.redis]
Read = Callable[..., Reader]
Pair = tuple[Server, Server]

PATIENCE = 60.0  # for a machine that is busy; what is tested has no deadline of its own


@pytest.fixture(scope="module")
def pair(database_url: str, redis_url: str, folder: Path) -> Iterator[Pair]:
    settings = {"REDIS_URL": redis_url, "LIMIT_PRESENCE": "off"}
    with (
        Server(database_url, folder / "one.log", **settings) as one,
        Server(database_url, folder / "two.log", **settings) as two,
    ):
        yield one, two


class Names:
    """The members of a conversation by their `sender`."""

    def __init__(self, reader: Reader) -> None:
        people = reader.acks[-1]["people"]
        self.reader = reader
        self.of = {person["sender"]: person["name"] for person in people}

    def present(self) -> dict[str, set[str]]:
        """Return who is present as the reader was told last, and what they do."""
        told = self.reader.events("present")
        people = told[-1]["people"] if told else []
        return {
            self.of[each["sender"]]: {word for word in ("following", "typing") if each.get(word)}
            for each in people
        }

    def seen(self) -> dict[str, int]:
        """Return how far each has read, as the reader was told."""
        marks: dict[str, int] = {}
        for event in self.reader.events("seen"):
            for each in event["people"]:
                name = self.of[each["sender"]]
                marks[name] = max(marks.get(name, 0), each["read"])
        return marks


def say(reader: Reader, **more: bool) -> None:
    ack = reader.ask("presence", {"conversation": reader.log.conversation, **more})
    assert ack["ok"], ack


def types(reader: Reader) -> bool:
    return bool(reader.ask("typing", {"conversation": reader.log.conversation})["ok"])


@pytest.mark.async_mode
def test_readers_of_both_processes_are_told_who_comes_types_reads_and_goes(
    pair: Pair, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive = read(cast.olive, where, pair[0].url)
    max, phone = (read(cast.max, where, server.url) for server in pair[::-1])
    here = Names(olive)
    say(max, following=True)
    eventually(lambda: here.present() == {"Max": {"following"}}, PATIENCE)
    say(phone)
    say(olive)
    everybody = {"Max": {"following"}, "Olive": set[str]()}
    for each in (here, Names(max)):
        eventually(lambda each=each: each.present() == everybody, PATIENCE)
    assert types(max)
    eventually(lambda: here.present()["Max"] == {"following", "typing"}, PATIENCE)
    eventually(lambda: here.present()["Max"] == {"following"}, PATIENCE)  # by itself
    max.cut()
    eventually(lambda: here.present() == {"Max": set(), "Olive": set()}, PATIENCE)
    phone.close()
    eventually(lambda: here.present() == {"Olive": set()}, PATIENCE)


def test_marks_are_told_through_both_processes(
    pair: Pair, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    olive, max = read(cast.olive, where, pair[0].url), read(cast.max, where, pair[1].url)
    reply = olive.send("/tokens 3")["reply"]
    eventually(lambda: max.shows(reply, "complete"), PATIENCE)
    for position in (2, 1):
        assert max.ask("read", {"conversation": where, "position": position})["ok"]
    eventually(lambda: Names(olive).seen() == {"Max": 2}, PATIENCE)


def test_a_killed_processs_people_expire_and_a_stopped_ones_go_with_it(
    database_url: str, redis_url: str, tmp_path: Path, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.max)
    settings = {"REDIS_URL": redis_url}
    with Server(database_url, tmp_path / "stays.log", **settings) as stays:
        olive = read(cast.olive, where, stays.url)
        here = Names(olive)
        for end in (Server.kill, Server.stop):
            with Server(database_url, tmp_path / f"{end.__name__}.log", **settings) as ends:
                max = read(cast.max, where, ends.url)
                say(max)
                eventually(lambda: here.present() == {"Max": set()}, PATIENCE)
                end(ends)
                eventually(lambda: here.present() == {}, PATIENCE)
                max.close()


def test_without_redis_each_process_tells_of_its_own(
    database_url: str, tmp_path: Path, database: Database, cast: Cast, read: Read
) -> None:
    """When Redis ends, what other processes have said expires; the own people stay."""
    where = database.conversation(cast.olive, cast.max, cast.rex)
    (tmp_path / "redis").mkdir()
    with redis_server(tmp_path / "redis") as url:
        one = Server(database_url, tmp_path / "one.log", REDIS_URL=url).start()
        two = Server(database_url, tmp_path / "two.log", REDIS_URL=url).start()
        one.may_log_tracebacks = two.may_log_tracebacks = True
        olive, max = read(cast.olive, where, one.url), read(cast.max, where, two.url)
        say(olive)
        say(max)
        here = Names(olive)
        eventually(lambda: set(here.present()) == {"Olive", "Max"}, PATIENCE)
    eventually(lambda: set(here.present()) == {"Olive"}, PATIENCE)
    rex = read(cast.rex, where, one.url)
    say(rex)
    eventually(lambda: set(here.present()) == {"Olive", "Rex"}, PATIENCE)
    for server in (one, two):
        server.stop()


@pytest.mark.async_mode
def test_a_removed_member_is_gone_for_the_others(
    pair: Pair, database: Database, cast: Cast, read: Read
) -> None:
    where = database.conversation(cast.olive, cast.rex)
    olive, rexes = read(cast.olive, where, pair[0].url), connected(pair, cast.rex, where, read)
    say(olive)
    for rex in rexes:
        say(rex)
    here = Names(olive)
    eventually(lambda: set(here.present()) == {"Olive", "Rex"}, PATIENCE)
    database.remove_member(where, cast.rex)

    def who() -> list[str]:
        """Return who is here as Olive is told when she says so again, after her next join."""
        ack = olive.ask("presence", {"conversation": where})
        return [here.of[each["sender"]] for each in ack.get("people", [])]

    eventually(lambda: who() == ["Olive"], PATIENCE)
    for rex in rexes:
        eventually(lambda rex=rex: rex.refused == "not_found", PATIENCE)
        ack = rex.ask("presence", {"conversation": where})
        assert ack["error"] == "not_found"


def connected(pair: Pair, person: Person, where: str, read: Read) -> list[Reader]:
    return [read(person, where, server.url) for server in pair]
