"""Who is here, who types, who has read: what is sent to whom, and when it ends."""

from __future__ import annotations

import time
from typing import Any

import pytest
from redis import RedisError

from app.events import rooms
from app.events.payloads import sender
from app.events.seen import seen_marks
from app.extensions import db
from app.models import Conversation
from app.models.rights import MemberRole
from app.presence import Exchange, Presence, local
from app.presence import presence as telling
from app.presence.exchange import EXPIRY_SECONDS
from app.presence.local import Everywhere
from app.shared_redis import Health
from app.sockets.control_events import ControlEventHandler
from tests.support.cast import Cast, Person
from tests.support.harness import Harness
from tests.support.socket import Socket


class Redis(Exchange):
    """Stands for the exchange with other processes; without `others` it is not reachable."""

    def __init__(self) -> None:
        self.others: list[Everywhere] | None = []
        self.mine: Everywhere = {}
        self.error: Exception = RedisError()
        self.health = Health()

    def swap(self, mine: Everywhere) -> list[Everywhere]:
        self.mine = mine
        if self.others is None:
            raise self.error
        return self.others

    def withdraw(self) -> None:
        raise self.error


class Here:
    """A conversation of Olive's with Max, and what its readers are told."""

    def __init__(self, harness: Harness, cast: Cast, conversation: str) -> None:
        self.harness, self.cast, self.id = harness, cast, conversation
        self.now = time.monotonic()
        self.redis = Redis()
        self.presence = Presence(harness.app, self.redis, lambda: self.now)

    def reader(self, person: Person) -> Socket:
        return self.harness.reader(person, self.id)

    def comes(self, person: Person, **more: bool) -> Socket:
        socket = self.reader(person)
        assert self.say(socket, **more)["ok"]
        return socket

    def say(self, socket: Socket, **more: bool) -> dict[str, Any]:
        return socket.ask("presence", {"conversation": self.id, **more})

    def types(self, socket: Socket) -> dict[str, Any]:
        return socket.ask("typing", {"conversation": self.id})

    def name(self, who: str) -> str:
        """Return the name of somebody by their `sender`."""
        people = {sender(self.id, self.harness.user(each)): each.name for each in self.people}
        return people[who]

    @property
    def people(self) -> list[Person]:
        return [self.cast.olive, self.cast.max, self.cast.rex]

    def told(self, socket: Socket) -> dict[str, str] | None:
        """Return who was said to be present last, and what they do; None if nothing was said."""
        self.presence.tell()
        said = [data for event, data in socket.received() if event == "present"]
        return self.read(said[-1]) if said else None

    def read(self, payload: dict[str, Any]) -> dict[str, str]:
        doing = ("following", "typing")
        return {
            self.name(each["sender"]): " ".join(word for word in doing if each.get(word))
            for each in payload["people"]
        }

    def change(self, work: Any) -> None:
        key = self.harness.key(self.id)
        self.harness.database.write(lambda: work(db.session.get_one(Conversation, key)))


@pytest.fixture
def here(harness: Harness, cast: Cast, conversation: str) -> Here:
    return Here(harness, cast, conversation)


@pytest.fixture
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test type as often as it likes."""
    monkeypatch.setattr("app.sockets.namespace.rate_limits.hit", lambda *_: None)


@pytest.fixture
def handler(harness: Harness, conversation: str) -> ControlEventHandler:
    """The handler of this process's control events."""
    handler = ControlEventHandler()
    handler.handle_new()
    return handler


def test_who_comes_and_goes_is_told_to_all_readers(here: Here) -> None:
    olive = here.reader(here.cast.olive)
    max = here.comes(here.cast.max)
    assert here.told(olive) == here.told(max) or here.told(olive) is None
    assert here.read(here.say(olive, following=True)) == {"Max": "", "Olive": "following"}
    assert here.told(max) == {"Max": "", "Olive": "following"}
    here.say(olive, here=False)
    assert here.told(max) == {"Max": ""}
    assert here.told(max) is None, "nothing has changed"


def test_one_who_only_looks_learns_who_is_here(here: Here) -> None:
    here.comes(here.cast.max)
    olive = here.reader(here.cast.olive)
    assert here.read(here.say(olive, here=False)) == {"Max": ""}
    assert here.told(olive) == {"Max": ""}


