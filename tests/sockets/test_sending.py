"""`send`, `stop` and `retry`: their effects are sent to every reader at once."""

from __future__ import annotations

import pytest

from app.providers import Text
from app.replies import generation
from app.replies.leases import LeaseKeeper
from tests.support.cast import Cast
from tests.support.harness import Harness


def test_a_question_and_its_answer_are_sent_to_all_members(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    olive, max = harness.reader(cast.olive, conversation), harness.reader(cast.max, conversation)

    ack = max.ask("send", {"conversation": conversation, "content": "Hi"})

    question, reply = [data for _name, data in olive.received()]
    assert ack == {"ok": True, "id": question["id"], "reply": reply["id"]}
    assert (question["content"], question["author"], question["status"]) == (
        "Hi",
        "Max",
        "complete",
    )
    assert (reply["status"], reply["seq"], reply["position"]) == ("streaming", 0, 2)
    assert max.names() == ["message", "message"]


def test_messages_of_bots_are_marked(harness: Harness, cast: Cast) -> None:
    tally = harness.database.bot()
    conversation = harness.database.conversation(cast.olive, tally)
    olive = harness.reader(cast.olive, conversation)

    harness.reader(tally, conversation).ask(
        "send", {"conversation": conversation, "content": "12?"}
    )
    olive.ask("send", {"conversation": conversation, "content": "And?"})

    asked = [data for _name, data in olive.received() if data["role"] == "user"]
    assert [(data["author"], data.get("bot")) for data in asked] == [
        ("Tally", True),
        ("Olive", None),
    ]
    history = olive.ask("history", {"conversation": conversation, "before": 9})["messages"]
    assert [message.get("bot") for message in history] == [True, None, None]


def test_a_question_during_an_answer_is_shown_and_waits(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.begin(conversation, cast.olive)
    max = harness.reader(cast.max, conversation)

    ack = max.ask("send", {"conversation": conversation, "content": "And then?"})

    assert "reply" not in ack
    assert [(name, data["id"]) for name, data in max.received()] == [("message", ack["id"])]
    assert max.ask("stop", {"id": answer.public_id}) == {"ok": True}
    harness.run_later()
    sent = [(name, data["status"]) for name, data in max.received()]
    assert sent == [("streaming_end", "stopped"), ("message", "streaming")]


def test_the_first_question_becomes_the_title(harness: Harness, cast: Cast) -> None:
    conversation = harness.database.conversation(cast.max, title="New conversation")
    max = harness.reader(cast.max, conversation)
    max.ask("send", {"conversation": conversation, "content": "Why is\nthe sky blue?"})
    [title] = [data["title"] for name, data in max.received() if name == "conversation"]
    assert title == "Why is the sky blue?"


def test_a_stop_keeps_the_committed_text_and_discards_the_rest(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.begin(conversation, cast.olive)
    max = harness.reader(cast.max, conversation)
    generation.add_event(answer, Text("kept"))
    harness.flush()
    generation.add_event(answer, Text(" lost"))

    assert max.ask("stop", {"id": answer.public_id}) == {"ok": True}
    harness.flush()

    assert max.names() == ["chunk", "streaming_end"]
    stored = harness.database.message(answer.public_id)
    assert (stored.status, stored.content) == ("stopped", "kept")
    assert answer.finished.is_set()


def test_an_ended_answer_can_not_be_stopped(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("Done."))
    max = harness.reader(cast.max, conversation)
    assert max.ask("stop", {"id": answer.public_id})["error"] == "conflict"
    assert max.received() == []
    assert harness.database.message(answer.public_id).status == "complete"


def test_a_retry_replaces_the_last_answer_for_every_reader(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("Hm."))
    olive, max = harness.reader(cast.olive, conversation), harness.reader(cast.max, conversation)

    ack = max.ask("retry", {"id": answer.public_id})

    (removed, what), (message, reply) = olive.received()
    assert (removed, what["ids"], what["revision"]) == ("removed", [answer.public_id], 1)
    assert (message, reply["id"], reply["revision"]) == ("message", ack["reply"], 1)
    assert reply["position"] == 3, "a position is never used twice"
    assert max.ask("stop", {"id": answer.public_id})["error"] == "conflict"


def test_only_the_last_answer_can_be_retried_and_only_after_its_end(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    first = harness.answered(conversation, cast.olive, Text("one"))
    second = harness.begin(conversation, cast.olive)
    max = harness.reader(cast.max, conversation)
    for answer in (first, second):
        assert max.ask("retry", {"id": answer.public_id})["error"] == "conflict"
    assert max.received() == []


def test_a_retry_is_refused_during_shutdown(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("one"))
    max = harness.reader(cast.max, conversation)
    harness.runtime.is_shutting_down = True
    assert max.ask("retry", {"id": answer.public_id})["error"] == "unavailable"
    assert len(harness.database.messages(conversation)) == 2


def test_a_question_waits_during_shutdown_for_a_process_that_answers_it(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.answered(conversation, cast.olive, Text("one"))
    max = harness.reader(cast.max, conversation)
    harness.runtime.is_shutting_down = True
    question = {"conversation": conversation, "content": "two", "key": "k"}
    asked = max.ask("send", question)
    assert asked["ok"] and "reply" not in asked
    edited = max.ask("edit", {"id": asked["id"], "content": "three"})
    assert edited["ok"] and "reply" not in edited
    assert [each.content for each in harness.database.messages(conversation)][2:] == ["three"]

    harness.runtime.is_shutting_down = False
    LeaseKeeper(harness.runtime.group_commit, 1000.0).run_once()
    assert [each.status for each in harness.database.messages(conversation)][2:] == [
        "complete",
        "streaming",
    ]


@pytest.mark.parametrize("key", ["k", "k" * 64, " ", ""])
def test_a_question_sent_twice_with_the_same_key_is_stored_once(
    harness: Harness, cast: Cast, conversation: str, key: str
) -> None:
    max = harness.reader(cast.max, conversation)
    question = {"conversation": conversation, "content": "Hi", "key": key}
    first = max.ask("send", question)
    max.received()

    assert max.ask("send", question) == first

    assert max.received() == []
    assert len(harness.database.messages(conversation)) == 2
    assert len(harness.later) == 1
