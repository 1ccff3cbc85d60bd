"""A branch: a copy of a conversation up to a message, for one of those who may read it."""

from __future__ import annotations

from threading import Semaphore
from typing import Any

import pytest
from sqlalchemy import func, select

from app import replies
from app.database import write
from app.errors import Conflict, NotFound
from app.extensions import db
from app.models import Conversation, Membership, Message, SearchText, Status, branching, paging
from app.models.branching import CHANGED, STREAMS, TOO_LARGE, Branch
from app.models.message import NOT_SHOWN
from app.models.rights import MemberRole
from app.models.sweeping import remove_some, swept
from app.providers import Note, Text, Thinking, Usage
from app.replies import branching as branching_requests
from tests.support.cast import Cast
from tests.support.database import Stored
from tests.support.harness import Harness
from tests.support.socket import Socket


@pytest.fixture
def talk(harness: Harness, cast: Cast, conversation: str) -> list[Stored]:
    """Two questions with answers, of which the first was retried and the last was cut."""
    first = harness.answered(conversation, cast.olive, Text("One."))
    reply = replies.retry(harness.key(conversation), first.public_id, harness.user(cast.olive))[
        "reply"
    ]
    harness.later.pop()
    second = harness.prepare(harness.message_key(reply))
    harness.say(second, "Another.")
    second.end(Status.COMPLETE)
    harness.flush()
    pieces = (Thinking("Hm."), Text("Two."), Usage(9, 4), Note("Cut.", is_cut=True))
    harness.answered(conversation, cast.max, *pieces)
    harness.run_later()
    return harness.database.messages(conversation)


def branch(socket: Socket, message: str) -> dict[str, Any]:
    return socket.ask("branch", {"id": message})


def texts(messages: list[Stored]) -> list[str]:
    return [message.content for message in messages]


def about(harness: Harness, conversation: str) -> list[Any]:
    """Return what is stored of a conversation's messages but for ids."""
    names = ("role", "status", "author_id", "model", "content", "thinking", "content_html", "size")
    more = ("note", "is_cut", "input_tokens", "output_tokens", "thought_ms", "created_at")
    columns = [getattr(Message, name) for name in (*names, *more, "ended_at", "position", "seq")]
    found = select(*columns).where(Message.conversation_id == harness.key(conversation))
    shown = found.where(Message.is_shown()).order_by(Message.position)
    return harness.database.read(lambda: [tuple(row) for row in db.session.execute(shown)])


def test_a_branch_has_all_up_to_the_message_and_its_reader_alone(
    harness: Harness, cast: Cast, conversation: str, talk: list[Stored], max: Socket
) -> None:
    replies.pin(harness.message_key(talk[0].id), harness.user(cast.olive), on=True)
    replies.react(harness.message_key(talk[0].id), harness.user(cast.olive), "👍", on=True)
    copy = branch(max, talk[-1].id)["conversation"]
    assert about(harness, copy) == about(harness, conversation)
    ack = max.join(copy, after=0)
    assert (ack["title"], ack["members"]) == ("Branch of Tests", ["Max"])
    assert [each["excerpt"] for each in ack["pinned"]] == ["And?"]
    shown = [data for name, data in max.received() if name == "message"]
    assert not {each["id"] for each in shown} & {each.id for each in talk}
    assert all("reactions" not in each and "versions" not in each for each in shown)
    assert harness.reader(cast.olive).ask("join", {"conversation": copy})["error"] == "not_found"
    assert harness.database.messages(conversation) == talk


def test_an_earlier_message_leaves_out_what_follows(
    harness: Harness, conversation: str, talk: list[Stored], max: Socket
) -> None:
    copy = branch(max, talk[1].id)["conversation"]
    assert texts(harness.database.messages(copy)) == ["And?", "Another."]
    assert branch(max, talk[0].id)["conversation"] != copy


def test_the_talk_goes_on_in_it(
    harness: Harness, cast: Cast, conversation: str, talk: list[Stored], max: Socket
) -> None:
    copy = branch(max, talk[1].id)["conversation"]
    last = harness.database.messages(copy)[-1]
    assert max.ask("retry", {"id": last.id})["ok"]  # so it belongs to its question
    assert texts(harness.database.messages(copy))[0] == "And?"


def test_what_is_copied_can_be_found_and_is_read(
    harness: Harness, cast: Cast, conversation: str, talk: list[Stored], max: Socket
) -> None:
    key = harness.key(branch(max, talk[-1].id)["conversation"])
    found = select(SearchText.folded).where(SearchText.conversation_id == key)
    folded = harness.database.read(lambda: sorted(db.session.scalars(found)))
    assert folded == sorted(["and?", "another.", "and?", "two.", "branch of tests"])
    listed = max.ask("conversations")["conversations"]
    assert (listed[0]["title"], listed[0].get("unread", 0)) == ("Branch of Tests", 0)


def test_asked_twice_it_is_the_same_until_somebody_writes_in_it(
    harness: Harness, cast: Cast, conversation: str, talk: list[Stored], max: Socket
) -> None:
    copy = branch(max, talk[-1].id)
    assert branch(max, talk[-1].id) == copy
    assert branch(harness.reader(cast.olive), talk[-1].id) != copy
    max.ask("send", {"conversation": copy["conversation"], "content": "And then?"})
    other = branch(max, talk[-1].id)
    assert other["ok"] and other != copy


