"""Another version of a message is chosen for every reader."""

from __future__ import annotations

from typing import Any

import pytest

from app.models.control_event import Kind
from app.providers import Text
from app.replies import generation
from app.replies.in_flight import Answer
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Socket


def ids(harness: Harness, conversation: str) -> list[str]:
    return [message.id for message in harness.database.messages(conversation)]


def retry(harness: Harness, conversation: str, reader: Socket) -> Answer:
    """Retry the last answer; return the new one, which receives only what the test gives it."""
    reply = reader.ask("retry", {"id": ids(harness, conversation)[-1]})["reply"]
    harness.later.pop()
    return harness.prepare(harness.message_key(reply))


def say(harness: Harness, answer: Answer, text: str) -> None:
    generation.add_event(answer, Text(text))
    harness.flush()


def test_a_new_version_says_which_of_how_many_it_is(
    harness: Harness, cast: Cast, conversation: str, max: Socket
) -> None:
    harness.answered(conversation, cast.olive, Text("First."))
    max.received()
    retry(harness, conversation, max)
    (_, _removed), (_, begun) = max.received()
    assert (begun["version"], begun["versions"]) == (2, 2)


def test_a_chosen_version_has_a_new_id_and_its_text(
    harness: Harness, cast: Cast, conversation: str, max: Socket
) -> None:
    first = harness.answered(conversation, cast.olive, Text("First."))
    say(harness, second := retry(harness, conversation, max), "Second.")
    second.end(generation.Status.COMPLETE)
    harness.flush()
    max.received()

    ack = max.ask("choose", {"id": second.public_id, "version": 1})

    (_, removed), (name, shown) = max.received()
    assert removed == {"conversation": conversation, "ids": [second.public_id], "revision": 2}
    assert (name, shown["id"], shown["content"]) == ("message", ack["id"], "First.")
    assert (shown["version"], shown["versions"], shown["position"]) == (1, 2, 4)
    assert ack["id"] not in (first.public_id, second.public_id)
    assert ids(harness, conversation)[-1] == ack["id"]


def test_an_answer_that_streams_goes_on_unseen_and_comes_back_with_all_its_text(
    harness: Harness, cast: Cast, conversation: str, max: Socket
) -> None:
    harness.answered(conversation, cast.olive, Text("First."))
    say(harness, second := retry(harness, conversation, max), "The ")
    first = max.ask("choose", {"id": second.public_id, "version": 1})["id"]
    max.received()

    say(harness, second, "an")
    assert max.received() == [], "nothing is sent about what is not shown"
    again = max.ask("choose", {"id": first, "version": 2})["id"]

    (_, _removed), (_, message), (name, text) = max.received()
    assert (message["id"], message["seq"], message["status"]) == (again, 0, "streaming")
    assert (name, text["since"], text["seq"], text["content"]) == ("chunk", 0, 2, "The an")
    say(harness, second, "swer.")
    second.end(generation.Status.COMPLETE)
    harness.flush()
    (_, chunk), (_, end) = max.received()
    assert (chunk["id"], chunk["since"], chunk["content"]) == (again, 2, "swer.")
    assert (end["id"], end["status"]) == (again, "complete")
    assert harness.database.message(again).content == "The answer."


def test_an_answer_that_ends_unseen_is_stored(
    harness: Harness, cast: Cast, conversation: str, max: Socket
) -> None:
    harness.answered(conversation, cast.olive, Text("First."))
    say(harness, second := retry(harness, conversation, max), "Second.")
    max.ask("choose", {"id": second.public_id, "version": 1})
    max.received()
    second.end(generation.Status.COMPLETE)
    harness.flush()
    assert max.received() == []
    stored = harness.database.message(second.public_id)
    assert (stored.status, stored.content) == ("complete", "Second.")