@pytest.mark.usefixtures("no_limits")
def test_typing_is_told_and_ends_by_itself(here: Here) -> None:
    olive, max = here.comes(here.cast.olive), here.comes(here.cast.max)
    here.told(olive)
    assert here.types(max) == {"ok": True}
    assert here.told(olive) == {"Max": "typing", "Olive": ""}
    here.now += local.TYPING_SECONDS
    assert here.told(olive) == {"Max": "", "Olive": ""}


@pytest.mark.usefixtures("no_limits")
def test_who_has_sent_types_no_longer(here: Here) -> None:
    olive, max = here.comes(here.cast.olive), here.comes(here.cast.max)
    here.types(max)
    here.types(olive)
    assert here.told(olive) == {"Max": "typing", "Olive": "typing"}
    assert max.ask("send", {"conversation": here.id, "content": "There."})["ok"]
    assert here.told(olive) == {"Max": "", "Olive": "typing"}


def test_who_types_is_here(here: Here) -> None:
    olive, max = here.reader(here.cast.olive), here.reader(here.cast.max)
    assert here.types(max)["ok"]
    assert here.told(olive) == {"Max": "typing"}


def test_typing_is_taken_once_a_second(here: Here) -> None:
    max = here.comes(here.cast.max)
    acks = [here.types(max) for _ in range(4)]
    assert acks[0]["ok"]
    refused = [ack for ack in acks if not ack["ok"]]
    assert {ack["error"] for ack in refused} == {"rate_limited"}
    assert {ack["retry_after"] for ack in refused} == {1}


def test_presence_has_a_limit(here: Here) -> None:
    max = here.comes(here.cast.max)
    acks = [here.say(max) for _ in range(130)]
    assert acks[-1]["error"] in ("rate_limited",)
    assert here.comes(here.cast.olive)


@pytest.mark.usefixtures("no_limits")
@pytest.mark.parametrize("event", ["presence", "typing"])
def test_one_has_to_join_first(here: Here, event: str) -> None:
    max = here.harness.reader(here.cast.max)
    assert max.ask(event, {"conversation": here.id})["error"] == "conflict"
    missing = max.ask(event, {"conversation": "0" * 32})
    assert missing["error"] == "not_found"
    eve = here.harness.reader(here.cast.eve)
    assert eve.ask(event, {"conversation": here.id}) == missing


def test_one_who_only_reads_is_present_and_does_not_type(here: Here, harness: Harness) -> None:
    harness.database.change_role(here.id, here.cast.max, MemberRole.READER)
    olive, max = here.reader(here.cast.olive), here.comes(here.cast.max)
    assert here.told(olive) == {"Max": ""}
    assert here.types(max)["error"] == "forbidden"
    assert here.told(olive) is None


def test_one_who_may_no_longer_write_types_no_longer(
    here: Here, handler: ControlEventHandler, harness: Harness
) -> None:
    olive, max = here.reader(here.cast.olive), here.comes(here.cast.max)
    here.types(max)
    assert here.told(olive) == {"Max": "typing"}
    max_key = harness.user(here.cast.max)
    here.change(lambda each: each.change_role(max_key, MemberRole.READER))
    handler.handle_new()
    assert here.told(olive) == {"Max": ""}


def test_a_removed_members_presence_goes_at_once(
    here: Here, handler: ControlEventHandler, harness: Harness
) -> None:
    olive, max = here.comes(here.cast.olive), here.comes(here.cast.max)
    here.told(olive)
    here.told(max)
    key = harness.user(here.cast.max)
    here.change(lambda each: each.remove_member(key))
    handler.handle_new()
    olive.join(here.id)
    here.say(olive)
    assert here.told(olive) == {"Olive": ""}
    assert here.say(max)["error"] == here.types(max)["error"] == "not_found"
    assert here.told(max) is None, "and is told nothing"


def test_presence_ends_with_leaving_and_with_the_connection(here: Here) -> None:
    olive = here.reader(here.cast.olive)
    max, rex = here.comes(here.cast.max), here.comes(here.cast.max)
    assert here.told(olive) == {"Max": ""}
    assert max.ask("leave", {"conversation": here.id})["ok"]
    assert here.told(olive) is None, "another tab is still there"
    rooms.disconnect(rex.sid)
    assert here.told(olive) == {}