def test_two_presses_at_one_moment_make_one(
    harness: Harness,
    cast: Cast,
    conversation: str,
    talk: list[Stored],
    max: Socket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second press begins and ends while the first one copies."""
    acks: list[dict[str, Any]] = []
    copy = branching_requests._copy

    def after_another(begun: Branch, user_id: int) -> str:
        monkeypatch.setattr(branching_requests, "_copy", copy)
        acks.append(branch(harness.reader(cast.max), talk[-1].id))
        return copy(begun, user_id)

    monkeypatch.setattr(branching_requests, "_copy", after_another)
    acks.append(branch(max, talk[-1].id))
    assert acks[0]["ok"] and acks[0] == acks[1]
    listed = max.ask("conversations")["conversations"]
    assert [each["title"] for each in listed].count("Branch of Tests") == 1


def test_a_branch_of_a_branch_is_called_the_same(
    harness: Harness, conversation: str, talk: list[Stored], max: Socket
) -> None:
    copy = branch(max, talk[-1].id)["conversation"]
    last = harness.database.messages(copy)[-1].id
    assert max.join(branch(max, last)["conversation"])["title"] == "Branch of Tests"


def test_what_streams_is_refused_and_what_precedes_it_is_not(
    harness: Harness, cast: Cast, conversation: str, talk: list[Stored], max: Socket
) -> None:
    streaming = harness.begin(conversation, cast.olive)
    later = harness.ask(conversation, cast.max, "And then?")
    assert branch(max, streaming.public_id)["message"] == STREAMS == branch(max, later)["message"]
    question = harness.database.messages(conversation)[-3].id
    assert branch(max, question)["ok"]
    assert branch(max, talk[-1].id)["ok"]


def test_what_is_not_shown_is_refused(
    harness: Harness, cast: Cast, conversation: str, talk: list[Stored], max: Socket
) -> None:
    replies.retry(harness.key(conversation), talk[-1].id, harness.user(cast.olive))
    assert branch(max, talk[-1].id)["message"] == NOT_SHOWN


@pytest.mark.parametrize("limit", ["MAX_MESSAGES", "MAX_BYTES"])
def test_too_much_is_refused(
    talk: list[Stored], max: Socket, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(branching, limit, 2)
    assert branch(max, talk[-1].id)["message"] == TOO_LARGE


def test_who_may_only_read_may_branch_and_strangers_find_nothing(
    harness: Harness, cast: Cast, conversation: str, talk: list[Stored]
) -> None:
    rita = harness.database.bot("Rita")
    harness.database.add_member(conversation, rita, MemberRole.READER)
    reader = harness.reader(rita)
    copy = branch(reader, talk[-1].id)["conversation"]
    assert reader.ask("send", {"conversation": copy, "content": "Mine."})["ok"]
    assert branch(harness.reader(cast.eve), talk[-1].id)["error"] == "not_found"
    assert branch(reader, "0" * 32)["error"] == "not_found"
    assert branch(reader, "")["error"] == "invalid"
    with pytest.raises(NotFound):
        replies.branch(10**6, harness.user(rita))


def test_a_long_conversation_is_copied_in_parts(
    harness: Harness,
    conversation: str,
    talk: list[Stored],
    max: Socket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paging, "PAGE_MESSAGES", 1)
    copy = branch(max, talk[-1].id)["conversation"]
    assert about(harness, copy) == about(harness, conversation)
    last = harness.database.messages(copy)[-1]
    assert max.ask("retry", {"id": last.id})["ok"]


def begun(harness: Harness, talk: list[Stored], cast: Cast) -> Branch:
    key = harness.message_key(talk[-1].id)
    user = harness.user(cast.max)
    return write(lambda: branching.begin_branch(db.session.get_one(Message, key), user))


def test_what_changes_meanwhile_is_not_copied_and_swept(
    harness: Harness, cast: Cast, conversation: str, talk: list[Stored], max: Socket
) -> None:
    branch_of = begun(harness, talk, cast)
    assert max.ask("join", {"conversation": branch_of.public_id})["error"] == "not_found"
    replies.retry(harness.key(conversation), talk[-1].id, harness.user(cast.olive))
    for step in (
        lambda: branching.copy_part(branch_of, 0),
        lambda: branching.complete(branch_of, harness.user(cast.max)),
    ):
        with pytest.raises(Conflict, match=CHANGED):
            write(step)
    counted = select(func.count()).select_from(Membership)
    assert harness.database.read(lambda: db.session.scalar(counted)) == 2  # nobody has the copy
    write(lambda: make_old(branch_of.key))
    assert harness.database.read(swept) == [branch_of.key]


def make_old(key: int) -> None:
    conversation = db.session.get_one(Conversation, key)
    conversation.deleted_at = conversation.created_at.replace(year=2000)


def test_one_that_took_too_long_is_gone(
    harness: Harness, cast: Cast, conversation: str, talk: list[Stored]
) -> None:
    branch_of = begun(harness, talk, cast)
    write(lambda: make_old(branch_of.key))
    assert not write(lambda: remove_some(branch_of.key))
    with pytest.raises(NotFound):
        write(lambda: branching.complete(branch_of, harness.user(cast.max)))


def test_whoever_was_removed_meanwhile_gets_nothing(
    harness: Harness, cast: Cast, conversation: str, talk: list[Stored]
) -> None:
    branch_of = begun(harness, talk, cast)
    harness.database.remove_member(conversation, cast.max)
    with pytest.raises(NotFound):
        write(lambda: branching.complete(branch_of, harness.user(cast.max)))


def test_few_are_made_at_once(
    harness: Harness, talk: list[Stored], max: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.replies.branching.WAIT_SECONDS", 0)
    monkeypatch.setattr("app.replies.branching._slots", Semaphore(0))
    assert branch(max, talk[-1].id)["error"] == "unavailable"