def test_an_answer_is_started_even_if_it_is_hidden_and_shown_again_before(
    harness: Harness, cast: Cast, conversation: str, max: Socket
) -> None:
    harness.script(Text("Second."))
    harness.answered(conversation, cast.olive, Text("First."))
    reply = max.ask("retry", {"id": ids(harness, conversation)[-1]})["reply"]
    task, args = harness.later.pop()
    first = max.ask("choose", {"id": reply, "version": 1})["id"]
    second = max.ask("choose", {"id": first, "version": 2})["id"]
    assert second != reply

    harness.runtime.group_commit.wake = harness.flush  # type: ignore[method-assign]
    task(*args)

    assert harness.database.message(second).content == "Second."


def test_a_stop_of_what_is_not_shown_tells_nobody(
    harness: Harness, cast: Cast, conversation: str, max: Socket
) -> None:
    harness.answered(conversation, cast.olive, Text("First."))
    second = retry(harness, conversation, max)
    max.ask("choose", {"id": second.public_id, "version": 1})
    max.received()
    assert max.ask("stop", {"id": second.public_id})["ok"]
    assert max.received() == []
    assert harness.database.message(second.public_id).status == "stopped"


def test_more_than_a_page_makes_readers_start_over(
    harness: Harness, cast: Cast, conversation: str, max: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        harness.answered(conversation, cast.olive, Text("x" * 100))
    question, *_ = ids(harness, conversation)
    olive = harness.reader(cast.olive)
    new = olive.ask("edit", {"id": question, "content": "Or?"})["id"]
    max.received()
    monkeypatch.setattr("app.models.paging.PAGE_BYTES", 150)

    ack = max.ask("choose", {"id": new, "version": 1})

    assert ack["ok"] and max.received() == []
    task, args = harness.later.pop()
    task(*args)
    events = harness.database.read(_control_events)
    assert events[-1].startswith(f"{Kind.REJOIN} conversation:")
    joined = max.join(conversation, after=6, revision=1)
    assert joined["reload"]


def _control_events() -> list[str]:
    from app.extensions import db
    from app.models import ControlEvent

    return [f"{e.kind} {e.room}" for e in db.session.scalars(db.select(ControlEvent))]


def test_a_removal_of_more_than_a_page_makes_readers_start_over(
    harness: Harness, cast: Cast, conversation: str, max: Socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.replies.requests.PAGE_MESSAGES", 3)
    for _ in range(2):
        harness.answered(conversation, cast.olive, Text("Yes."))
    max.received()
    question, *_ = ids(harness, conversation)
    assert harness.reader(cast.olive).ask("edit", {"id": question, "content": "Or?"})["ok"]
    assert max.received() == []


@pytest.mark.parametrize(
    ("version", "error"), [(0, "invalid"), (-1, "invalid"), ("1", "invalid"), (2, "conflict")]
)
def test_a_version_that_does_not_exist_is_refused(
    harness: Harness, cast: Cast, conversation: str, max: Socket, version: Any, error: str
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("First."))
    ack = max.ask("choose", {"id": answer.public_id, "version": version})
    assert (ack["ok"], ack["error"]) == (False, error)


def test_a_retry_by_another_model(
    harness: Harness, cast: Cast, conversation: str, max: Socket
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("First."))
    max.received()
    ack = max.ask("retry", {"id": answer.public_id, "model": "nothing"})
    assert ack["error"] == "invalid"
    name = harness.runtime.models.names[-1]
    assert max.ask("retry", {"id": answer.public_id, "model": name})["ok"]
    assert max.received()[-1][1]["model"] == name


def test_a_join_and_the_history_say_which_version_it_is(
    harness: Harness, cast: Cast, conversation: str, max: Socket
) -> None:
    harness.answered(conversation, cast.olive, Text("First."))
    retry(harness, conversation, max)
    late = harness.reader(cast.olive)
    late.join(conversation, after=0)
    joined = [data for name, data in late.received() if name == "message"]
    page = late.ask("history", {"conversation": conversation, "before": 100})["messages"]
    for messages in (joined, page):
        assert [m.get("versions") for m in messages] == [None, 2]
