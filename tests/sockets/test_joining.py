"""A reader that joins receives what it lacks: the core of the protocol."""

from __future__ import annotations

import pytest

from app.providers import Text, Thinking
from app.replies import generation
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Event


def states(received: list[Event]) -> list[dict[str, object]]:
    """Return the data of every `current_state`."""
    return [data for name, data in received if name == "current_state"]


def test_the_state_is_sent_for_a_streaming_message(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.begin(conversation, cast.olive)
    for piece in (Thinking("Hm."), Text("Hel"), Text("lo")):
        generation.add_event(answer, piece)
        harness.flush()
    max = harness.reader(cast.max)

    max.join(conversation)

    [state] = states(max.received())
    assert state.pop("stats"), "the thinking time"
    assert state == {
        "id": answer.public_id,
        "conversation": conversation,
        "since": 0,
        "seq": 3,
        "content": "Hello",
        "thinking": "Hm.",
        "status": "streaming",
    }


def test_the_state_is_not_sent_for_a_message_that_is_not_streaming(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.answered(conversation, cast.olive, Text("Hello"))
    assert [m.status for m in harness.database.messages(conversation)] == ["complete"] * 2
    max = harness.reader(cast.max)

    max.join(conversation)

    assert max.received() == []


@pytest.mark.parametrize(
    ("held", "since", "content"),
    [
        pytest.param(1, 1, "bc", id="behind"),
        pytest.param(3, 3, None, id="up to date"),
        pytest.param(7, 0, "abc", id="above the stored sequence number"),
    ],
)
def test_the_state_starts_at_the_readers_sequence_number(
    harness: Harness, cast: Cast, conversation: str, held: int, since: int, content: str | None
) -> None:
    answer = harness.begin(conversation, cast.olive)
    for piece in (Text("a"), Text("b"), Text("c")):
        generation.add_event(answer, piece)
        harness.flush()
    max = harness.reader(cast.max)

    max.join(conversation, have={answer.public_id: held})

    [state] = states(max.received())
    assert (state["since"], state["seq"], state.get("content")) == (since, 3, content)


def test_the_state_before_the_first_text_has_sequence_number_0(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.ask(conversation, cast.olive)
    max = harness.reader(cast.max)

    max.join(conversation)

    [state] = states(max.received())
    assert (state["since"], state["seq"], state["status"]) == (0, 0, "streaming")


def test_an_answer_in_have_that_has_ended_is_sent_whole(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.olive, Thinking("Hm."), Text("Hello"))
    max = harness.reader(cast.max)

    max.join(conversation, have={answer.public_id: 1})

    [state] = states(max.received())
    assert (state["status"], state["since"]) == ("complete", 0)
    assert (state["content"], state["thinking"]) == ("Hello", "Hm.")


def test_catch_up_is_sent_only_to_the_reader_that_joins(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    harness.ask(conversation, cast.olive)
    olive = harness.reader(cast.olive, conversation)

    harness.reader(cast.max).join(conversation, after=0)

    assert olive.received() == []


def test_a_reader_that_left_receives_nothing(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.begin(conversation, cast.olive)
    max, olive = (harness.reader(person, conversation) for person in (cast.max, cast.olive))

    assert max.ask("leave", {"conversation": conversation}) == {"ok": True}
    generation.add_event(answer, Text("Hello"))
    harness.flush()

    assert olive.names() == ["chunk"], "precondition: Olive receives it"
    assert max.received() == []
