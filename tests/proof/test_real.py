"""The app's own functions and the browser's `rule.js`, under the same state machine: some
interleavings in `bin/test`, many more in `bin/test-faults`."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from app.events import rooms
from app.extensions import db
from app.replies import group_commit
from app.sockets.joins import JoinCoalescer
from tests.faults.conftest import figures_of
from tests.proof.hypothesis_settings import random_search, until_first_failure
from tests.proof.machine import NOTHING_LOST, READERS, Midstream, focused
from tests.proof.node_reader import DRIVER, NodeReader
from tests.proof.real_server import RealServer

pytestmark = [pytest.mark.proof, pytest.mark.timeout(300)]

REPOSITORY = Path(__file__).parents[2]
SOURCES = Path("clients/javascript/src")
MANY = 120  # examples of a full run
TEXTS = ("piece", "flush", "arrive", "arrive_all", "lose", "join")
JOINS = ("join", "settle", "cut")
# Some faults are found in a few steps, sooner in more examples; others need a longer history.
SOON_CAUGHT = until_first_failure(examples=800, steps=15)
UNTIL_CAUGHT = until_first_failure(examples=300, steps=40)


@pytest.fixture
def server(tmp_path, monkeypatch) -> RealServer:
    return RealServer(tmp_path, monkeypatch)


@pytest.fixture
def driver() -> Path:
    return DRIVER


@pytest.fixture
def readers(driver) -> Iterator[list[NodeReader]]:
    readers = [NodeReader(driver) for _ in range(READERS)]
    yield readers
    for reader in readers:
        reader.close()


@pytest.fixture
def machine(server, readers) -> type[Midstream]:
    class RealAndBrowser(Midstream):
        make_server = staticmethod(server.reset)
        make_readers = staticmethod(
            lambda: [reader.begin(server.conversation) for reader in readers]
        )

    return RealAndBrowser


@pytest.fixture
def few_or_many(pytestconfig) -> Callable[[int, int], settings]:
    """Return a function: so many examples of so many steps, more examples in a full run."""

    def search(examples: int, steps: int) -> settings:
        return random_search(figures_of(pytestconfig).count(examples, MANY), steps)

    return search


def test_every_reader_shows_a_prefix_and_in_calm_the_whole(machine, few_or_many) -> None:
    run_state_machine_as_test(machine, settings=few_or_many(20, 25))


@pytest.mark.parametrize("rules", [TEXTS, JOINS], ids=["texts", "joins"])
def test_so_does_every_reader_where_only_some_of_this_happens(machine, few_or_many, rules) -> None:
    """The rules that lead to the faults below, which all rules together seldom do."""
    run_state_machine_as_test(focused(machine, *rules), settings=few_or_many(20, 40))


def test_one_join_is_enough_if_nothing_is_lost(machine, few_or_many) -> None:
    run_state_machine_as_test(focused(machine, *NOTHING_LOST), settings=few_or_many(30, 40))


def test_emitting_before_the_commit_is_caught(machine, monkeypatch) -> None:
    def dies_before_the_commit(work, **_options):
        with db.engine.connect() as connection, connection.begin() as transaction:
            result = work(connection)
            transaction.rollback()
        return result

    monkeypatch.setattr(group_commit, "write_directly", dies_before_the_commit)
    pieces = focused(machine, "piece", "flush", "arrive_all", "join")
    with pytest.raises(AssertionError):
        run_state_machine_as_test(pieces, settings=SOON_CAUGHT)


def test_reading_before_entering_the_room_is_caught(machine, monkeypatch) -> None:
    late: list[tuple[str, str]] = []
    enter, catch_up = rooms.enter, JoinCoalescer.catch_up

    def enter_late(sid: str, room: str) -> None:
        if room.startswith("conversation:"):
            late.append((sid, room))
        else:
            enter(sid, room)

    def catch_up_first(self, *args):
        try:
            return catch_up(self, *args)
        finally:
            enter(*late.pop())

    monkeypatch.setattr(rooms, "enter", enter_late)
    monkeypatch.setattr(JoinCoalescer, "catch_up", catch_up_first)
    joins = focused(machine, *JOINS)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(joins, settings=SOON_CAUGHT)


def broken_driver(folder: Path, source: str, line: str, broken: str) -> Path:
    """Return the driver of a reader in which this line is broken."""
    for original in (SOURCES, DRIVER.parent.relative_to(REPOSITORY)):
        shutil.copytree(REPOSITORY / original, folder / original)
    path = folder / SOURCES / source
    assert line in path.read_text(), "the line to break is gone"
    path.write_text(path.read_text().replace(line, broken))
    return folder / DRIVER.relative_to(REPOSITORY)


class TestAReaderThatDoesNotCheckSince:
    @pytest.fixture
    def driver(self, tmp_path) -> Path:
        compares = "if (data.since === message.seq) return this.#append"
        return broken_driver(tmp_path, "rule.js", compares, "return this.#append")

    def test_is_caught(self, machine) -> None:
        pieces = focused(machine, *TEXTS)
        with pytest.raises(AssertionError):
            run_state_machine_as_test(pieces, settings=UNTIL_CAUGHT)


class TestAReaderThatKeepsNoEarlyEvents:
    @pytest.fixture
    def driver(self, tmp_path) -> Path:
        keeps, drops = "else this.#kept = kept", "this.#hasDropped = true"
        return broken_driver(tmp_path, "early.js", keeps, drops)

    def test_is_caught(self, machine) -> None:
        with pytest.raises(AssertionError, match="a second join"):
            run_state_machine_as_test(focused(machine, *NOTHING_LOST), settings=UNTIL_CAUGHT)
