"""A reader that joins gets what it lacks: the heart of the protocol."""

from __future__ import annotations

from app.providers import Text, Thinking
from app.replies import answering
from tests.support.cast import Cast
from tests.support.socket import Event
from tests.support.stage import Stage


def states(received: list[Event]) -> list[dict[str, object]]:
    """Return the data of every `current_state`."""
    return [data for name, data in received if name == "current_state"]


def test_the_state_is_sent_for_a_streaming_message(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    answer = stage.begin(conversation, cast.olive)
    for piece in (Thinking("Hm."), Text("Hel"), Text("lo")):
        answering.take(answer, piece)
        stage.flush()
    max = stage.reader(cast.max)

    max.join(conversation)

    [state] = states(max.received())
    assert state.pop("stats"), "how long it thought"
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
    stage: Stage, cast: Cast, conversation: str
) -> None:
    stage.answered(conversation, cast.olive, Text("Hello"))
    assert [m.status for m in stage.records.messages(conversation)] == ["complete"] * 2
    max = stage.reader(cast.max)

    max.join(conversation)

    assert max.received() == []


def test_the_state_begins_where_the_reader_stands(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    answer = stage.begin(conversation, cast.olive)
    for piece in (Text("a"), Text("b"), Text("c")):
        answering.take(answer, piece)
        stage.flush()
    max = stage.reader(cast.max)

    max.join(conversation, have={answer.public_id: 1})

    [state] = states(max.received())
    assert (state["since"], state["seq"], state["content"]) == (1, 3, "bc")


def test_a_reader_in_step_gets_an_empty_state(stage: Stage, cast: Cast, conversation: str) -> None:
    answer = stage.begin(conversation, cast.olive)
    answering.take(answer, Text("a"))
    stage.flush()
    max = stage.reader(cast.max)

    max.join(conversation, have={answer.public_id: 1})

    [state] = states(max.received())
    assert (state["since"], state["seq"]) == (1, 1)
    assert "content" not in state


def test_who_claims_to_hold_more_than_there_is_gets_it_from_the_beginning(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    answer = stage.begin(conversation, cast.olive)
    answering.take(answer, Text("a"))
    stage.flush()
    max = stage.reader(cast.max)

    max.join(conversation, have={answer.public_id: 7})

    [state] = states(max.received())
    assert (state["since"], state["seq"], state["content"]) == (0, 1, "a")


def test_before_the_first_text_the_state_is_that_it_streams(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    stage.ask(conversation, cast.olive)
    max = stage.reader(cast.max)

    max.join(conversation)

    [state] = states(max.received())
    assert (state["since"], state["seq"], state["status"]) == (0, 0, "streaming")


def test_what_the_reader_believes_to_stream_and_has_ended_is_sent_whole(
    stage: Stage, cast: Cast, conversation: str
) -> None:
    answer = stage.answered(conversation, cast.olive, Thinking("Hm."), Text("Hello"))
    max = stage.reader(cast.max)

    max.join(conversation, have={answer.public_id: 1})

    [state] = states(max.received())
    assert (state["status"], state["since"]) == ("complete", 0)
    assert (state["content"], state["thinking"]) == ("Hello", "Hm.")


def test_nobody_else_gets_what_one_lacks(stage: Stage, cast: Cast, conversation: str) -> None:
    stage.ask(conversation, cast.olive)
    olive = stage.reader(cast.olive, conversation)

    stage.reader(cast.max).join(conversation, after=0)

    assert olive.received() == []


def test_what_comes_after_a_join_comes_live(stage: Stage, cast: Cast, conversation: str) -> None:
    answer = stage.begin(conversation, cast.olive)
    max = stage.reader(cast.max, conversation)

    answering.take(answer, Text("Hello"))
    stage.flush()

    [(name, chunk)] = max.received()
    assert (name, chunk["since"], chunk["seq"], chunk["content"]) == ("chunk", 0, 1, "Hello")


def test_who_has_left_hears_nothing(stage: Stage, cast: Cast, conversation: str) -> None:
    answer = stage.begin(conversation, cast.olive)
    max, olive = (stage.reader(person, conversation) for person in (cast.max, cast.olive))

    assert max.ask("leave", {"conversation": conversation}) == {"ok": True}
    answering.take(answer, Text("Hello"))
    stage.flush()

    assert olive.names() == ["chunk"], "Olive must hear it for this to mean anything"
    assert max.received() == []
