"""Each question can name the model that answers it."""

from __future__ import annotations

from app.providers import Text
from app.replies.addressing import UNKNOWN_MODEL
from tests.support.cast import Cast
from tests.support.harness import Harness
from tests.support.socket import Socket


def test_the_named_model_answers_this_question_and_those_that_name_none(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    olive = harness.reader(cast.olive, conversation)
    assert _answering(harness, olive, conversation) == "demo"
    assert _answering(harness, olive, conversation, model="other") == "other"
    assert _answering(harness, olive, conversation) == "other"
    assert _answering(harness, olive, conversation, model="demo") == "demo"


def test_a_waiting_question_is_answered_by_the_model_that_it_names(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    olive = harness.reader(cast.olive, conversation)
    first = harness.begin(conversation, cast.olive)
    for model in ("other", "demo"):
        olive.ask("send", {"conversation": conversation, "content": model, "model": model})

    assert olive.ask("stop", {"id": first.public_id})["ok"]
    harness.run_later()

    [answer] = [data for _, data in olive.received() if data.get("role") == "assistant"][-1:]
    assert answer["model"] == "other"


def test_an_edit_can_name_another_model_and_a_retry_keeps_it(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    olive = harness.reader(cast.olive, conversation)
    ack = olive.ask("send", {"conversation": conversation, "content": "Why?"})
    olive.received()
    edit = olive.ask("edit", {"id": ack["id"], "content": "Why not?", "model": "other"})
    assert _last_model(olive) == "other"
    assert olive.ask("stop", {"id": edit["reply"]})["ok"]
    assert olive.ask("retry", {"id": edit["reply"]})["ok"]
    assert _last_model(olive) == "other"


def test_a_question_itself_has_no_model(harness: Harness, cast: Cast, conversation: str) -> None:
    olive = harness.reader(cast.olive, conversation)
    olive.ask("send", {"conversation": conversation, "content": "Why?", "model": "other"})
    assert [data.get("model") for _, data in olive.received()] == [None, "other"]


def test_a_model_that_is_not_offered_is_refused(
    harness: Harness, cast: Cast, conversation: str
) -> None:
    answer = harness.answered(conversation, cast.olive, Text("Because."))
    olive = harness.reader(cast.olive, conversation)
    for event, target in (
        ("send", {"conversation": conversation}),
        ("edit", _asked(olive, conversation)),
    ):
        ack = olive.ask(event, {**target, "content": "Why?", "model": "unheard of"})
        assert (ack["error"], ack["message"]) == ("invalid", UNKNOWN_MODEL.format(field="model"))
    assert olive.received() == []
    assert harness.database.messages(conversation)[-1].id == answer.public_id


def _answering(harness: Harness, reader: Socket, conversation: str, **fields: str) -> str:
    """Ask, end the answer, and return the name of its model."""
    ack = reader.ask("send", {"conversation": conversation, "content": "And?", **fields})
    model = _last_model(reader)
    assert reader.ask("stop", {"id": ack["reply"]})["ok"]
    return model


def _last_model(reader: Socket) -> str:
    [*_, answer] = [data for _, data in reader.received() if data.get("role") == "assistant"]
    return str(answer["model"])


def _asked(reader: Socket, conversation: str) -> dict[str, str]:
    """Return the id of the last question."""
    request = {"conversation": conversation, "before": 99}
    messages = reader.ask("history", request)["messages"]
    return {"id": [message["id"] for message in messages if message["role"] == "user"][-1]}
