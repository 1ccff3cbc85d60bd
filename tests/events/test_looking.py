"""When a process looks for itself, and how processes learn of each other through the database."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator

import pytest

from app.events import looking, rooms
from app.events.followed import Followed
from app.events.looking import ALONE, HEARD, NOT_ALONE, VALID_SECONDS, Looking
from app.extensions import db
from app.models import ControlEvent
from app.models.control_event import Kind
from app.shared_redis import SharedRedis
from app.sockets.control_events import ControlEventHandler
from tests.support.clock import Clock
from tests.support.harness import Harness


class Process:
    """One process: whether Redis is silent is in `is_silent`, its looks in `looks`."""

    def __init__(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        self.harness = harness
        self.clock = Clock()
        self.is_silent = False
        self.unsure: set[str] = set()
        self.looks: list[str] = []
        monkeypatch.setattr(looking, "time", self.clock)
        monkeypatch.setattr(rooms, "are_silent", lambda: self.is_silent)
        monkeypatch.setattr(rooms, "take_unsure", lambda: self.unsure)
        self.in_step: set[str] = set()
        self.left_out: set[str] = set()
        monkeypatch.setattr(rooms, "take_in_step", lambda: self.in_step)
        monkeypatch.setattr(Followed, "look", lambda _, in_step: self.look(in_step))
        monkeypatch.setattr(looking, "repeat", lambda: self.looks.append("repeat"))
        monkeypatch.setattr(Followed, "name", lambda _, unsure: self.looks.extend(unsure))
        self.looking = Looking(harness.app)

    def look(self, in_step: Collection[str]) -> None:
        """Stand for a look that leaves out some rooms."""
        self.looks.append("look")
        self.left_out = set(in_step)

    def run(self) -> list[str]:
        """Run once, 0.4 s later, with the tasks that it starts; return what it looked at."""
        self.looks.clear()
        self.clock.sleep(0.4)
        self.looking.run_once()
        self.harness.run_later()
        return list(self.looks)

    def said(self) -> list[str]:
        """Return what is in the database since the last call."""

        def take() -> list[str]:
            found = db.session.scalars(db.select(ControlEvent).filter_by(kind=Kind.UNHEARD)).all()
            for each in found:
                db.session.delete(each)
            return [each.room for each in found]

        return self.harness.database.write(take)


@pytest.fixture
def process(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Process:
    return Process(harness, monkeypatch)


@pytest.fixture
def with_redis(harness: Harness) -> Iterator[None]:
    harness.app.extensions["redis"] = SharedRedis("redis://127.0.0.1:1/0")
    yield
    harness.app.extensions["redis"] = None


@pytest.mark.usefixtures("with_redis")
def test_a_process_that_hears_redis_looks_at_nothing_but_rooms_it_has_subscribed_to_late(
    process: Process,
) -> None:
    process.looking.begin()
    assert process.run() == []
    process.unsure = {"conversation:one"}
    assert process.run() == ["conversation:one"]
    assert process.said() == []


@pytest.mark.usefixtures("with_redis")
def test_while_redis_is_silent_it_looks_and_says_so_now_and_then(process: Process) -> None:
    process.is_silent = True
    assert [process.run() for _ in range(3)] == [["look"]] * 3
    assert process.said() == [process.looking._process]
    process.clock.sleep(looking.SAY_SECONDS)
    process.run()
    assert process.said() == [process.looking._process]
    process.is_silent = False
    assert process.run() == ["look", "repeat"], "what came before the first event that is heard"
    assert process.said() == [process.looking._process + HEARD]
    assert process.run() == []
    process.is_silent = True
    process.run()
    assert process.said() == [process.looking._process], "at once: the others look no more"


@pytest.mark.usefixtures("with_redis")
def test_while_it_looks_for_long_it_repeats_what_no_look_finds_once_a_minute(
    process: Process,
) -> None:
    process.is_silent = True
    found = [process.run() for _ in range(400)]  # 160 seconds
    assert [each for each in found if each != ["look"]] == [["look", "repeat"]] * 2


@pytest.mark.usefixtures("with_redis")
def test_the_last_look_leaves_out_no_room_for_there_is_none_after_it(process: Process) -> None:
    process.in_step = {"conversation:one"}
    process.is_silent = True
    assert [process.run(), process.left_out] == [["look"], {"conversation:one"}]
    process.is_silent = False
    assert [process.run(), process.left_out] == [["look", "repeat"], set()]


@pytest.mark.usefixtures("with_redis")
def test_it_looks_for_the_last_time_when_another_process_says_that_it_is_heard(
    process: Process,
) -> None:
    process.looking.note_unheard("another")
    assert process.run() == ["look", "look"]
    process.looking.note_unheard("another/heard")
    assert process.run() == ["look", "repeat"]
    process.looking.note_unheard("one that was not known/heard")
    assert process.run() == []
    process.looking.note_unheard("another")
    process.looking.note_unheard("another/heard")
    assert process.run() == ["look", "repeat"], "also where both come at once"


@pytest.mark.usefixtures("with_redis")
def test_it_looks_as_long_as_another_process_says_that_it_is_not_heard(process: Process) -> None:
    handler = ControlEventHandler()
    handler.handle_new()
    process.harness.database.write(lambda: ControlEvent.post(Kind.UNHEARD, "another"))
    handler.handle_new()
    process.harness.run_later()
    assert process.looks == ["look"], "at once"
    assert process.run() == ["look"]
    process.clock.sleep(VALID_SECONDS)
    assert process.run() == ["look", "repeat"], "once more"
    assert process.run() == []
    assert process.said() == ["another"], "it says nothing itself: it is heard"


def test_without_redis_it_makes_itself_known_once_and_is_alone(process: Process) -> None:
    process.looking.begin()
    assert [process.run() for _ in range(3)] == [[], [], []]
    assert process.said() == [process.looking._process + ALONE]
    process.looking.note_unheard(process.looking._process + ALONE)
    assert process.run() == [], "it has read what it has said itself"


def test_without_redis_two_processes_find_each_other(
    process: Process, caplog: pytest.LogCaptureFixture
) -> None:
    process.looking.begin()
    process.run()
    process.said()
    process.clock.sleep(100.0)
    process.looking.note_unheard("another" + ALONE)
    assert process.run() == ["look", "look"]
    assert process.said() == [process.looking._process + ALONE], "the other one has to know, too"
    process.looking.note_unheard("another" + ALONE)
    process.run()
    assert process.said() == []
    assert caplog.record_tuples == [("app.events.looking", logging.WARNING, NOT_ALONE)]
    process.clock.sleep(looking.SAY_SECONDS)
    process.run()
    assert process.said() == [process.looking._process + ALONE], "as long as there are others"


@pytest.mark.usefixtures("with_redis")
def test_without_the_database_it_says_so_with_the_next_look(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise OSError("away")

    process.is_silent = True
    with monkeypatch.context() as patch:
        patch.setattr(looking, "write", fail)
        process.run()
    assert process.said() == []
    process.run()
    assert process.said() == [process.looking._process]


def test_two_looks_at_once_are_one(process: Process) -> None:
    process.is_silent = True
    with process.looking._lock:
        assert process.run() == []
    assert process.run() == ["look"]


def test_without_redis_nothing_is_silent(harness: Harness) -> None:
    rooms.check_silence()
    assert not rooms.are_silent() and not rooms.take_unsure() and not rooms.take_in_step()