def test_a_conversation_that_nobody_reads_here_is_told_to_nobody(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(telling.emit, "present", lambda *payload: told.append(payload))
    here.redis.others = [{here.id: {"somebody": 0}}]
    here.presence.exchange()
    here.presence.tell()
    assert told == []


def test_what_other_processes_say_counts_until_redis_is_silent_for_too_long(here: Here) -> None:
    olive = here.comes(here.cast.olive)
    max = sender(here.id, here.harness.user(here.cast.max))
    here.redis.others = [{here.id: {max: local.TYPES}}]
    here.presence.exchange()
    assert here.told(olive) == {"Max": "typing", "Olive": ""}
    assert list(here.redis.mine) == [here.id]
    here.redis.others = None
    for _ in range(2):
        here.presence.exchange()
    assert here.told(olive) is None, "it was heard a moment ago"
    here.now += EXPIRY_SECONDS
    assert here.told(olive) == {"Olive": ""}


def test_without_redis_there_are_no_others(here: Here) -> None:
    here.presence = Presence(here.harness.app, None)
    here.presence.exchange()
    here.presence.withdraw()
    assert here.told(here.comes(here.cast.olive)) == {"Olive": ""}


def test_a_defect_is_not_taken_for_redis_being_away(here: Here) -> None:
    here.redis.error = ValueError("a fault")
    here.redis.others = None
    with pytest.raises(ValueError, match="fault"):
        here.presence.exchange()
    here.presence.withdraw()  # whatever happens: the process ends


def test_one_conversation_that_can_not_be_told_holds_up_no_other(
    here: Here, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = harness.database.conversation(here.cast.olive)
    olive = here.comes(here.cast.olive)
    olive.join(other)
    assert olive.ask("presence", {"conversation": other})["ok"]
    olive.received()
    emit, present = telling.emit, telling.emit.present
    failing = {here.id}
    monkeypatch.setattr(
        emit, "present", lambda payload, room: _fail_for(failing, present, payload, room)
    )
    here.presence.tell()
    assert {data["conversation"] for _, data in olive.received()} == {other}
    failing.clear()
    here.presence.tell()
    assert {data["conversation"] for _, data in olive.received()} == {here.id}


def _fail_for(failing: set[str], present: Any, payload: Any, room: str) -> None:
    if payload["conversation"] in failing:
        raise OSError
    present(payload, room)


def test_how_far_somebody_has_read_is_told_to_all_in_one_event(here: Here) -> None:
    harness = here.harness
    for _ in range(2):
        harness.answered(here.id, here.cast.olive)
    olive, max = here.reader(here.cast.olive), here.reader(here.cast.max)
    seen_marks.send()
    for position in (1, 3, 2):
        assert max.ask("read", {"conversation": here.id, "position": position})["ok"]
    assert olive.ask("read", {"conversation": here.id, "position": 4})["ok"]
    assert [event for event, _ in olive.received()] == []
    seen_marks.send()
    for socket in (olive, max):
        [(event, data)] = socket.received()
        assert event == "seen"
        marks = {here.name(each["sender"]): each["read"] for each in data["people"]}
        assert marks == {"Max": 3, "Olive": 4}
    seen_marks.send()
    assert olive.received() == []
    people = harness.reader(here.cast.olive).join(here.id)["people"]
    assert {each["name"]: each["read"] for each in people} == {"Olive": 4, "Max": 3}


def test_who_has_read_nothing_has_no_mark(here: Here) -> None:
    people = here.harness.reader(here.cast.olive).join(here.id)["people"]
    assert all("read" not in each for each in people)


def test_a_row_says_how_many_messages_are_new(here: Here) -> None:
    harness = here.harness
    harness.answered(here.id, here.cast.max)

    def unread(person: Person) -> int:
        [row] = harness.reader(person).ask("conversations", {})["conversations"]
        return int(row.get("unread", 0))

    assert (unread(here.cast.olive), unread(here.cast.max)) == (2, 1), "one's own don't count"
    harness.reader(here.cast.max).ask("read", {"conversation": here.id, "position": 2})
    assert (unread(here.cast.olive), unread(here.cast.max)) == (2, 0)
