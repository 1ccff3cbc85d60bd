"""An answer that ended too early goes on: another version of it, which begins with its text."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Message, Status
from app.models.ending import Ending
from app.models.model_use import ModelUse
from app.models.questions import COMPLETE, NOT_THE_LAST_ANSWER
from app.models.rights import MemberRole
from app.providers import Note, Text, Thinking, Turn, Usage
from app.replies import generation
from app.replies.allowance import record_use
from app.replies.context import turns_before
from app.replies.in_flight import Answer
from app.replies.stopping import end_now
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Socket


@pytest.fixture
def begun(harness: Harness, cast: Cast, conversation: str) -> Answer:
    answer = harness.begin(conversation, cast.olive, "Count.")
    generation.add_event(answer, Thinking("Hm."))
    harness.say(answer, "One, ")
    harness.say(answer, "two")
    return answer


def stop(socket: Socket, answer: Answer) -> None:
    assert socket.ask("stop", {"id": answer.public_id})["ok"]
    socket.received()


def go_on(socket: Socket, answer: Answer) -> dict[str, Any]:
    return socket.ask("continue", {"id": answer.public_id})


def taken(harness: Harness, reply: str) -> Answer:
    """Return the answer that goes on; it receives only what the test gives it."""
    harness.later.pop()
    return harness.prepare(harness.message_key(reply))


def stored(harness: Harness, reply: str, *names: str) -> list[Any]:
    columns = (getattr(Message, name) for name in names)
    found = select(*columns).where(Message.public_id == reply)
    return list(harness.database.read(lambda: db.session.execute(found).one()))


def test_every_reader_gets_the_text_so_far_and_what_follows(
    harness: Harness, cast: Cast, conversation: str, max: Socket, begun: Answer
) -> None:
    stop(max, begun)
    reply = go_on(max, begun)["reply"]
    (_, removed), (_, message), (name, chunk) = max.received()
    assert removed["ids"] == [begun.public_id]
    assert (message["id"], message["seq"], message["status"]) == (reply, 0, "streaming")
    assert (message["version"], message["versions"]) == (2, 2)
    assert (name, chunk["since"], chunk["seq"]) == ("chunk", 0, 1)
    assert (chunk["content"], chunk["thinking"]) == ("One, two", "Hm.")
    answer = taken(harness, reply)
    harness.say(answer, ", three.")
    answer.end(Status.COMPLETE)
    harness.flush()
    (_, more), (_, end) = max.received()
    assert (more["since"], more["seq"], more["content"]) == (1, 2, ", three.")
    assert end["status"] == "complete" and "note" not in end
    assert [each.content for each in harness.database.messages(conversation)] == [
        *("Count.", "One, two, three."),
    ]
    max.ask("choose", {"id": reply, "version": 1})
    *_, last = harness.database.messages(conversation)
    assert (last.content, last.status, last.note) == ("One, two", "stopped", "Stopped by Max.")


def test_a_reader_who_comes_in_the_middle_gets_all_of_it(
    harness: Harness, cast: Cast, conversation: str, max: Socket, begun: Answer
) -> None:
    stop(max, begun)
    harness.say(taken(harness, go_on(max, begun)["reply"]), ", three")
    olive = harness.reader(cast.olive)
    olive.join(conversation, after=0)
    _, state = olive.received()[-1]
    assert (state["since"], state["seq"], state["content"]) == (0, 2, "One, two, three")
    assert state["thinking"] == "Hm."


def test_the_model_gets_what_it_has_said(
    harness: Harness, cast: Cast, max: Socket, begun: Answer
) -> None:
    stop(max, begun)
    key = harness.message_key(go_on(max, begun)["reply"])
    turns = harness.database.read(lambda: turns_before(db.session.get_one(Message, key))).turns
    assert [turn.content for turn in turns] == ["Count.", "One, two"]
    assert turns[-1] == Turn("assistant", "One, two", is_begun=True)


def test_the_usage_adds_up_and_the_thinking_time_stays(
    harness: Harness, max: Socket, begun: Answer
) -> None:
    generation.add_event(begun, Usage(10, 5))
    generation.add_event(begun, Note("Cut.", is_cut=True))
    begun.end(Status.COMPLETE)
    harness.flush()
    *_, (_, end) = max.received()
    assert end["cut"] is True and end["stats"]["output_tokens"] == 5
    second = taken(harness, reply := go_on(max, begun)["reply"])
    generation.add_event(second, Usage(20, 7))
    second.end(Status.COMPLETE)
    harness.flush()
    *_, (_, end) = max.received()
    assert (end["stats"]["input_tokens"], end["stats"]["output_tokens"]) == (30, 12)
    assert "cut" not in end
    record_use(harness.message_key(reply))
    used = select(ModelUse.input_tokens, ModelUse.output_tokens)
    assert harness.database.read(lambda: tuple(db.session.execute(used).one())) == (20, 7)
    assert harness.thought_ms(second) == harness.thought_ms(begun)
    assert stored(harness, reply, "size") == [len("Hm.One, two")]


def test_what_was_used_stays_where_nothing_more_is_known(
    harness: Harness, max: Socket, begun: Answer
) -> None:
    generation.add_event(begun, Usage(10, 5))
    begun.end(Status.FAILED, "Lost.")
    harness.flush()
    second = taken(harness, reply := go_on(max, begun)["reply"])
    stop(max, second)
    assert stored(harness, reply, "input_tokens", "output_tokens") == [10, 5]
    third = taken(harness, reply := go_on(max, second)["reply"])
    assert (third.seq, third.length) == (1, len("Hm.One, two"))
    assert stored(harness, reply, "version") == [3]


def test_an_interrupted_answer_goes_on(harness: Harness, max: Socket, begun: Answer) -> None:
    assert end_now(Ending(harness.message_key(begun.public_id), Status.INTERRUPTED))
    assert go_on(max, begun)["ok"]


def test_only_the_last_answer_that_is_not_complete_goes_on(
    harness: Harness, cast: Cast, conversation: str, max: Socket, begun: Answer
) -> None:
    assert go_on(max, begun)["message"] == NOT_THE_LAST_ANSWER  # it streams
    begun.end(Status.COMPLETE)
    harness.flush()
    assert go_on(max, begun)["message"] == COMPLETE
    empty = harness.begin(conversation, cast.olive)
    stop(max, empty)
    assert go_on(max, empty)["message"] == COMPLETE  # there is nothing to go on from
    question = harness.database.messages(conversation)[0].id
    assert max.ask("continue", {"id": question})["error"] == "conflict"


def test_two_at_once_start_it_once(
    harness: Harness, cast: Cast, conversation: str, max: Socket, begun: Answer
) -> None:
    olive = harness.reader(cast.olive, conversation)
    stop(max, begun)
    acks = [go_on(olive, begun), go_on(max, begun)]
    assert [ack.get("error") for ack in acks] == [None, "conflict"]
    streaming = [each for each in harness.database.messages(conversation) if each.seq]
    assert len(streaming) == 2  # the question and one answer


def test_bad_requests_are_refused(
    harness: Harness, cast: Cast, conversation: str, max: Socket, begun: Answer
) -> None:
    stop(max, begun)
    rita = harness.database.bot("Rita")
    harness.database.add_member(conversation, rita, MemberRole.READER)
    assert go_on(harness.reader(rita), begun)["error"] == "forbidden"
    assert go_on(harness.reader(cast.eve), begun)["error"] == "not_found"
    assert max.ask("continue", {"id": "0" * 32})["error"] == "not_found"
    assert max.ask("continue", {"id": ""})["error"] == "invalid"
    assert harness.database.messages(conversation)[-1].id == begun.public_id


def test_a_text_that_is_said_again_at_the_limit_ends_it(
    harness: Harness, max: Socket, begun: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop(max, begun)
    answer = taken(harness, go_on(max, begun)["reply"])
    monkeypatch.setattr("app.replies.in_flight.ANSWER_LENGTH", len("Hm.One, two!"))
    assert generation.add_event(answer, Text("!"))
    assert not generation.add_event(answer, Text("!"))
