"""Following the list of one's conversations: what is sent to whom, and that nothing is missed."""

from __future__ import annotations

import pytest

from app.extensions import db
from app.models import ControlEvent, Conversation
from app.models.control_event import Kind
from app.models.membership import unlisting_room
from app.providers import Text
from app.sockets import namespace
from app.sockets.control_events import ControlEventHandler
from tests.support.cast import Cast, Person
from tests.support.harness import Harness
from tests.support.socket import Socket

FOLLOW = {"archived": False, "follow": True}


@pytest.fixture
def handler(harness: Harness, conversation: str) -> ControlEventHandler:
    """The handler of this process's control events."""
    handler = ControlEventHandler()
    handler.handle_new()
    return handler


@pytest.fixture
def follower(harness: Harness, cast: Cast) -> Socket:
    """Olive, who follows her list."""
    return follow(harness, cast.olive)


def follow(harness: Harness, person: Person) -> Socket:
    socket = harness.reader(person)
    assert socket.ask("conversations", FOLLOW)["ok"]
    return socket


def change(harness: Harness, conversation: str, work: object) -> None:
    key = harness.key(conversation)
    harness.database.write(lambda: work(db.session.get_one(Conversation, key)))  # type: ignore[operator]


def test_a_question_and_the_end_of_its_answer_are_sent_to_all_members(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    followers = [follow(harness, person) for person in (cast.olive, cast.max, cast.eve)]
    silent = harness.reader(cast.olive)
    answer = harness.answered(conversation, cast.olive, Text("Because."))
    harness.later.clear()
    harness.runtime.group_commit.flush()
    from_question = [each.received() for each in followers]
    assert [len(events) for events in from_question] == [1, 1, 0]
    assert silent.received() == []
    name, row = from_question[1][0]
    assert (name, row["streaming"], row["position"], row["read"]) == ("listed", True, 2, 0)
    namespace.replies.generation.conclude(answer.message_id)
    [(name, row)] = followers[1].received()
    assert name == "listed" and "streaming" not in row and row["snippet"] == "Because."


def test_only_the_owner_is_told_to_be_that(harness: Harness, cast: Cast, conversation: str) -> None:
    for person, owns in ((cast.olive, True), (cast.max, None)):
        [row] = harness.reader(person).ask("conversations", FOLLOW)["conversations"]
        assert row.get("owner") is owns


def test_the_state_has_what_is_committed_after_the_room_was_entered(
    harness: Harness, cast: Cast, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changes before the read is in the state, and what changes after it comes as an event."""
    socket, read = harness.reader(cast.max), namespace.read

    def around(work: object) -> object:
        monkeypatch.setattr(namespace, "read", read)
        harness.ask(conversation, cast.olive, "Before?")
        state = read(work)  # type: ignore[arg-type]
        harness.ask(conversation, cast.olive, "After?")
        return state

    monkeypatch.setattr(namespace, "read", around)
    [row] = socket.ask("conversations", FOLLOW)["conversations"]
    versions = [data["version"] for _, data in socket.received()]
    assert row["position"] == 2
    assert versions[-1] > row["version"], "the event counts"
    assert versions == sorted(versions)


def test_reading_is_sent_to_the_readers_own_tabs(
    harness: Harness, cast: Cast, conversation: str, follower: Socket
) -> None:
    harness.ask(conversation, cast.max)
    others = follow(harness, cast.max)
    follower.received()
    reader = harness.reader(cast.olive)
    position = {"conversation": conversation, "position": 1}
    assert reader.ask("read", position) == {"ok": True}
    harness.run_later()
    [(_, row)] = follower.received()
    assert (row["position"], row["read"]) == (2, 1)
    assert others.received() == []
    reader.ask("read", position)  # nothing changes
    reader.ask("read", {**position, "position": 0})  # it never goes back
    harness.run_later()
    assert follower.received() == []
    reader.ask("read", {**position, "position": 10**9})
    harness.run_later()
    [(_, row)] = follower.received()
    assert row["read"] == 2, "nobody can have read what does not exist"


def test_nobody_reads_what_is_not_theirs(harness: Harness, cast: Cast, conversation: str) -> None:
    position = {"conversation": conversation, "position": 1}
    missing = {"conversation": "0" * 32, "position": 1}
    eve = harness.reader(cast.eve)
    assert eve.ask("read", position) == eve.ask("read", missing)
    assert eve.ask("read", position)["error"] == "not_found"


def test_reading_what_has_just_been_removed_changes_nothing(harness: Harness, cast: Cast) -> None:
    namespace.replies.mark_read(10**6, harness.user(cast.olive), 1)
    assert not harness.later


def test_changes_by_any_process_are_sent_by_control_events(
    harness: Harness,
    cast: Cast,
    conversation: str,
    handler: ControlEventHandler,
    follower: Socket,
) -> None:
    olive = harness.user(cast.olive)
    versions = []
    for work, key, value in (
        (lambda here: here.rename("Loaves"), "title", "Loaves"),
        (lambda here: here.pin(olive, True), "pinned", True),
        (lambda here: here.archive(olive, True), "archived", True),
        (lambda here: here.archive(olive, False), "archived", None),
        (lambda here: here.add_member(harness.user(cast.eve)), "members", ["Olive", "Max", "Eve"]),
    ):
        change(harness, conversation, work)
        handler.handle_new()
        [(name, row)] = follower.received()
        assert (name, row.get(key)) == ("listed", value)
        versions.append(row["version"])
    assert versions == sorted(set(versions))


def test_what_is_one_members_own_is_not_shown_to_another(
    harness: Harness, cast: Cast, conversation: str, handler: ControlEventHandler
) -> None:
    change(harness, conversation, lambda here: here.pin(harness.user(cast.olive), True))
    other = follow(harness, cast.max)
    handler.handle_new()
    for _, row in other.received():
        assert "pinned" not in row


def test_a_deletion_and_its_undoing_are_sent_to_all_members(
    harness: Harness, cast: Cast, conversation: str, handler: ControlEventHandler
) -> None:
    followers = [follow(harness, person) for person in (cast.olive, cast.max)]
    change(harness, conversation, lambda here: here.delete())
    handler.handle_new()
    gone = [each.received() for each in followers]
    assert [[name for name, _ in events] for events in gone] == [["unlisted"], ["unlisted"]]
    change(harness, conversation, lambda here: here.restore(harness.user(cast.olive)))
    handler.handle_new()
    for each, [(_, before)] in zip(followers, gone, strict=True):
        [(name, row)] = each.received()
        assert name == "listed" and row["version"] > before["version"]


def test_who_is_removed_is_told_and_is_told_again_when_they_are_back(
    harness: Harness, cast: Cast, conversation: str, handler: ControlEventHandler
) -> None:
    user, socket = harness.user(cast.max), follow(harness, cast.max)
    [before] = socket.ask("conversations", FOLLOW)["conversations"]
    change(harness, conversation, lambda here: here.remove_member(user))
    handler.handle_new()
    [(name, gone)] = socket.received()
    assert name == "unlisted" and gone["version"] > before["version"]
    change(harness, conversation, lambda here: here.add_member(user))
    handler.handle_new()
    [(name, row)] = socket.received()
    assert name == "listed" and row["version"] > gone["version"]


def test_who_is_back_before_the_event_is_handled_keeps_the_row(
    harness: Harness, cast: Cast, conversation: str, handler: ControlEventHandler
) -> None:
    user, socket = harness.user(cast.max), follow(harness, cast.max)
    change(harness, conversation, lambda here: here.remove_member(user))
    change(harness, conversation, lambda here: here.add_member(user))
    handler.handle_new()
    assert {name for name, _ in socket.received()} == {"listed"}


def test_what_is_gone_for_good_is_in_no_list(
    harness: Harness, cast: Cast, conversation: str, handler: ControlEventHandler, follower: Socket
) -> None:
    key, olive = harness.key(conversation), harness.user(cast.olive)

    def work() -> None:
        ControlEvent.post(Kind.LIST, f"conversation:{conversation}")
        ControlEvent.post(Kind.UNLIST, unlisting_room(olive, conversation))
        db.session.execute(db.delete(Conversation).where(Conversation.id == key))

    harness.database.write(work)
    handler.handle_new()
    assert follower.names() == ["unlisted"]


def test_what_nobody_wrote_in_is_not_announced(
    harness: Harness, cast: Cast, handler: ControlEventHandler, follower: Socket
) -> None:
    created = follower.ask("create")["conversation"]
    handler.handle_new()
    assert follower.received() == []
    harness.ask(created, cast.olive, "Anybody?")
    [(_, row)] = follower.received()
    assert row["conversation"] == created


def test_readers_of_what_was_deleted_join_again_and_are_refused(
    harness: Harness, cast: Cast, conversation: str, handler: ControlEventHandler
) -> None:
    reader = harness.reader(cast.max, conversation)
    change(harness, conversation, lambda here: here.delete())
    handler.handle_new()
    assert reader.names() == ["rejoin"]
    refusal = reader.ask("join", {"conversation": conversation})
    assert refusal == reader.ask("join", {"conversation": "0" * 32})
    assert refusal["error"] == "not_found"
